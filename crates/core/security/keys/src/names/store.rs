//! Rows of any table with names, by its description: to seal what is open, and to seal anew.

use super::{COLUMN, NamedTable, Owner};
use plexichat_database::{
    Db, DbResultExt, Engine, Sql, Tx,
    entity::{idempotency_key, sealed_table},
};
use plexichat_kernel::Result;
use plexichat_model::WorkspaceId;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait, QueryFilter as _,
    sea_query::{Expr, OnConflict},
};

/// Rows in one step.
pub(super) const PAGE: usize = 200;

/// A row whose names are sealed.
#[derive(Clone, Debug)]
pub(super) struct SealedRow {
    pub(super) id: i64,
    pub(super) sealed: Vec<u8>,
}

/// A row whose names may be open.
#[derive(Clone, Debug)]
pub(super) struct OpenRow {
    pub(super) id: i64,
    pub(super) owner: Option<WorkspaceId>,
    /// In the order of the table's columns.
    pub(super) texts: Vec<Option<String>>,
}

/// Sealed rows of one owner above an id, in order.
pub(super) async fn sealed_rows(db: &Db, table: &NamedTable, owner: Option<WorkspaceId>, above: i64) -> Result<Vec<SealedRow>> {
    let NamedTable { name, id, .. } = table;
    let (whose, bound) = match (table.owner, owner) {
        (Owner::Instance, None) => (String::new(), None),
        // Nothing of a workspace is in a table of the instance.
        (Owner::Instance, Some(_)) => return Ok(Vec::new()),
        (Owner::Workspace(column), None) => (format!("{column} is null and "), None),
        (Owner::Workspace(column), Some(workspace)) => (format!("{column} = ? and "), Some(workspace.get())),
    };
    let text = format!(
        "select {id} as id, {COLUMN} from {name} where {whose}{id} > ? and {COLUMN} is not null order by {id} limit {PAGE}"
    );
    let mut sql = Sql::new(db.engine(), &text);
    if let Some(bound) = bound {
        sql = sql.bind(bound);
    }
    let rows = db.reader().query_all_raw(sql.bind(above).build()).await.db()?;
    rows.iter().map(|row| Ok(SealedRow { id: row.try_get("", "id").db()?, sealed: row.try_get("", COLUMN).db()? })).collect()
}

/// Whether any row of a table is sealed.
pub(super) async fn has_sealed_rows(db: &Db, table: &NamedTable) -> Result<bool> {
    let text = format!("select 1 from {} where {COLUMN} is not null limit 1", table.name);
    Ok(db.reader().query_one_raw(Sql::new(db.engine(), &text).build()).await.db()?.is_some())
}

/// Rows above an id that are not sealed, in order.
pub(super) async fn open_rows(db: &Db, table: &NamedTable, above: i64) -> Result<Vec<OpenRow>> {
    let NamedTable { name, id, .. } = table;
    let owner = match table.owner {
        Owner::Instance => "null",
        Owner::Workspace(column) => column,
    };
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let columns = columns.join(", ");
    let text = format!(
        "select {id} as id, {owner} as owner, {columns} from {name} where {id} > ? and {COLUMN} is null order by {id} limit {PAGE}"
    );
    let rows = db.reader().query_all_raw(Sql::new(db.engine(), &text).bind(above).build()).await.db()?;
    let read = |row: &sea_orm::QueryResult| {
        let owner = match table.owner {
            Owner::Instance => None,
            Owner::Workspace(_) => row.try_get::<Option<i64>>("", "owner").db()?,
        };
        let texts = table.columns.iter().map(|column| row.try_get("", column.name).db());
        Ok(OpenRow { id: row.try_get("", "id").db()?, owner: owner.map(WorkspaceId), texts: texts.collect::<Result<_>>()? })
    };
    rows.iter().map(read).collect()
}

/// What takes the place of a row's open names.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    pub(super) id: i64,
    pub(super) sealed: Vec<u8>,
    /// What is written into the columns instead, in their order.
    pub(super) columns: Vec<Option<String>>,
}

/// Seals a row, unless it was sealed meanwhile.
pub(super) async fn fill(tx: &Tx, engine: Engine, table: &NamedTable, filled: &Filled) -> Result<()> {
    let NamedTable { name, id, .. } = table;
    let columns: Vec<String> = table.columns.iter().map(|column| format!("{} = ?", column.name)).collect();
    let text = format!("update {name} set {COLUMN} = ?, {} where {id} = ? and {COLUMN} is null", columns.join(", "));
    let sql = Sql::new(engine, &text).bind(filled.sealed.clone()).bind_all(filled.columns.iter().cloned());
    tx.execute_raw(sql.bind(filled.id).build()).await.db()?;
    Ok(())
}

/// Exchanges what seals a row's names, if it still is as it was read.
pub(super) async fn replace(tx: &Tx, engine: Engine, table: &NamedTable, row: &SealedRow, anew: &[u8]) -> Result<()> {
    let NamedTable { name, id, .. } = table;
    let text = format!("update {name} set {COLUMN} = ? where {id} = ? and {COLUMN} = ?");
    let sql = Sql::new(engine, &text).bind(anew.to_vec()).bind(row.id).bind(row.sealed.clone());
    tx.execute_raw(sql.build()).await.db()?;
    Ok(())
}

/// Where answers to repeated requests are kept, for 24 hours.
pub(super) const ANSWERS: &str = "idempotency_keys";

/// Empties the answers that an earlier version kept open: whoever repeats a request is told that it was done. Whether
/// there were any.
pub(super) async fn forget_answers(tx: &Tx) -> Result<bool> {
    use idempotency_key::{Column, Entity};
    let empty = Entity::update_many().col_expr(Column::Response, Expr::value(None::<Vec<u8>>));
    Ok(empty.filter(Column::Response.is_not_null()).exec(tx).await.db()?.rows_affected > 0)
}

/// Names of tables in which nothing is open any more.
pub(super) async fn done(db: &Db) -> Result<Vec<String>> {
    Ok(sealed_table::Entity::find().all(db.reader()).await.db()?.into_iter().map(|row| row.table_name).collect())
}

/// Notes that nothing in these tables is open any more.
pub(super) async fn note(tx: &Tx, tables: Vec<&'static str>, now_ms: i64) -> Result<()> {
    use sealed_table::{ActiveModel, Column, Entity};
    let rows = tables.into_iter().map(|table| ActiveModel { table_name: Set(table.to_owned()), sealed_ms: Set(now_ms) });
    // Another node may have noted them.
    let known = OnConflict::column(Column::TableName).update_column(Column::SealedMs).to_owned();
    Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx).await.db()?;
    Ok(())
}
