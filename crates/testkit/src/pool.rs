//! Migrated databases that tests take over from one another.
//!
//! Creating the tables costs a second and more on a database server, emptying them a few milliseconds. A process that
//! takes a database holds a lock on its name until the process ends, whatever becomes of the test; the next one ends
//! what is left of its sessions, makes sure that the tables are those of the migrations, and empties them.

use crate::{Engine, database::administer, instance::Instance};
use anyhow::{Context as _, Result, bail};
use plexichat_database::{Db, DbOptions, Sql, migrations};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    hash::{DefaultHasher, Hash, Hasher as _},
    path::Path,
    sync::Mutex,
    time::Duration,
};

/// More tests than this never run at once.
const DATABASES: u32 = 256;
/// Rows that belong to the schema.
const KEPT: [&str; 2] = ["seaql_migrations", "schema_level"];

/// Locks of the databases taken by this process: held to its end, so that whatever a test leaves running cannot write
/// into the database of another.
static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// What is known of a database.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// The life of the instance it was made in.
    life: String,
    /// Digest of its tables as migrated.
    shape: u64,
}

/// Takes an empty, migrated database; answers its name.
pub(crate) async fn take(instance: &Instance) -> Result<String> {
    let digest = digest(&migrations::ALL.iter().map(|m| (m.name, format!("{:?}", (m.steps)()))).collect::<Vec<_>>());
    for number in 0..DATABASES {
        let name = format!("p_{:08x}_{number}", digest & 0xffff_ffff);
        let Some(lock) = instance.try_lock(&name)? else { continue };
        TAKEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(lock);
        let note = instance.note(&name);
        let reused = reuse(instance, &name, &note).await.unwrap_or_else(|error| {
            eprintln!("a test database is made anew: {error:#}");
            false
        });
        if !reused {
            make(instance, &name, &note).await?;
        }
        return Ok(name);
    }
    bail!("{DATABASES} test databases are in use")
}

async fn make(instance: &Instance, name: &str, note: &Path) -> Result<()> {
    let _ = std::fs::remove_file(note);
    administer(instance, &crate::database::drop_statement(instance.engine(), name)).await?;
    administer(instance, &format!("create database {name}")).await?;
    let db = Db::open(DbOptions { readers: 1, lanes: 1, ..DbOptions::url(instance.url(name)) }).await?;
    migrations::migrate(&db).await.map_err(crate::database::explain)?;
    let known = Known { life: instance.life(), shape: shape(instance.engine(), db.maintenance()).await? };
    db.close().await;
    std::fs::write(note, serde_json::to_vec(&known)?)?;
    Ok(())
}

/// False when it is not there or not as it was made.
async fn reuse(instance: &Instance, name: &str, note: &Path) -> Result<bool> {
    let Ok(text) = std::fs::read(note) else { return Ok(false) };
    let known: Known = serde_json::from_slice(&text)?;
    if known.life != instance.life() {
        return Ok(false);
    }
    let connection = Database::connect(instance.url(name)).await?;
    end_sessions(instance.engine(), &connection).await?;
    let same = shape(instance.engine(), &connection).await? == known.shape;
    if same {
        empty(instance.engine(), &connection).await?;
    }
    connection.close().await?;
    Ok(same)
}

async fn end_sessions(engine: Engine, connection: &DatabaseConnection) -> Result<()> {
    let others = match engine {
        Engine::Postgres => {
            "select pid::bigint as id from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        }
        _ => "select id from information_schema.processlist where db = database() and id <> connection_id()",
    };
    for _ in 0..200 {
        let rows = connection.query_all_raw(Sql::new(engine, others).build()).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let id: i64 = row.try_get("", "id")?;
            let end = match engine {
                Engine::Postgres => format!("select pg_terminate_backend({id})"),
                _ => format!("kill connection {id}"),
            };
            // It may have ended by itself.
            let _ = connection.execute_unprepared(&end).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("sessions of an earlier test do not end")
}

async fn shape(engine: Engine, connection: &DatabaseConnection) -> Result<u64> {
    let text = match engine {
        Engine::Postgres => {
            "select table_name || '.' || column_name || ' ' || data_type as line from information_schema.columns where table_schema = 'public'
             union all select indexdef from pg_indexes where schemaname = 'public'
             union all select version from seaql_migrations union all select level || ' ' || min_level from schema_level order by 1"
        }
        _ => {
            "select concat(table_name, '.', column_name, ' ', column_type) as line from information_schema.columns where table_schema = database()
             union all select concat(index_name, ' ', seq_in_index, ' ', column_name) from information_schema.statistics where table_schema = database()
             union all select convert(version using utf8mb3) from seaql_migrations
             union all select concat(level, ' ', min_level) from schema_level order by 1"
        }
    };
    let rows = connection.query_all_raw(Sql::new(engine, text).build()).await?;
    let lines: Vec<String> = rows.iter().map(|row| row.try_get("", "line")).collect::<Result<_, _>>()?;
    Ok(digest(&lines))
}

async fn empty(engine: Engine, connection: &DatabaseConnection) -> Result<()> {
    let schema = if engine == Engine::Postgres { "'public'" } else { "database()" };
    let text = format!("select table_name as name from information_schema.tables where table_schema = {schema}");
    let mut statements = Vec::new();
    for row in connection.query_all_raw(Sql::new(engine, &text).build()).await? {
        let table: String = row.try_get("", "name")?;
        if !KEPT.contains(&table.as_str()) {
            statements.push(format!("delete from {table}"));
        }
    }
    if engine == Engine::Postgres {
        connection.execute_unprepared(&statements.join("; ")).await.context("emptying the tables")?;
        return Ok(());
    }
    for statement in statements {
        connection.execute_unprepared(&statement).await.context(statement)?;
    }
    Ok(())
}

fn digest<T: Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
