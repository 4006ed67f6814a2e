//! Journals and the one enum of durable events.
//!
//! An event is a statement about the present: it carries the whole new state of one row, so that a live
//! event, a `changes` answer built from rows and a replay are the same words and applying one twice is
//! harmless. The rule for readers: ignore a row older than the one held (compare `version`), then set the
//! journal's position to the event's version.

use crate::{
    ChannelId, MessageId, SessionId, UserId, WorkspaceId,
    channel::{ChannelMemberView, ChannelView, Cursor, NotifyLevel, PermissionOverride},
    message::{MessageView, ThreadView},
    permission::Role,
    system::InstanceView,
    user::UserView,
    workspace::{WorkspaceMemberView, WorkspaceView},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The four kinds of journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JournalKind {
    /// Public profiles, instance settings; followed by everyone.
    Instance,
    /// Channel list, memberships, settings of a workspace; followed by its members.
    Workspace,
    /// Messages and everything about them; followed by the channel's members.
    Channel,
    /// What concerns one person's devices.
    User,
}

impl JournalKind {
    /// Number in SQL; also the order in which locks are taken.
    pub const fn code(self) -> i16 {
        match self {
            Self::Instance => 0,
            Self::Workspace => 1,
            Self::Channel => 2,
            Self::User => 3,
        }
    }

    /// Kind of a number in SQL.
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Instance),
            1 => Some(Self::Workspace),
            2 => Some(Self::Channel),
            3 => Some(Self::User),
            _ => None,
        }
    }

    /// Word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Workspace => "workspace",
            Self::Channel => "channel",
            Self::User => "user",
        }
    }
}

/// Names one journal. Text form `kind:id`, for instance `channel:123`; the instance journal is `instance:0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JournalKey {
    /// Kind.
    pub kind: JournalKind,
    /// Id of the thing; 0 for the instance.
    pub id: i64,
}

impl JournalKey {
    /// The instance journal.
    pub const INSTANCE: Self = Self { kind: JournalKind::Instance, id: 0 };

    /// Journal of a workspace.
    pub const fn workspace(id: WorkspaceId) -> Self {
        Self { kind: JournalKind::Workspace, id: id.0 }
    }

    /// Journal of a channel.
    pub const fn channel(id: ChannelId) -> Self {
        Self { kind: JournalKind::Channel, id: id.0 }
    }

    /// Journal of a person.
    pub const fn user(id: UserId) -> Self {
        Self { kind: JournalKind::User, id: id.0 }
    }
}

impl std::fmt::Display for JournalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}

impl std::str::FromStr for JournalKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const HOW: &str = "a journal is written kind:id with kind instance, workspace, channel or user";
        let (kind, id) = text.split_once(':').ok_or(HOW)?;
        let kind = match kind {
            "instance" => JournalKind::Instance,
            "workspace" => JournalKind::Workspace,
            "channel" => JournalKind::Channel,
            "user" => JournalKind::User,
            _ => return Err(HOW),
        };
        let id = id.parse::<i64>().ok().filter(|id| *id >= 0).ok_or(HOW)?;
        Ok(Self { kind, id })
    }
}

impl Serialize for JournalKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for JournalKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as Deserialize>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for JournalKey {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^(instance|workspace|channel|user):[0-9]{1,19}$"))
            .into()
    }
}

impl ToSchema for JournalKey {
    fn name() -> std::borrow::Cow<'static, str> {
        "JournalKey".into()
    }
}

/// A channel membership of the journal's owner, as its own devices hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MembershipView {
    /// Channel.
    pub channel_id: ChannelId,
    /// What notifies.
    pub notify: NotifyLevel,
    /// True when the membership ended: drop the channel.
    pub removed: bool,
    /// User-journal version of the last change.
    pub version: i64,
}

/// A workspace membership of the journal's owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceMembershipView {
    /// Workspace.
    pub workspace_id: WorkspaceId,
    /// Role.
    pub role: Role,
    /// True when the membership ended: drop the workspace.
    pub removed: bool,
    /// User-journal version of the last change.
    pub version: i64,
}

