//! Channels and conversations, and the caller's own settings in them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use plexichat_messaging::ChannelQuery;
use plexichat_model::channel::{
    ChannelPatch, ChannelState, ChannelView, Cursor, CursorUpdate, MembershipPatch, NewChannel, NewConversation, OverrideList,
};
use plexichat_model::event::MembershipView;
use plexichat_model::page::ChannelPage;
use plexichat_model::{ChannelId, WorkspaceId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::api::present::{Created, Versioned};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{IfMatch, Json as Body, Path, Query, Signed};

/// Which channels.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChannelsQuery {
    /// Beginning of the name, without regard to case.
    q: Option<String>,
    /// Only archived or only live ones; both if absent.
    archived: Option<bool>,
    /// `next` of the page before.
    after: Option<String>,
    /// Most items, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// Channels of a workspace that the caller may find or is in
#[utoipa::path(get, path = "/workspaces/{workspace_id}/channels", tag = "channels",
    params(("workspace_id" = WorkspaceId, Path), ChannelsQuery), responses((status = OK, body = ChannelPage)))]
pub(crate) async fn list_channels(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(workspace_id): Path<WorkspaceId>,
    Query(query): Query<ChannelsQuery>,
) -> Answer<ChannelPage> {
    let query = ChannelQuery { q: query.q, archived: query.archived, after: query.after, limit: query.limit };
    Ok(Json(app.messaging.list_channels(&caller, workspace_id, &query).await?))
}

/// Create a channel
#[utoipa::path(post, path = "/workspaces/{workspace_id}/channels", tag = "channels", request_body = NewChannel,
    params(("workspace_id" = WorkspaceId, Path)), responses((status = CREATED, body = ChannelState)))]
pub(crate) async fn create_channel(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(workspace_id): Path<WorkspaceId>,
    Body(new): Body<NewChannel>,
) -> ApiResult<Created<ChannelState>> {
    Ok(Created(app.messaging.create_channel(&caller, workspace_id, new).await?))
}

/// Open the conversation with these people, or get the one there is
#[utoipa::path(post, path = "/conversations", tag = "channels", request_body = NewConversation,
    responses((status = CREATED, body = ChannelState), (status = OK, description = "It existed", body = ChannelState)))]
pub(crate) async fn open_conversation(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(new): Body<NewConversation>,
) -> ApiResult<Response> {
    let opened = app.messaging.open_conversation(&caller, new).await?;
    let status = if opened.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(opened.state)).into_response())
}

/// A channel as the caller holds it
#[utoipa::path(get, path = "/channels/{channel_id}", tag = "channels", params(("channel_id" = ChannelId, Path)),
    responses((status = OK, body = ChannelState)))]
pub(crate) async fn get_channel(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
) -> ApiResult<Versioned<ChannelState>> {
    let state = app.messaging.get_channel(&caller, channel_id).await?;
    Ok(Versioned(state.channel.version, state))
}

/// Change name or topic, archive or restore
#[utoipa::path(patch, path = "/channels/{channel_id}", tag = "channels", params(("channel_id" = ChannelId, Path)),
    request_body = ChannelPatch, responses((status = OK, body = ChannelView)))]
pub(crate) async fn update_channel(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    IfMatch(version): IfMatch,
    Body(patch): Body<ChannelPatch>,
) -> ApiResult<Versioned<ChannelView>> {
    let channel = app.messaging.update_channel(&caller, channel_id, patch, version).await?;
    Ok(Versioned(channel.version, channel))
}

/// What the channel allows or denies beyond the workspace
#[utoipa::path(get, path = "/channels/{channel_id}/overrides", tag = "channels", params(("channel_id" = ChannelId, Path)),
    responses((status = OK, body = OverrideList)))]
pub(crate) async fn get_overrides(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
) -> Answer<OverrideList> {
    Ok(Json(app.messaging.get_overrides(&caller, channel_id).await?))
}

/// Replace what the channel allows or denies
#[utoipa::path(put, path = "/channels/{channel_id}/overrides", tag = "channels", params(("channel_id" = ChannelId, Path)),
    request_body = OverrideList, responses((status = OK, body = OverrideList)))]
pub(crate) async fn replace_overrides(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Body(list): Body<OverrideList>,
) -> Answer<OverrideList> {
    Ok(Json(app.messaging.replace_overrides(&caller, channel_id, list).await?))
}

/// Change what notifies the caller in a channel
#[utoipa::path(patch, path = "/channels/{channel_id}/membership", tag = "channels", params(("channel_id" = ChannelId, Path)),
    request_body = MembershipPatch, responses((status = OK, body = MembershipView)))]
pub(crate) async fn update_membership(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Body(patch): Body<MembershipPatch>,
) -> ApiResult<Versioned<MembershipView>> {
    let membership = app.messaging.update_membership(&caller, channel_id, patch).await?;
    Ok(Versioned(membership.version, membership))
}

/// Move the caller's read position
#[utoipa::path(put, path = "/channels/{channel_id}/cursor", tag = "channels", params(("channel_id" = ChannelId, Path)),
    request_body = CursorUpdate, responses((status = OK, body = Cursor)))]
pub(crate) async fn update_cursor(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Body(update): Body<CursorUpdate>,
) -> ApiResult<Versioned<Cursor>> {
    let cursor = app.messaging.update_cursor(&caller, channel_id, update).await?;
    Ok(Versioned(cursor.version, cursor))
}
