//! Who is in a channel.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use plexichat_messaging::MemberQuery;
use plexichat_model::channel::{AddChannelMembers, ChannelState};
use plexichat_model::page::ChannelMemberPage;
use plexichat_model::{ChannelId, UserId};

use super::{Answer, PeopleQuery};
use crate::api::present::DONE;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Json as Body, Path, Query, Signed};

/// Join a channel that everybody may join
#[utoipa::path(post, path = "/channels/{channel_id}/join", tag = "channels", params(("channel_id" = ChannelId, Path)),
    responses((status = OK, body = ChannelState)))]
pub(crate) async fn join_channel(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
) -> Answer<ChannelState> {
    Ok(Json(app.messaging.join_channel(&caller, channel_id).await?))
}

/// Leave a channel
#[utoipa::path(post, path = "/channels/{channel_id}/leave", tag = "channels", params(("channel_id" = ChannelId, Path)),
    responses((status = NO_CONTENT, description = "Left")))]
pub(crate) async fn leave_channel(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
) -> ApiResult<StatusCode> {
    app.messaging.leave_channel(&caller, channel_id).await?;
    Ok(DONE)
}

/// Members of a channel, by handle
#[utoipa::path(get, path = "/channels/{channel_id}/members", tag = "channels",
    params(("channel_id" = ChannelId, Path), PeopleQuery), responses((status = OK, body = ChannelMemberPage)))]
pub(crate) async fn list_channel_members(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Query(query): Query<PeopleQuery>,
) -> Answer<ChannelMemberPage> {
    let query = MemberQuery { q: query.q, after: query.after, limit: query.limit };
    Ok(Json(app.messaging.list_channel_members(&caller, channel_id, &query).await?))
}

/// Add people to a channel
#[utoipa::path(post, path = "/channels/{channel_id}/members", tag = "channels", params(("channel_id" = ChannelId, Path)),
    request_body = AddChannelMembers, responses((status = OK, body = ChannelMemberPage)))]
pub(crate) async fn add_channel_members(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Body(add): Body<AddChannelMembers>,
) -> Answer<ChannelMemberPage> {
    Ok(Json(app.messaging.add_channel_members(&caller, channel_id, add).await?))
}

/// Remove somebody from a channel
#[utoipa::path(delete, path = "/channels/{channel_id}/members/{user_id}", tag = "channels",
    params(("channel_id" = ChannelId, Path), ("user_id" = UserId, Path)),
    responses((status = NO_CONTENT, description = "Removed")))]
pub(crate) async fn remove_channel_member(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((channel_id, user_id)): Path<(ChannelId, UserId)>,
) -> ApiResult<StatusCode> {
    app.messaging.remove_channel_member(&caller, channel_id, user_id).await?;
    Ok(DONE)
}
