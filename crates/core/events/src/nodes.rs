//! Node numbers: leased in the database, so that no two processes issue ids or outbox rows under one number.
//!
//! A lease lasts 60 s and is renewed every 10 s; a node that cannot renew stops issuing by its own monotonic
//! clock; a number rests 10 min before another process gets it (the same process start may take it back).

use crate::Journal;
use plexichat_database::{Db, DbResultExt, Sql, entity::node, violation};
use plexichat_kernel::{Clock, Error, IdGenerator, Result, Shutdown, Worker, random};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder};
use std::time::Duration;

/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_mins(1);
/// How often it is renewed.
pub const RENEW: Duration = Duration::from_secs(10);
/// How long a number rests before another process gets it.
pub const REST: Duration = Duration::from_mins(10);
const NUMBERS: i16 = 1024;
/// What this binary can do; the cluster uses what all live nodes can.
pub const LEVEL: i32 = 1;

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The lease of this process.
#[derive(Clone, Debug)]
pub struct NodeLease {
    number: i16,
    holder: String,
}

impl NodeLease {
    /// Takes a free number and gives it to the generator.
    pub async fn take(db: &Db, clock: &Clock, ids: &IdGenerator, address: &str) -> Result<Self> {
        let holder = random::token();
        for _ in 0..16 {
            let asked_at = clock.monotonic();
            let rows = node::Entity::find().order_by_asc(node::Column::Node).all(db.maintenance()).await.db()?;
            let now = clock.now_ms();
            let free = rows.iter().find(|row| row.lease_until_ms + ms(REST) < now).map(|row| (row.node, Some(row.fence)));
            let fresh = (0..NUMBERS).find(|n| rows.iter().all(|row| row.node != *n)).map(|n| (n, None));
            // A number that never was needs no rest; old ones come back when 1,024 are in use.
            let (number, fence) = fresh.or(free).ok_or_else(|| Error::unavailable("all 1,024 node numbers are taken"))?;
            if claim(db, number, fence, &holder, address, now).await? {
                ids.renew(u16::try_from(number).unwrap_or(0), asked_at + LEASE)?;
                return Ok(Self { number, holder });
            }
        }
        Err(Error::unavailable("no node number could be leased; too many nodes start at once"))
    }

    /// The number.
    pub fn number(&self) -> u16 {
        u16::try_from(self.number).unwrap_or(0)
    }

    /// Prolongs the lease. False when another process has it.
    pub async fn renew(&self, journal: &Journal) -> Result<bool> {
        let asked_at = journal.clock().monotonic();
        let until = journal.clock().now_ms() + ms(LEASE);
        let engine = journal.db().engine();
        let (number, holder) = (self.number, self.holder.clone());
        let renewed = journal
            .write(move |tx| {
                let text = "update nodes set lease_until_ms = ? where node = ? and holder = ?";
                let statement = Sql::new(engine, text).bind(until).bind(number).bind(holder.clone()).build();
                Box::pin(async move { Ok(tx.execute_raw(statement).await.db()?.rows_affected() > 0) })
            })
            .await?;
        if renewed {
            journal.ids().renew(self.number(), asked_at + LEASE)?;
        }
        Ok(renewed)
    }

    /// Gives the number back at the end of the process: others see at once that this node is gone.
    pub async fn release(&self, db: &Db, clock: &Clock) -> Result<()> {
        let text = "update nodes set lease_until_ms = ? where node = ? and holder = ?";
        let statement = Sql::new(db.engine(), text).bind(clock.now_ms()).bind(self.number).bind(self.holder.clone()).build();
        db.maintenance().execute_raw(statement).await.db()?;
        Ok(())
    }
}

async fn claim(db: &Db, number: i16, fence: Option<i64>, holder: &str, address: &str, now: i64) -> Result<bool> {
    if let Some(fence) = fence {
        let text = "update nodes set holder = ?, fence = fence + 1, level = ?, address = ?, started_ms = ?, lease_until_ms = ? where node = ? and fence = ?";
        let statement = Sql::new(db.engine(), text)
            .bind(holder.to_owned())
            .bind(LEVEL)
            .bind(address.to_owned())
            .bind(now)
            .bind(now + ms(LEASE))
            .bind(number)
            .bind(fence);
        return Ok(db.maintenance().execute_raw(statement.build()).await.db()?.rows_affected() == 1);
    }
    let row = node::ActiveModel {
        node: Set(number),
        holder: Set(holder.to_owned()),
        fence: Set(1),
        level: Set(LEVEL),
        address: Set(address.to_owned()),
        started_ms: Set(now),
        lease_until_ms: Set(now + ms(LEASE)),
    };
    match node::Entity::insert(row).exec_without_returning(db.maintenance()).await {
        Ok(_) => Ok(true),
        Err(e) if violation(&e).is_some() => Ok(false),
        Err(e) => Err(e).db(),
    }
}

/// Numbers of the nodes whose lease is valid.
pub async fn live(db: &Db, now_ms: i64) -> Result<Vec<u16>> {
    let text = "select node from nodes where lease_until_ms > ? order by node";
    let rows = db.reader().query_all_raw(Sql::new(db.engine(), text).bind(now_ms).build()).await.db()?;
    rows.iter().map(|row| row.try_get_by_index::<i16>(0).db().map(|n| u16::try_from(n).unwrap_or(0))).collect()
}

/// The lowest level of all live nodes: which frames, fields and writes may be used.
pub async fn cluster_level(db: &Db, now_ms: i64) -> Result<i32> {
    let text = "select min(level) from nodes where lease_until_ms > ?";
    let row = db.reader().query_one_raw(Sql::new(db.engine(), text).bind(now_ms).build()).await.db()?;
    Ok(row.and_then(|r| r.try_get_by_index::<Option<i32>>(0).ok().flatten()).unwrap_or(LEVEL))
}

/// Keeps the lease alive; takes another number when it was lost.
#[derive(Debug)]
pub struct NodeKeeper {
    journal: Journal,
    lease: tokio::sync::Mutex<NodeLease>,
    address: String,
}

impl NodeKeeper {
    /// A keeper of this lease.
    pub fn new(journal: Journal, lease: NodeLease, address: impl Into<String>) -> Self {
        Self { journal, lease: tokio::sync::Mutex::new(lease), address: address.into() }
    }

    /// Gives the number back.
    pub async fn release(&self) -> Result<()> {
        self.lease.lock().await.release(self.journal.db(), self.journal.clock()).await
    }

    async fn keep(&self) -> Result<()> {
        let mut lease = self.lease.lock().await;
        let held = match lease.renew(&self.journal).await {
            Ok(held) => held,
            // Without a valid number the lanes are shut, so the renewal cannot go through them: ask directly.
            Err(_) if self.journal.ids().node().is_none() => false,
            Err(error) => return Err(error),
        };
        if !held {
            tracing::warn!(node = lease.number(), "this node lost its number and takes another");
            *lease = NodeLease::take(self.journal.db(), self.journal.clock(), self.journal.ids(), &self.address).await?;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Worker for NodeKeeper {
    fn name(&self) -> &'static str {
        "node_keeper"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        loop {
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = tokio::time::sleep(RENEW) => {
                    if let Err(error) = self.keep().await {
                        tracing::warn!(code = %error.code(), "the node lease could not be renewed; trying again");
                    }
                }
            }
        }
    }
}
