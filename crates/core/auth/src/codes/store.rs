//! SQL of one-time codes.

use super::Purpose;
use crate::Auth;
use plexichat_database::{
    DbResultExt, Tx,
    entity::{instance, one_time_code},
};
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::Result;
use plexichat_model::UserId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select, sea_query::Expr};

pub(super) use one_time_code::Model as Row;
use one_time_code::{Column, Entity};

/// The one row of `instance`.
const INSTANCE: i64 = 1;

/// Writes a code.
pub(super) async fn insert(tx: &Tx, row: Row) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(drop)
}

fn usable(hash: &[u8; 32], purpose: Purpose, now_ms: i64) -> Select<Entity> {
    Entity::find_by_id(hash.to_vec())
        .filter(Column::Purpose.eq(purpose.code()))
        .filter(Column::UsedMs.is_null())
        .filter(Column::ExpiresMs.gt(now_ms))
}

/// A code that may still be used.
pub(super) async fn find(conn: &impl ConnectionTrait, hash: &[u8; 32], purpose: Purpose, now_ms: i64) -> Result<Option<Row>> {
    usable(hash, purpose, now_ms).one(conn).await.db()
}

/// Uses a code up; answers whether it could still be used.
pub(super) async fn consume(tx: &Tx, hash: &[u8; 32], purpose: Purpose, now_ms: i64) -> Result<bool> {
    let result = Entity::update_many()
        .col_expr(Column::UsedMs, Expr::value(now_ms))
        .filter(Column::CodeHash.eq(hash.to_vec()))
        .filter(Column::Purpose.eq(purpose.code()))
        .filter(Column::UsedMs.is_null())
        .filter(Column::ExpiresMs.gt(now_ms))
        .exec(tx)
        .await
        .db()?;
    Ok(result.rows_affected == 1)
}

/// Makes the unused codes of this purpose and person worthless.
pub(super) async fn withdraw(tx: &Tx, purpose: Purpose, user: UserId) -> Result<()> {
    let query = Entity::delete_many().filter(Column::Purpose.eq(purpose.code())).filter(Column::UserId.eq(user.0));
    query.filter(Column::UsedMs.is_null()).exec(tx).await.db().map(drop)
}

/// Whether the instance is set up.
pub(super) async fn is_set_up(conn: &impl ConnectionTrait) -> Result<bool> {
    let row = instance::Entity::find_by_id(INSTANCE).one(conn).await.db()?;
    Ok(row.is_some_and(|row| row.set_up))
}

/// Notes that the instance is set up; answers whether it was not before.
pub(super) async fn set_up(tx: &Tx) -> Result<bool> {
    let result = instance::Entity::update_many()
        .col_expr(instance::Column::SetUp, Expr::value(true))
        .filter(instance::Column::Id.eq(INSTANCE))
        .filter(instance::Column::SetUp.eq(false))
        .exec(tx)
        .await
        .db()?;
    Ok(result.rows_affected == 1)
}

/// Removes a page of codes that expired before a time; answers how many.
pub(crate) async fn sweep(auth: &Auth, before_ms: i64, limit: u64) -> Result<usize> {
    let query = Entity::find().select_only().column(Column::CodeHash).filter(Column::ExpiresMs.lt(before_ms));
    let hashes: Vec<Vec<u8>> = query.limit(limit).into_tuple().all(auth.db().reader()).await.db()?;
    let count = hashes.len();
    if count > 0 {
        auth.journal().commit(Delete { hashes }).await?;
    }
    Ok(count)
}

struct Delete {
    hashes: Vec<Vec<u8>>,
}

#[async_trait::async_trait]
impl Change for Delete {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        Entity::delete_many().filter(Column::CodeHash.is_in(self.hashes.iter().cloned())).exec(tx).await.db()?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}
