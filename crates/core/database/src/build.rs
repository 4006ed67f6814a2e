//! Declares tables and indexes once for three engines, as steps that may run twice.
//!
//! DDL is not transactional on MySQL: a step checks for its result first, so that a migration cut short
//! goes on where it stopped.

use sea_orm_migration::prelude::*;

/// Type of a column.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Big,
    Int,
    Small,
    Flag,
    TextOf(u32),
    Text,
    BytesOf(u32),
    Blob,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    name: &'static str,
    kind: Kind,
    null: bool,
}

impl Column {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, null: false }
    }

    /// 64-bit integer.
    pub(crate) const fn big(name: &'static str) -> Self {
        Self::new(name, Kind::Big)
    }

    /// 32-bit integer.
    pub(crate) const fn int(name: &'static str) -> Self {
        Self::new(name, Kind::Int)
    }

    /// 16-bit integer.
    pub(crate) const fn small(name: &'static str) -> Self {
        Self::new(name, Kind::Small)
    }

    /// Boolean.
    pub(crate) const fn flag(name: &'static str) -> Self {
        Self::new(name, Kind::Flag)
    }

    /// Text of at most so many characters.
    pub(crate) const fn text_of(name: &'static str, chars: u32) -> Self {
        Self::new(name, Kind::TextOf(chars))
    }

    /// Text of any length.
    pub(crate) const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    /// Binary of at most so many bytes.
    pub(crate) const fn bytes_of(name: &'static str, bytes: u32) -> Self {
        Self::new(name, Kind::BytesOf(bytes))
    }

    /// Binary of any length.
    pub(crate) const fn blob(name: &'static str) -> Self {
        Self::new(name, Kind::Blob)
    }

    /// May be absent.
    #[must_use]
    pub(crate) const fn null(mut self) -> Self {
        self.null = true;
        self
    }

    fn definition(self, mysql: bool) -> ColumnDef {
        let mut column = ColumnDef::new(Alias::new(self.name));
        match self.kind {
            Kind::Big => column.big_integer(),
            Kind::Int => column.integer(),
            Kind::Small => column.small_integer(),
            Kind::Flag => column.boolean(),
            Kind::TextOf(chars) => column.string_len(chars),
            Kind::Text if mysql => column.custom(Alias::new("MEDIUMTEXT")),
            Kind::Text => column.text(),
            Kind::BytesOf(bytes) => column.var_binary(bytes),
            Kind::Blob if mysql => column.custom(Alias::new("MEDIUMBLOB")),
            Kind::Blob => column.blob(),
        };
        if self.null { column.null() } else { column.not_null() };
        column
    }
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableSpec {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    pub(crate) key: &'static [&'static str],
}

/// An index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexSpec {
    pub(crate) name: &'static str,
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) unique: bool,
}

impl IndexSpec {
    /// A unique index.
    pub(crate) const fn unique(name: &'static str, table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, table, columns, unique: true }
    }

    /// An ordinary index.
    pub(crate) const fn plain(name: &'static str, table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, table, columns, unique: false }
    }
}

/// One idempotent step of a migration.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Creates a table.
    Table(&'static TableSpec),
    /// Creates an index.
    Index(&'static IndexSpec),
}

/// Runs the steps that are not done yet.
pub(crate) async fn run(manager: &SchemaManager<'_>, steps: &[Step]) -> Result<(), DbErr> {
    for step in steps {
        match step {
            Step::Table(spec) => create_table(manager, spec).await?,
            Step::Index(spec) => create_index(manager, spec).await?,
        }
    }
    Ok(())
}

async fn create_table(manager: &SchemaManager<'_>, spec: &TableSpec) -> Result<(), DbErr> {
    let mysql = manager.get_database_backend() == sea_orm::DbBackend::MySql;
    let mut table = Table::create();
    table.table(Alias::new(spec.name)).if_not_exists();
    for column in spec.columns {
        table.col(&mut column.definition(mysql));
    }
    let mut key = Index::create();
    for column in spec.key {
        key.col(Alias::new(*column));
    }
    table.primary_key(&mut key);
    if mysql {
        // Byte-wise comparison, as on the other engines: folded columns do the case-insensitive work.
        table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
    }
    manager.create_table(table.to_owned()).await
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
    manager.create_index(index.to_owned()).await
}
