//! The next root key, sealed for every node that has joined.

use super::{
    meanwhile,
    store::{self, NodeRow},
    token::{PART, SECRET, belongs},
};
use crate::{
    Keys, root,
    store::insert_root_seal,
    vault::{NodeSeal, seal_name},
};
use plexichat_database::Tx;
use plexichat_kernel::Result;
use plexichat_sealing::{Key, Recipient};

/// Seals of one root key for nodes, to be written in the transaction that makes it the root key.
#[derive(Clone)]
pub(crate) struct NodeSeals {
    version: i32,
    /// The nodes that there were, whether something was sealed for them or not.
    nodes: Vec<i64>,
    seals: Vec<(String, Vec<u8>)>,
}

impl NodeSeals {
    /// Seals a root key for the nodes of this server. Rows that it did not write are passed over and told.
    pub(crate) async fn of(keys: &Keys, version: i32, root: &Key) -> Result<Self> {
        let rows = store::joined(keys.journal.db().reader()).await?;
        let mut seals = Vec::with_capacity(rows.len());
        if !rows.is_empty() {
            // Asked before: what does not open below was changed, and is not merely out of reach.
            keys.of_part(PART).await?;
        }
        for row in &rows {
            let Some(node) = own(keys, row).await else {
                tracing::warn!(
                    node = row.id,
                    "a node in the database is not one that this server let join; nothing is sealed for it"
                );
                continue;
            };
            let name = seal_name(&node.recipient);
            if seals.iter().all(|(other, _)| *other != name) {
                seals.push((name, node.seal(&root::label(version), root)?));
            }
        }
        Ok(Self { version, nodes: rows.iter().map(|row| row.id).collect(), seals })
    }

    /// Writes them. To be called once the change of keys is told (`next_generation`), which holds others back. Errors:
    /// `conflict` when a node joined or was removed meanwhile.
    pub(crate) async fn write(&self, tx: &Tx, now_ms: i64) -> Result<()> {
        if store::joined_ids(tx).await? != self.nodes {
            return Err(meanwhile());
        }
        for (name, sealed) in &self.seals {
            insert_root_seal(tx, self.version, name.clone(), sealed.clone(), now_ms).await?;
        }
        Ok(())
    }
}

/// For whom something is sealed, if this server let it join.
pub(super) async fn own(keys: &Keys, row: &NodeRow) -> Option<NodeSeal> {
    let recipient = Recipient::from_bytes(&row.recipient).ok()?;
    let bound = belongs(row, row.joined_ms?);
    let opened = keys.open_for_part(PART, SECRET, &bound, row.secret.as_deref()?).await;
    let opened = zeroize::Zeroizing::new(opened.ok()?);
    Some(NodeSeal { recipient, key: Key::try_from(opened.as_slice()).ok()? })
}
