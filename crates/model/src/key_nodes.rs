//! Nodes that joined with a one-time token, as administrators see them.
//!
//! A token appears in exactly one answer; it is not shown by `Debug`, kept or logged.

use crate::{KeyNodeId, NodeInvitationId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A node that joined: it opens the root key by a key of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyNodeView {
    /// Id.
    pub id: KeyNodeId,
    /// Of its public key, as `plexichat keys join` showed it.
    pub fingerprint: String,
    /// When it joined.
    pub joined_at: Timestamp,
}

/// Nodes that joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyNodeList {
    /// In the order in which they joined; all of them.
    pub items: Vec<KeyNodeView>,
}

/// An invitation that waits for its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeInvitationView {
    /// Id.
    pub id: NodeInvitationId,
    /// Who made it; 0: the command line of a server.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Invitations that wait for their node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeInvitationList {
    /// The oldest first; all of them.
    pub items: Vec<NodeInvitationView>,
}

/// Asks for an invitation of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNodeInvitation {
    /// How long it is good for; 24 if absent.
    #[serde(default)]
    pub expires_in_hours: Option<u32>,
}

/// A new invitation of a node. The only answer that has its token.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedNodeInvitation {
    /// What may be known of it.
    pub invitation: NodeInvitationView,
    /// To be given to `plexichat keys join` on the new machine; shown once and kept nowhere open.
    pub token: String,
}
