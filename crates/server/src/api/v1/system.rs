//! What the instance says about itself.

use axum::Json;
use axum::extract::State;
use plexichat_events::nodes;
use plexichat_kernel::Condition;
use plexichat_kernel::tasks::{WorkerReport, WorkerState};
use plexichat_model::Permission;
use plexichat_model::system::{SystemStatus, WorkerStatus};

use super::Answer;
use crate::app::App;
use crate::extract::Signed;
use crate::store::counts;

/// State of the instance and of this node
#[utoipa::path(get, path = "/system/status", tag = "system", responses((status = OK, body = SystemStatus)))]
pub(crate) async fn get_status(State(app): State<App>, Signed(caller): Signed) -> Answer<SystemStatus> {
    app.auth.admin(&caller).await?.require(Permission::ManageInstance)?;
    let (system, journal) = (&app.system, app.messaging.journal());
    let (users, workspaces, channels) = counts::all(&system.db).await?;
    let live_nodes = nodes::live(&system.db, system.clock.now_ms()).await?.len();
    Ok(Json(SystemStatus {
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        node: journal.ids().node().unwrap_or_default(),
        uptime_seconds: system.clock.monotonic().saturating_sub(system.started).as_secs(),
        database: format!("{} {}", system.db.engine().as_str(), system.db.version()),
        rss_bytes: rss_bytes().await,
        connections: u32::try_from(app.realtime.connections()).unwrap_or(u32::MAX),
        epoch: journal.epoch().to_string(),
        live_nodes: u32::try_from(live_nodes).unwrap_or(u32::MAX),
        users,
        workspaces,
        channels,
        recovery_kit_proven: app.messaging.keys().kits().await?.proven.is_some(),
        workers: system.supervisor.reports().iter().map(worker).collect(),
    }))
}

fn worker(report: &WorkerReport) -> WorkerStatus {
    let state = match report.state {
        WorkerState::Running => "running",
        WorkerState::Restarting => "restarting",
        WorkerState::Stopped => "stopped",
    };
    // What a worker that runs says of itself is news; why it failed once is history.
    let complaint = match &report.condition {
        Condition::Healthy => None,
        Condition::Degraded(reason) | Condition::Failing(reason) => Some(reason.clone()),
    };
    WorkerStatus {
        name: report.name.to_owned(),
        state: state.to_owned(),
        restarts: report.restarts,
        last_error: complaint.or_else(|| report.last_error.clone()),
    }
}

/// Resident memory as Linux tells it; 0 elsewhere.
async fn rss_bytes() -> u64 {
    let text = tokio::fs::read_to_string("/proc/self/status").await.unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}
