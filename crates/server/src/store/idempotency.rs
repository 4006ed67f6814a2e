//! Rows of `idempotency_keys`: claimed before the work, finished after it, forgotten after 24 hours.
//!
//! Every statement has a bound, and a key that is older than 24 hours is unknown whether it was swept or not. Not here:
//! which requests have a key, and what is answered (`extract/idempotency`).

use std::time::Duration;

use plexichat_database::entity::idempotency_key::{ActiveModel, Column, Entity, Model};
use plexichat_database::{DbResultExt as _, Tx};
use plexichat_events::Journal;
use plexichat_kernel::{Result, Shutdown, Worker};
use plexichat_model::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

/// How long an answer is kept.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// A request that was not finished in this time never will be: its process died.
const ABANDONED_MS: i64 = 2 * 60 * 1000;
/// How often old rows are removed.
const SWEEP: Duration = Duration::from_hours(1);
/// Time between two pages of them.
const PAUSE: Duration = Duration::from_millis(20);
/// Rows of one transaction.
const PAGE: usize = 500;
/// Rows of one statement.
const CHUNK: usize = 64;
/// `status` of a request under way.
const UNDER_WAY: i16 = 0;

/// Names one request.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) user: UserId,
    pub(crate) operation: String,
    pub(crate) word: String,
    /// Digest of the request.
    pub(crate) request: Vec<u8>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Nothing: do it.
    Fresh,
    /// It was done.
    Done { status: u16, response: Option<Vec<u8>> },
    /// It is being done.
    UnderWay,
    /// It was used for another request.
    Different,
}

/// Claims a key.
pub(crate) async fn claim(journal: &Journal, key: &Key) -> Result<Claim> {
    let (key, now) = (key.clone(), journal.clock().now_ms());
    journal
        .write(move |tx: &Tx| {
            let key = key.clone();
            Box::pin(async move {
                let held = find(tx, &key).await?.filter(|row| now - row.created_ms < KEPT_MS);
                let is_abandoned = |row: &Model| row.status == UNDER_WAY && now - row.created_ms >= ABANDONED_MS;
                match held {
                    Some(row) if row.request_hash != key.request => return Ok(Claim::Different),
                    Some(row) if !is_abandoned(&row) => return Ok(known(row)),
                    _ => {}
                }
                remove(tx, &key).await?;
                let row = Model {
                    user_id: key.user.0,
                    operation: key.operation,
                    idempotency_key: key.word,
                    request_hash: key.request,
                    status: UNDER_WAY,
                    response: None,
                    created_ms: now,
                };
                Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db()?;
                Ok(Claim::Fresh)
            })
        })
        .await
}

fn known(row: Model) -> Claim {
    match u16::try_from(row.status) {
        Ok(status) if row.status != UNDER_WAY => Claim::Done { status, response: row.response },
        _ => Claim::UnderWay,
    }
}

/// Keeps the answer.
pub(crate) async fn finish(journal: &Journal, key: &Key, status: u16, response: Option<Vec<u8>>) -> Result<()> {
    let key = key.clone();
    let status = i16::try_from(status).unwrap_or(i16::MAX);
    journal
        .write(move |tx: &Tx| {
            let (key, response) = (key.clone(), response.clone());
            Box::pin(async move {
                let change = ActiveModel { status: Set(status), response: Set(response), ..ActiveModel::default() };
                Entity::update_many().set(change).filter(is(&key)).exec(tx).await.db()?;
                Ok(())
            })
        })
        .await
}

/// Forgets a claim: the same request may succeed another time.
pub(crate) async fn release(journal: &Journal, key: &Key) -> Result<()> {
    let key = key.clone();
    journal
        .write(move |tx: &Tx| {
            let key = key.clone();
            Box::pin(async move { remove(tx, &key).await })
        })
        .await
}

fn is(key: &Key) -> Condition {
    at(key.user.0, &key.operation, &key.word)
}

fn at(user: i64, operation: &str, word: &str) -> Condition {
    Condition::all().add(Column::UserId.eq(user)).add(Column::Operation.eq(operation)).add(Column::IdempotencyKey.eq(word))
}

async fn find(tx: &Tx, key: &Key) -> Result<Option<Model>> {
    Entity::find().filter(is(key)).one(tx).await.db()
}

async fn remove(tx: &Tx, key: &Key) -> Result<()> {
    Entity::delete_many().filter(is(key)).exec(tx).await.db()?;
    Ok(())
}

/// Removes what is older than 24 hours, in pages, so that nobody's writes wait. Several nodes may do it at once.
#[derive(Debug)]
pub(crate) struct Sweeper(pub(crate) Journal);

impl Sweeper {
    /// One round; answers how many rows were found.
    async fn sweep(&self) -> Result<usize> {
        let before_ms = self.0.clock().now_ms() - KEPT_MS;
        let mut gone = 0;
        loop {
            let page = self.0.write(move |tx: &Tx| Box::pin(forget(tx, before_ms))).await?;
            gone += page;
            if page < PAGE {
                return Ok(gone);
            }
            self.0.clock().sleep(PAUSE).await;
        }
    }
}

/// Removes a page of the oldest rows from before a time; answers how many were found.
async fn forget(tx: &Tx, before_ms: i64) -> Result<usize> {
    let is_old = || Column::CreatedMs.lt(before_ms);
    let columns = [Column::UserId, Column::Operation, Column::IdempotencyKey];
    let query = Entity::find().select_only().columns(columns).filter(is_old()).order_by_asc(Column::CreatedMs);
    let rows: Vec<(i64, String, String)> =
        query.limit(u64::try_from(PAGE).unwrap_or(u64::MAX)).into_tuple().all(tx).await.db()?;
    for chunk in rows.chunks(CHUNK) {
        // Few distinct lengths, so that statements stay cached: the first one is named again.
        let padding = std::iter::repeat_n(&chunk[0], chunk.len().next_power_of_two() - chunk.len());
        let named = chunk
            .iter()
            .chain(padding)
            .fold(Condition::any(), |any, (user, operation, word)| any.add(at(*user, operation, word)));
        // Another node may have claimed one anew meanwhile.
        Entity::delete_many().filter(named).filter(is_old()).exec(tx).await.db()?;
    }
    Ok(rows.len())
}

#[async_trait::async_trait]
impl Worker for Sweeper {
    fn name(&self) -> &'static str {
        "idempotency_sweeper"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        while shutdown.run_until(self.0.clock().sleep(SWEEP)).await.is_some() {
            match shutdown.run_until(self.sweep()).await {
                Some(done) => done?,
                None => break,
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
