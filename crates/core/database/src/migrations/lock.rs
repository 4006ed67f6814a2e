//! One process migrates at a time.
//!
//! PostgreSQL and MySQL: a lock of the session that also runs the migration, so that it cannot outlive the process.
//! SQLite: a lock on a file beside the database.

use crate::{Db, DbResultExt, Engine, Sql, connect};
use plexichat_kernel::{Clock, Error, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::{
    fs::{File, OpenOptions, TryLockError},
    path::PathBuf,
    time::Duration,
};

/// How long to wait for another process that migrates.
const PATIENCE: Duration = Duration::from_mins(5);
const PAUSE: Duration = Duration::from_millis(100);
/// An arbitrary constant, the same in every release.
const ADVISORY: i64 = 0x706c_6578_6963_6861;

/// The right to migrate, and the connection to do it on.
pub(super) struct MigrationLock {
    connection: DatabaseConnection,
    own: bool,
    _file: Option<File>,
}

impl MigrationLock {
    /// Waits for the lock.
    pub(super) async fn take(db: &Db, clock: &Clock) -> Result<Self> {
        if db.engine() == Engine::Sqlite {
            let file = match db.sqlite_file() {
                Some(path) => Some(lock_file(path.with_extension("migrating"), clock).await?),
                None => None,
            };
            return Ok(Self { connection: db.maintenance().clone(), own: false, _file: file });
        }
        let connection = connect::session(db.engine(), db.options()).await?;
        let started = clock.monotonic();
        loop {
            // The lock is per server on MySQL and per database on PostgreSQL: its name holds the database's.
            let statement = match db.engine() {
                Engine::Postgres => Sql::new(db.engine(), "select pg_try_advisory_lock(?) as taken").bind(ADVISORY),
                _ => Sql::new(db.engine(), "select get_lock(concat('plexichat-', left(database(), 40)), 0) = 1 as taken"),
            };
            let row = connection.query_one_raw(statement.build()).await.db()?;
            let row = row.ok_or_else(|| Error::unavailable("the database did not answer who migrates"))?;
            let taken = match db.engine() {
                Engine::Postgres => row.try_get::<bool>("", "taken").db()?,
                _ => row.try_get::<Option<i64>>("", "taken").db()? == Some(1),
            };
            if taken {
                return Ok(Self { connection, own: true, _file: None });
            }
            if clock.monotonic().saturating_sub(started) > PATIENCE {
                return Err(busy());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The connection that holds the lock.
    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Gives the lock back.
    pub(super) async fn release(self) {
        if self.own {
            // The lock ends with its session.
            let _ = self.connection.close().await;
        }
    }
}

async fn lock_file(path: PathBuf, clock: &Clock) -> Result<File> {
    let explain = |error| Error::unavailable(format!("the file {} cannot be locked", path.display())).with_source(error);
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(explain)?;
    let started = clock.monotonic();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(explain(error)),
            Err(TryLockError::WouldBlock) if clock.monotonic().saturating_sub(started) > PATIENCE => return Err(busy()),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn busy() -> Error {
    Error::unavailable("another process has been migrating this database for five minutes; see its log, then start again")
}
