//! Opening the database: engine from the address, pools, session settings.
//!
//! Reads share a pool; each lane of writing has a connection of its own, so a slow read never stands before a commit.
//! Every connection gets the settings that make "acknowledged" mean "durable". Not here: the schema (`migrations`), and
//! whether the database keeps what it promises (`checks`).

use crate::{DbResultExt, EmbeddedReads};
use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Which engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// PostgreSQL 13 or newer.
    Postgres,
    /// MariaDB 10.6 or newer: has `INSERT … RETURNING`.
    MariaDb,
    /// MySQL 8.
    MySql,
}

impl Engine {
    /// `SeaORM`'s name for the wire dialect.
    pub const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::MariaDb | Self::MySql => DbBackend::MySql,
        }
    }

    /// Name for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
        }
    }
}

/// How to open the database.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// `sqlite://FILE`, `postgres://…` or `mysql://…`.
    pub url: String,
    /// Connections of the read pool.
    pub readers: u32,
    /// Writing connections (lanes): 1 on SQLite.
    pub lanes: u32,
    /// Longest wait for a connection.
    pub acquire_timeout: Duration,
}

impl DbOptions {
    /// An SQLite file.
    pub fn sqlite(file: &Path) -> Self {
        Self::url(format!("sqlite://{}?mode=rwc", file.display()))
    }

    /// Any address with default sizes.
    pub fn url(url: impl Into<String>) -> Self {
        let url = url.into();
        let lanes = if url.starts_with("sqlite:") { 1 } else { 2 };
        Self { url, readers: 8, lanes, acquire_timeout: Duration::from_secs(10) }
    }
}

struct Inner {
    engine: Engine,
    version: String,
    options: DbOptions,
    reader: DatabaseConnection,
    maintenance: DatabaseConnection,
    lanes: Vec<Lane>,
    embedded: Option<EmbeddedReads>,
}

struct Lane {
    connection: DatabaseConnection,
    /// Connections it has had so far.
    opened: Arc<AtomicU64>,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("engine", &self.inner.engine).finish_non_exhaustive()
    }
}

impl Db {
    /// Opens pools and checks the engine's version and durability settings are readable.
    pub async fn open(mut options: DbOptions) -> Result<Self> {
        let scheme = options.url.split(':').next().unwrap_or_default().to_owned();
        let family = match scheme.as_str() {
            "sqlite" => Engine::Sqlite,
            "postgres" | "postgresql" => Engine::Postgres,
            "mysql" | "mariadb" => Engine::MySql,
            _ => {
                return Err(Error::new(
                    ErrorCode::Invalid,
                    "the database address must start with sqlite:, postgres: or mysql:; leave it empty for the embedded database",
                ));
            }
        };
        if scheme == "mariadb" {
            options.url = format!("mysql{}", &options.url["mariadb".len()..]);
        }
        // The writer comes first: on SQLite it creates the file and switches it to WAL before a reader opens it.
        let count = if family == Engine::Sqlite { 1 } else { options.lanes.clamp(1, 16) };
        let mut lanes = Vec::new();
        for _ in 0..count {
            let opened = Arc::new(AtomicU64::new(0));
            let connect = connect_options(family, &options, 1, Some(&opened));
            lanes.push(Lane { connection: Database::connect(connect).await.db()?, opened });
        }
        let reader = Database::connect(connect_options(family, &options, options.readers.max(1), None)).await.db()?;
        let maintenance = if family == Engine::Sqlite {
            lanes[0].connection.clone()
        } else {
            Database::connect(connect_options(family, &options, 2, Some(&Arc::default()))).await.db()?
        };
        let (engine, version) = identify(family, &reader).await?;
        let embedded = EmbeddedReads::open(engine, &options, sqlite_file(engine, &options).as_deref());
        Ok(Self { inner: Arc::new(Inner { engine, version, options, reader, maintenance, lanes, embedded }) })
    }

