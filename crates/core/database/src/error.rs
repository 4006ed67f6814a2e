//! What a database failure means to the rest of the house. The only place that reads driver errors.

use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};
use std::time::Duration;

/// A violated unique constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Driver text; holds the constraint's or the columns' names, depending on the engine.
    text: String,
}

impl Violation {
    /// Whether the violated index is this one. SQLite names the columns, the others the index.
    pub fn is(&self, index: &str, sqlite_columns: &str) -> bool {
        self.text.contains(index) || self.text.contains(sqlite_columns)
    }
}

/// The violated unique constraint, if that is what went wrong.
pub fn violation(error: &DbErr) -> Option<Violation> {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(text)) => Some(Violation { text }),
        _ => None,
    }
}

fn driver(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e))
        | DbErr::Conn(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

fn code(error: &DbErr) -> Option<String> {
    driver(error)?.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

/// Deadlock, serialisation failure, lock timeout, `SQLITE_BUSY`: the same transaction may succeed when run again.
pub fn is_retryable(error: &DbErr) -> bool {
    let Some(database) = driver(error).and_then(sqlx::Error::as_database_error) else { return false };
    if let Some(mysql) = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return matches!(mysql.number(), 1205 | 1213);
    }
    matches!(database.code().as_deref(), Some("40001" | "40P01" | "55P03" | "5" | "517" | "261"))
}

/// The connection went away: whether a commit under way took effect is unknown.
pub fn is_connection_lost(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    match driver(error) {
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_),
        ) => true,
        Some(_) => code(error).is_some_and(|c| c.starts_with("08") || c.starts_with("57P")),
        None => false,
    }
}

fn is_full(error: &DbErr) -> bool {
    let Some(database) = driver(error).and_then(sqlx::Error::as_database_error) else { return false };
    if let Some(mysql) = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        // ER_DISK_FULL, ER_RECORD_FILE_FULL; a write of a log or a temporary file names the system's error 28.
        let text = mysql.message();
        return matches!(mysql.number(), 1021 | 1114) || text.contains("No space left") || text.contains("rror 28");
    }
    // SQLITE_FULL, PostgreSQL disk_full.
    matches!(database.code().as_deref(), Some("13" | "53100")) || database.message().contains("disk is full")
}

/// A database error as the one semantic error.
pub fn db_error(error: DbErr) -> Error {
    if is_full(&error) {
        return Error::new(ErrorCode::ReadOnly, "the disk of the database is full; nothing can be saved until space is freed")
            .with_source(error);
    }
    if is_connection_lost(&error) {
        return Error::unavailable("the database cannot be reached").with_retry_after(Duration::from_secs(2)).with_source(error);
    }
    if is_retryable(&error) {
        return Error::overloaded(Duration::from_secs(1)).with_source(error);
    }
    if violation(&error).is_some() {
        return Error::conflict(ErrorCode::Conflict, ErrorCode::Conflict.default_message()).with_source(error);
    }
    Error::internal(error)
}

/// The driver error an [`Error`] stems from, if it stems from one.
pub fn driver_error(error: &Error) -> Option<&DbErr> {
    std::error::Error::source(error)?.downcast_ref::<DbErr>()
}

/// `.db()` on driver results.
pub trait DbResultExt<T> {
    /// Maps the driver error to the semantic error.
    fn db(self) -> Result<T>;
}

impl<T> DbResultExt<T> for std::result::Result<T, DbErr> {
    fn db(self) -> Result<T> {
        self.map_err(db_error)
    }
}
