//! The database: one handle [`Db`] over SQLite, PostgreSQL and MySQL/MariaDB.
//!
//! Guarantees: the same schema and the same entities on all three engines; acknowledged means durable
//! (SQLite WAL with `synchronous=FULL`, PostgreSQL `synchronous_commit=on`, InnoDB flush at commit);
//! reads come from a pool of their own, writes go through the lanes of `core/events`, which own their
//! connections ([`Db::writer`]). Not here: SQL of features (their `store.rs`), the journal.

mod checks;
mod connect;
mod data_dir;
mod embedded;
pub mod entity;
mod error;
pub mod migrations;
pub mod schema;
mod sql;

pub use checks::{Check, checks, free_space, refuse_unsafe};
pub use connect::{Db, DbOptions, Engine};
pub use data_dir::{DataDirLock, LOCK_FILE};
pub use embedded::EmbeddedReads;
pub use error::{DbResultExt, Violation, db_error, driver_error, is_connection_lost, is_retryable, violation};
pub use sql::{Sql, json_ids, placeholders};

/// A transaction; a nested one is a savepoint.
pub type Tx = sea_orm::DatabaseTransaction;

/// The embedded database's own library, for the texts given to [`EmbeddedReads`].
pub use rusqlite;
