//! Snapshot, version vector and `changes`: how a client becomes and stays equal to the server.

use crate::{
    ChannelId, JournalEvent, WorkspaceId,
    channel::ChannelState,
    system::InstanceView,
    user::{AccountView, UserView},
    workspace::WorkspaceState,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a client holds: the position in each journal it follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Vector {
    /// Journal epoch of all the positions. Another epoch: nothing held is worth anything.
    pub epoch: String,
    /// Position in the instance journal.
    pub instance: i64,
    /// Position in the own user journal.
    pub user: i64,
    /// Positions in workspace journals.
    #[serde(default)]
    pub workspaces: BTreeMap<WorkspaceId, i64>,
    /// Positions in channel journals, of the channels whose events are held (at most 20 are resumed).
    #[serde(default)]
    pub channels: BTreeMap<ChannelId, i64>,
}

/// `GET /sync`: everything a client needs to draw, of one moment, with the vector to go on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// Journal epoch.
    pub epoch: String,
    /// Public facts of the instance.
    pub instance: InstanceView,
    /// Head of the instance journal.
    pub instance_head: i64,
    /// The caller.
    pub me: AccountView,
    /// Head of the caller's user journal.
    pub user_head: i64,
    /// Workspaces of the caller.
    pub workspaces: Vec<WorkspaceState>,
    /// Joined channels and conversations, unread and mentioned first; at most 500.
    pub channels: Vec<ChannelState>,
    /// True when more channels exist: read them by `GET /sync/channels?after=`.
    pub more_channels: bool,
    /// Profiles needed to name the conversations and the caller; others on demand by `GET /users?ids=`.
    pub users: Vec<UserView>,
}

/// `GET /sync/channels`: further joined channels in id order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelStates {
    /// A page of at most 200.
    pub channels: Vec<ChannelState>,
    /// Whether more follow.
    pub more: bool,
}

/// `GET /{journal}/changes?after=`: rows changed after a position, as events in version order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    /// Journal epoch.
    pub epoch: String,
    /// The reader's new position: the head read before the rows, or the end of the window.
    pub up_to: i64,
    /// Events with `after < version <= up_to`. Several may share a version (a reply and its thread).
    pub events: Vec<JournalEvent>,
    /// True when `up_to` is below the head: ask again from `up_to`.
    pub more: bool,
    /// True when `after` is below the journal's floor, above its head or of another epoch: drop what is held of this
    /// journal and load it anew; `events` is empty and `up_to` is the head.
    pub reset: bool,
}
