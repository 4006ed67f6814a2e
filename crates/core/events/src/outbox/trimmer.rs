//! Drops outbox rows that every consumer has passed and every node has had time to read.

use crate::{Journal, consumer};
use plexichat_database::{DbResultExt, Sql};
use plexichat_kernel::{Result, Shutdown, Worker};
use sea_orm::ConnectionTrait;
use std::time::Duration;

/// Rows stay at least this long, for nodes that poll.
const KEEP_MS: i64 = 10 * 60 * 1000;
const PAGE: i64 = 500;
const EVERY: Duration = Duration::from_mins(1);

/// The trimmer.
#[derive(Debug)]
pub struct Trimmer {
    journal: Journal,
}

impl Trimmer {
    /// A trimmer of the journal's outbox.
    pub fn new(journal: Journal) -> Self {
        Self { journal }
    }

    /// Trims every stream as far as allowed; answers the number of rows dropped.
    pub async fn trim(&self) -> Result<u64> {
        let db = self.journal.db();
        let before_ms = self.journal.clock().now_ms() - KEEP_MS;
        let engine = db.engine();
        let text = "select stream, max(position) from outbox where created_ms < ? group by stream";
        let rows = db.reader().query_all_raw(Sql::new(engine, text).bind(before_ms).build()).await.db()?;
        let mut dropped = 0;
        for row in rows {
            let stream: i64 = row.try_get_by_index(0).db()?;
            let old: i64 = row.try_get_by_index(1).db()?;
            let newest = super::last_position(db.reader(), engine, stream).await?;
            let passed = consumer::passed(db, stream).await?.unwrap_or(i64::MAX);
            dropped += self.drop_up_to(stream, old.min(newest - 1).min(passed)).await?;
        }
        Ok(dropped)
    }

    async fn drop_up_to(&self, stream: i64, position: i64) -> Result<u64> {
        let engine = self.journal.db().engine();
        let mut total = 0;
        loop {
            let text = "select min(position) from outbox where stream = ?";
            let row = self.journal.db().reader().query_one_raw(Sql::new(engine, text).bind(stream).build()).await.db()?;
            let first: Option<i64> = row.and_then(|r| r.try_get_by_index(0).ok());
            let Some(first) = first.filter(|first| *first <= position) else { return Ok(total) };
            let last = position.min(first + PAGE - 1);
            let dropped = self
                .journal
                .write(move |tx| {
                    let text = "delete from outbox where stream = ? and position <= ?";
                    let statement = Sql::new(engine, text).bind(stream).bind(last).build();
                    Box::pin(async move { Ok(tx.execute_raw(statement).await.db()?.rows_affected()) })
                })
                .await?;
            total += dropped;
        }
    }
}

#[async_trait::async_trait]
impl Worker for Trimmer {
    fn name(&self) -> &'static str {
        "outbox_trimmer"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        loop {
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = tokio::time::sleep(EVERY) => { self.trim().await?; }
            }
        }
    }
}
