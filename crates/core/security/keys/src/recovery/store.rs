//! Rows of recovery kits.

use super::kit::Row;
use plexichat_database::{
    DbResultExt, Tx,
    entity::{
        recovery_kit::{Column, Entity},
        root_seal, sealing_key,
    },
};
use plexichat_kernel::Result;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

/// There are two at most; what others wrote beside them is not read without end.
const MOST: u64 = 16;

/// All kits, the oldest first.
pub(super) async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Row>> {
    Entity::find().order_by_asc(Column::Id).limit(MOST).all(conn).await.db()
}

/// The version of the newest root key.
pub(super) async fn newest_root(conn: &impl ConnectionTrait) -> Result<Option<i32>> {
    let newest = root_seal::Entity::find().order_by_desc(root_seal::Column::Version).one(conn).await.db()?;
    Ok(newest.map(|row| row.version))
}

/// How many keys stand below the root.
pub(super) async fn keys(conn: &impl ConnectionTrait, root: i16) -> Result<u64> {
    sealing_key::Entity::find().filter(sealing_key::Column::Kind.ne(root)).count(conn).await.db()
}

pub(super) async fn insert(tx: &Tx, row: Row) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Whether it was there.
pub(super) async fn remove(tx: &Tx, id: i64) -> Result<bool> {
    Ok(Entity::delete_by_id(id).exec(tx).await.db()?.rows_affected > 0)
}

pub(super) async fn remove_waiting(tx: &Tx) -> Result<()> {
    Entity::delete_many().filter(Column::ProvenMs.is_null()).exec(tx).await.db()?;
    Ok(())
}

pub(super) async fn remove_others(tx: &Tx, id: i64) -> Result<()> {
    Entity::delete_many().filter(Column::Id.ne(id)).exec(tx).await.db()?;
    Ok(())
}

/// Writes when it was proven, if the root key in it is still the same. Whether it was.
pub(super) async fn put_proven(tx: &Tx, row: &Row) -> Result<bool> {
    let set = Entity::update_many().col_expr(Column::ProvenMs, Expr::value(row.proven_ms));
    let set = set.col_expr(Column::Tag, Expr::value(row.tag.clone()));
    let same = set.filter(Column::Id.eq(row.id)).filter(Column::RootVersion.eq(row.root_version));
    Ok(same.exec(tx).await.db()?.rows_affected > 0)
}

/// Writes another root key into it, if it still has this tag. Whether it had.
pub(super) async fn put_sealed(tx: &Tx, row: &Row, tag: &[u8]) -> Result<bool> {
    let set = Entity::update_many().col_expr(Column::RootVersion, Expr::value(row.root_version));
    let set = set.col_expr(Column::Envelope, Expr::value(row.envelope.clone()));
    let set = set.col_expr(Column::Tag, Expr::value(row.tag.clone()));
    let same = set.filter(Column::Id.eq(row.id)).filter(Column::Tag.eq(tag));
    Ok(same.exec(tx).await.db()?.rows_affected > 0)
}

/// Puts what a vault sealed in the place of what it sealed before.
pub(super) async fn replace_root_seal(tx: &Tx, row: root_seal::Model) -> Result<()> {
    root_seal::Entity::delete_by_id((row.version, row.vault.clone())).exec(tx).await.db()?;
    root_seal::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db()?;
    Ok(())
}
