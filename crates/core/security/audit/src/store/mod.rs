//! SQL of the audit log. Decides nothing.
//!
//! Appending is one insert under a key of its own. Everything else belongs to the one who numbers, or reads; writes that two
//! could do at once compare what they found (`size`, `dropped`) and fail for the slower.

pub(crate) mod subjects;
pub(crate) mod telemetry;

use crate::tiles::{TileId, Tiles};
use plexichat_database::{
    DbResultExt, Engine, Sql, Tx,
    entity::{audit_checkpoint, audit_entry, audit_log, audit_pending, audit_tile},
};
use plexichat_kernel::{Error, Result};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use std::collections::BTreeSet;

pub(crate) use audit_checkpoint::Model as CheckpointRow;
pub(crate) use audit_entry::Model as EntryRow;
pub(crate) use audit_log::Model as LogRow;

/// The one row of `audit_log`.
pub(crate) const LOG: i64 = 1;

/// Writes an entry without a number: one insert under a key of its own, waiting for nobody.
pub(crate) async fn append(tx: &Tx, engine: Engine, id: i64, body: String) -> Result<()> {
    let insert = Sql::new(engine, "insert into audit_pending (id, body) values (?, ?)").bind(id).bind(body);
    tx.execute_raw(insert.build()).await.db().map(drop)
}

/// The ids of the oldest entries without a number; an id says when it was given.
pub(crate) async fn pending_ids(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<i64>> {
    let ids = audit_pending::Entity::find().select_only().column(audit_pending::Column::Id);
    ids.order_by_asc(audit_pending::Column::Id).limit(limit).into_tuple().all(conn).await.db()
}

/// The oldest entries without a number.
pub(crate) async fn pending(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<audit_pending::Model>> {
    audit_pending::Entity::find().order_by_asc(audit_pending::Column::Id).limit(limit).all(conn).await.db()
}

/// Moves entries from where they wait to where they are numbered.
pub(crate) async fn number(tx: &Tx, rows: &[EntryRow], ids: &[i64]) -> Result<()> {
    let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
    audit_entry::Entity::insert_many(rows).exec_without_returning(tx).await.db()?;
    let gone =
        audit_pending::Entity::delete_many().filter(audit_pending::Column::Id.is_in(ids.iter().copied())).exec(tx).await.db()?;
    if gone.rows_affected == u64::try_from(ids.len()).unwrap_or(0) {
        Ok(())
    } else {
        Err(Error::unavailable("entries of the audit log were numbered by another node meanwhile"))
    }
}

/// What the log is; `None` before it began.
pub(crate) async fn log(conn: &impl ConnectionTrait) -> Result<Option<LogRow>> {
    audit_log::Entity::find_by_id(LOG).one(conn).await.db()
}

/// Begins the log.
pub(crate) async fn begin(tx: &Tx, row: LogRow) -> Result<()> {
    audit_log::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(drop)
}

/// Puts the seed as another key sealed it in the place of what is there, unless somebody else did meanwhile.
pub(crate) async fn put_seed(tx: &Tx, old: Vec<u8>, new: Vec<u8>) -> Result<()> {
    use audit_log::Column as C;
    let put = audit_log::Entity::update_many().col_expr(C::SealedSeed, Expr::value(new));
    put.filter(C::Id.eq(LOG)).filter(C::SealedSeed.eq(old)).exec(tx).await.db().map(drop)
}

/// Grows the log, unless somebody else did meanwhile.
pub(crate) async fn grow(tx: &Tx, engine: Engine, from: i64, to: i64) -> Result<()> {
    let update = Sql::new(engine, "update audit_log set size = ? where id = 1 and size = ?").bind(to).bind(from);
    if tx.execute_raw(update.build()).await.db()?.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::unavailable("the audit log was continued by another node meanwhile"))
    }
}

/// Reads rows of the tree; missing ones are left out.
pub(crate) async fn tiles(conn: &impl ConnectionTrait, ids: &BTreeSet<TileId>) -> Result<Tiles> {
    let mut tiles = Tiles::default();
    if ids.is_empty() {
        return Ok(tiles);
    }
    let one = |id: &TileId| {
        let level = audit_tile::Column::Level.eq(i16::from(id.level));
        Condition::all().add(level).add(audit_tile::Column::Idx.eq(i64::try_from(id.index).unwrap_or(i64::MAX)))
    };
    let any = ids.iter().fold(Condition::any(), |any, id| any.add(one(id)));
    for row in audit_tile::Entity::find().filter(any).all(conn).await.db()? {
        let id = TileId { level: u8::try_from(row.level).unwrap_or(u8::MAX), index: u64::try_from(row.idx).unwrap_or(u64::MAX) };
        // A row of the wrong length is as good as none: whoever needs it says that it is missing.
        let _ = tiles.insert(id, &row.hashes);
    }
    Ok(tiles)
}

/// Writes rows of the tree.
pub(crate) async fn put_tiles(tx: &Tx, rows: Vec<(TileId, Vec<u8>)>) -> Result<()> {
    let conflict = OnConflict::columns([audit_tile::Column::Level, audit_tile::Column::Idx])
        .update_column(audit_tile::Column::Hashes)
        .to_owned();
    let rows = rows.into_iter().map(|(id, hashes)| audit_tile::ActiveModel {
        level: Set(i16::from(id.level)),
        idx: Set(i64::try_from(id.index).unwrap_or(i64::MAX)),
        hashes: Set(hashes),
    });
    audit_tile::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(tx).await.db().map(drop)
}

