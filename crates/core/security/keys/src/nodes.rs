//! Nodes that join: each has a key pair of its own, and gets the root key sealed for it by a node that has it.
//!
//! An administrator makes an invitation, whose token is shown once. The new machine makes its key ([`NodeVault`](crate::vault::NodeVault)) and writes a
//! request with a proof by the token ([`join`](mod@join)); a node that runs compares and answers ([`Admission`]). From then on the
//! root key stands sealed for the node *beside* what the vault sealed, under a name of its own in the same table, and a
//! rotation seals the next one for it too. The database alone says nothing and admits nobody: tokens are sealed in it, and
//! a node that somebody wrote into it has no secret that this server sealed.

mod admit;
mod join;
mod seals;
mod store;
mod token;

pub use admit::{Admission, JoinRecord, Joined, Note};
pub use join::{Answer, Refusal, Standing, answer, ask, standing};
pub use token::NodeToken;

pub(crate) use seals::NodeSeals;

use crate::{Keys, store::next_generation};
use plexichat_database::Tx;
use plexichat_kernel::{Error, Result};
use plexichat_model::{ErrorCode, UserId};
use plexichat_sealing::Recipient;
use sea_orm::ConnectionTrait;
use store::{InvitationRow, NodeRow};
use token::{PART, TOKEN, invited};
use zeroize::Zeroizing;

/// Longest life of an invitation, hours.
pub const LONGEST_HOURS: u32 = 168;
/// Most invitations that wait at the same time.
pub const MOST_INVITATIONS: usize = 16;
/// Most nodes that have joined.
pub const MOST_NODES: u64 = 64;

/// An invitation that waits for its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: i64,
    /// Who made it; 0: the command line of a server.
    pub created_by: UserId,
    /// When it was made, milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// When it ends, milliseconds since 1970 UTC.
    pub expires_ms: i64,
}

/// A new invitation. Nothing of it is kept before [`NewInvitation::write`].
#[derive(Clone)]
pub struct NewInvitation {
    /// What may be known of it.
    pub invitation: Invitation,
    /// The token; to be shown once and forgotten.
    pub token: Zeroizing<String>,
    row: InvitationRow,
}

impl std::fmt::Debug for NewInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewInvitation").field("invitation", &self.invitation).finish_non_exhaustive()
    }
}

/// A node that has joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: i64,
    /// What people compare with what `keys join` showed.
    pub fingerprint: String,
    /// When it joined, milliseconds since 1970 UTC.
    pub joined_ms: i64,
}

impl NewInvitation {
    /// Writes it. Errors: `limit_reached` when too many wait.
    pub async fn write(&self, tx: &Tx) -> Result<()> {
        if store::open_invitations(tx, self.row.created_ms).await?.len() >= MOST_INVITATIONS {
            let text = format!("{MOST_INVITATIONS} invitations of nodes wait already; revoke some (plexichat keys invitations)");
            return Err(Error::limit_reached(text));
        }
        store::insert_invitation(tx, self.row.clone()).await
    }
}

impl Invitation {
    fn of(row: &InvitationRow) -> Self {
        let InvitationRow { id, created_by, created_ms, expires_ms, .. } = *row;
        Self { id, created_by: UserId(created_by), created_ms, expires_ms }
    }
}

impl Node {
    /// `None`: its public key is damaged, so nothing is ever sealed for it.
    fn of(row: &NodeRow) -> Option<Self> {
        let recipient = Recipient::from_bytes(&row.recipient).ok()?;
        let fingerprint = recipient.fingerprint().to_string();
        Some(Self { id: row.id, fingerprint, joined_ms: row.joined_ms.unwrap_or_default() })
    }
}

impl Keys {
    /// Makes an invitation for one node, good for so many hours, 1 to [`LONGEST_HOURS`]. `by`: 0 for the command line.
    pub async fn invite_node(&self, hours: u32, by: UserId) -> Result<NewInvitation> {
        if hours == 0 || hours > LONGEST_HOURS {
            return Err(Error::invalid("hours", format!("an invitation of a node is good for 1 to {LONGEST_HOURS} hours")));
        }
        let token = NodeToken::random();
        let (id, created_ms) = (self.journal.ids().next()?, self.journal.clock().now_ms());
        let expires_ms = created_ms + i64::from(hours) * 3_600_000;
        let lookup = token.lookup();
        let mut row = InvitationRow { id, lookup, sealed: Vec::new(), created_by: by.0, created_ms, expires_ms, used_by: 0 };
        row.sealed = self.seal_for_part(PART, TOKEN, &invited(&row), token.secret()).await?;
        Ok(NewInvitation { invitation: Invitation::of(&row), token: token.to_text(), row })
    }

    /// The invitations that wait for their node.
    pub async fn node_invitations(&self) -> Result<Vec<Invitation>> {
        let now_ms = self.journal.clock().now_ms();
        let rows = store::open_invitations(self.journal.db().reader(), now_ms).await?;
        Ok(rows.iter().map(Invitation::of).collect())
    }

    /// Takes an invitation back. Errors: `not_found` when it was used already, or never there.
    pub async fn revoke_node_invitation(&self, tx: &Tx, id: i64) -> Result<()> {
        if store::remove_invitation(tx, id).await? { Ok(()) } else { Err(Error::not_found("invitation of a node", id)) }
    }

    /// The nodes that have joined.
    pub async fn nodes(&self) -> Result<Vec<Node>> {
        nodes(self.journal.db().reader()).await
    }

    /// Forgets a node: it does not start again, and the next root key is not sealed for it. What it knows it knows.
    pub async fn remove_node(&self, tx: &Tx, id: i64) -> Result<()> {
        // First: from here on no rotation and no answer comes between.
        next_generation(tx).await?;
        let removed = store::remove(tx, id).await?;
        removed.map(drop).ok_or_else(|| Error::not_found("node", id))
    }
}

/// The nodes that the database names.
pub(crate) async fn nodes(conn: &impl ConnectionTrait) -> Result<Vec<Node>> {
    Ok(store::joined(conn).await?.iter().filter_map(Node::of).collect())
}

fn meanwhile() -> Error {
    Error::conflict(ErrorCode::Conflict, "the root key or its nodes were changed meanwhile; it is tried again")
}
