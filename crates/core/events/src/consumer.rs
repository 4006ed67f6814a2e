//! Outbox consumers: parts that must see every commit, after the message path is done with it.
//!
//! One leader per consumer under a lease with a fencing token. Positions are saved per stream in the
//! transaction that checks the fence, so a leader that slept moves nothing. A consumer reads the current
//! rows of the journals named and ignores versions it has applied; one that is 3 days behind is marked
//! `rebuild`, no longer holds the trim, and makes itself anew from the tables.

use crate::{Applied, Change, Granted, Journal, Touch, leases, outbox};
use plexichat_database::{Db, DbResultExt, Sql, Tx, entity::consumer};
use plexichat_kernel::{Result, Shutdown, Worker, random};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A consumer that keeps up.
pub const STATE_LIVE: i16 = 0;
/// A consumer so far behind that it must rebuild from the tables; it no longer holds the trim.
pub const STATE_REBUILD: i16 = 1;

const BEHIND_MS: i64 = 3 * 24 * 3_600_000;
const PAGE: i64 = 200;
const EVERY: Duration = Duration::from_millis(500);
const LEASE: Duration = Duration::from_secs(30);

/// A part that follows the outbox.
#[async_trait::async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// Name: `snake_case`, unique, at most 48 characters.
    fn name(&self) -> &'static str;

    /// Takes note of commits, in stream order; may be told the same again.
    async fn handle(&self, rows: &[outbox::Row]) -> Result<()>;

    /// Makes itself anew from the tables.
    async fn rebuild(&self) -> Result<()>;
}

/// How far every live consumer has read a stream; `None` when nobody reads it.
pub(crate) async fn passed(db: &Db, stream: i64) -> Result<Option<i64>> {
    let text = "select min(position) from consumers where stream = ? and state = ?";
    let row = db.reader().query_one_raw(Sql::new(db.engine(), text).bind(stream).bind(STATE_LIVE).build()).await.db()?;
    Ok(row.and_then(|r| r.try_get_by_index::<Option<i64>>(0).ok().flatten()))
}

/// Runs one consumer while this node leads it.
pub struct ConsumerWorker {
    journal: Journal,
    consumer: Arc<dyn Consumer>,
    holder: String,
}

impl ConsumerWorker {
    /// A worker for a consumer.
    pub fn new(journal: Journal, consumer: Arc<dyn Consumer>) -> Self {
        Self { journal, consumer, holder: random::token() }
    }

    /// One round: takes or keeps the lease and reads what is new. Answers how many rows were handled; `None`
    /// when another node leads.
    pub async fn round(&self) -> Result<Option<usize>> {
        let name = format!("consumer:{}", self.consumer.name());
        let Some(lease) = leases::take(&self.journal, &name, &self.holder, LEASE).await? else { return Ok(None) };
        let mut positions = self.positions().await?;
        if positions.values().any(|(_, state)| *state == STATE_REBUILD) {
            self.rebuild(&lease, &mut positions).await?;
        }
        let mut handled = 0;
        for stream in self.streams().await? {
            let mut at = positions.get(&stream).map_or(0, |(position, _)| *position);
            while lease.is_valid(self.journal.clock()) {
                let rows = outbox::read(self.journal.db().reader(), self.journal.db().engine(), stream, at, PAGE).await?;
                let Some((first_ms, last)) = rows.first().zip(rows.last()).map(|(first, last)| (first.created_ms, last.position))
                else {
                    break;
                };
                let behind = self.journal.clock().now_ms() - first_ms > BEHIND_MS;
                if behind {
                    self.save(&lease, stream, at, STATE_REBUILD).await?;
                    break;
                }
                self.consumer.handle(&rows).await?;
                self.save(&lease, stream, last, STATE_LIVE).await?;
                (at, handled) = (last, handled + rows.len());
            }
        }
        Ok(Some(handled))
    }

    async fn rebuild(&self, lease: &leases::Lease, positions: &mut BTreeMap<i64, (i64, i16)>) -> Result<()> {
        // Positions are taken before the tables are read: what is committed meanwhile is told again, not missed.
        for stream in self.streams().await? {
            let last = outbox::last_position(self.journal.db().reader(), self.journal.db().engine(), stream).await?;
            positions.insert(stream, (last, STATE_LIVE));
        }
        self.consumer.rebuild().await?;
        let saved: Vec<(i64, i64)> = positions.iter().map(|(stream, at)| (*stream, at.0)).collect();
        for (stream, position) in saved {
            self.save(lease, stream, position, STATE_LIVE).await?;
        }
        Ok(())
    }

    async fn positions(&self) -> Result<BTreeMap<i64, (i64, i16)>> {
        let rows = consumer::Entity::find()
            .filter(consumer::Column::Consumer.eq(self.consumer.name()))
            .all(self.journal.db().reader())
            .await
            .db()?;
        Ok(rows.into_iter().map(|r| (r.stream, (r.position, r.state))).collect())
    }

    async fn streams(&self) -> Result<Vec<i64>> {
        let rows = self
            .journal
            .db()
            .reader()
            .query_all_raw(Sql::new(self.journal.db().engine(), "select node from nodes order by node").build());
        let mut streams = Vec::new();
        for row in rows.await.db()? {
            let node: i16 = row.try_get_by_index(0).db()?;
            let node = u16::try_from(node).unwrap_or(0);
            streams.extend((0..usize::try_from(outbox::LANES_PER_NODE).unwrap_or(16)).map(|lane| outbox::stream_of(node, lane)));
        }
        Ok(streams)
    }

    async fn save(&self, lease: &leases::Lease, stream: i64, position: i64, state: i16) -> Result<()> {
        let save = Save {
            lease: lease.clone(),
            db: self.journal.db().clone(),
            row: consumer::Model {
                consumer: self.consumer.name().to_owned(),
                stream,
                position,
                state,
                updated_ms: self.journal.clock().now_ms(),
            },
        };
        self.journal.commit(save).await.map(|_| ())
    }
}

/// Saves a position, unless another leader has taken over.
struct Save {
    lease: leases::Lease,
    db: Db,
    row: consumer::Model,
}

#[async_trait::async_trait]
impl Change for Save {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        self.lease.check(tx, &self.db).await?;
        let conflict = OnConflict::columns([consumer::Column::Consumer, consumer::Column::Stream])
            .update_columns([consumer::Column::Position, consumer::Column::State, consumer::Column::UpdatedMs])
            .to_owned();
        let row = consumer::ActiveModel {
            consumer: Set(self.row.consumer.clone()),
            stream: Set(self.row.stream),
            position: Set(self.row.position),
            state: Set(self.row.state),
            updated_ms: Set(self.row.updated_ms),
        };
        consumer::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx).await.db()?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}

#[async_trait::async_trait]
impl Worker for ConsumerWorker {
    fn name(&self) -> &'static str {
        self.consumer.name()
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        loop {
            let round = self.round().await?;
            let wait = if round.is_some() { EVERY } else { LEASE / 3 };
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}
