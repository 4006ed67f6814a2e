//! The outbox: one row a group commit, naming the journals and versions it advanced.
//!
//! A stream per (node, lane) in commit order: `stream = node * 16 + lane`. Rows carry no content; readers
//! read the current rows of the journals. [`Poller`] lets nodes on one database hear of each other's
//! commits without any bus; [`Trimmer`] drops what everybody has passed, but keeps the newest row of each
//! stream, since the next position is counted from it.

mod poller;
mod trimmer;

pub use poller::Poller;
pub use trimmer::Trimmer;

use plexichat_database::{DbResultExt, Engine, Sql, Tx, entity::outbox};
use plexichat_kernel::{Error, Result};
use plexichat_model::JournalKey;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

/// Lanes a node may have.
pub const LANES_PER_NODE: i64 = 16;

/// Stream of a node's lane.
pub fn stream_of(node: u16, lane: usize) -> i64 {
    i64::from(node) * LANES_PER_NODE + i64::try_from(lane).unwrap_or(0) % LANES_PER_NODE
}

/// One journal in an outbox row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Journal.
    pub key: JournalKey,
    /// First version of this commit.
    pub from: i64,
    /// Last version of this commit.
    pub to: i64,
    /// Whether access may have changed.
    pub access: bool,
}

/// A row as a reader gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Position in its stream.
    pub position: i64,
    /// When it was committed.
    pub created_ms: i64,
    /// What it advanced.
    pub entries: Vec<Entry>,
}

pub(crate) fn encode(entries: &[Entry]) -> Vec<u8> {
    let list: Vec<(String, i64, i64, bool)> = entries.iter().map(|e| (e.key.to_string(), e.from, e.to, e.access)).collect();
    serde_json::to_vec(&list).unwrap_or_default()
}

fn decode(payload: &[u8]) -> Result<Vec<Entry>> {
    let list: Vec<(JournalKey, i64, i64, bool)> = serde_json::from_slice(payload).map_err(Error::internal)?;
    Ok(list.into_iter().map(|(key, from, to, access)| Entry { key, from, to, access }).collect())
}

/// The row of a commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewRow<'a> {
    pub(crate) stream: i64,
    pub(crate) position: i64,
    pub(crate) created_ms: i64,
    pub(crate) entries: &'a [Entry],
}

/// Writes the row of a commit.
pub(crate) async fn append(tx: &Tx, row: NewRow<'_>) -> Result<()> {
    let row = outbox::ActiveModel {
        stream: Set(row.stream),
        position: Set(row.position),
        created_ms: Set(row.created_ms),
        payload: Set(encode(row.entries)),
    };
    outbox::Entity::insert(row).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Newest position of a stream; 0 when it is new.
pub async fn last_position(conn: &impl ConnectionTrait, engine: Engine, stream: i64) -> Result<i64> {
    let text = "select position from outbox where stream = ? order by position desc limit 1";
    let row = conn.query_one_raw(Sql::new(engine, text).bind(stream).build()).await.db()?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0).db())
}

/// Rows of a stream after a position, oldest first, at most `limit`.
pub async fn read(conn: &impl ConnectionTrait, engine: Engine, stream: i64, after: i64, limit: i64) -> Result<Vec<Row>> {
    let text = "select position, created_ms, payload from outbox where stream = ? and position > ? order by position limit ?";
    let rows = conn.query_all_raw(Sql::new(engine, text).bind(stream).bind(after).bind(limit).build()).await.db()?;
    rows.iter()
        .map(|row| {
            Ok(Row {
                position: row.try_get_by_index(0).db()?,
                created_ms: row.try_get_by_index(1).db()?,
                entries: decode(&row.try_get_by_index::<Vec<u8>>(2).db()?)?,
            })
        })
        .collect()
}
