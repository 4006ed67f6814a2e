//! What administrators see of the audit log.

use crate::{SessionId, Timestamp, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Who acted, by what right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditActor {
    /// Account; absent when nobody was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// `session`, `bot`, `system` or `anonymous`.
    pub kind: String,
    /// Role on the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Session whose token was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// Why the server itself acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was acted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditTarget {
    /// `account`, `certificate`, `channel`, `invitation`, `key_node`, `key_task`, `message`, `node_invitation`, `recovery_kit`, `root_key`,
    /// `session` or `workspace`.
    pub kind: String,
    /// Id.
    pub id: String,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntryView {
    /// Number in the log, from 0.
    pub number: i64,
    /// Whether the content is there; false when it was dropped after `audit.retention_days`: the fields below are empty then.
    pub is_kept: bool,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Stable name of what was done, such as `channel.archive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// `done` or `refused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<AuditActor>,
    /// On what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<AuditTarget>,
    /// In which workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    /// Id of the request in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What it was before.
    #[serde(default)]
    pub before: Map<String, Value>,
    /// What it is after.
    #[serde(default)]
    pub after: Map<String, Value>,
    /// What is sealed in the database: addresses and names. Without what is about people who were erased.
    #[serde(default)]
    pub sealed: Map<String, Value>,
}

/// The newest signed checkpoint of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditCheckpointView {
    /// Verifier key of the log (C2SP signed-note).
    pub key: String,
    /// The checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// How many entries it has.
    pub size: i64,
    /// Hashes in base64: the proof that it continues the log of `since` entries (RFC 9162).
    pub consistency: Vec<String>,
}

/// The proof that an entry is in the log of a signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditProofView {
    /// Verifier key of the log (C2SP signed-note).
    pub key: String,
    /// The checkpoint it leads to (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// Number of the entry.
    pub number: i64,
    /// The bytes of the leaf; absent when they were dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Hash of the leaf, base64.
    pub leaf: String,
    /// Hashes in base64, from the leaf upwards (RFC 9162).
    pub proof: Vec<String>,
}
