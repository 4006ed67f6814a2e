//! The rows of jobs.
//!
//! A job is written in the transaction that wants it done, and claimed by holder and deadline, so a node that died
//! keeps nothing for ever. What failed for good stays on the dead list until a person retries or drops it.

use crate::Journal;
use plexichat_database::{Db, DbResultExt, Sql, Tx, entity::job, violation};
use plexichat_kernel::{Error, IdGenerator, Result};
use plexichat_model::JobId;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Waiting or claimed.
pub(super) const READY: i16 = 0;
/// Out of attempts.
pub(super) const DEAD: i16 = 1;

/// A job to be run later.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Name of its handler.
    pub kind: &'static str,
    /// What it needs, as JSON of at most 64 KiB.
    pub payload: serde_json::Value,
    /// Not before this time.
    pub run_at_ms: i64,
    /// Attempts before it is dead.
    pub max_attempts: i32,
    /// While a job with this key waits, another is not added.
    pub dedup_key: Option<String>,
}

impl NewJob {
    /// A job to run at once, with 10 attempts.
    pub fn now(kind: &'static str, payload: serde_json::Value) -> Self {
        Self { kind, payload, run_at_ms: 0, max_attempts: 10, dedup_key: None }
    }
}

/// A job that used up its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    /// Job.
    pub id: JobId,
    /// Handler.
    pub kind: String,
    /// Attempts made.
    pub attempts: i32,
    /// Last failure.
    pub last_error: String,
    /// When it was added, milliseconds UTC.
    pub created_ms: i64,
}

/// Adds a job in the transaction of the change that needs it. False: one with its key waits already.
pub async fn enqueue(tx: &Tx, ids: &IdGenerator, now_ms: i64, new: &NewJob) -> Result<bool> {
    let payload = serde_json::to_vec(&new.payload).map_err(Error::internal)?;
    if payload.len() > 65_536 {
        return Err(Error::internal("a job's payload is above 64 KiB"));
    }
    if let Some(key) = &new.dedup_key {
        let waits = job::Entity::find().filter(job::Column::DedupKey.eq(key.clone())).one(tx).await.db()?;
        if waits.is_some() {
            return Ok(false);
        }
    }
    let row = job::ActiveModel {
        id: Set(ids.next()?),
        kind: Set(new.kind.to_owned()),
        payload: Set(payload),
        state: Set(READY),
        attempts: Set(0),
        max_attempts: Set(new.max_attempts.max(1)),
        run_at_ms: Set(new.run_at_ms),
        leased_by: Set(None),
        lease_until_ms: Set(0),
        dedup_key: Set(new.dedup_key.clone()),
        last_error: Set(None),
        created_ms: Set(now_ms),
    };
    match job::Entity::insert(row).exec_without_returning(tx).await {
        Err(e) if violation(&e).is_some() => Err(Error::overloaded(std::time::Duration::from_millis(50)).with_source(e)),
        other => other.db().map(|_| true),
    }
}

/// Jobs that are due and not claimed, oldest first.
pub(super) async fn due(db: &Db, now_ms: i64, limit: u64) -> Result<Vec<job::Model>> {
    job::Entity::find()
        .filter(job::Column::State.eq(READY))
        .filter(job::Column::RunAtMs.lte(now_ms))
        .filter(job::Column::LeaseUntilMs.lte(now_ms))
        .order_by_asc(job::Column::RunAtMs)
        .limit(limit)
        .all(db.reader())
        .await
        .db()
}

/// Claims a job: true for exactly one of those who try.
pub(super) async fn claim(journal: &Journal, row: &job::Model, holder: &str, until_ms: i64) -> Result<bool> {
    let (engine, id, seen, holder) = (journal.db().engine(), row.id, row.lease_until_ms, holder.to_owned());
    journal
        .write(move |tx| {
            let text = "update jobs set leased_by = ?, lease_until_ms = ?, attempts = attempts + 1 where id = ? and lease_until_ms = ? and state = ?";
            let statement = Sql::new(engine, text).bind(holder.clone()).bind(until_ms).bind(id).bind(seen).bind(READY).build();
            Box::pin(async move { Ok(tx.execute_raw(statement).await.db()?.rows_affected() == 1) })
        })
        .await
}

/// Removes a finished job.
pub(super) async fn finish(journal: &Journal, id: i64, holder: &str) -> Result<()> {
    let (engine, holder) = (journal.db().engine(), holder.to_owned());
    journal
        .write(move |tx| {
            let statement =
                Sql::new(engine, "delete from jobs where id = ? and leased_by = ?").bind(id).bind(holder.clone()).build();
            Box::pin(async move { tx.execute_raw(statement).await.db().map(|_| ()) })
        })
        .await
}

/// Puts a failed job back, or marks it dead.
pub(super) async fn fail(journal: &Journal, id: i64, holder: &str, next: Option<i64>, error: &str) -> Result<()> {
    let (engine, holder, error) = (journal.db().engine(), holder.to_owned(), error.chars().take(2000).collect::<String>());
    let state = if next.is_some() { READY } else { DEAD };
    journal
        .write(move |tx| {
            let text =
                "update jobs set state = ?, run_at_ms = ?, lease_until_ms = 0, last_error = ? where id = ? and leased_by = ?";
            let statement = Sql::new(engine, text)
                .bind(state)
                .bind(next.unwrap_or(0))
                .bind(error.clone())
                .bind(id)
                .bind(holder.clone())
                .build();
            Box::pin(async move { tx.execute_raw(statement).await.db().map(|_| ()) })
        })
        .await
}

/// The dead-letter list, oldest first, at most `limit`.
pub async fn dead(db: &Db, limit: u64) -> Result<Vec<DeadJob>> {
    let rows = job::Entity::find()
        .filter(job::Column::State.eq(DEAD))
        .order_by_asc(job::Column::Id)
        .limit(limit)
        .all(db.reader())
        .await
        .db()?;
    Ok(rows
        .into_iter()
        .map(|r| DeadJob {
            id: JobId(r.id),
            kind: r.kind,
            attempts: r.attempts,
            last_error: r.last_error.unwrap_or_default(),
            created_ms: r.created_ms,
        })
        .collect())
}

/// Gives a dead job its attempts back. False: it is not on the list.
pub async fn retry_dead(journal: &Journal, id: JobId) -> Result<bool> {
    change_dead(
        journal,
        "update jobs set state = 0, attempts = 0, run_at_ms = 0, lease_until_ms = 0 where id = ? and state = 1",
        id,
    )
    .await
}

/// Forgets a dead job. False: it is not on the list.
pub async fn drop_dead(journal: &Journal, id: JobId) -> Result<bool> {
    change_dead(journal, "delete from jobs where id = ? and state = 1", id).await
}

async fn change_dead(journal: &Journal, text: &'static str, id: JobId) -> Result<bool> {
    let engine = journal.db().engine();
    journal
        .write(move |tx| {
            let statement = Sql::new(engine, text).bind(id.get()).build();
            Box::pin(async move { Ok(tx.execute_raw(statement).await.db()?.rows_affected() == 1) })
        })
        .await
}

/// Number of jobs not yet done and not dead.
pub async fn waiting(db: &Db) -> Result<i64> {
    let text = "select count(*) from jobs where state = ?";
    let row = db.reader().query_one_raw(Sql::new(db.engine(), text).bind(READY).build()).await.db()?;
    row.map_or(Ok(0), |r| r.try_get_by_index(0).db())
}
