//! Declares tables and indexes once for three engines, as steps that may run twice.
//!
//! DDL is not transactional on MySQL: a step looks for its result first, so that a migration cut short goes on
//! where it stopped. What a migration can do is what [`Step`] offers, and each step knows whether it expands or
//! contracts: that is the whole of the lint.

mod column;
mod step;

pub use column::Column;
pub use step::{Step, run};

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct TableSpec {
    /// Name, plural.
    pub name: &'static str,
    /// Columns in order.
    pub columns: &'static [Column],
    /// Primary key.
    pub key: &'static [&'static str],
    /// How it is stored.
    pub storage: Storage,
}

/// How the rows of a table are stored, where an engine offers the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// As the engine likes.
    Plain,
    /// Small rows found by their key alone: on SQLite one B-tree (`WITHOUT ROWID`) instead of two, as InnoDB does anyway.
    ByKey,
    /// As [`Self::ByKey`], and its rows are updated all the time: on PostgreSQL pages keep room for the next version
    /// of a row, so that updates touch no index, and vacuum comes early.
    HotByKey,
}

/// An index.
#[derive(Clone, Copy, Debug)]
pub struct IndexSpec {
    /// Name: `ux_` or `ix_`, table, columns.
    pub name: &'static str,
    /// Table.
    pub table: &'static str,
    /// Columns in order.
    pub columns: &'static [&'static str],
    /// Whether it is a constraint too.
    pub unique: bool,
}

impl IndexSpec {
    /// A unique index.
    pub const fn unique(name: &'static str, table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, table, columns, unique: true }
    }

    /// An ordinary index.
    pub const fn plain(name: &'static str, table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, table, columns, unique: false }
    }
}
