//! Channels, conversations, memberships, cursors and overrides.
//!
//! Views are viewer-neutral: what differs for the one who asks (cursor, level, permissions) stands in [`ChannelState`].
//! Not here: messages, and who may do what (`permission`, `core/auth`).

use crate::{
    ChannelId, MessageId, Timestamp, UserId, WorkspaceId,
    permission::{Permissions, Role},
    user::UserView,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Kind of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Every member of the workspace may find and join it.
    Public,
    /// By invitation only.
    Private,
    /// Public, but only administrators write in the main timeline.
    Announcement,
    /// Two people; belongs to the instance.
    Direct,
    /// 2–20 people; belongs to the instance.
    Group,
}

impl ChannelKind {
    /// Number in SQL.
    pub const fn code(self) -> i16 {
        match self {
            Self::Public => 0,
            Self::Private => 1,
            Self::Announcement => 2,
            Self::Direct => 3,
            Self::Group => 4,
        }
    }

    /// Kind of a number in SQL; an unknown number is the most closed kind.
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Public,
            2 => Self::Announcement,
            3 => Self::Direct,
            4 => Self::Group,
            _ => Self::Private,
        }
    }

    /// Direct and group conversations.
    pub const fn is_conversation(self) -> bool {
        matches!(self, Self::Direct | Self::Group)
    }

    /// Whether members of the workspace may find it without being in it.
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Public | Self::Announcement)
    }
}

/// A channel. `version` is the channel-journal version of the last change of these fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelView {
    /// Channel id.
    pub id: ChannelId,
    /// Workspace; absent for conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    /// Kind.
    pub kind: ChannelKind,
    /// Name, unique in the workspace without regard to case; empty for conversations.
    pub name: String,
    /// What it is about, at most 500 characters.
    pub topic: String,
    /// Read-only on every path.
    pub archived: bool,
    /// Who created it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Row version.
    pub version: i64,
    /// Participants of a conversation, in id order; empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<UserId>,
}

/// Counters of a channel, read together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelHead {
    /// Journal version.
    pub version: i64,
    /// Ordinal of the newest message.
    pub last_number: i64,
    /// Ordinal of the newest visible, non-system message of the main timeline.
    pub last_main_number: i64,
    /// First ordinal still kept (retention).
    pub first_number: i64,
}

/// What notifies a member of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotifyLevel {
    /// Every message.
    All,
    /// Mentions only.
    #[default]
    Mentions,
    /// Nothing, and no badge.
    Muted,
}

impl NotifyLevel {
    /// Number in SQL.
    pub const fn code(self) -> i16 {
        match self {
            Self::All => 0,
            Self::Mentions => 1,
            Self::Muted => 2,
        }
    }

    /// Level of a number in SQL; an unknown number is the default.
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::All,
            2 => Self::Muted,
            _ => Self::Mentions,
        }
    }
}

/// Read position of the caller in a channel. Carried by the user journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cursor {
    /// Highest number read in the main timeline.
    pub last_read_number: i64,
    /// User-journal version of the last change.
    pub version: i64,
}

/// Membership of a person in a channel; with `removed` it is a tombstone. Carried by the channel journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelMemberView {
    /// Channel.
    pub channel_id: ChannelId,
    /// Member.
    pub user_id: UserId,
    /// When they joined.
    pub joined_at: Timestamp,
    /// The channel's last number at that moment; broadcasts up to it never count for them.
    pub joined_number: i64,
    /// True when the membership ended.
    pub removed: bool,
    /// Channel-journal version of the last change.
    pub version: i64,
}

/// A member with the profile, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelMemberItem {
    /// The membership.
    #[serde(flatten)]
    pub member: ChannelMemberView,
    /// The profile.
    pub user: UserView,
}

/// A channel as one of its members holds it (in `ready` and `sync`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelState {
    /// The channel.
    pub channel: ChannelView,
    /// Counters at the snapshot.
    pub head: ChannelHead,
    /// The caller's read position.
    pub cursor: Cursor,
    /// What notifies the caller.
    pub notify: NotifyLevel,
    /// What the caller may do here.
    pub permissions: Permissions,
    /// Mentions above the cursor, capped at 100; for conversations all messages above it.
    pub mention_count: u32,
    /// Channel version up to which `mention_count` holds; may be above `head.version`, which the rest of the state is of.
    pub counted_to: i64,
    /// User-journal version of the caller's membership settings.
    pub membership_version: i64,
}

/// `POST /workspaces/{id}/channels`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChannel {
    /// `public`, `private` or `announcement`.
    pub kind: ChannelKind,
    /// Name, 1–80 characters.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub topic: String,
    /// People added besides the creator, at most 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_ids: Vec<UserId>,
}

/// `PATCH /channels/{id}`; absent fields stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelPatch {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Archive or restore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// `POST /conversations`: opens the direct (one other) or group (2–19 others) conversation, or returns the existing one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    /// The others.
    pub user_ids: Vec<UserId>,
}

/// `POST /channels/{id}/members`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddChannelMembers {
    /// People to add, at most 200.
    pub user_ids: Vec<UserId>,
}

/// `PATCH /channels/{id}/membership`: the caller's own settings of the channel.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipPatch {
    /// What notifies.
    pub notify: NotifyLevel,
}

/// How a cursor moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CursorMode {
    /// Forward only; an older number changes nothing.
    #[default]
    Advance,
    /// Exactly there, also back ("mark unread from here").
    Set,
}

/// `PUT /channels/{id}/cursor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CursorUpdate {
    /// Highest number read.
    pub last_read_number: i64,
    /// Forward only, or exactly there.
    #[serde(default)]
    pub mode: CursorMode,
    /// Root message of a thread: moves the thread's own cursor instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
}

/// Whom an override is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverrideTarget {
    /// Everybody with this workspace role.
    Role(Role),
    /// One person.
    User(UserId),
}

impl OverrideTarget {
    /// Kind and id in SQL.
    pub const fn code(self) -> (i16, i64) {
        match self {
            Self::Role(role) => (0, role.code() as i64),
            Self::User(id) => (1, id.0),
        }
    }

    /// Target of a kind and an id in SQL; an unknown kind is nobody's.
    pub fn from_code(kind: i16, id: i64) -> Option<Self> {
        match kind {
            0 => Some(Self::Role(Role::from_code(i16::try_from(id).ok()?))),
            1 => Some(Self::User(UserId(id))),
            _ => None,
        }
    }
}

/// What a channel allows or denies beyond the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionOverride {
    /// Whom.
    pub target: OverrideTarget,
    /// Allowed here.
    pub allow: Permissions,
    /// Denied here; wins over `allow` of the same target level.
    pub deny: Permissions,
}

/// `PUT /channels/{id}/overrides`: the whole list, at most 100.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideList {
    /// All overrides of the channel.
    pub overrides: Vec<PermissionOverride>,
}