    /// Which engine.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// What the server says of its version.
    pub fn version(&self) -> &str {
        &self.inner.version
    }

    /// The pool for reads. Writing through it is a defect: on SQLite it would wait for the lane.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.inner.reader
    }

    /// Number of writing lanes.
    pub fn lanes(&self) -> usize {
        self.inner.lanes.len()
    }

    /// The writing connection of a lane; only `core/events` uses it.
    pub fn writer(&self, lane: usize) -> &DatabaseConnection {
        &self.inner.lanes[lane % self.inner.lanes.len()].connection
    }

    /// How many connections a lane has had. When it grows, the lane talks to a server that may have been restarted,
    /// restored or replaced meanwhile.
    pub fn opened(&self, lane: usize) -> u64 {
        self.inner.lanes[lane % self.inner.lanes.len()].opened.load(Ordering::Acquire)
    }

    /// Gives up a lane's connection of the embedded database after a transaction that failed: a new one takes its place.
    ///
    /// SQLite ends a transaction by itself when the disk is full. The driver counts transactions and does not learn of
    /// it: the next ones would be savepoints within one that is never committed.
    pub async fn replace_writer(&self, lane: usize) {
        if self.inner.engine != Engine::Sqlite {
            return;
        }
        match self.writer(lane).get_sqlite_connection_pool().acquire().await {
            Ok(connection) => {
                if let Err(error) = connection.close().await {
                    tracing::warn!(%error, "a connection that had failed could not be closed in order");
                }
            }
            Err(error) => tracing::warn!(%error, "a connection that had failed could not be replaced"),
        }
    }

    /// Connection for migrations and checks.
    pub fn maintenance(&self) -> &DatabaseConnection {
        &self.inner.maintenance
    }

    /// The file of an embedded database.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        sqlite_file(self.inner.engine, &self.inner.options)
    }

    /// Reads on the calling thread, where the database is embedded.
    pub fn embedded(&self) -> Option<&EmbeddedReads> {
        self.inner.embedded.as_ref()
    }

    /// Sizes and timeouts it was opened with.
    pub fn options(&self) -> &DbOptions {
        &self.inner.options
    }

    /// Answers whether the database can be reached.
    pub async fn ping(&self) -> Result<()> {
        self.inner.reader.ping().await.db()
    }

    /// Rewrites these tables, so that nothing is left in the database's files of what their rows said before. On SQLite all
    /// of them. Takes as long as copying them, locks them meanwhile, and needs as much free space.
    ///
    /// What is not rewritten: the engines' own logs (write-ahead log, undo, binary log), which they recycle by themselves.
    pub async fn scrub(&self, tables: &[&str]) -> Result<()> {
        let connection = self.maintenance();
        match self.engine() {
            Engine::Sqlite => {
                connection.execute_unprepared("vacuum").await.db()?;
                // What stood in the log goes with it.
                connection.execute_unprepared("pragma wal_checkpoint(truncate)").await.db()?;
            }
            engine => {
                let verb = if engine == Engine::Postgres { "vacuum full" } else { "optimize table" };
                for table in tables {
                    connection.execute_unprepared(&format!("{verb} {table}")).await.db()?;
                }
            }
        }
        Ok(())
    }

    /// Closes all pools.
    pub async fn close(&self) {
        if let Some(embedded) = &self.inner.embedded {
            embedded.close();
        }
        for lane in &self.inner.lanes {
            let _ = lane.connection.clone().close().await;
        }
        let _ = self.inner.reader.clone().close().await;
        let _ = self.inner.maintenance.clone().close().await;
    }
}

fn sqlite_file(engine: Engine, options: &DbOptions) -> Option<PathBuf> {
    let rest = options.url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next()?;
    // What the driver would decode, or keep in memory, is not this path.
    let is_file = !path.is_empty() && !path.starts_with(":memory:") && !path.contains('%') && !rest.contains("mode=memory");
    (engine == Engine::Sqlite && is_file).then(|| PathBuf::from(path))
}

