//! The steps of migrations.

use super::{Column, IndexSpec, Storage, TableSpec};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

/// One idempotent step of a migration.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Creates a table.
    Table(&'static TableSpec),
    /// Creates an index.
    Index(&'static IndexSpec),
    /// Adds a column that rows may be written without.
    AddColumn(&'static str, Column),
    /// Removes an index nothing uses any more.
    DropIndex(&'static str, &'static str),
    /// Removes a column nothing uses any more.
    DropColumn(&'static str, &'static str),
    /// Removes a table nothing uses any more.
    DropTable(&'static str),
}

impl Step {
    /// Whether the release before can go on working beside it.
    pub const fn expands(&self) -> bool {
        match self {
            // A unique index on an old table may refuse what the release before writes: it comes with its table.
            Self::Table(_) | Self::Index(_) => true,
            Self::AddColumn(_, column) => column.is_optional(),
            // Only speed depends on an ordinary index, but a unique one is a promise: dropping is for contracting.
            Self::DropIndex(..) | Self::DropColumn(..) | Self::DropTable(_) => false,
        }
    }
}

/// Runs the steps that are not done yet.
pub async fn run(manager: &SchemaManager<'_>, steps: &[Step]) -> Result<(), DbErr> {
    for step in steps {
        match *step {
            Step::Table(spec) => create_table(manager, spec).await?,
            Step::Index(spec) => create_index(manager, spec).await?,
            Step::AddColumn(table, column) => add_column(manager, table, column).await?,
            Step::DropIndex(table, index) => drop_index(manager, table, index).await?,
            Step::DropColumn(table, column) => drop_column(manager, table, column).await?,
            Step::DropTable(table) => manager.drop_table(Table::drop().table(Alias::new(table)).if_exists().to_owned()).await?,
        }
    }
    Ok(())
}

async fn create_table(manager: &SchemaManager<'_>, spec: &TableSpec) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let mut table = Table::create();
    table.table(Alias::new(spec.name)).if_not_exists();
    for column in spec.columns {
        let sole_key = spec.key == [column.name()];
        table.col(column.definition(backend, sole_key));
    }
    let mut key = Index::create();
    for column in spec.key {
        key.col(Alias::new(*column));
    }
    table.primary_key(&mut key);
    match backend {
        DbBackend::MySql => {
            // Byte-wise comparison, as on the other engines: folded columns do the case-insensitive work. NO PAD: trailing
            // spaces count, which utf8mb4_bin alone would ignore.
            table.engine("InnoDB").character_set("utf8mb4").collate(binary_collation(manager).await?);
        }
        DbBackend::Sqlite if spec.storage != Storage::Plain => {
            table.extra("WITHOUT ROWID");
        }
        DbBackend::Postgres if spec.storage == Storage::HotByKey => {
            table.extra("WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05)");
        }
        _ => {}
    }
    manager.create_table(table.clone()).await
}

/// MariaDB and MySQL name their binary collation without padding differently.
async fn binary_collation(manager: &SchemaManager<'_>) -> Result<String, DbErr> {
    let text = "select collation_name as name from information_schema.collations \
                where collation_name in ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin') order by collation_name desc limit 1";
    let statement = sea_orm::Statement::from_string(DbBackend::MySql, text);
    match manager.get_connection().query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0),
        None => Err(DbErr::Custom(
            "the database has no binary utf8mb4 collation without padding: MariaDB 10.6 or MySQL 8 is needed".to_owned(),
        )),
    }
}

async fn create_index(manager: &SchemaManager<'_>, spec: &IndexSpec) -> Result<(), DbErr> {
    if manager.has_index(spec.table, spec.name).await? {
        return Ok(());
    }
    let mut index = Index::create();
    index.name(spec.name).table(Alias::new(spec.table));
    for column in spec.columns {
        index.col(Alias::new(*column));
    }
    if spec.unique {
        index.unique();
    }
    manager.create_index(index.clone()).await
}

async fn add_column(manager: &SchemaManager<'_>, table: &str, column: Column) -> Result<(), DbErr> {
    if manager.has_column(table, column.name()).await? {
        return Ok(());
    }
    let mut definition = column.definition(manager.get_database_backend(), false);
    manager.alter_table(Table::alter().table(Alias::new(table)).add_column(&mut definition).to_owned()).await
}

async fn drop_index(manager: &SchemaManager<'_>, table: &str, index: &str) -> Result<(), DbErr> {
    if !manager.has_index(table, index).await? {
        return Ok(());
    }
    manager.drop_index(Index::drop().name(index).table(Alias::new(table)).to_owned()).await
}

async fn drop_column(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    if !manager.has_column(table, column).await? {
        return Ok(());
    }
    manager.alter_table(Table::alter().table(Alias::new(table)).drop_column(Alias::new(column)).to_owned()).await
}
