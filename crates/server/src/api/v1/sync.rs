//! Snapshot and changes: what the gateway says, for who polls.

use axum::Json;
use axum::extract::State;
use plexichat_kernel::Caller;
use plexichat_model::sync::{Changes, ChannelStates, Snapshot};
use plexichat_model::{ChannelId, JournalKey, WorkspaceId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::app::App;
use crate::extract::{Path, Query, Signed};

/// Everything a client needs to begin
#[utoipa::path(get, path = "/sync", tag = "sync", responses((status = OK, body = Snapshot)))]
pub(crate) async fn get_snapshot(State(app): State<App>, Signed(caller): Signed) -> Answer<Snapshot> {
    Ok(Json(app.messaging.snapshot(&caller).await?))
}

/// Which joined channels.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatesQuery {
    /// The last channel of the page before.
    after: Option<ChannelId>,
    /// Most items, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// Further joined channels, in id order
#[utoipa::path(get, path = "/sync/channels", tag = "sync", params(StatesQuery), responses((status = OK, body = ChannelStates)))]
pub(crate) async fn list_channel_states(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(query): Query<StatesQuery>,
) -> Answer<ChannelStates> {
    Ok(Json(app.messaging.channel_states(&caller, query.after, query.limit).await?))
}

/// A position in a journal.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PositionQuery {
    /// Position held.
    #[param(minimum = 0)]
    after: i64,
    /// Journal epoch of the position.
    epoch: Option<String>,
}

async fn changes(app: &App, caller: &Caller, key: JournalKey, position: &PositionQuery) -> Answer<Changes> {
    Ok(Json(app.messaging.changes(caller, key, position.after, position.epoch.as_deref()).await?))
}

/// What changed in the instance
#[utoipa::path(get, path = "/instance/changes", tag = "sync", params(PositionQuery), responses((status = OK, body = Changes)))]
pub(crate) async fn get_instance_changes(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(position): Query<PositionQuery>,
) -> Answer<Changes> {
    changes(&app, &caller, JournalKey::INSTANCE, &position).await
}

/// What changed in a workspace
#[utoipa::path(get, path = "/workspaces/{workspace_id}/changes", tag = "sync",
    params(("workspace_id" = WorkspaceId, Path), PositionQuery), responses((status = OK, body = Changes)))]
pub(crate) async fn get_workspace_changes(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(workspace_id): Path<WorkspaceId>,
    Query(position): Query<PositionQuery>,
) -> Answer<Changes> {
    changes(&app, &caller, JournalKey::workspace(workspace_id), &position).await
}

/// What changed in a channel
#[utoipa::path(get, path = "/channels/{channel_id}/changes", tag = "sync",
    params(("channel_id" = ChannelId, Path), PositionQuery), responses((status = OK, body = Changes)))]
pub(crate) async fn get_channel_changes(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Query(position): Query<PositionQuery>,
) -> Answer<Changes> {
    changes(&app, &caller, JournalKey::channel(channel_id), &position).await
}

/// What changed for the caller's own devices
#[utoipa::path(get, path = "/users/me/changes", tag = "sync", params(PositionQuery), responses((status = OK, body = Changes)))]
pub(crate) async fn get_user_changes(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(position): Query<PositionQuery>,
) -> Answer<Changes> {
    changes(&app, &caller, JournalKey::user(caller.account()?), &position).await
}
