//! The one table of bounds: name, value, what happens beyond it. Code uses the constants; the contract test
//! `crates/server/tests/it/limits.rs` reads [`ALL`] and passes each of them.

use crate::ErrorCode;

/// One bound.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Name in docs and tests.
    pub name: &'static str,
    /// Value.
    pub value: u64,
    /// Unit.
    pub unit: &'static str,
    /// What happens beyond it.
    pub beyond: Beyond,
}

/// What happens beyond a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// The request, command or frame is refused with this code.
    Refused(ErrorCode),
    /// Nobody is refused: this happens instead.
    Instead(&'static str),
}

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $ty:ty = $value:literal $unit:literal, $beyond:tt;)*) => {
        $($(#[$doc])* pub const $name: $ty = $value;)*

        /// Every bound.
        pub const ALL: &[Limit] =
            &[$(Limit { name: stringify!($name), value: $value, unit: $unit, beyond: limits!(@ $beyond) }),*];
    };
    (@ $code:ident) => { Beyond::Refused(ErrorCode::$code) };
    (@ $instead:literal) => { Beyond::Instead($instead) };
}

limits! {
    /// Length of a message's text.
    MESSAGE_CHARS: usize = 12_000 "characters", TooLarge;
    /// Distinct mentions resolved in one message; further ones stay plain text.
    MESSAGE_MENTIONS: usize = 50 "mentions", "further ones stay plain text";
    /// Nesting of quotes and lists in a message; parsers of clients rely on it.
    MESSAGE_NESTING: usize = 8 "levels", Invalid;
    /// Distinct emoji on one message.
    MESSAGE_REACTIONS: usize = 50 "emoji", LimitReached;
    /// Length of an emoji.
    EMOJI_BYTES: usize = 64 "bytes", Invalid;
    /// Length of a handle.
    HANDLE_CHARS: usize = 32 "characters", Invalid;
    /// Length of a display name.
    DISPLAY_NAME_CHARS: usize = 80 "characters", Invalid;
    /// Length of a password.
    PASSWORD_BYTES: usize = 1024 "bytes", TooLarge;
    /// Length of a workspace's or channel's name.
    NAME_CHARS: usize = 80 "characters", Invalid;
    /// Length of a topic or description.
    TOPIC_CHARS: usize = 500 "characters", Invalid;
    /// Channels of a workspace.
    WORKSPACE_CHANNELS: u64 = 100_000 "channels", LimitReached;
    /// Channels a person has joined.
    USER_CHANNELS: u64 = 5_000 "channels", LimitReached;
    /// Workspaces a person is in.
    USER_WORKSPACES: u64 = 100 "workspaces", LimitReached;
    /// People in a group conversation.
    GROUP_MEMBERS: usize = 20 "people", LimitReached;
    /// People added in one request.
    ADD_MEMBERS: usize = 200 "people", LimitReached;
    /// Overrides of a channel.
    CHANNEL_OVERRIDES: usize = 100 "overrides", LimitReached;
    /// Live invitations of a workspace.
    WORKSPACE_INVITATIONS: u64 = 1_000 "invitations", LimitReached;
    /// Channels an invitation names.
    INVITATION_CHANNELS: usize = 20 "channels", LimitReached;
    /// Sessions of an account; the oldest ends when another begins.
    USER_SESSIONS: u64 = 50 "sessions", "the oldest session ends";
    /// Items of a page.
    PAGE_ITEMS: usize = 200 "items", InvalidQuery;
    /// Ids in one look-up.
    LOOKUP_IDS: usize = 200 "ids", InvalidQuery;
    /// Body of a request, unless `server.body_limit_bytes` says otherwise.
    BODY_BYTES: usize = 262_144 "bytes", TooLarge;
    /// A gateway frame from the client.
    FRAME_BYTES: usize = 65_536 "bytes", FrameTooLarge;
    /// The `ready` frame.
    READY_BYTES: usize = 262_144 "bytes", "fewer channels are in it; the rest is asked for by pages";
    /// Channels of a snapshot.
    SNAPSHOT_CHANNELS: usize = 500 "channels", "the rest is asked for by pages";
    /// Channels at level `open` on one socket.
    OPEN_CHANNELS: usize = 20 "channels", LimitReached;
    /// People whose presence one socket follows.
    PRESENCE_USERS: usize = 200 "people", LimitReached;
    /// Frames waiting for one socket, unless `gateway.queue_length` says otherwise.
    SOCKET_QUEUE: usize = 256 "frames", "what waits is dropped and the client is told to resync, or the socket is closed";
    /// Changes waiting for one lane.
    LANE_QUEUE: usize = 4_096 "changes", Overloaded;
    /// Changes in one group commit.
    BATCH_CHANGES: usize = 256 "changes", "the rest waits for the next commit";
    /// Journals advanced in one group commit, unless a single change advances more.
    BATCH_JOURNALS: usize = 256 "journals", "the rest waits for the next commit";
    /// Versions in one window of `changes`.
    CHANGES_WINDOW: i64 = 200 "versions", "the rest is in the next window";
    /// Counted mentions.
    COUNT_CAP: u32 = 100 "mentions", "counting stops";
    /// Members above which a broadcast needs permission and confirmation.
    BROADCAST_CONFIRM: u64 = 50 "people", ConfirmationNeeded;
    /// Members above which joins are no events.
    JOIN_EVENT_MEMBERS: u64 = 500 "members", "a join takes a version that says nothing";
}
