//! SQL of the counters.

use super::judge::{Counter, Rule};
use plexichat_database::{DbResultExt, Tx, entity::login_attempt as row};
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::Result;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict};
use std::collections::HashMap;

/// The counters among these keys.
pub(super) async fn read(conn: &impl ConnectionTrait, keys: &[[u8; 32]]) -> Result<HashMap<[u8; 32], Counter>> {
    let query = row::Entity::find().filter(row::Column::AttemptKey.is_in(keys.iter().map(|key| key.to_vec())));
    let rows = query.all(conn).await.db()?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let counter = Counter {
                failures: u32::try_from(row.failures).unwrap_or(0),
                first_ms: row.first_ms,
                blocked_until_ms: row.blocked_until_ms,
            };
            Some((row.attempt_key.try_into().ok()?, counter))
        })
        .collect())
}

/// Keys of counters that no rule looks at any more.
pub(super) async fn stale(conn: &impl ConnectionTrait, before_ms: i64, limit: u64) -> Result<Vec<Vec<u8>>> {
    let query = row::Entity::find().select_only().column(row::Column::AttemptKey);
    let query = query.filter(row::Column::FirstMs.lt(before_ms)).filter(row::Column::BlockedUntilMs.lt(before_ms));
    query.limit(limit).into_tuple().all(conn).await.db()
}

/// Counts a failure on each key.
pub(super) struct Failed {
    pub(super) rules: Vec<([u8; 32], Rule)>,
}

#[async_trait::async_trait]
impl Change for Failed {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let keys: Vec<[u8; 32]> = self.rules.iter().map(|(key, _)| *key).collect();
        let counters = read(tx, &keys).await?;
        let rows = self.rules.iter().map(|(key, rule)| {
            let counter = counters.get(key).copied().unwrap_or_default().failed(granted.now_ms, *rule);
            row::ActiveModel {
                attempt_key: Set(key.to_vec()),
                failures: Set(i32::try_from(counter.failures).unwrap_or(i32::MAX)),
                first_ms: Set(counter.first_ms),
                blocked_until_ms: Set(counter.blocked_until_ms),
            }
        });
        let columns = [row::Column::Failures, row::Column::FirstMs, row::Column::BlockedUntilMs];
        let upsert = OnConflict::column(row::Column::AttemptKey).update_columns(columns).to_owned();
        row::Entity::insert_many(rows).on_conflict(upsert).exec_without_returning(tx).await.db()?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}

/// Forgets counters.
pub(super) struct Forget {
    pub(super) keys: Vec<[u8; 32]>,
}

#[async_trait::async_trait]
impl Change for Forget {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        let keys = self.keys.iter().map(|key| key.to_vec());
        row::Entity::delete_many().filter(row::Column::AttemptKey.is_in(keys)).exec(tx).await.db()?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}

/// Forgets counters unless they were used meanwhile.
pub(super) struct ForgetStale {
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) before_ms: i64,
}

#[async_trait::async_trait]
impl Change for ForgetStale {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        row::Entity::delete_many()
            .filter(row::Column::AttemptKey.is_in(self.keys.iter().cloned()))
            .filter(row::Column::FirstMs.lt(self.before_ms))
            .filter(row::Column::BlockedUntilMs.lt(self.before_ms))
            .exec(tx)
            .await
            .db()?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}
