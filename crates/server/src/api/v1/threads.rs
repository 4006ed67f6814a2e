//! Threads.

use axum::Json;
use axum::extract::State;
use plexichat_messaging::PageAt;
use plexichat_model::page::{MessagePage, ThreadPage};
use plexichat_model::{ChannelId, MessageId};

use super::{Answer, PageQuery, TimelineQuery};
use crate::app::App;
use crate::extract::{Path, Query, Signed};

/// A page of the replies of a thread; the root is not among them
#[utoipa::path(get, path = "/channels/{channel_id}/threads/{root_id}/messages", tag = "messages",
    params(("channel_id" = ChannelId, Path), ("root_id" = MessageId, Path), TimelineQuery),
    responses((status = OK, body = MessagePage)))]
pub(crate) async fn list_thread_messages(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((channel_id, root_id)): Path<(ChannelId, MessageId)>,
    Query(query): Query<TimelineQuery>,
) -> Answer<MessagePage> {
    let at = PageAt::of(query.before, query.after, query.around)?;
    Ok(Json(app.messaging.list_thread_messages(&caller, channel_id, root_id, at, query.limit).await?))
}

/// Threads of a channel, newest activity first
#[utoipa::path(get, path = "/channels/{channel_id}/threads", tag = "messages",
    params(("channel_id" = ChannelId, Path), PageQuery), responses((status = OK, body = ThreadPage)))]
pub(crate) async fn list_threads(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(channel_id): Path<ChannelId>,
    Query(page): Query<PageQuery>,
) -> Answer<ThreadPage> {
    Ok(Json(app.messaging.list_threads(&caller, channel_id, page.after.as_deref(), page.limit).await?))
}
