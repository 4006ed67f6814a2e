//! Messages, reactions and threads.

use crate::{Client, MessagesAt, PageQuery, Result, http::Call};
use plexichat_model::{
    ChannelId, MessageId,
    message::{MessagePatch, MessageView, NewMessage},
    page::{MessagePage, ThreadPage},
};

impl Client {
    /// Sends a message. Repeated with the same nonce over broken connections until the server answers, within the
    /// retry policy: whatever happens, the message is there at most once.
    pub async fn send_message(&self, channel_id: ChannelId, new: &NewMessage) -> Result<MessageView> {
        self.call(Call::post(format!("/channels/{channel_id}/messages")).json(new)?.repeatable()).await
    }

    /// A page of a channel's main timeline.
    pub async fn list_messages(&self, channel_id: ChannelId, at: MessagesAt, limit: Option<usize>) -> Result<MessagePage> {
        self.call(Call::get(format!("/channels/{channel_id}/messages")).query(at.pairs(limit))).await
    }

    /// One message.
    pub async fn get_message(&self, channel_id: ChannelId, message_id: MessageId) -> Result<MessageView> {
        self.call(Call::get(format!("/channels/{channel_id}/messages/{message_id}"))).await
    }

    /// Changes the text of a message, if it still has this version.
    pub async fn edit_message(
        &self,
        channel_id: ChannelId,
        message_id: MessageId,
        patch: &MessagePatch,
        version: Option<i64>,
    ) -> Result<MessageView> {
        self.call(Call::patch(format!("/channels/{channel_id}/messages/{message_id}")).json(patch)?.if_match(version)).await
    }

    /// Deletes a message.
    pub async fn delete_message(&self, channel_id: ChannelId, message_id: MessageId) -> Result<()> {
        self.order(Call::delete(format!("/channels/{channel_id}/messages/{message_id}"))).await
    }

    /// Reacts to a message.
    pub async fn add_reaction(&self, channel_id: ChannelId, message_id: MessageId, emoji: &str) -> Result<()> {
        self.order(Call::put(reaction_path(channel_id, message_id, emoji))).await
    }

    /// Takes a reaction back.
    pub async fn remove_reaction(&self, channel_id: ChannelId, message_id: MessageId, emoji: &str) -> Result<()> {
        self.order(Call::delete(reaction_path(channel_id, message_id, emoji))).await
    }

    /// A page of a thread, without its root.
    pub async fn list_thread_messages(
        &self,
        channel_id: ChannelId,
        root_id: MessageId,
        at: MessagesAt,
        limit: Option<usize>,
    ) -> Result<MessagePage> {
        self.call(Call::get(format!("/channels/{channel_id}/threads/{root_id}/messages")).query(at.pairs(limit))).await
    }

    /// Threads of a channel, newest activity first.
    pub async fn list_threads(&self, channel_id: ChannelId, page: &PageQuery) -> Result<ThreadPage> {
        self.call(Call::get(format!("/channels/{channel_id}/threads")).query(page.pairs())).await
    }
}

fn reaction_path(channel_id: ChannelId, message_id: MessageId, emoji: &str) -> String {
    use std::fmt::Write as _;
    let mut path = format!("/channels/{channel_id}/messages/{message_id}/reactions/");
    for byte in emoji.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            let _infallible = write!(path, "%{byte:02X}");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_cannot_leave_its_place_in_the_path() {
        let path = reaction_path(ChannelId(1), MessageId(2), "👍/../x?y#z%");
        assert_eq!(path, "/channels/1/messages/2/reactions/%F0%9F%91%8D%2F..%2Fx%3Fy%23z%25");
    }
}