/// Every durable event, one variant a kind of row. `{"type": "...", "data": {...}}` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Event {
    // ---- instance
    /// A profile is new or changed.
    UserUpdated { user: UserView },
    /// Public settings of the instance changed.
    InstanceUpdated { instance: InstanceView },
    // ---- workspace
    /// The workspace is new or changed.
    WorkspaceUpdated { workspace: WorkspaceView },
    /// Somebody joined, left or changed role.
    WorkspaceMemberUpdated { member: WorkspaceMemberView, user: UserView },
    /// A channel that members may find is new, changed or archived.
    ChannelListed { channel: ChannelView },
    // ---- channel
    /// A message. `thread` is the summary of the thread it replies in, of the same version.
    MessageCreated {
        message: MessageView,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadView>,
        /// `last_main_number` of the channel after this version.
        last_main_number: i64,
    },
    /// Text and mentions of a message changed.
    MessageUpdated { message: MessageView },
    /// A message became a tombstone. `last_main_number` may have gone back.
    MessageDeleted {
        message: MessageView,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadView>,
        last_main_number: i64,
    },
    /// One person's reaction was added or removed; `count` is the number of people with this emoji afterwards.
    ReactionUpdated {
        message_id: MessageId,
        number: i64,
        emoji: String,
        user_id: UserId,
        removed: bool,
        count: u32,
        version: i64,
    },
    /// Summary of a thread changed.
    ThreadUpdated { thread: ThreadView },
    /// Fields of the channel changed.
    ChannelUpdated { channel: ChannelView },
    /// Somebody joined or left. Not sent in channels above 500 members.
    ChannelMemberUpdated { member: ChannelMemberView, user: UserView },
    /// Who may do what in the channel changed: read `permissions` again.
    OverridesUpdated { channel_id: ChannelId, overrides: Vec<PermissionOverride>, version: i64 },
    // ---- user
    /// A read position of mine moved; `thread_id` names a thread's own position.
    CursorUpdated {
        channel_id: ChannelId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread_id: Option<MessageId>,
        cursor: Cursor,
        /// Mentions above the position, capped at 100.
        mention_count: u32,
        /// Version of the channel's journal up to which the count holds: what the channel's events say up to it is in the
        /// count, whether they have arrived or not; what they say above it is not.
        counted_to: i64,
    },
    /// I joined or left a channel, or changed its notification level.
    MembershipUpdated { membership: MembershipView },
    /// I joined or left a workspace, or my role changed.
    WorkspaceMembershipUpdated { membership: WorkspaceMembershipView },
    /// One of my sessions ended; the socket of that session is closed.
    SessionRevoked { session_id: SessionId },
    /// My sessions or my own account data changed: read them again if shown.
    AccountUpdated {},
    // ---- any
    /// A version without anything to show (a superseded row, something filtered). Keeps the sequence whole.
    Nothing {},
}

impl Event {
    /// Which kind of journal carries this event; `None` for [`Event::Nothing`], which any may carry.
    pub const fn journal_kind(&self) -> Option<JournalKind> {
        Some(match self {
            Self::UserUpdated { .. } | Self::InstanceUpdated { .. } => JournalKind::Instance,
            Self::WorkspaceUpdated { .. } | Self::WorkspaceMemberUpdated { .. } | Self::ChannelListed { .. } => {
                JournalKind::Workspace
            }
            Self::MessageCreated { .. }
            | Self::MessageUpdated { .. }
            | Self::MessageDeleted { .. }
            | Self::ReactionUpdated { .. }
            | Self::ThreadUpdated { .. }
            | Self::ChannelUpdated { .. }
            | Self::ChannelMemberUpdated { .. }
            | Self::OverridesUpdated { .. } => JournalKind::Channel,
            Self::CursorUpdated { .. }
            | Self::MembershipUpdated { .. }
            | Self::WorkspaceMembershipUpdated { .. }
            | Self::SessionRevoked { .. }
            | Self::AccountUpdated {} => JournalKind::User,
            Self::Nothing {} => return None,
        })
    }

    /// Name on the wire.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::UserUpdated { .. } => "user_updated",
            Self::InstanceUpdated { .. } => "instance_updated",
            Self::WorkspaceUpdated { .. } => "workspace_updated",
            Self::WorkspaceMemberUpdated { .. } => "workspace_member_updated",
            Self::ChannelListed { .. } => "channel_listed",
            Self::MessageCreated { .. } => "message_created",
            Self::MessageUpdated { .. } => "message_updated",
            Self::MessageDeleted { .. } => "message_deleted",
            Self::ReactionUpdated { .. } => "reaction_updated",
            Self::ThreadUpdated { .. } => "thread_updated",
            Self::ChannelUpdated { .. } => "channel_updated",
            Self::ChannelMemberUpdated { .. } => "channel_member_updated",
            Self::OverridesUpdated { .. } => "overrides_updated",
            Self::CursorUpdated { .. } => "cursor_updated",
            Self::MembershipUpdated { .. } => "membership_updated",
            Self::WorkspaceMembershipUpdated { .. } => "workspace_membership_updated",
            Self::SessionRevoked { .. } => "session_revoked",
            Self::AccountUpdated {} => "account_updated",
            Self::Nothing {} => "nothing",
        }
    }

    /// Whether it may end or change somebody's access: the hub re-checks its watchers before going on.
    pub const fn changes_access(&self) -> bool {
        matches!(
            self,
            Self::WorkspaceMemberUpdated { .. }
                | Self::ChannelMemberUpdated { .. }
                | Self::OverridesUpdated { .. }
                | Self::ChannelUpdated { .. }
                | Self::WorkspaceMembershipUpdated { .. }
                | Self::MembershipUpdated { .. }
                | Self::SessionRevoked { .. }
        )
    }
}

/// An event at its place in its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalEvent {
    /// Which journal.
    pub journal: JournalKey,
    /// Its version; the journal's versions are gapless.
    pub version: i64,
    /// First version this entry covers when it stands for a run of `nothing`; absent when it equals `version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_version: Option<i64>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
