//! Workspaces and their members.

use crate::{Client, PageQuery, Result, http::Call};
use plexichat_model::{
    UserId, WorkspaceId,
    page::WorkspaceMemberPage,
    workspace::{NewWorkspace, WorkspaceMemberPatch, WorkspaceMemberView, WorkspacePatch, WorkspaceState, WorkspaceView},
};

impl Client {
    /// The caller's workspaces.
    pub async fn list_workspaces(&self) -> Result<Vec<WorkspaceState>> {
        self.call(Call::get("/workspaces")).await
    }

    /// Creates a workspace.
    pub async fn create_workspace(&self, new: &NewWorkspace) -> Result<WorkspaceState> {
        self.call(Call::post("/workspaces").json(new)?.keyed()).await
    }

    /// One workspace as the caller holds it.
    pub async fn get_workspace(&self, workspace_id: WorkspaceId) -> Result<WorkspaceState> {
        self.call(Call::get(format!("/workspaces/{workspace_id}"))).await
    }

    /// Changes a workspace, if it still has this version.
    pub async fn update_workspace(
        &self,
        workspace_id: WorkspaceId,
        patch: &WorkspacePatch,
        version: Option<i64>,
    ) -> Result<WorkspaceView> {
        self.call(Call::patch(format!("/workspaces/{workspace_id}")).json(patch)?.if_match(version)).await
    }

    /// Members of a workspace.
    pub async fn list_workspace_members(&self, workspace_id: WorkspaceId, page: &PageQuery) -> Result<WorkspaceMemberPage> {
        self.call(Call::get(format!("/workspaces/{workspace_id}/members")).query(page.pairs())).await
    }

    /// Gives a member another role.
    pub async fn update_workspace_member(
        &self,
        workspace_id: WorkspaceId,
        user_id: UserId,
        patch: &WorkspaceMemberPatch,
        version: Option<i64>,
    ) -> Result<WorkspaceMemberView> {
        let call = Call::patch(format!("/workspaces/{workspace_id}/members/{user_id}"));
        self.call(call.json(patch)?.if_match(version)).await
    }

    /// Removes a member; oneself: leaves.
    pub async fn remove_workspace_member(&self, workspace_id: WorkspaceId, user_id: UserId) -> Result<()> {
        self.order(Call::delete(format!("/workspaces/{workspace_id}/members/{user_id}"))).await
    }
}
