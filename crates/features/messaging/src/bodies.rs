//! Bodies of messages as the database holds them: sealed, each bound to its row.
//!
//! Stores read and write rows with sealed bodies; whoever shows them opens them here first, a page at a time. The key
//! of a channel changes with the month, and a body names the key that sealed it. Not here: what a body says
//! (`store/messages`), keys (`plexichat-keys`).

use crate::{Messaging, store::messages};
use plexichat_auth::access::ChannelAccess;
use plexichat_database::{Tx, entity::message};
use plexichat_kernel::{Error, Result};
use plexichat_keys::{Contents, DataKey, Keys, Page};
use plexichat_model::{ChannelId, MessageId, WorkspaceId, message::Mention};
use plexichat_sealing::{Context, KeyId, key_id};
use std::{sync::Arc, time::Duration};

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
pub(crate) fn seal(key: &DataKey, id: i64, text: &str, mentions: &[Mention]) -> Result<Vec<u8>> {
    key.seal(&place(id), &messages::encode(text, mentions))
}

/// The refusal of what a key sealed that has been replaced or destroyed since: to be tried again at once.
pub(crate) fn replaced() -> Error {
    Error::overloaded(Duration::from_millis(100))
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

    /// Refuses to commit what these keys sealed if one of them has been replaced or destroyed since. Errors: `overloaded`: to
    /// be tried again at once, with the key that is in use then.
    pub(crate) async fn check_keys(&self, tx: &Tx, keys: &[KeyId]) -> Result<()> {
        if self.keys.may_seal(tx, keys).await? { Ok(()) } else { Err(replaced()) }
    }

    /// Opens the bodies of these rows. A tombstone has none; what a destroyed key sealed is one from then on, also before
    /// its row says so.
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
            if key.is_destroyed() {
                row.deleted = true;
                row.body.clear();
                continue;
            }
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

/// Rows of a page that is gone through for its keys.
const PAGE: i64 = 200;

impl Messaging {
    /// The keys of a page of a channel above a number, with the rows they seal, where to go on, and the channel's end.
    async fn sealed_page(
        &self,
        channel: ChannelId,
        above: i64,
    ) -> Result<(Vec<(message::Model, Arc<DataKey>)>, Option<i64>, i64)> {
        let (conn, engine) = (self.db.reader(), self.db.engine());
        let end = messages::newest_number(conn, engine, channel).await?;
        let upper = above.saturating_add(PAGE);
        let mut rows = messages::numbered(conn, channel, (above, upper)).await?;
        rows.retain(has_body);
        let mut ids: Vec<KeyId> = rows.iter().map(needed).collect::<Result<_>>()?;
        ids.sort_unstable();
        ids.dedup();
        let keys = self.bodies.keys.load(&ids).await?;
        let with = |row: message::Model| {
            let id = needed(&row)?;
            let key = keys.iter().find(|key| key.id() == id).ok_or_else(|| Error::internal("a key was not loaded"))?;
            Ok((row, Arc::clone(key)))
        };
        Ok((rows.into_iter().map(with).collect::<Result<_>>()?, (upper < end).then_some(upper), end))
    }
}

#[async_trait::async_trait]
impl Contents for Messaging {
    async fn reseal(&self, workspace: Option<WorkspaceId>, channel: ChannelId, above: i64) -> Result<Page> {
        let (rows, next, end) = self.sealed_page(channel, above).await?;
        let mut anew: Vec<(i64, Vec<u8>, Vec<u8>)> = Vec::new();
        let mut olds: Vec<KeyId> = Vec::new();
        for (row, old) in rows.into_iter().filter(|(_, key)| key.is_retired()) {
            let text = old.open(&place(row.id), &row.body)?;
            let key = self.bodies.keys.successor(&old, workspace).await?;
            anew.push((row.id, key.seal(&place(row.id), &text)?, row.body));
            olds.push(old.id());
        }
        let changed = anew.len() as u64;
        if !anew.is_empty() {
            olds.sort_unstable();
            olds.dedup();
            let (anew, keys) = (Arc::new((anew, olds)), self.bodies.keys.clone());
            self.journal
                .write(move |tx| {
                    let (anew, keys) = (Arc::clone(&anew), keys.clone());
                    Box::pin(async move {
                        // What is to be destroyed meanwhile must not live on under another key.
                        if !keys.are_retired(tx, &anew.1).await? {
                            return Err(replaced());
                        }
                        messages::replace_bodies(tx, &anew.0).await
                    })
                })
                .await?;
        }
        Ok(Page { next, changed, end })
    }

    async fn bury(&self, channel: ChannelId, above: i64) -> Result<Page> {
        let (rows, next, end) = self.sealed_page(channel, above).await?;
        let lost = rows.iter().filter(|(_, key)| key.is_destroyed());
        let burials = lost.map(|(row, _)| self.bury_message(channel, MessageId(row.id), row.version));
        let mut changed = 0;
        for done in futures_util::future::join_all(burials).await {
            changed += u64::from(done?);
        }
        Ok(Page { next, changed, end })
    }

    fn forget(&self) {
        self.timelines.forget();
    }
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
            let mut bodies: Vec<(i64, Vec<u8>, Vec<u8>)> = Vec::new();
            for (row, workspace) in &rows {
                if !has_body(row) || messages::is_sealed(&row.body) {
                    continue;
                }
                let key = self.bodies.keys.of_channel(*workspace, row.channel_id.into()).await?;
                bodies.push((row.id, key.seal(&place(row.id), &row.body)?, row.body.clone()));
            }
            sealed += u64::try_from(bodies.len()).unwrap_or(0);
            let bodies = Arc::new(bodies);
            if !bodies.is_empty() {
                self.journal
                    .write(move |tx| {
                        let bodies = Arc::clone(&bodies);
                        Box::pin(async move { messages::replace_bodies(tx, &bodies).await })
                    })
                    .await?;
            }
        }
        self.bodies.keys.all_is_sealed().await?;
        Ok(sealed)
    }
}
