//! Workspaces and their members.

use crate::{
    ChannelId, Timestamp, UserId, WorkspaceId,
    permission::{Permissions, Role},
    user::UserView,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A workspace. `version` is the workspace-journal version of the last change of these fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceView {
    /// Workspace id.
    pub id: WorkspaceId,
    /// Name, 1–80 characters.
    pub name: String,
    /// What it is for, at most 500 characters.
    pub description: String,
    /// The channel everybody joins.
    pub default_channel_id: ChannelId,
    /// When it was created.
    pub created_at: Timestamp,
    /// Row version.
    pub version: i64,
}

/// `POST /workspaces`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkspace {
    /// Name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

/// `PATCH /workspaces/{id}`; absent fields stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspacePatch {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Membership of a person in a workspace; with `removed` it is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceMemberView {
    /// Workspace.
    pub workspace_id: WorkspaceId,
    /// Member.
    pub user_id: UserId,
    /// Role.
    pub role: Role,
    /// When they joined.
    pub joined_at: Timestamp,
    /// True when the membership ended.
    pub removed: bool,
    /// Workspace-journal version of the last change.
    pub version: i64,
}

/// A member with the profile, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceMemberItem {
    /// The membership.
    #[serde(flatten)]
    pub member: WorkspaceMemberView,
    /// The profile.
    pub user: UserView,
}

/// `PATCH /workspaces/{id}/members/{user_id}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceMemberPatch {
    /// New role.
    pub role: Role,
}

/// A workspace as one of its members holds it (in `ready` and `sync`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceState {
    /// The workspace.
    pub workspace: WorkspaceView,
    /// The caller's role.
    pub role: Role,
    /// What the caller may do in the workspace.
    pub permissions: Permissions,
    /// Head version of the workspace journal at the snapshot.
    pub head: i64,
}
