//! The new machine's side: asks to join, and reads what became of it. It has no keys but its own.
//!
//! What it reads here may be written by anybody who can write to the database, and is only told to people. What counts is
//! whether the vault opens the root key afterwards. Not here: who is let in (`admit`).

use super::{
    meanwhile,
    store::{self, ASKED, JOINED, NodeRow},
    token::NodeToken,
};
use crate::vault::{KeyVault as _, NodeVault};
use plexichat_database::Db;
use plexichat_events::Journal;
use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;

/// Why a request was refused, with its number in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Refusal {
    /// The invitation's time was over.
    Expired = 1,
    /// Another node has used it.
    Used = 2,
    /// It was revoked.
    Unknown = 3,
    /// The request was not made with the token, or changed since.
    Proof = 4,
    /// The row of the invitation was changed by somebody who has no keys.
    Changed = 5,
    /// As many nodes have joined as there may be.
    Full = 6,
}

const REFUSALS: [Refusal; 6] =
    [Refusal::Expired, Refusal::Used, Refusal::Unknown, Refusal::Proof, Refusal::Changed, Refusal::Full];

impl Refusal {
    /// What to tell whoever wanted to join, and how to mend it.
    pub fn error(self) -> Error {
        let again = "make a new one on a server that runs: `plexichat keys invite-node`";
        let text = match self {
            Self::Expired => format!("the token's time is over; {again}"),
            Self::Used => format!("another node has joined by this token, and each is good for one; {again}"),
            Self::Unknown => {
                format!("this database knows no such token: it was revoked, ended long ago, or is another's; {again}")
            }
            Self::Proof => {
                format!(
                    "a server found that the request was changed on its way, or made with another token; {again}, and find out who writes to the database"
                )
            }
            Self::Changed => {
                format!(
                    "the invitation was changed in the database, not by a server; {again}, and find out who writes to the database"
                )
            }
            Self::Full => {
                "as many nodes have joined as there may be; remove some: `plexichat keys status`, `plexichat keys remove-node ID`"
                    .to_owned()
            }
        };
        Error::conflict(ErrorCode::Conflict, text)
    }

    fn of(code: i16) -> Self {
        REFUSALS.into_iter().find(|refusal| *refusal as i16 == code).unwrap_or(Self::Proof)
    }
}

/// How a machine stands to a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not asked, or in vain.
    Stranger,
    /// Its request waits.
    Asked {
        /// Id of the request.
        id: i64,
    },
    /// It has joined.
    Joined {
        /// Id of the node.
        id: i64,
    },
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody has answered yet.
    Waiting,
    /// It has joined.
    Joined,
    /// It was refused.
    Refused(Refusal),
}

/// How the machine with this key stands to a database, as the database says.
pub async fn standing(db: &Db, vault: &NodeVault, now_ms: i64) -> Result<Standing> {
    let rows = store::of_name(db.reader(), vault.name()).await?;
    if let Some(row) = rows.iter().find(|row| row.state == JOINED) {
        return Ok(Standing::Joined { id: row.id });
    }
    let Some(row) = rows.iter().find(|row| row.state == ASKED) else { return Ok(Standing::Stranger) };
    let invitation = store::invitation(db.reader(), row.invitation_id).await?;
    let waits = invitation.is_some_and(|invitation| invitation.used_by == 0 && invitation.expires_ms > now_ms);
    Ok(if waits { Standing::Asked { id: row.id } } else { Standing::Stranger })
}

/// Writes a request to join. Answers its id.
///
/// Errors: `conflict` for a token that the database does not know, that ended or was used; the server that answers looks
/// again, by what cannot be forged.
pub async fn ask(journal: &Journal, vault: &NodeVault, token: &NodeToken) -> Result<i64> {
    let now_ms = journal.clock().now_ms();
    let invitation = store::invitation_of(journal.db().reader(), &token.lookup()).await?;
    let invitation = invitation.ok_or_else(|| Refusal::Unknown.error())?;
    if invitation.used_by != 0 {
        return Err(Refusal::Used.error());
    }
    if invitation.expires_ms <= now_ms {
        return Err(Refusal::Expired.error());
    }
    let mut row = NodeRow {
        id: journal.ids().next()?,
        name: vault.name().to_owned(),
        recipient: vault.recipient().as_bytes().to_vec(),
        invitation_id: invitation.id,
        proof: Vec::new(),
        state: ASKED,
        reason: 0,
        secret: None,
        created_ms: now_ms,
        joined_ms: None,
    };
    row.proof = token.prove(&row, &vault.seal_key());
    let id = row.id;
    let write = journal.write(move |tx| {
        let row = row.clone();
        Box::pin(async move { store::insert_request(tx, row).await })
    });
    write.await?;
    Ok(id)
}

/// What became of a request. Errors: `conflict` when it is gone.
pub async fn answer(db: &Db, id: i64) -> Result<Answer> {
    let row = store::node(db.reader(), id).await?.ok_or_else(meanwhile)?;
    Ok(match row.state {
        ASKED => Answer::Waiting,
        JOINED => Answer::Joined,
        _ => Answer::Refused(Refusal::of(row.reason)),
    })
}
