//! What administrators see of keys that are replaced or destroyed.

use crate::{ChannelId, KeyTaskId, Timestamp, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is done with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyTaskKind {
    /// They are replaced; what they sealed is sealed anew.
    Rotate,
    /// They are destroyed, and what they sealed can be read by nobody any more.
    Shred,
}

/// Whose keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "level", rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyTaskTarget {
    /// The root key, which seals the keys of workspaces.
    Root {},
    /// The key of the instance, which seals those of conversations and of the server itself.
    Instance {},
    /// The key of a workspace, which seals those of its channels. To shred it is to shred all of these.
    Workspace {
        /// Workspace.
        id: WorkspaceId,
    },
    /// The keys of a channel or conversation, which seal what is written there.
    Channel {
        /// Channel.
        id: ChannelId,
    },
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyTaskState {
    /// Waits until a second person approves.
    Unapproved,
    /// Waits until it is due.
    Waiting,
    /// New keys are in use; waits until no node seals by the old ones any more.
    Settling,
    /// At work.
    Working,
    /// Done.
    Done,
    /// Given up before it began.
    Cancelled,
}

/// A task on keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyTaskView {
    /// Id.
    pub id: KeyTaskId,
    /// Replace or destroy.
    pub kind: KeyTaskKind,
    /// Whose keys.
    pub target: KeyTaskTarget,
    /// Only those of this month, such as `2026-11`; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// How it stands.
    pub state: KeyTaskState,
    /// Who asked for it.
    pub asked_by: UserId,
    /// When.
    pub asked_at: Timestamp,
    /// It does not begin before.
    pub due_at: Timestamp,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<UserId>,
    /// Keys or messages changed so far.
    pub changed: i64,
    /// Place in the channel it is at, in numbers of messages.
    pub at: i64,
    /// Where the channel ends; 0 when it is not gone through.
    pub of: i64,
    /// Since when it is in this state.
    pub since: Timestamp,
}

/// Asks for a task on keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyTask {
    /// Replace or destroy.
    pub kind: KeyTaskKind,
    /// Whose keys.
    pub target: KeyTaskTarget,
    /// Only those of this month, such as `2026-11`, of a channel; all if absent.
    #[serde(default)]
    #[schema(pattern = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$")]
    pub month: Option<String>,
}

/// Tasks on keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyTaskList {
    /// Newest first; the last 200.
    pub items: Vec<KeyTaskView>,
}
