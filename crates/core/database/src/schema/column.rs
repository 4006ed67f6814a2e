//! Columns: one declaration, the right type on each engine.

use sea_orm::DbBackend;
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
pub struct Column {
    name: &'static str,
    kind: Kind,
    null: bool,
    default: Option<i64>,
}

impl Column {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, null: false, default: None }
    }

    /// 64-bit integer.
    pub const fn big(name: &'static str) -> Self {
        Self::new(name, Kind::Big)
    }

    /// 32-bit integer.
    pub const fn int(name: &'static str) -> Self {
        Self::new(name, Kind::Int)
    }

    /// 16-bit integer.
    pub const fn small(name: &'static str) -> Self {
        Self::new(name, Kind::Small)
    }

    /// Boolean.
    pub const fn flag(name: &'static str) -> Self {
        Self::new(name, Kind::Flag)
    }

    /// Text of at most so many characters.
    pub const fn text_of(name: &'static str, chars: u32) -> Self {
        Self::new(name, Kind::TextOf(chars))
    }

    /// Text of any length.
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    /// Binary of at most so many bytes.
    pub const fn bytes_of(name: &'static str, bytes: u32) -> Self {
        Self::new(name, Kind::BytesOf(bytes))
    }

    /// Binary of any length.
    pub const fn blob(name: &'static str) -> Self {
        Self::new(name, Kind::Blob)
    }

    /// May be absent.
    #[must_use]
    pub const fn null(mut self) -> Self {
        self.null = true;
        self
    }

    /// Value of rows that do not state one: lets a release that does not know the column go on writing.
    #[must_use]
    pub const fn or(mut self, default: i64) -> Self {
        self.default = Some(default);
        self
    }

    /// Name of the column.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Whether a row may be written without it.
    pub const fn is_optional(self) -> bool {
        self.null || self.default.is_some()
    }

    /// Its definition; `sole_key`: it is the whole primary key.
    pub(super) fn definition(self, backend: DbBackend, sole_key: bool) -> ColumnDef {
        let (mysql, postgres) = (backend == DbBackend::MySql, backend == DbBackend::Postgres);
        let mut column = ColumnDef::new(Alias::new(self.name));
        match self.kind {
            // The exact type INTEGER makes it the row id itself: one B-tree less to write.
            Kind::Big if backend == DbBackend::Sqlite && sole_key => column.custom(Alias::new("INTEGER")),
            Kind::Big => column.big_integer(),
            Kind::Int => column.integer(),
            Kind::Small => column.small_integer(),
            Kind::Flag => column.boolean(),
            // Byte-wise comparison whatever locale the database was made with.
            Kind::TextOf(chars) if postgres => column.custom(Alias::new(format!("varchar({chars}) collate \"C\""))),
            Kind::Text if postgres => column.custom(Alias::new("text collate \"C\"")),
            Kind::TextOf(chars) => column.string_len(chars),
            Kind::Text if mysql => column.custom(Alias::new("MEDIUMTEXT")),
            Kind::Text => column.text(),
            Kind::BytesOf(bytes) => column.var_binary(bytes),
            Kind::Blob if mysql => column.custom(Alias::new("MEDIUMBLOB")),
            Kind::Blob => column.blob(),
        };
        if self.null {
            column.null()
        } else {
            column.not_null()
        };
        match self.default {
            Some(value) if matches!(self.kind, Kind::Flag) => column.default(value != 0),
            Some(value) => column.default(value),
            None => &mut column,
        };
        column
    }
}
