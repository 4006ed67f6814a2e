//! Messages, threads, reactions and mentions.

use crate::{ChannelId, MessageId, Timestamp, UserId, permission::Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::id::nonce_type!();

/// Who or what wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Written by an account.
    User,
    /// Written by the instance (joins, renames, welcome). Never unread.
    System,
}

/// Whom a message addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mention {
    /// One person: `@handle`.
    User(UserId),
    /// Everybody in the channel: `@everyone`.
    Everyone,
    /// Who is present: `@here`. Notifies, never counts.
    Here,
    /// Everybody with a workspace role: `@admins`, `@owners`, `@guests`.
    Role(Role),
}

/// A reaction with its count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReactionView {
    /// Emoji (one grapheme cluster) or `:name:`.
    pub emoji: String,
    /// How many people.
    pub count: u32,
    /// The first people in order of reacting, at most 20.
    pub user_ids: Vec<UserId>,
    /// Whether the caller is among them; only in answers to a caller, absent in events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub me: bool,
}

/// Summary of a thread, carried by its root message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThreadView {
    /// Root message.
    pub root_id: MessageId,
    /// Channel.
    pub channel_id: ChannelId,
    /// Number of visible replies.
    pub reply_count: u32,
    /// Channel number of the newest visible reply; 0 if none.
    pub last_number: i64,
    /// When the newest visible reply was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reply_at: Option<Timestamp>,
    /// The last distinct authors, at most 5, newest first.
    pub participants: Vec<UserId>,
    /// Channel-journal version of the last change.
    pub version: i64,
}

/// A message. Order is `number`; `version` is the channel-journal version of its last change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    /// Message id.
    pub id: MessageId,
    /// Channel.
    pub channel_id: ChannelId,
    /// Ordinal in the channel: gapless, also across deletes.
    pub number: i64,
    /// Row version.
    pub version: i64,
    /// Author.
    pub author_id: UserId,
    /// Kind.
    pub kind: MessageKind,
    /// Markdown, at most 12,000 characters; empty when deleted.
    pub text: String,
    /// Whom it addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// Root message, for replies in a thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// A tombstone: text, mentions, reactions are gone; id, number, version stay.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Nonce of the send, so that the author's client can replace its local echo; absent after 7 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
    /// Reactions in order of first use. Absent in events about the text: keep what is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reactions: Option<Vec<ReactionView>>,
    /// The thread under it, if there is one. Absent in events about the text: keep what is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadView>,
}

/// `POST /channels/{id}/messages` and the `send` command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// Chosen by the sender, unique for (channel, author) during 7 days: the same nonce is the same message.
    pub nonce: Nonce,
    /// Markdown, 1–12,000 characters.
    pub text: String,
    /// Root message, to reply in its thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
    /// The newest number the sender has seen: also moves the cursor there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_up_to: Option<i64>,
    /// Confirms a broadcast to more than 50 people.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirm_broadcast: bool,
}

/// `PATCH /channels/{id}/messages/{message_id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessagePatch {
    /// New text.
    pub text: String,
}
