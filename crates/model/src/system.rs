//! What the instance says about itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Public facts of the instance. Carried by the instance journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstanceView {
    /// Name shown on the sign-in page.
    pub name: String,
    /// Instance-journal version of the last change.
    pub version: i64,
}

/// `GET /system/status` (administrators).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SystemStatus {
    /// Version of the server.
    pub server_version: String,
    /// Number of this node.
    pub node: u16,
    /// Seconds since start.
    pub uptime_seconds: u64,
    /// `sqlite`, `postgres` or `mysql`, and its version.
    pub database: String,
    /// Resident memory, bytes.
    pub rss_bytes: u64,
    /// Live gateway connections of this node.
    pub connections: u32,
    /// Journal epoch.
    pub epoch: String,
    /// Nodes that renewed their lease.
    pub live_nodes: u32,
    /// Accounts.
    pub users: u64,
    /// Workspaces.
    pub workspaces: u64,
    /// Channels and conversations.
    pub channels: u64,
    /// Whether a recovery kit for the root key was kept and entered again; the set-up is not complete before.
    pub recovery_kit_proven: bool,
    /// State of each long-running part.
    pub workers: Vec<WorkerStatus>,
}

/// State of a long-running part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerStatus {
    /// Name.
    pub name: String,
    /// `running`, `restarting` or `stopped`.
    pub state: String,
    /// Times it was restarted.
    pub restarts: u32,
    /// Last failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// `GET /health/ready` and `/health/live`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok` or `failing`.
    pub status: String,
    /// Checks by name, empty for liveness.
    pub checks: Vec<HealthCheck>,
}

/// One check of readiness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthCheck {
    /// What was checked.
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What is wrong and how to mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}
