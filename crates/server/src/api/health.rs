//! Whether the process lives, and whether it should get work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use plexichat_database::{Db, migrations};
use plexichat_kernel::Error;
use plexichat_kernel::tasks::WorkerState;
use plexichat_model::system::{Health, HealthCheck};

use crate::app::App;

/// Longest wait for one check.
const PATIENCE: Duration = Duration::from_secs(2);

/// Never touches the database: restarting the process would not bring it back.
pub(crate) async fn live() -> Json<Health> {
    Json(Health { status: "ok".to_owned(), checks: Vec::new() })
}

/// Whether requests can be answered well: database, schema, writing, node lease, workers.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let db = &app.system.db;
    let journal = app.messaging.journal();
    let mut checks = vec![
        check("database", db.ping(), "check that the database runs and database.url is right").await,
        check("schema", schema(db), "run `plexichat migrate`").await,
        check("lanes", journal.write(|_| Box::pin(async { Ok(()) })), "check the database's disk and locks").await,
    ];
    let leased = journal.ids().node().is_some();
    checks.push(plain("node", leased, "this node has no number in the cluster; check that it can write to the database"));
    let restarting = app.system.supervisor.reports().into_iter().find(|report| report.state == WorkerState::Restarting);
    let detail = restarting.as_ref().map(|report| format!("{} is failing; see the log", report.name));
    checks.push(plain("workers", restarting.is_none(), detail.as_deref().unwrap_or_default()));
    let ok = checks.iter().all(|check| check.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health { status: if ok { "ok" } else { "failing" }.to_owned(), checks })).into_response()
}

async fn schema(db: &Db) -> plexichat_kernel::Result<()> {
    match migrations::pending(db).await?.first() {
        None => Ok(()),
        Some(name) => Err(Error::unavailable(format!("migration {name} has not run"))),
    }
}

async fn check(name: &str, work: impl Future<Output = plexichat_kernel::Result<()>>, remedy: &str) -> HealthCheck {
    let detail = match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("{}; {remedy}", error.message())),
        Err(_) => Some(format!("no answer in {} s; {remedy}", PATIENCE.as_secs())),
    };
    HealthCheck { name: name.to_owned(), ok: detail.is_none(), detail }
}

fn plain(name: &str, ok: bool, remedy: &str) -> HealthCheck {
    HealthCheck { name: name.to_owned(), ok, detail: (!ok).then(|| remedy.to_owned()) }
}
