//! Rows of keys.

use crate::ring::Scope;
use plexichat_database::{
    DbResultExt, Tx,
    entity::{root_seal, sealing_key},
};
use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

pub(crate) use root_seal::Model as RootSeal;
pub(crate) use sealing_key::Model as StoredKey;

/// `state` of a key that is used.
pub(crate) const IN_USE: i16 = 0;
/// `state` of a root key beside which there may be rows that were never sealed.
pub(crate) const OPEN_ROWS: i16 = 1;

/// A key to write.
#[derive(Clone)]
pub(crate) struct NewKey {
    pub(crate) id: i64,
    pub(crate) scope: Scope,
    pub(crate) version: i32,
    pub(crate) parent_id: i64,
    pub(crate) state: i16,
    pub(crate) sealed: Vec<u8>,
    pub(crate) created_ms: i64,
}

/// The newest key of a scope.
pub(crate) async fn newest(conn: &impl ConnectionTrait, scope: Scope) -> Result<Option<StoredKey>> {
    sealing_key::Entity::find()
        .filter(sealing_key::Column::Kind.eq(scope.kind as i16))
        .filter(sealing_key::Column::ScopeId.eq(scope.id))
        .filter(sealing_key::Column::Period.eq(scope.period))
        .order_by_desc(sealing_key::Column::Version)
        .one(conn)
        .await
        .db()
}

/// The keys with these ids.
pub(crate) async fn by_ids(conn: &impl ConnectionTrait, ids: &[i64]) -> Result<Vec<StoredKey>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    sealing_key::Entity::find().filter(sealing_key::Column::Id.is_in(ids.iter().copied())).all(conn).await.db()
}

/// Writes a key.
pub(crate) async fn insert(tx: &Tx, key: NewKey) -> Result<()> {
    let row = sealing_key::ActiveModel {
        id: Set(key.id),
        kind: Set(key.scope.kind as i16),
        scope_id: Set(key.scope.id),
        period: Set(key.scope.period),
        version: Set(key.version),
        parent_id: Set(key.parent_id),
        state: Set(key.state),
        sealed: Set(key.sealed),
        created_ms: Set(key.created_ms),
    };
    sealing_key::Entity::insert(row).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Changes the state of a key.
pub(crate) async fn set_state(tx: &Tx, id: i64, state: i16) -> Result<()> {
    let set = sealing_key::Entity::update_many().col_expr(sealing_key::Column::State, Expr::value(state));
    set.filter(sealing_key::Column::Id.eq(id)).exec(tx).await.db()?;
    Ok(())
}

/// Whether any key was ever written.
pub(crate) async fn has_keys(conn: &impl ConnectionTrait) -> Result<bool> {
    Ok(sealing_key::Entity::find().one(conn).await.db()?.is_some())
}

/// The newest root key as its vaults sealed it.
pub(crate) async fn root_seals(conn: &impl ConnectionTrait) -> Result<Vec<root_seal::Model>> {
    let rows = root_seal::Entity::find().order_by_desc(root_seal::Column::Version).all(conn).await.db()?;
    let newest = rows.first().map_or(0, |row| row.version);
    Ok(rows.into_iter().filter(|row| row.version == newest).collect())
}

/// Writes the root key as a vault sealed it.
pub(crate) async fn insert_root_seal(tx: &Tx, version: i32, vault: String, sealed: Vec<u8>, created_ms: i64) -> Result<()> {
    let row =
        root_seal::ActiveModel { version: Set(version), vault: Set(vault), sealed: Set(sealed), created_ms: Set(created_ms) };
    root_seal::Entity::insert(row).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Every root key that stands in the database, as its vaults sealed it, newest first.
pub(crate) async fn all_root_seals(conn: &impl ConnectionTrait) -> Result<Vec<RootSeal>> {
    root_seal::Entity::find().order_by_desc(root_seal::Column::Version).all(conn).await.db()
}

/// Exchanges seals of root keys. Errors: `conflict` when one of the old is not as it was read.
pub(crate) async fn replace_root_seals(tx: &Tx, old: &[RootSeal], new: &[RootSeal]) -> Result<()> {
    for seal in old {
        let delete = root_seal::Entity::delete_many()
            .filter(root_seal::Column::Version.eq(seal.version))
            .filter(root_seal::Column::Vault.eq(seal.vault.as_str()))
            .filter(root_seal::Column::Sealed.eq(seal.sealed.as_slice()));
        if delete.exec(tx).await.db()?.rows_affected != 1 {
            let text = "the root key was sealed anew by somebody else meanwhile; run it again";
            return Err(Error::conflict(ErrorCode::Conflict, text));
        }
    }
    for seal in new {
        insert_root_seal(tx, seal.version, seal.vault.clone(), seal.sealed.clone(), seal.created_ms).await?;
    }
    Ok(())
}
