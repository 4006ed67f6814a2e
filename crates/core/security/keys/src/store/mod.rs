//! Rows of keys: what stands in `sealing_keys`, `root_seals` and `key_generations`, and in which state it is.
//!
//! Every change says from which state it goes out, so that a step that comes too late does nothing. Not here: what the
//! keys are, and when their states change.

pub(crate) mod tasks;

use crate::{
    ring::{Kind, Scope},
    vault::is_of_node,
};
use plexichat_database::{
    DbResultExt, Engine, Tx,
    entity::{key_generation, root_seal, sealing_key},
};
use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait as _, QueryFilter, QueryOrder, QuerySelect as _, Select,
    sea_query::{Expr, ExprTrait as _},
};
use sealing_key::{Column as C, Entity as Keys};

pub(crate) use root_seal::Model as RootSeal;
pub(crate) use sealing_key::Model as StoredKey;

/// `state` of a key that is used.
pub(crate) const IN_USE: i16 = 0;
/// `state` of a root key beside which there may be rows that were never sealed.
pub(crate) const OPEN_ROWS: i16 = 1;
/// `state` of a key that seals nothing more; what it sealed is being sealed anew.
pub(crate) const RETIRED: i16 = 2;
/// `state` of a key that seals nothing more and is to be destroyed.
pub(crate) const DOOMED: i16 = 3;
/// `state` of a key that is gone; the row says so.
pub(crate) const DESTROYED: i16 = 4;
/// `state` of a key that was replaced and seals nothing any more. The row stays: a copy of the database from before still
/// has the key, and whoever shreds has to name it.
pub(crate) const FORGOTTEN: i16 = 5;
/// `state` of a retired key under which nothing is committed any more.
pub(crate) const SWEEPING: i16 = 6;

/// Rows in one step of a longer work.
pub(crate) const PAGE: u64 = 200;
/// The one row of `key_generations`.
const ONLY: i32 = 1;

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

/// Writes a key under a parent that still takes keys. False: it takes none any more.
pub(crate) async fn insert_under(tx: &Tx, key: NewKey) -> Result<bool> {
    // Locks the row until the end of the transaction: a rotation that retires it comes before or after, never between.
    let lock = Keys::update_many().col_expr(C::State, Expr::col(C::State));
    let parent = lock.filter(C::Id.eq(key.parent_id)).filter(C::State.is_in([IN_USE, OPEN_ROWS]));
    if parent.exec(tx).await.db()?.rows_affected == 0 {
        return Ok(false);
    }
    insert(tx, key).await?;
    Ok(true)
}

/// Keys sealed by a parent, in order.
pub(crate) async fn children(conn: &impl ConnectionTrait, parent_id: i64, limit: u64) -> Result<Vec<StoredKey>> {
    Keys::find().filter(C::ParentId.eq(parent_id)).order_by_asc(C::Id).limit(limit).all(conn).await.db()
}

/// Number of keys sealed by one of these.
pub(crate) async fn count_children(conn: &impl ConnectionTrait, parents: &[i64]) -> Result<u64> {
    Keys::find().filter(C::ParentId.is_in(parents.iter().copied())).count(conn).await.db()
}

/// A key to be sealed under another parent.
#[derive(Clone)]
pub(crate) struct Moved {
    pub(crate) id: i64,
    /// As it was read.
    pub(crate) old: Vec<u8>,
    pub(crate) to: i64,
    pub(crate) sealed: Vec<u8>,
}

/// Seals a key under another parent, if it still is as it was read: it may have been moved, or destroyed.
pub(crate) async fn move_to(tx: &Tx, from: i64, moved: &Moved) -> Result<()> {
    let set = Keys::update_many().col_expr(C::ParentId, Expr::value(moved.to));
    let set = set.col_expr(C::Sealed, Expr::value(moved.sealed.clone()));
    let same = set.filter(C::Id.eq(moved.id)).filter(C::ParentId.eq(from)).filter(C::Sealed.eq(moved.old.clone()));
    same.exec(tx).await.db()?;
    Ok(())
}

/// Whether all of these keys are in one of these states, and stay so until the transaction has ended.
pub(crate) async fn hold(tx: &Tx, ids: &[i64], states: &[i16]) -> Result<bool> {
    let found = Keys::find().select_only().column(C::Id).filter(C::Id.is_in(ids.iter().copied()));
    let held: Vec<i64> = found.filter(C::State.is_in(states.iter().copied())).lock_shared().into_tuple().all(tx).await.db()?;
    Ok(held.len() == ids.len())
}