/// Keeps a checkpoint.
pub(crate) async fn put_checkpoint(tx: &Tx, row: CheckpointRow) -> Result<()> {
    audit_checkpoint::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(drop)
}

/// The newest checkpoint.
pub(crate) async fn last_checkpoint(conn: &impl ConnectionTrait) -> Result<Option<CheckpointRow>> {
    audit_checkpoint::Entity::find().order_by_desc(audit_checkpoint::Column::Size).limit(1).one(conn).await.db()
}

/// Checkpoints of more than `size` entries, in order.
pub(crate) async fn checkpoints_after(conn: &impl ConnectionTrait, size: i64, limit: u64) -> Result<Vec<CheckpointRow>> {
    let after = audit_checkpoint::Entity::find().filter(audit_checkpoint::Column::Size.gt(size));
    after.order_by_asc(audit_checkpoint::Column::Size).limit(limit).all(conn).await.db()
}

/// Size and time of checkpoints of at least `size` entries from before a time, in order.
pub(crate) async fn checkpoint_times(
    conn: &impl ConnectionTrait,
    size: i64,
    before_ms: i64,
    limit: u64,
) -> Result<Vec<(i64, i64)>> {
    use audit_checkpoint::Column as C;
    let times = audit_checkpoint::Entity::find().select_only().column(C::Size).column(C::TimeMs);
    let times = times.filter(C::Size.gte(size)).filter(C::TimeMs.lt(before_ms));
    times.order_by_asc(C::Size).limit(limit).into_tuple().all(conn).await.db()
}

/// Removes checkpoints.
pub(crate) async fn delete_checkpoints(tx: &Tx, sizes: Vec<i64>) -> Result<()> {
    let delete = audit_checkpoint::Entity::delete_many().filter(audit_checkpoint::Column::Size.is_in(sizes));
    delete.exec(tx).await.db().map(drop)
}

/// One entry.
pub(crate) async fn entry(conn: &impl ConnectionTrait, number: i64) -> Result<Option<EntryRow>> {
    audit_entry::Entity::find_by_id(number).one(conn).await.db()
}

/// Entries from a number on, in order.
pub(crate) async fn entries_from(conn: &impl ConnectionTrait, number: i64, limit: u64) -> Result<Vec<EntryRow>> {
    let from = audit_entry::Entity::find().filter(audit_entry::Column::Number.gte(number));
    from.order_by_asc(audit_entry::Column::Number).limit(limit).all(conn).await.db()
}

/// Which entries to list.
#[derive(Clone, Debug, Default)]
pub struct EntryQuery {
    /// Account that acted.
    pub actor: Option<i64>,
    /// Stable name of the action.
    pub action: Option<String>,
    /// Id of what was acted on.
    pub target: Option<i64>,
    /// Not before, milliseconds UTC.
    pub from_ms: Option<i64>,
    /// Before, milliseconds UTC.
    pub until_ms: Option<i64>,
    /// Only entries before this number.
    pub before: Option<i64>,
    /// Most entries.
    pub limit: u64,
}

/// Entries, newest first.
pub(crate) async fn entries(conn: &impl ConnectionTrait, query: &EntryQuery) -> Result<Vec<EntryRow>> {
    use audit_entry::Column as C;
    let filters = [
        query.actor.map(|id| C::ActorId.eq(id)),
        query.action.as_ref().map(|name| C::Action.eq(name.clone())),
        query.target.map(|id| C::TargetId.eq(id)),
        query.from_ms.map(|ms| C::TimeMs.gte(ms)),
        query.until_ms.map(|ms| C::TimeMs.lt(ms)),
        query.before.map(|number| C::Number.lt(number)),
    ];
    let all = filters.into_iter().flatten().fold(Condition::all(), Condition::add);
    audit_entry::Entity::find().filter(all).order_by_desc(C::Number).limit(query.limit).all(conn).await.db()
}

/// The first number at or after a time; entries are numbered within seconds, so older numbers are older.
pub(crate) async fn first_since(conn: &impl ConnectionTrait, time_ms: i64, dropped: i64) -> Result<Option<i64>> {
    let since = audit_entry::Entity::find().select_only().column(audit_entry::Column::Number);
    let since = since.filter(audit_entry::Column::TimeMs.gte(time_ms)).filter(audit_entry::Column::Number.gte(dropped));
    since.order_by_asc(audit_entry::Column::Number).limit(1).into_tuple().one(conn).await.db()
}

/// Drops the bodies of the entries `from..to` and notes how far.
pub(crate) async fn drop_bodies(tx: &Tx, engine: Engine, from: i64, to: i64) -> Result<()> {
    let clear = "update audit_entries set body = null, actor_id = 0, target_id = 0 where number >= ? and number < ?";
    tx.execute_raw(Sql::new(engine, clear).bind(from).bind(to).build()).await.db()?;
    let note = Sql::new(engine, "update audit_log set dropped = ? where id = 1 and dropped = ?").bind(to).bind(from);
    if tx.execute_raw(note.build()).await.db()?.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::unavailable("another node drops old audit entries"))
    }
}
