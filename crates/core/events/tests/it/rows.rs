//! The smallest honest feature: appends rows to a channel in bulk, edits them, refuses on demand.

use plexichat_database::{Db, DbResultExt, Sql, Tx, driver_error, entity::message, violation};
use plexichat_events::{Applied, Bulk, BulkApplied, BulkItem, Change, Granted, Journal, JournalOptions, NonceKey, Stamp, Touch};
use plexichat_kernel::{Clock, Error, IdGenerator, Result};
use plexichat_model::{ChannelId, Event, JournalKey, MessageId, UserId, message::ThreadView};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::{any::Any, sync::Arc};

pub(crate) async fn journal(db: Db, node: u16) -> Journal {
    let clock = Clock::system();
    let ids = IdGenerator::fixed(clock.clone(), node).expect("a valid node number");
    let journal = Journal::start(db, clock, ids, JournalOptions::default()).await.expect("the journal starts");
    journal.register_bulk("rows", Arc::new(Rows { db: journal.db().clone() }));
    journal
}

/// Makes a channel journal.
pub(crate) struct Open(pub(crate) JournalKey);

#[async_trait::async_trait]
impl Change for Open {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(self.0).create()]
    }

    async fn apply(&mut self, _tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        Ok(Applied { output: (), events: Vec::new() })
    }
}

/// Appends a row.
pub(crate) struct Append {
    pub(crate) id: i64,
    pub(crate) channel: JournalKey,
    pub(crate) author: i64,
    pub(crate) nonce: i64,
    pub(crate) text: String,
    pub(crate) stamps: Vec<Stamp>,
    pub(crate) recheck: Option<Error>,
}

impl Append {
    pub(crate) fn new(journal: &Journal, channel: JournalKey, author: i64, nonce: i64) -> Self {
        let id = journal.ids().next().expect("an id");
        Self { id, channel, author, nonce, text: format!("row {nonce}"), stamps: Vec::new(), recheck: None }
    }
}

/// (id, number, version)
pub(crate) type Place = (i64, i64, i64);

#[async_trait::async_trait]
impl Change for Append {
    type Output = Place;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(self.channel).numbers(1, true)]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.stamps.clone()
    }

    async fn recheck(&self, _tx: &Tx) -> Result<()> {
        self.recheck.clone().map_or(Ok(()), Err)
    }

    fn nonce(&self) -> Option<NonceKey> {
        let digest = self.text.bytes().fold(7u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
        Some(NonceKey { journal: self.channel, author: self.author, nonce: self.nonce, digest: digest & 0xffff })
    }

    fn bulk(&self) -> Option<&'static str> {
        Some("rows")
    }

    async fn apply(&mut self, _tx: &Tx, _granted: &Granted) -> Result<Applied<Place>> {
        Err(Error::internal("appends go through the bulk"))
    }
}

struct Rows {
    db: Db,
}

#[async_trait::async_trait]
impl Bulk for Rows {
    async fn apply_all(&self, tx: &Tx, items: &mut [BulkItem<'_>]) -> Result<Vec<BulkApplied>> {
        let (mut rows, mut applied) = (Vec::new(), Vec::new());
        for item in items {
            let change = item.change.downcast_ref::<Append>().expect("only appends");
            let (number, version) = (item.granted.number(change.channel, 0), item.granted.version(change.channel, 0));
            rows.push(message::ActiveModel {
                id: Set(change.id),
                channel_id: Set(change.channel.id),
                number: Set(number),
                version: Set(version),
                author_id: Set(change.author),
                nonce: Set(Some(change.nonce)),
                thread_id: Set(None),
                kind: Set(0),
                flags: Set(0),
                body: Set(change.text.clone().into_bytes()),
                created_ms: Set(item.granted.now_ms),
                edited_ms: Set(None),
                deleted: Set(false),
            });
            let output: Box<dyn Any + Send + Sync> = Box::new((change.id, number, version));
            applied.push(Applied { output, events: vec![event(item.granted, change.channel, change.id)] });
        }
        message::Entity::insert_many(rows).exec_without_returning(tx).await.db()?;
        Ok(applied)
    }

    fn is_nonce_violation(&self, error: &Error) -> bool {
        let columns = "messages.channel_id, messages.author_id, messages.nonce";
        driver_error(error).and_then(violation).is_some_and(|v| v.is("ux_messages_nonce", columns))
    }

    async fn find(&self, tx: &Tx, keys: &[NonceKey]) -> Result<Vec<(NonceKey, Box<dyn Any + Send + Sync>)>> {
        let mut found: Vec<(NonceKey, Box<dyn Any + Send + Sync>)> = Vec::new();
        for key in keys {
            let text = "select id, number, version, body from messages where channel_id = ? and author_id = ? and nonce = ?";
            let sql = Sql::new(self.db.engine(), text).bind(key.journal.id).bind(key.author).bind(key.nonce);
            if let Some(row) = tx.query_one_raw(sql.build()).await.db()? {
                let at = |i: usize| row.try_get_by_index::<i64>(i).db();
                let body: Vec<u8> = row.try_get_by_index(3).db()?;
                let digest = body.iter().fold(7u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(*b))) & 0xffff;
                found.push((NonceKey { digest, ..*key }, Box::new((at(0)?, at(1)?, at(2)?))));
            }
        }
        Ok(found)
    }
}

fn event(granted: &Granted, channel: JournalKey, id: i64) -> plexichat_model::JournalEvent {
    let thread = ThreadView {
        root_id: MessageId(id),
        channel_id: ChannelId(channel.id),
        reply_count: 0,
        last_number: 0,
        last_reply_at: None,
        participants: vec![UserId(1)],
        version: granted.version(channel, 0),
    };
    granted.event(channel, 0, Event::ThreadUpdated { thread })
}

/// Changes a row's version; refuses when told to.
pub(crate) struct Edit {
    pub(crate) channel: JournalKey,
    pub(crate) id: i64,
    pub(crate) refuse: bool,
    pub(crate) access: bool,
}

#[async_trait::async_trait]
impl Change for Edit {
    type Output = i64;

    fn touches(&self) -> Vec<Touch> {
        let touch = Touch::one(self.channel);
        vec![if self.access { touch.access() } else { touch }]
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<i64>> {
        let version = granted.version(self.channel, 0);
        let found = message::Entity::find_by_id(self.id).one(tx).await.db()?;
        let row = found.filter(|_| !self.refuse).ok_or_else(|| Error::not_found("message", self.id))?;
        let row = message::ActiveModel { id: Set(row.id), version: Set(version), ..Default::default() };
        message::Entity::update(row).exec(tx).await.db()?;
        Ok(Applied { output: version, events: vec![event(granted, self.channel, self.id)] })
    }
}

/// All rows of a channel by number.
pub(crate) async fn all(db: &Db, channel: JournalKey) -> Vec<message::Model> {
    message::Entity::find()
        .filter(message::Column::ChannelId.eq(channel.id))
        .order_by_asc(message::Column::Number)
        .all(db.reader())
        .await
        .expect("rows can be read")
}