/// The condition of [`hold`] for keys that may seal, as part of another statement: one statement less in each commit of messages.
/// `None`: this engine has no such form, and is asked by [`hold`].
pub(crate) fn may_seal_sql(engine: Engine) -> Option<&'static str> {
    match engine {
        // The states are `IN_USE` and `RETIRED`. The one writer holds everything.
        Engine::Sqlite => {
            Some("(select count(*) from sealing_keys where id in (select value from json_each(?)) and state in (0, 2)) = ?")
        }
        Engine::Postgres => Some(
            "(select count(*) from (select id from sealing_keys where id = any(?::int8[]) and state in (0, 2) for share) held) = ?",
        ),
        Engine::MariaDb | Engine::MySql => None,
    }
}

/// Which keys, of all their versions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Which {
    pub(crate) kind: Kind,
    pub(crate) scope_id: i64,
    /// 0: of every month.
    pub(crate) period: i32,
}

fn find(which: Which) -> Select<Keys> {
    let found = Keys::find().filter(C::Kind.eq(which.kind as i16)).filter(C::ScopeId.eq(which.scope_id));
    if which.period == 0 { found } else { found.filter(C::Period.eq(which.period)) }
}

/// These keys in one of these states, at most `limit`, in order.
pub(crate) async fn in_state(conn: &impl ConnectionTrait, which: Which, states: &[i16], limit: u64) -> Result<Vec<StoredKey>> {
    find(which).filter(C::State.is_in(states.iter().copied())).order_by_asc(C::Id).limit(limit).all(conn).await.db()
}

/// Keys to be destroyed that these seal, at most `limit`.
pub(crate) async fn doomed_under(conn: &impl ConnectionTrait, parents: &[i64], limit: u64) -> Result<Vec<i64>> {
    let found = Keys::find().select_only().column(C::Id).filter(C::ParentId.is_in(parents.iter().copied()));
    found.filter(C::State.eq(DOOMED)).order_by_asc(C::Id).limit(limit).into_tuple().all(conn).await.db()
}

/// The scopes of the keys of channels that these seal, at most `limit` above one.
pub(crate) async fn channels_under(conn: &impl ConnectionTrait, parents: &[i64], above: i64, limit: u64) -> Result<Vec<i64>> {
    let found = Keys::find().select_only().column(C::ScopeId).distinct();
    let found = found.filter(C::Kind.eq(Kind::Channel as i16)).filter(C::ParentId.is_in(parents.iter().copied()));
    found.filter(C::ScopeId.gt(above)).order_by_asc(C::ScopeId).limit(limit).into_tuple().all(conn).await.db()
}

/// Changes the state of keys that are in one of the states `from`; answers of how many.
pub(crate) async fn change_states(tx: &Tx, which: Which, from: &[i16], to: i16) -> Result<u64> {
    let set = Keys::update_many().col_expr(C::State, Expr::value(to)).filter(C::Kind.eq(which.kind as i16));
    let set = set.filter(C::ScopeId.eq(which.scope_id)).filter(C::State.is_in(from.iter().copied()));
    let set = if which.period == 0 { set } else { set.filter(C::Period.eq(which.period)) };
    Ok(set.exec(tx).await.db()?.rows_affected)
}

/// The same for the keys of channels that these seal.
pub(crate) async fn change_states_under(tx: &Tx, parents: &[i64], from: &[i16], to: i16) -> Result<u64> {
    let set = Keys::update_many().col_expr(C::State, Expr::value(to)).filter(C::ParentId.is_in(parents.iter().copied()));
    Ok(set.filter(C::State.is_in(from.iter().copied())).exec(tx).await.db()?.rows_affected)
}

/// Destroys these keys: the row stays and says so. Answers how many were there.
pub(crate) async fn destroy(tx: &Tx, ids: &[i64]) -> Result<u64> {
    let set = Keys::update_many().col_expr(C::State, Expr::value(DESTROYED)).col_expr(C::Sealed, Expr::value(Vec::<u8>::new()));
    let there = set.filter(C::Id.is_in(ids.iter().copied())).filter(C::State.ne(DESTROYED));
    Ok(there.exec(tx).await.db()?.rows_affected)
}

/// Empties keys that seal nothing any more.
pub(crate) async fn empty(tx: &Tx, ids: &[i64]) -> Result<()> {
    let set = Keys::update_many().col_expr(C::State, Expr::value(FORGOTTEN)).col_expr(C::Sealed, Expr::value(Vec::<u8>::new()));
    set.filter(C::Id.is_in(ids.iter().copied())).filter(C::State.eq(SWEEPING)).exec(tx).await.db()?;
    Ok(())
}

/// Forgets keys that seal nothing.
pub(crate) async fn forget(tx: &Tx, ids: &[i64]) -> Result<()> {
    Keys::delete_many().filter(C::Id.is_in(ids.iter().copied())).exec(tx).await.db()?;
    Ok(())
}

