//! Frames of the realtime protocol, `/api/v1/gateway`: JSON text frames of at most 64 KiB.
//!
//! The server says `hello`; the client answers `identify` within 10 s (browsers are known by their cookie,
//! others send the token here, never in the address), with the vector it holds or none. Then `ready`, then
//! for each journal that moved `changes`, then live events strictly in version order per journal.
//! A per-socket ordinal counts `event` frames from 1 on both sides; it is not sent, `ack` names it.

use crate::{
    ChannelId, JournalEvent, JournalKey, MessageId, Problem, UserId,
    channel::{CursorUpdate, NotifyLevel},
    message::{MessageView, NewMessage},
    sync::{Changes, Snapshot, Vector},
    user::PresenceStatus,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much of a channel a socket wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Every event, at once. At most 20 channels a socket.
    Open,
    /// Newest number and mentions, gathered to one frame a second. The default of joined channels.
    Badge,
    /// Nothing.
    None,
}

/// A frame from the client. `id` is chosen by the client and echoed by `result` or `error`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// First frame.
    Identify {
        /// Bearer token; absent in browsers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// What the client holds; absent for a first connection.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vector: Option<Vector>,
    },
    /// A new token for the live socket, of the same account.
    Reauthenticate { id: u64, token: String },
    /// Heartbeat, every `heartbeat_ms`.
    Ping {},
    /// The client has processed this many event frames.
    Ack { s: u64 },
    /// Changes how much of channels is wanted, all or nothing: a refusal leaves every channel as it was. Names each channel
    /// once. With `after` on `open`, the result carries the changes since.
    Subscribe { id: u64, channels: Vec<Subscription> },
    /// Sends a message; the result carries it.
    Send { id: u64, channel_id: ChannelId, message: NewMessage },
    /// Moves a read position.
    Read { id: u64, channel_id: ChannelId, cursor: CursorUpdate },
    /// "I am typing here", at most once in 3 s. No answer.
    Typing {
        channel_id: ChannelId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread_id: Option<MessageId>,
    },
    /// Whose presence is wanted: replaces the list, at most 200 visible people.
    Presence { id: u64, user_ids: Vec<UserId> },
}

/// One channel of a `subscribe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Channel.
    pub channel_id: ChannelId,
    /// How much.
    pub level: Level,
    /// Position held of this channel's journal, to be told what changed since; absent: from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
}

/// A frame from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum ServerFrame {
    /// First frame.
    Hello(Hello),
    /// Identified. `snapshot` is absent when the vector was accepted: `changes` frames follow instead.
    Ready(Ready),
    /// A live event.
    Event(JournalEvent),
    /// What changed in one journal since the client's position.
    Changes {
        journal: JournalKey,
        #[serde(flatten)]
        changes: Changes,
    },
    /// Channels at level `badge` that moved.
    Badges { channels: Vec<Badge> },
    /// Somebody is typing; gone after 6 s.
    Typing {
        channel_id: ChannelId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread_id: Option<MessageId>,
        user_id: UserId,
    },
    /// Presence that changed, at most one frame in 2 s.
    Presence { updates: Vec<PresenceUpdate> },
    /// A command succeeded.
    Result(CommandResult),
    /// A command failed, or (without `id`) a frame was not understood.
    Error {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        problem: Problem,
    },
    /// Heartbeat answer.
    Pong {},
    /// The client was too slow: frames were dropped. Identify again with the vector held.
    Resync {},
    /// This node is stopping: connect again after so many milliseconds (spread over 30 s).
    Reconnect { after_ms: u64 },
}

/// `hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hello {
    /// Send `ping` this often; silence of twice as long closes.
    pub heartbeat_ms: u64,
    /// Lowest level of all live nodes: which frames and fields may be used.
    pub cluster_level: u32,
    /// Version of the server.
    pub server_version: String,
    /// Largest frame accepted, bytes.
    pub max_frame_bytes: u32,
    /// Channels a socket may hold at level `open`.
    pub max_open_channels: u32,
    /// Commands a socket may send a minute.
    pub commands_per_minute: u32,
}

/// `ready`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ready {
    /// Journal epoch.
    pub epoch: String,
    /// Whether the vector was accepted.
    pub resumed: bool,
    /// Everything, when it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Box<Snapshot>>,
}

/// A channel at level `badge` that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Badge {
    /// Channel.
    pub channel_id: ChannelId,
    /// Newest visible main number.
    pub last_main_number: i64,
    /// Head version.
    pub version: i64,
    /// New messages since the last badge frame that mention the receiver (in conversations: all of others).
    pub new_mentions: u32,
    /// After a resume: the whole count above the receiver's cursor, capped at 100. Replaces what is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mention_count: Option<u32>,
    /// Channel version above which `new_mentions` were counted; with `mention_count` the version up to which that holds.
    pub counted_from: i64,
}

/// Presence of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PresenceUpdate {
    /// Who.
    pub user_id: UserId,
    /// State.
    pub status: PresenceStatus,
}

/// `result`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommandResult {
    /// Id of the command.
    pub id: u64,
    /// The message, for `send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageView>,
    /// For `subscribe`: what changed in each channel that was opened with `after`, in the order asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChannelChanges>,
    /// For `presence`: the present state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presence: Vec<PresenceUpdate>,
}

/// Changes of one opened channel. Live events of the channel follow only above `up_to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelChanges {
    /// Channel.
    pub channel_id: ChannelId,
    /// What changed.
    #[serde(flatten)]
    pub changes: Changes,
}

/// What notifies, re-exported for clients that only speak the gateway.
pub type Notify = NotifyLevel;

/// Close codes of the gateway, next to those of RFC 6455.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// 4000: no `identify` in time, or no heartbeat.
    Timeout = 4000,
    /// 4001: not signed in, session ended or revoked. Sign in again.
    Unauthenticated = 4001,
    /// 4002: a frame could not be understood at all (not JSON, binary, too large).
    Protocol = 4002,
    /// 4003: too many commands or connections. Wait before connecting again.
    RateLimited = 4003,
    /// 4004: too slow to read. Connect again with the vector held.
    TooSlow = 4004,
    /// 4005: the node is stopping. Connect again.
    GoingAway = 4005,
    /// 4006: a fault of the server. Connect again.
    Internal = 4006,
}

impl CloseCode {
    /// Every code.
    pub const ALL: &'static [Self] = &[
        Self::Timeout,
        Self::Unauthenticated,
        Self::Protocol,
        Self::RateLimited,
        Self::TooSlow,
        Self::GoingAway,
        Self::Internal,
    ];

    /// Number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// What the client should do.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Timeout => "no identify or heartbeat in time; connect again",
            Self::Unauthenticated => "not signed in, or the session ended; sign in again",
            Self::Protocol => "a frame could not be understood; a defect of the client",
            Self::RateLimited => "too many commands or connections; wait before connecting again",
            Self::TooSlow => "the client reads too slowly; connect again with the vector held",
            Self::GoingAway => "the node is stopping; connect again",
            Self::Internal => "a fault of the server; connect again",
        }
    }
}
