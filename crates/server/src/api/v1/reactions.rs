//! Reactions.

use axum::extract::State;
use axum::http::StatusCode;
use plexichat_model::{ChannelId, MessageId};

use crate::api::present::DONE;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Path, Signed};

/// React to a message
#[utoipa::path(put, path = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}", tag = "messages",
    params(("channel_id" = ChannelId, Path), ("message_id" = MessageId, Path), ("emoji" = String, Path)),
    responses((status = NO_CONTENT, description = "Added")))]
pub(crate) async fn add_reaction(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((channel_id, message_id, emoji)): Path<(ChannelId, MessageId, String)>,
) -> ApiResult<StatusCode> {
    app.messaging.add_reaction(&caller, channel_id, message_id, &emoji).await?;
    Ok(DONE)
}

/// Take a reaction back
#[utoipa::path(delete, path = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}", tag = "messages",
    params(("channel_id" = ChannelId, Path), ("message_id" = MessageId, Path), ("emoji" = String, Path)),
    responses((status = NO_CONTENT, description = "Removed")))]
pub(crate) async fn remove_reaction(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((channel_id, message_id, emoji)): Path<(ChannelId, MessageId, String)>,
) -> ApiResult<StatusCode> {
    app.messaging.remove_reaction(&caller, channel_id, message_id, &emoji).await?;
    Ok(DONE)
}
