//! The whole API on one page: a route and its documentation are the same line.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use plexichat_kernel::Error;
use plexichat_model::ErrorCode;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::v1::{
    admin, audit, auth, certificates, channel_members, channels, invitations, key_nodes, key_tasks, keys, messages, reactions,
    setup, sync, system, threads, users, workspace_members, workspaces,
};
use crate::api::{docs, health};
use crate::app::App;
use crate::error::ApiError;
use crate::extract::idempotency;
use crate::gateway;
use crate::openapi as document;
use crate::realtime::upgrade;

/// The keys of the instance, for its administrators.
fn keys() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(key_tasks::list_key_tasks, key_tasks::order_key_task))
        .routes(routes!(key_tasks::approve_key_task))
        .routes(routes!(key_tasks::cancel_key_task))
        .routes(routes!(key_nodes::list_key_nodes))
        .routes(routes!(key_nodes::remove_key_node))
        .routes(routes!(key_nodes::list_node_invitations, key_nodes::create_node_invitation))
        .routes(routes!(key_nodes::revoke_node_invitation))
        .routes(routes!(keys::get_keys))
        .routes(routes!(keys::create_recovery_kit))
        .routes(routes!(keys::prove_recovery_kit))
        .routes(routes!(keys::remove_recovery_kit))
        .routes(routes!(keys::examine_vault))
}

fn v1() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(keys())
        .routes(routes!(setup::get_setup, setup::complete_setup))
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::refresh_session))
        .routes(routes!(auth::list_sessions, auth::revoke_other_sessions))
        .routes(routes!(auth::revoke_session))
        .routes(routes!(auth::change_password))
        .routes(routes!(auth::reset_password))
        .routes(routes!(users::get_me, users::update_me))
        .routes(routes!(users::get_user, users::update_user))
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::create_password_link))
        .merge(administration())
        .routes(routes!(invitations::preview_invitation))
        .routes(routes!(invitations::accept_invitation))
        .routes(routes!(invitations::create_invitation, invitations::list_invitations))
        .routes(routes!(invitations::revoke_invitation))
        .routes(routes!(workspaces::list_workspaces, workspaces::create_workspace))
        .routes(routes!(workspaces::get_workspace, workspaces::update_workspace))
        .routes(routes!(workspace_members::list_workspace_members))
        .routes(routes!(workspace_members::update_workspace_member, workspace_members::remove_workspace_member))
        .routes(routes!(channels::list_channels, channels::create_channel))
        .routes(routes!(channels::open_conversation))
        .routes(routes!(channels::get_channel, channels::update_channel))
        .routes(routes!(channel_members::join_channel))
        .routes(routes!(channel_members::leave_channel))
        .routes(routes!(channel_members::list_channel_members, channel_members::add_channel_members))
        .routes(routes!(channel_members::remove_channel_member))
        .routes(routes!(channels::get_overrides, channels::replace_overrides))
        .routes(routes!(channels::update_membership))
        .routes(routes!(channels::update_cursor))
        .routes(routes!(messages::send_message, messages::list_messages))
        .routes(routes!(messages::get_message, messages::edit_message, messages::delete_message))
        .routes(routes!(reactions::add_reaction, reactions::remove_reaction))
        .routes(routes!(threads::list_thread_messages))
        .routes(routes!(threads::list_threads))
        .routes(routes!(sync::get_snapshot))
        .routes(routes!(sync::list_channel_states))
        .routes(routes!(sync::get_instance_changes))
        .routes(routes!(sync::get_workspace_changes))
        .routes(routes!(sync::get_channel_changes))
        .routes(routes!(sync::get_user_changes))
        .routes(routes!(system::get_status))
        .routes(routes!(upgrade::gateway))
}

/// What those who run the instance ask for.
fn administration() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(admin::list_accounts))
        .routes(routes!(admin::get_account))
        .routes(routes!(audit::list_audit_entries))
        .routes(routes!(audit::get_audit_checkpoint))
        .routes(routes!(audit::export_audit_log))
        .routes(routes!(audit::get_audit_entry))
        .routes(routes!(audit::prove_audit_entry))
        .routes(routes!(audit::erase_audit_subject))
        .routes(routes!(certificates::list_certificates))
        .routes(routes!(certificates::renew_certificate))
}

fn api() -> (Router<App>, Value) {
    let (router, whole) = OpenApiRouter::with_openapi(document::head()).nest("/api/v1", v1()).split_for_parts();
    (router, document::complete(whole))
}

/// The OpenAPI document of the API.
pub fn openapi() -> Value {
    api().1
}

/// Everything the public listener serves.
pub(crate) fn public(app: App) -> Router {
    let (api, document) = api();
    let documents = Arc::new(docs::Documents::of(&document));
    let guard = Arc::clone(&app.guard);
    let web = app.web.clone();
    let router = api
        .layer(from_fn_with_state(app.clone(), idempotency::layer))
        .route("/api/v1/openapi.json", get(docs::openapi_json).with_state(Arc::clone(&documents)))
        .route("/api/docs", get(docs::page).with_state(Arc::clone(&documents)))
        .route("/api/docs/style.css", get(docs::style))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(move |request: axum::extract::Request| web.clone().answer(request))
        .with_state(app);
    gateway::layered(router, &guard)
}

/// What the metrics listener serves.
pub(crate) fn metrics(app: App) -> Router {
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Router::new().route("/metrics", get(move || async move { ([(header::CONTENT_TYPE, text)], (app.system.metrics)()) }))
}

async fn method_not_allowed(method: Method) -> Response {
    ApiError(Error::new(ErrorCode::MethodNotAllowed, format!("this address does not take {method}; see Allow"))).into_response()
}
