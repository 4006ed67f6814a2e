//! The audit log, for those who run the instance. Nothing here changes it but erasing somebody, which is an entry too.
//!
//! What is sealed in the database is opened for these readers alone. An export is a stream of pages and an entry itself.
//! Not here: what is recorded (each verb), how it is numbered and proven (`core/security/audit`).

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use plexichat_audit::export::Exporter;
use plexichat_audit::{Action, EntryQuery, Log, Numbered};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::audit::{AuditActor, AuditCheckpointView, AuditEntryView, AuditProofView, AuditTarget};
use plexichat_model::page::AuditPage;
use plexichat_model::{ErrorCode, Permission, Timestamp, UserId, id, limits};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use super::Answer;
use crate::api::present::DONE;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Path, Query, Signed};

const DEFAULT_ITEMS: usize = 50;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesQuery {
    /// Only what this account did.
    actor: Option<UserId>,
    /// Only this action, such as `channel.archive`.
    action: Option<String>,
    /// Only what was done to the thing with this id.
    #[serde(default, deserialize_with = "numbered")]
    #[param(value_type = Option<String>)]
    target: Option<i64>,
    /// Not before this time, milliseconds since 1970 UTC.
    from_ms: Option<i64>,
    /// Before this time, milliseconds since 1970 UTC.
    until_ms: Option<i64>,
    /// `next` of the page before.
    after: Option<i64>,
    /// Most items, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// An id of whatever kind: text, because JavaScript loses digits of large numbers.
fn numbered<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<i64>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| id::parse(&text).map_err(D::Error::custom)).transpose()
}

async fn admitted(app: &App, caller: &Caller) -> Result<Log> {
    app.auth.admin(caller).await?.require(Permission::ManageInstance)?;
    Ok(Log::new(app.system.db.clone()))
}

/// Entries of the audit log, newest first
#[utoipa::path(get, path = "/admin/audit", tag = "admin", params(EntriesQuery), responses((status = OK, body = AuditPage)))]
pub(crate) async fn list_audit_entries(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(query): Query<EntriesQuery>,
) -> Answer<AuditPage> {
    let log = admitted(&app, &caller).await?;
    let limit = query.limit.unwrap_or(DEFAULT_ITEMS);
    if limit == 0 || limit > limits::PAGE_ITEMS {
        let message = format!("a page has 1 to {} items", limits::PAGE_ITEMS);
        return Err(Error::new(ErrorCode::InvalidQuery, message).with_field("limit").into());
    }
    if query.action.as_ref().is_some_and(|name| Action::from_name(name).is_none()) {
        let message = "there is no such action; docs/reference/audit.md lists them";
        return Err(Error::new(ErrorCode::InvalidQuery, message).with_field("action").into());
    }
    let wanted = EntryQuery {
        actor: query.actor.map(|id| id.0),
        action: query.action,
        target: query.target,
        from_ms: query.from_ms,
        until_ms: query.until_ms,
        before: query.after,
        limit: u64::try_from(limit + 1).unwrap_or(1),
    };
    let mut found = log.entries(&wanted).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.number.to_string());
    let mut items = Vec::with_capacity(found.len());
    for entry in &found {
        items.push(view(&app, entry).await?);
    }
    Ok(Json(AuditPage { items, next }))
}

/// One entry of the audit log
#[utoipa::path(get, path = "/admin/audit/{number}", tag = "admin", params(("number" = u64, Path, description = "Number in the log, from 0")),
    responses((status = OK, body = AuditEntryView)))]
pub(crate) async fn get_audit_entry(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(number): Path<u64>,
) -> Answer<AuditEntryView> {
    let log = admitted(&app, &caller).await?;
    Ok(Json(view(&app, &log.entry(number).await?).await?))
}

/// Which earlier state.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SinceQuery {
    /// Size of a checkpoint that was kept: the answer proves that the log continues it.
    since: Option<u64>,
}

/// The newest signed checkpoint of the audit log
#[utoipa::path(get, path = "/admin/audit/checkpoint", tag = "admin", params(SinceQuery),
    responses((status = OK, body = AuditCheckpointView)))]
