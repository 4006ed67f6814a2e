//! Invitations to a workspace.

use crate::{Client, PageQuery, Result, http::Call};
use plexichat_model::{
    InvitationId, WorkspaceId,
    auth::{AcceptInvitation, CreatedInvitation, InvitationCode, InvitationPreview, Joined, NewInvitation},
    page::InvitationPage,
};

impl Client {
    /// What an invitation leads to.
    pub async fn preview_invitation(&self, code: &InvitationCode) -> Result<InvitationPreview> {
        self.call(Call::post("/invitations/preview").json(code)?.repeatable()).await
    }

    /// Joins a workspace, with a new account or as who is signed in. A bearer token in the answer is used from then on.
    pub async fn accept_invitation(&self, acceptance: &AcceptInvitation) -> Result<Joined> {
        let joined: Joined = self.call(Call::post("/invitations/accept").json(acceptance)?).await?;
        self.adopt(&joined.signed_in);
        Ok(joined)
    }

    /// Makes an invitation; its code is in this answer alone.
    pub async fn create_invitation(&self, workspace_id: WorkspaceId, new: &NewInvitation) -> Result<CreatedInvitation> {
        self.call(Call::post(format!("/workspaces/{workspace_id}/invitations")).json(new)?.keyed()).await
    }

    /// Invitations of a workspace.
    pub async fn list_invitations(&self, workspace_id: WorkspaceId, page: &PageQuery) -> Result<InvitationPage> {
        self.call(Call::get(format!("/workspaces/{workspace_id}/invitations")).query(page.pairs())).await
    }

    /// Ends an invitation.
    pub async fn revoke_invitation(&self, workspace_id: WorkspaceId, invitation_id: InvitationId) -> Result<()> {
        self.order(Call::delete(format!("/workspaces/{workspace_id}/invitations/{invitation_id}"))).await
    }
}
