//! Messages.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use plexichat_messaging::PageAt;
use plexichat_model::message::{MessagePatch, MessageView, NewMessage};
use plexichat_model::page::MessagePage;
use plexichat_model::{ChannelId, MessageId};

use super::TimelineQuery;
use crate::api::present::{DONE, Versioned, Written};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{IfMatch, Json as Body, Path, Query, Signed};

/// Send a message; the same nonce is the same message
#[utoipa::path(post, path = "/channels/{channel_id}/messages", tag = "messages", params(("channel_id" = ChannelId, Path)),
    request_body = NewMessage,
    responses((status = CREATED, body = MessageView), (status = OK, description = "The nonce was known", body = MessageView)))]
pub(crate) async fn send_message(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Body(new): Body<NewMessage>,
) -> ApiResult<Response> {
    let sent = app.messaging.send_message(&caller, channel_id, new).await?;
    let status = if sent.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(sent.output)).into_response())
}

/// A page of the main timeline
#[utoipa::path(get, path = "/channels/{channel_id}/messages", tag = "messages",
    params(("channel_id" = ChannelId, Path), TimelineQuery), responses((status = OK, body = MessagePage)))]
pub(crate) async fn list_messages(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Query(query): Query<TimelineQuery>,
) -> ApiResult<Written> {
    let at = PageAt::of(query.before, query.after, query.around)?;
    Ok(Written(app.messaging.list_messages_as_json(&caller, channel_id, at, query.limit).await?))
}

/// One message
#[utoipa::path(get, path = "/channels/{channel_id}/messages/{message_id}", tag = "messages",
    params(("channel_id" = ChannelId, Path), ("message_id" = MessageId, Path)), responses((status = OK, body = MessageView)))]
pub(crate) async fn get_message(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((channel_id, message_id)): Path<(ChannelId, MessageId)>,
) -> ApiResult<Versioned<MessageView>> {
    let message = app.messaging.get_message(&caller, channel_id, message_id).await?;
    Ok(Versioned(message.version, message))
}

/// Edit one's own message
#[utoipa::path(patch, path = "/channels/{channel_id}/messages/{message_id}", tag = "messages", request_body = MessagePatch,
    params(("channel_id" = ChannelId, Path), ("message_id" = MessageId, Path)), responses((status = OK, body = MessageView)))]
pub(crate) async fn edit_message(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((channel_id, message_id)): Path<(ChannelId, MessageId)>,
    IfMatch(version): IfMatch,
    Body(patch): Body<MessagePatch>,
) -> ApiResult<Versioned<MessageView>> {
    let message = app.messaging.edit_message(&caller, channel_id, message_id, patch, version).await?;
    Ok(Versioned(message.version, message))
}

/// Delete a message; a tombstone stays
#[utoipa::path(delete, path = "/channels/{channel_id}/messages/{message_id}", tag = "messages",
    params(("channel_id" = ChannelId, Path), ("message_id" = MessageId, Path)),
    responses((status = NO_CONTENT, description = "Deleted")))]
pub(crate) async fn delete_message(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((channel_id, message_id)): Path<(ChannelId, MessageId)>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    app.messaging.delete_message(&caller, channel_id, message_id, version).await?;
    Ok(DONE)
}
