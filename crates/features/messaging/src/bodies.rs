//! Bodies of messages as the database holds them: sealed, each bound to its row.
//!
//! Stores read and write rows with sealed bodies; whoever shows them opens them here first, a page at a time. The key
//! of a channel changes with the month, and a body names the key that sealed it. Not here: what a body says
//! (`store/messages`), keys (`plexichat-keys`).

use crate::{Messaging, store::messages};
use plexichat_auth::access::ChannelAccess;
use plexichat_database::entity::message;
use plexichat_kernel::{Error, Result};
use plexichat_keys::{DataKey, Keys};
use plexichat_model::message::Mention;
use plexichat_sealing::{Context, KeyId, key_id};
use std::sync::Arc;

/// Opens and seals bodies. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Bodies {
    keys: Keys,
}

/// The place of a message's body.
fn place(id: i64) -> Context<'static> {
    Context::row("messages", "body", id)
}

/// Text and mentions as the column of this message keeps them.
pub(crate) fn seal(key: &DataKey, id: i64, text: &str, mentions: &[Mention]) -> Vec<u8> {
    key.seal(&place(id), &messages::encode(text, mentions))
}

impl Bodies {
    pub(crate) fn new(keys: Keys) -> Self {
        Self { keys }
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The key for what is written in this channel now. Not to be asked for inside of a change: it may have to be made.
    pub(crate) async fn key(&self, access: &ChannelAccess) -> Result<Arc<DataKey>> {
        self.keys.of_channel(access.channel().workspace_id, access.channel_id()).await
    }

    /// Opens the bodies of these rows. A tombstone has none.
    pub(crate) async fn open(&self, mut rows: Vec<message::Model>) -> Result<Vec<message::Model>> {
        let mut ids: Vec<KeyId> = rows.iter().filter(|row| has_body(row)).map(needed).collect::<Result<_>>()?;
        ids.sort_unstable();
        ids.dedup();
        let keys = self.keys.load(&ids).await?;
        for row in &mut rows {
            if !has_body(row) {
                row.body.clear();
                continue;
            }
            let id = needed(row)?;
            let key = keys.iter().find(|key| key.id() == id).ok_or_else(|| Error::internal("a key was not loaded"))?;
            row.body = std::mem::take(&mut *key.open(&place(row.id), &row.body)?);
        }
        Ok(rows)
    }

    /// The same for one row.
    pub(crate) async fn open_one(&self, row: message::Model) -> Result<message::Model> {
        let opened = self.open(vec![row]).await?.pop();
        opened.ok_or_else(|| Error::internal("one row was given, and none came back"))
    }
}

fn has_body(row: &message::Model) -> bool {
    !row.deleted && !row.body.is_empty()
}

fn needed(row: &message::Model) -> Result<KeyId> {
    key_id(&row.body).map_err(|cause| Error::internal(format!("the body of message {} cannot be opened: {cause}", row.id)))
}

impl Messaging {
    /// Seals what a version before this one left open. Once, before anything is served; cut short, it goes on where it
    /// stopped. Answers how many messages were sealed.
    pub async fn seal_what_is_open(&self) -> Result<u64> {
        if self.bodies.keys.is_all_sealed() {
            return Ok(0);
        }
        let (mut after, mut sealed) = (0, 0_u64);
        loop {
            let rows = messages::in_order(self.db.reader(), after).await?;
            let Some(last) = rows.last() else { break };
            after = last.0.id;
            let mut bodies: Vec<(i64, Vec<u8>)> = Vec::new();
            for (row, workspace) in &rows {
                if !has_body(row) || messages::is_sealed(&row.body) {
                    continue;
                }
                let key = self.bodies.keys.of_channel(*workspace, row.channel_id.into()).await?;
                bodies.push((row.id, key.seal(&place(row.id), &row.body)));
            }
            sealed += u64::try_from(bodies.len()).unwrap_or(0);
            let bodies = Arc::new(bodies);
            if !bodies.is_empty() {
                self.journal
                    .write(move |tx| {
                        let bodies = Arc::clone(&bodies);
                        Box::pin(async move { messages::put_bodies(tx, &bodies).await })
                    })
                    .await?;
            }
        }
        self.bodies.keys.all_is_sealed().await?;
        Ok(sealed)
    }
}