/// Destroyed keys above one, in order.
pub(crate) async fn destroyed(conn: &impl ConnectionTrait, above: i64, limit: u64) -> Result<Vec<i64>> {
    let found = Keys::find().select_only().column(C::Id).filter(C::State.eq(DESTROYED)).filter(C::Id.gt(above));
    found.order_by_asc(C::Id).limit(limit).into_tuple().all(conn).await.db()
}

/// How often keys changed state.
pub(crate) async fn generation(conn: &impl ConnectionTrait) -> Result<i64> {
    Ok(key_generation::Entity::find_by_id(ONLY).one(conn).await.db()?.map_or(0, |row| row.generation))
}

/// Tells every node that keys changed state.
pub(crate) async fn next_generation(tx: &Tx) -> Result<()> {
    use key_generation::{Column, Entity};
    let raise = Entity::update_many().col_expr(Column::Generation, Expr::col(Column::Generation).add(1));
    if raise.filter(Column::Id.eq(ONLY)).exec(tx).await.db()?.rows_affected == 0 {
        let row = key_generation::ActiveModel { id: Set(ONLY), generation: Set(1) };
        Entity::insert(row).exec_without_returning(tx).await.db()?;
    }
    Ok(())
}

/// Changes the state of a key, if it is in this one.
pub(crate) async fn set_state(tx: &Tx, id: i64, from: i16, to: i16) -> Result<()> {
    let set = Keys::update_many().col_expr(C::State, Expr::value(to));
    set.filter(C::Id.eq(id)).filter(C::State.eq(from)).exec(tx).await.db()?;
    Ok(())
}

/// Whether any key was ever written.
pub(crate) async fn has_keys(conn: &impl ConnectionTrait) -> Result<bool> {
    Ok(sealing_key::Entity::find().one(conn).await.db()?.is_some())
}

/// The root keys as their vaults sealed them, the newest first. There are two only while one is replaced.
pub(crate) async fn root_seals(conn: &impl ConnectionTrait) -> Result<Vec<RootSeal>> {
    root_seal::Entity::find().order_by_desc(root_seal::Column::Version).all(conn).await.db()
}

/// Forgets a root key that seals nothing.
pub(crate) async fn forget_root(tx: &Tx, version: i32, proof: i64) -> Result<()> {
    root_seal::Entity::delete_many().filter(root_seal::Column::Version.eq(version)).exec(tx).await.db()?;
    forget(tx, &[proof]).await
}

/// The `vault` of a root key that is being replaced: its successor seals it.
pub(crate) const BY_SUCCESSOR: &str = "root";

/// Puts a root key under its successor. Errors: `conflict` when a vault's seal of it is not as it was read.
pub(crate) async fn put_under_successor(tx: &Tx, old: &[RootSeal], version: i32, sealed: Vec<u8>, now_ms: i64) -> Result<()> {
    for seal in old {
        let same = root_seal::Entity::delete_many()
            .filter(root_seal::Column::Version.eq(seal.version))
            .filter(root_seal::Column::Vault.eq(seal.vault.as_str()))
            .filter(root_seal::Column::Sealed.eq(seal.sealed.as_slice()));
        if same.exec(tx).await.db()?.rows_affected != 1 {
            return Err(Error::conflict(ErrorCode::Conflict, "the root key was moved to another vault meanwhile"));
        }
    }
    insert_root_seal(tx, version, BY_SUCCESSOR.to_owned(), sealed, now_ms).await
}

/// Writes the root key as a vault sealed it.
pub(crate) async fn insert_root_seal(tx: &Tx, version: i32, vault: String, sealed: Vec<u8>, created_ms: i64) -> Result<()> {
    let row =
        root_seal::ActiveModel { version: Set(version), vault: Set(vault), sealed: Set(sealed), created_ms: Set(created_ms) };
    root_seal::Entity::insert(row).exec_without_returning(tx).await.db()?;
    Ok(())
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
    // One that was written since they were read must not stay with the vault that is left.
    let others = root_seal::Entity::find().filter(root_seal::Column::Vault.ne(BY_SUCCESSOR)).all(tx).await.db()?;
    // Those for nodes stay: they hold the same root key, and a new version brings others.
    if others.iter().any(|seal| !is_of_node(&seal.vault) || new.iter().all(|new| new.version != seal.version)) {
        return Err(Error::conflict(ErrorCode::Conflict, "the root key was replaced meanwhile; run it again"));
    }
    for seal in new {
        insert_root_seal(tx, seal.version, seal.vault.clone(), seal.sealed.clone(), seal.created_ms).await?;
    }
    Ok(())
}