pub(crate) async fn get_audit_checkpoint(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(query): Query<SinceQuery>,
) -> Answer<AuditCheckpointView> {
    let signed = admitted(&app, &caller).await?.signed_checkpoint(query.since).await?;
    let size = signed_number(signed.size);
    Ok(Json(AuditCheckpointView { key: signed.key, checkpoint: signed.checkpoint, size, consistency: signed.consistency }))
}

/// The proof that an entry is in the audit log
#[utoipa::path(get, path = "/admin/audit/{number}/proof", tag = "admin",
    params(("number" = u64, Path, description = "Number in the log, from 0")), responses((status = OK, body = AuditProofView)))]
pub(crate) async fn prove_audit_entry(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(number): Path<u64>,
) -> Answer<AuditProofView> {
    let proof = admitted(&app, &caller).await?.prove(number).await?;
    let number = signed_number(proof.number);
    let (key, checkpoint, body) = (proof.key, proof.checkpoint, proof.body);
    Ok(Json(AuditProofView { key, checkpoint, number, body, leaf: proof.leaf, proof: proof.proof }))
}

/// The whole audit log as lines of JSON, to be verified without the server
#[utoipa::path(get, path = "/admin/audit/export", tag = "admin",
    responses((status = OK, body = String, content_type = "application/x-ndjson")))]
pub(crate) async fn export_audit_log(State(app): State<App>, Signed(caller): Signed) -> ApiResult<Response> {
    admitted(&app, &caller).await?;
    let exporter = Exporter::start(app.system.db.clone()).await?;
    let audit = app.auth.audit();
    audit.write(audit.record(&caller, Action::AuditExported).await?.with("size", exporter.size())).await?;
    let pages = futures_util::stream::try_unfold(exporter, |mut exporter| async move {
        let page = exporter.page().await.inspect_err(|error| tracing::warn!(%error, "an export of the audit log ended early"))?;
        Ok::<_, Error>(page.map(|page| (Bytes::from(page), exporter)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"plexichat-audit.ndjson\""),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

/// Make what the audit log holds about a person unreadable for ever; every proof stays valid
#[utoipa::path(delete, path = "/admin/audit/subjects/{user_id}", tag = "admin", params(("user_id" = UserId, Path)),
    responses((status = NO_CONTENT, description = "Erased")))]
pub(crate) async fn erase_audit_subject(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(user_id): Path<UserId>,
) -> ApiResult<StatusCode> {
    admitted(&app, &caller).await?;
    app.auth.get_account(&caller, user_id).await?;
    app.auth.audit().erase(&caller, user_id).await?;
    Ok(DONE)
}

fn signed_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn view(app: &App, numbered: &Numbered) -> Result<AuditEntryView> {
    let number = signed_number(numbered.number);
    let mut view = AuditEntryView {
        number,
        is_kept: false,
        at: None,
        action: None,
        outcome: None,
        actor: None,
        target: None,
        workspace_id: None,
        request_id: None,
        before: serde_json::Map::new(),
        after: serde_json::Map::new(),
        sealed: serde_json::Map::new(),
    };
    let Some(entry) = numbered.entry() else { return Ok(view) };
    view.sealed = app.auth.audit().reveal(&entry).await?;
    (view.is_kept, view.at, view.action) = (true, Some(Timestamp(entry.time_ms)), Some(entry.action));
    view.outcome = serde_json::to_value(entry.outcome).ok().and_then(|word| word.as_str().map(str::to_owned));
    view.workspace_id = entry.workspace.and_then(|id| id.parse().ok());
    view.target = entry.target.map(|target| AuditTarget { kind: target.kind, id: target.id });
    (view.request_id, view.before, view.after) = (entry.request, entry.before, entry.after);
    let actor = entry.actor;
    let (user_id, session_id) = (actor.account.and_then(|id| id.parse().ok()), actor.session.and_then(|id| id.parse().ok()));
    view.actor = Some(AuditActor { user_id, kind: actor.kind, role: actor.role, session_id, reason: actor.reason });
    Ok(view)
}
