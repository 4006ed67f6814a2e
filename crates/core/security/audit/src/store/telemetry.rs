//! SQL of the counts.

use plexichat_database::{
    DbResultExt, Engine, Sql, Tx,
    entity::audit_telemetry::{Column, Entity, Model},
};
use plexichat_kernel::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

/// Writes the counts of a minute of this node. A minute is written once, so this conflicts with nothing.
pub(crate) async fn insert(tx: &Tx, rows: Vec<Model>) -> Result<()> {
    Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model)).exec_without_returning(tx).await.db().map(drop)
}

/// The counts since a time, oldest first.
pub(crate) async fn since(conn: &impl ConnectionTrait, minute_ms: i64, limit: u64) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::MinuteMs.gte(minute_ms)).order_by_asc(Column::MinuteMs);
    query.order_by_asc(Column::Kind).order_by_asc(Column::Source).limit(limit).all(conn).await.db()
}

/// Removes counts from before a time.
pub(crate) async fn sweep(tx: &Tx, engine: Engine, before_ms: i64) -> Result<()> {
    let delete = Sql::new(engine, "delete from audit_telemetry where minute_ms < ?").bind(before_ms);
    tx.execute_raw(delete.build()).await.db().map(drop)
}
