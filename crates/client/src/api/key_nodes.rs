//! Nodes that join with a one-time token.

use crate::{Client, Result, http::Call};
use plexichat_model::{
    KeyNodeId, NodeInvitationId,
    key_nodes::{CreatedNodeInvitation, KeyNodeList, NewNodeInvitation, NodeInvitationList},
};

impl Client {
    /// Nodes that joined (administrators).
    pub async fn list_key_nodes(&self) -> Result<KeyNodeList> {
        self.call(Call::get("/admin/keys/nodes")).await
    }

    /// Forgets a node that joined: it does not start again (administrators).
    pub async fn remove_key_node(&self, node_id: KeyNodeId) -> Result<()> {
        self.order(Call::delete(format!("/admin/keys/nodes/{node_id}"))).await
    }

    /// Invitations that wait for their node (administrators).
    pub async fn list_node_invitations(&self) -> Result<NodeInvitationList> {
        self.call(Call::get("/admin/keys/node-invitations")).await
    }

    /// Makes a token by which one node may join; it is in this answer alone (administrators).
    pub async fn create_node_invitation(&self, new: &NewNodeInvitation) -> Result<CreatedNodeInvitation> {
        self.call(Call::post("/admin/keys/node-invitations").json(new)?).await
    }

    /// Takes an invitation of a node back (administrators).
    pub async fn revoke_node_invitation(&self, invitation_id: NodeInvitationId) -> Result<()> {
        self.order(Call::delete(format!("/admin/keys/node-invitations/{invitation_id}"))).await
    }
}
