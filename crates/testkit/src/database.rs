//! A database for one test.
//!
//! Fresh and migrated, in a shared private instance or in one of its own, and gone with the value. Nothing of the
//! machine's own databases is touched.

use crate::{
    Engine,
    instance::{Instance, random_name},
    pool,
};
use anyhow::{Context as _, Result, bail};
use plexichat_database::{Db, DbOptions, migrations};
use sea_orm::{ConnectionTrait as _, Database};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;

/// An empty, migrated database of one engine, used by nobody else.
#[derive(Clone, Debug)]
pub struct TestDb {
    inner: Arc<Inner>,
    db: Db,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Directory(TempDir),
    Server { instance: Arc<Instance>, name: String, pooled: bool },
}

impl TestDb {
    /// A migrated database on the shared instance of the engine.
    pub async fn new(engine: Engine) -> Result<Self> {
        let inner = if engine == Engine::Sqlite { Inner::create(engine, false).await? } else { Inner::pooled(engine).await? };
        Self::ready(inner).await
    }

    /// A migrated database on an instance of its own, for tests that crash or stop the engine.
    pub async fn private(engine: Engine) -> Result<Self> {
        Self::ready(Inner::create(engine, true).await?).await
    }

    /// An empty database: only its address; nothing is opened or migrated before [`Self::open_again`] or [`Self::db`] of
    /// a later migration.
    pub async fn unmigrated(engine: Engine) -> Result<Self> {
        let inner = Inner::create(engine, false).await?;
        let db = Db::open(inner.options()).await.map_err(explain)?;
        Ok(Self { inner: Arc::new(inner), db })
    }

    async fn ready(inner: Inner) -> Result<Self> {
        let db = Db::open(inner.options()).await.map_err(explain)?;
        migrations::migrate(&db).await.map_err(explain)?;
        Ok(Self { inner: Arc::new(inner), db })
    }

    /// Which engine.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// Address of the database.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// The open database.
    pub fn db(&self) -> Db {
        self.db.clone()
    }

    /// Opens the same database once more, as a second node would.
    pub async fn open_again(&self) -> Result<Db> {
        Db::open(self.inner.options()).await.map_err(explain)
    }

    /// Copies the database as a backup would, while nothing else uses it. Not for SQLite, whose backup is its file.
    pub async fn save(&self) -> Result<Backup> {
        let Place::Server { instance, name, .. } = &self.inner.place else { bail!("copy the file instead") };
        let backup = Backup { instance: Arc::clone(instance), name: format!("b_{}", random_name()), engine: self.inner.engine };
        copy(instance, self.inner.engine, name, &backup.name).await?;
        Ok(backup)
    }

    /// Puts a backup in place of the database, while nothing else uses it.
    pub async fn restore(&self, backup: &Backup) -> Result<()> {
        let Place::Server { instance, name, .. } = &self.inner.place else { bail!("copy the file instead") };
        administer(instance, &drop_statement(self.inner.engine, name)).await?;
        copy(instance, self.inner.engine, &backup.name, name).await
    }

    /// The instance it lives on; SQLite has none.
    pub fn instance(&self) -> Option<&Arc<Instance>> {
        match &self.inner.place {
            Place::Server { instance, .. } => Some(instance),
            Place::Directory(_) => None,
        }
    }

    /// The directory of the SQLite file; the others have none.
    pub fn directory(&self) -> Option<&std::path::Path> {
        match &self.inner.place {
            Place::Directory(directory) => Some(directory.path()),
            Place::Server { .. } => None,
        }
    }
}

impl Inner {
    async fn create(engine: Engine, private: bool) -> Result<Self> {
        if engine == Engine::Sqlite {
            let directory = TempDir::with_prefix("plexichat-test-")?;
            let url = DbOptions::sqlite(&directory.path().join("plexichat.db")).url;
            return Ok(Self { engine, url, place: Place::Directory(directory) });
        }
        let instance = if private { Instance::private(engine).await? } else { Instance::shared(engine).await? };
        let name = format!("t_{}", random_name());
        administer(&instance, &format!("create database {name}")).await?;
        let url = instance.url(&name);
        Ok(Self { engine, url, place: Place::Server { instance, name, pooled: false } })
    }

    /// A database that earlier tests have used: emptied, and left to later ones.
    async fn pooled(engine: Engine) -> Result<Self> {
        let instance = Instance::shared(engine).await?;
        let name = pool::take(&instance).await?;
        let url = instance.url(&name);
        Ok(Self { engine, url, place: Place::Server { instance, name, pooled: true } })
    }

    fn options(&self) -> DbOptions {
        DbOptions { readers: 4, ..DbOptions::url(&self.url) }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let Place::Server { instance, name, pooled } = &self.place else { return };
        if instance.is_private() || *pooled {
            return;
        }
        drop_database(instance, self.engine, name);
    }
}

/// A copy of a database; removed when dropped.
#[derive(Debug)]
pub struct Backup {
    instance: Arc<Instance>,
    name: String,
    engine: Engine,
}

impl Drop for Backup {
    fn drop(&mut self) {
        drop_database(&self.instance, self.engine, &self.name);
    }
}

pub(crate) fn drop_statement(engine: Engine, name: &str) -> String {
    match engine {
        Engine::Postgres => format!("drop database if exists {name} with (force)"),
        _ => format!("drop database if exists {name}"),
    }
}

fn drop_database(instance: &Arc<Instance>, engine: Engine, name: &str) {
    {
        let statement = drop_statement(engine, name);
        // A thread of its own: this may run inside a runtime, which must not be blocked on itself.
        let instance = Arc::clone(instance);
        let work = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            let dropped = runtime
                .block_on(async { tokio::time::timeout(Duration::from_secs(10), administer(&instance, &statement)).await });
            if !matches!(dropped, Ok(Ok(()))) {
                eprintln!("a test database stays until its instance ends: {statement}");
            }
        };
        if let Ok(thread) = plexichat_kernel::tasks::spawn_thread("drop test database", work) {
            let _ = thread.join();
        }
    }
}

/// Copies a whole database within its instance.
async fn copy(instance: &Instance, engine: Engine, from: &str, to: &str) -> Result<()> {
    if engine == Engine::Postgres {
        let others = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{from}'");
        administer(instance, &others).await?;
        return administer(instance, &format!("create database {to} template {from}")).await;
    }
    administer(instance, &format!("create database {to}")).await?;
    let connection = Database::connect(instance.admin_url()).await?;
    let tables = format!("select table_name as name from information_schema.tables where table_schema = '{from}'");
    for row in connection.query_all_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::MySql, tables)).await? {
        let table: String = row.try_get("", "name")?;
        connection.execute_unprepared(&format!("create table {to}.{table} like {from}.{table}")).await?;
        connection.execute_unprepared(&format!("insert into {to}.{table} select * from {from}.{table}")).await?;
    }
    connection.close().await?;
    Ok(())
}

pub(crate) async fn administer(instance: &Instance, statement: &str) -> Result<()> {
    let connection = Database::connect(instance.admin_url()).await.context("the test instance does not answer")?;
    let done = connection.execute_unprepared(statement).await;
    let _ = connection.close().await;
    done.with_context(|| format!("the test instance refuses: {statement}"))?;
    Ok(())
}

pub(crate) fn explain(error: plexichat_kernel::Error) -> anyhow::Error {
    let cause = error.cause().unwrap_or_default();
    anyhow::Error::new(error).context(cause)
}