/// A single connection that is never replaced: what belongs to a session, such as a lock, can rely on it.
pub(crate) async fn session(engine: Engine, options: &DbOptions) -> Result<DatabaseConnection> {
    let mut connect = connect_options(engine, options, 1, Some(&Arc::default()));
    connect.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    Database::connect(connect).await.db()
}

/// `opened`: a connection that writes, and the counter of those opened.
fn connect_options(engine: Engine, options: &DbOptions, connections: u32, opened: Option<&Arc<AtomicU64>>) -> ConnectOptions {
    let writer = opened.is_some();
    let opened = opened.cloned().unwrap_or_default();
    let mut connect = ConnectOptions::new(&options.url);
    connect
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .connect_timeout(options.acquire_timeout)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        // A busy connection is alive; one that has rested may have been cut off meanwhile.
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    match engine {
        Engine::Sqlite => sqlite_options(&mut connect, writer),
        Engine::Postgres => {
            connect.set_application_name("plexichat");
            connect.map_sqlx_postgres_opts(move |o| {
                let o = o.statement_cache_capacity(512);
                if writer {
                    // UPDATE … FROM unnest must use the primary key whatever the statistics say:
                    // a plan made while the table was empty scans it for every commit.
                    o.options([("enable_seqscan", "off"), ("lock_timeout", "10000"), ("synchronous_commit", "on")])
                } else {
                    o
                }
            });
            connect.map_sqlx_postgres_pool_opts(move |pool| {
                let opened = Arc::clone(&opened);
                pool.after_connect(move |_, _| {
                    opened.fetch_add(1, Ordering::AcqRel);
                    Box::pin(async { Ok(()) })
                })
            });
        }
        Engine::MariaDb | Engine::MySql => mysql_settings(&mut connect, opened),
    }
    connect
}

fn sqlite_options(connect: &mut ConnectOptions, writer: bool) {
    use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
    // The file is the same for as long as it is open.
    connect.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    connect.map_sqlx_sqlite_opts(move |o| {
        o.journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(false)
            .statement_cache_capacity(512)
            .pragma("cache_size", if writer { "-65536" } else { "-8192" })
            .pragma("wal_autocheckpoint", "2000")
            .pragma("temp_store", "MEMORY")
    });
}

fn mysql_settings(connect: &mut ConnectOptions, opened: Arc<AtomicU64>) {
    use sea_orm::sqlx::Executor as _;
    connect.map_sqlx_mysql_opts(|o| o.statement_cache_capacity(512).timezone(None).set_names(true).charset("utf8mb4"));
    // Of the pool, not `ConnectOptions::after_connect`: that one runs once, not for every connection.
    connect.map_sqlx_mysql_pool_opts(move |pool| {
        let opened = Arc::clone(&opened);
        pool.after_connect(move |connection, _| {
            opened.fetch_add(1, Ordering::AcqRel);
            Box::pin(async move {
                connection.execute("set session transaction isolation level read committed").await?;
                // As lock_timeout on PostgreSQL: the default of 50 s would hold up a lane.
                connection.execute("set session innodb_lock_wait_timeout = 10").await?;
                Ok(())
            })
        })
    });
}

async fn identify(family: Engine, connection: &DatabaseConnection) -> Result<(Engine, String)> {
    let text = match family {
        Engine::Sqlite => "select sqlite_version() as v",
        Engine::Postgres => "select current_setting('server_version') as v",
        Engine::MariaDb | Engine::MySql => "select version() as v",
    };
    let row = connection
        .query_one_raw(sea_orm::Statement::from_string(family.backend(), text))
        .await
        .db()?
        .ok_or_else(|| Error::unavailable("the database did not tell its version"))?;
    let version: String = row.try_get("", "v").db()?;
    let engine = if family == Engine::MySql && version.contains("MariaDB") { Engine::MariaDb } else { family };
    Ok((engine, version))
}
