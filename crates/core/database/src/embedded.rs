//! Reads of the embedded database on the calling thread, for the few that every request pays.
//!
//! A query through the pool goes to a thread of its own and back, which costs several times what SQLite needs to find
//! a row by its key. These connections are read-only, share the library with the pool's, and see what is committed,
//! by whatever process. For look-ups by key that end at once and nothing else: the caller's thread waits.

use crate::{DbOptions, Engine};
use rusqlite::{Connection, OpenFlags};
use std::{
    fmt,
    path::Path,
    sync::{
        Mutex, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Connections: more threads than this at once go through the pool.
const CONNECTIONS: usize = 4;
/// Statements kept prepared in each.
const STATEMENTS: usize = 16;
/// Pages of the database kept in memory by each, KiB (SQLite's sign convention for `cache_size`).
const CACHE_KIB: i64 = -1_024;

/// Read-only connections to the embedded database.
pub struct EmbeddedReads {
    /// `None`: closed.
    connections: Vec<Mutex<Option<Connection>>>,
    next: AtomicUsize,
}

impl fmt::Debug for EmbeddedReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedReads").field("connections", &self.connections.len()).finish_non_exhaustive()
    }
}

impl EmbeddedReads {
    /// Opens them beside the pools. `None` when that cannot be done: everything then goes through the pool.
    pub(crate) fn open(engine: Engine, options: &DbOptions, file: Option<&Path>) -> Option<Self> {
        let file = file.filter(|_| engine == Engine::Sqlite)?;
        let open = || -> rusqlite::Result<Connection> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(file, flags)?;
            connection.busy_timeout(Duration::ZERO)?;
            connection.pragma_update(None, "cache_size", CACHE_KIB)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            Ok(connection)
        };
        let count = CONNECTIONS.min(usize::try_from(options.readers.max(1)).unwrap_or(1));
        match (0..count).map(|_| open().map(|connection| Mutex::new(Some(connection)))).collect::<rusqlite::Result<Vec<_>>>() {
            Ok(connections) => Some(Self { connections, next: AtomicUsize::new(0) }),
            Err(error) => {
                tracing::warn!(%error, "the embedded database is read through the pool alone, which costs more");
                None
            }
        }
    }

    /// Runs a read. `None` when no connection is free or SQLite did not answer: ask the pool instead.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.connections.len();
        let free = (0..count).find_map(|nth| match self.connections[(start + nth) % count].try_lock() {
            Ok(connection) => Some(connection),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })?;
        match work(free.as_ref()?) {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::debug!(%error, "a direct read of the embedded database failed; the pool is asked");
                None
            }
        }
    }

    /// Closes the connections: nothing holds the file from here on, and every read is the pool's to refuse.
    pub(crate) fn close(&self) {
        for connection in &self.connections {
            connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    /// Runs a read of several rows as of one moment.
    pub fn read_together<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        self.read(|connection| {
            // Rolled back when dropped, which for a read is the end of it.
            let _moment = connection.unchecked_transaction()?;
            work(connection)
        })
    }
}
