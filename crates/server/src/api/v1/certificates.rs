//! The certificates of the server's own TLS, for those who run the instance.
//!
//! Not here: where they come from, and who renews them (`core/security/certificates`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use plexichat_audit::Action;
use plexichat_auth::access::AdminAccess;
use plexichat_certificates::{Overview, Pair, overview};
use plexichat_kernel::{Caller, Condition, Error, Result};
use plexichat_model::certificates::{CertificateList, CertificateMode, CertificateView};
use plexichat_model::{ErrorCode, Permission};

use super::Answer;
use crate::api::present::DONE;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::Signed;
use crate::options::CertificateSource;

/// The worker that follows the files.
const FILES_WORKER: &str = "tls_files";

async fn admitted(app: &App, caller: &Caller) -> Result<AdminAccess> {
    app.auth.admin(caller).await?.require(Permission::ManageInstance)
}

fn source(app: &App) -> CertificateSource {
    app.guard.options.load().certificate.clone()
}

/// The certificates of the server, when they end and when they are renewed
#[utoipa::path(get, path = "/admin/certificates", tag = "admin", responses((status = OK, body = CertificateList)))]
pub(crate) async fn list_certificates(State(app): State<App>, Signed(caller): Signed) -> Answer<CertificateList> {
    admitted(&app, &caller).await?;
    let now_ms = app.system.clock.now_ms();
    let pair = app.system.tls.as_ref().and_then(plexichat_certificates::Tls::pair);
    let (mode, items) = match source(&app) {
        CertificateSource::Off => (CertificateMode::Off, Vec::new()),
        CertificateSource::File(file) => {
            let file = file.display().to_string();
            let of_file = |pair: Arc<Pair>| in_file(&app, &Overview::of_pair(&pair, &file, now_ms));
            (CertificateMode::Files, pair.map(of_file).into_iter().collect())
        }
        CertificateSource::Acme(_) => {
            let serial = pair.as_ref().map(|pair| pair.facts().serial.as_str());
            let listed = overview::list(&app.system.db, now_ms).await?;
            (CertificateMode::Acme, listed.iter().map(|one| one.view(serial)).collect())
        }
    };
    Ok(Json(CertificateList { mode, items }))
}

/// The certificate in force, with what the worker says of the files it comes from: a pair that was refused is not in force.
fn in_file(app: &App, one: &Overview) -> CertificateView {
    let report = app.system.supervisor.reports().into_iter().find(|report| report.name == FILES_WORKER);
    let problem = report.and_then(|report| match report.condition {
        Condition::Healthy => None,
        Condition::Degraded(reason) | Condition::Failing(reason) => Some(reason),
    });
    CertificateView { problem, ..one.view(Some(&one.serial)) }
}

/// Renew the certificate from the ACME server now
///
/// One of the nodes does it a moment later; the list says how it went. Connections stay open, and new ones get the new
/// certificate. Mind the limits of the ACME server.
#[utoipa::path(post, path = "/admin/certificates/renew", tag = "admin",
    responses((status = NO_CONTENT, description = "Asked for")))]
pub(crate) async fn renew_certificate(State(app): State<App>, Signed(caller): Signed) -> ApiResult<StatusCode> {
    let access = admitted(&app, &caller).await?;
    let CertificateSource::Acme(id) = source(&app) else {
        let message = "only certificates from an ACME server are renewed by PlexiChat (tls.mode = \"acme\")";
        return Err(Error::conflict(ErrorCode::Conflict, message).into());
    };
    let now_ms = app.system.clock.now_ms();
    let record = app.auth.audit().record(&caller, Action::CertificateRenewalOrdered).await?;
    let record = record.on("certificate", 0).with("certificate", id.clone());
    let work = app.auth.audit().write_along(record, move |tx| {
        let (access, id) = (access.clone(), id.clone());
        Box::pin(async move {
            access.recheck(tx).await?;
            overview::renew(tx, &id, now_ms).await
        })
    });
    work.await?;
    Ok(DONE)
}
