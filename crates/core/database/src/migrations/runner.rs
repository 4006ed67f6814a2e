//! Brings a database to the newest schema.

use super::{ALL, Migration, level::SchemaLevel, lock::MigrationLock};
use crate::{Db, DbResultExt, Engine, schema};
use plexichat_kernel::{Clock, Error, Result};
use sea_orm_migration::{
    MigratorTraitSelf,
    prelude::*,
    sea_orm::{DatabaseConnection, EntityTrait, QuerySelect},
    seaql_migrations,
};
use std::collections::HashSet;

/// Brings the schema to the newest level. Any number of processes may call it at once.
pub async fn migrate(db: &Db) -> Result<()> {
    migrate_with(db, ALL).await
}

/// As [`migrate`], with a given list of migrations; for tests of the mechanism.
pub async fn migrate_with(db: &Db, migrations: &[Migration]) -> Result<()> {
    let lock = MigrationLock::take(db, &Clock::system()).await?;
    let done = run(db.engine(), lock.connection(), migrations).await;
    lock.release().await;
    done
}

/// Names of the migrations that have not run yet.
pub async fn pending(db: &Db) -> Result<Vec<&'static str>> {
    let manager = SchemaManager::new(db.maintenance());
    if !manager.has_table("seaql_migrations").await.db()? {
        return Ok(ALL.iter().map(|migration| migration.name).collect());
    }
    let applied = applied(db.maintenance()).await?;
    Ok(ALL.iter().map(|migration| migration.name).filter(|name| !applied.contains(*name)).collect())
}

async fn run(engine: Engine, connection: &DatabaseConnection, migrations: &[Migration]) -> Result<()> {
    let level = SchemaLevel::load(engine, connection).await?;
    level.admit()?;
    let plan = Plan { migrations: migrations.to_vec(), transactional: !matches!(engine, Engine::MariaDb | Engine::MySql) };
    plan.install(connection).await.db()?;
    let applied = applied(connection).await?;
    let missing: Vec<Migration> = migrations.iter().filter(|migration| !applied.contains(migration.name)).copied().collect();
    let newer = applied.iter().find(|name| migrations.iter().all(|migration| migration.name != name.as_str()));
    if let Some(newer) = newer {
        // A newer release has been here and lets this one go on: two releases side by side.
        return match missing.first() {
            None => Ok(()),
            Some(missing) => Err(Error::unavailable(format!(
                "the database has had {newer}, which this binary does not know, but not {}: it was migrated by a different product line",
                missing.name
            ))),
        };
    }
    if missing.is_empty() {
        return Ok(());
    }
    level.raise(engine, connection, &missing).await?;
    tracing::info!(count = missing.len(), "migrating the database");
    plan.up(connection, None).await.db()
}

async fn applied(connection: &DatabaseConnection) -> Result<HashSet<String>> {
    let names = seaql_migrations::Entity::find().select_only().column(seaql_migrations::Column::Version);
    Ok(names.into_tuple::<String>().all(connection).await.db()?.into_iter().collect())
}

struct Plan {
    migrations: Vec<Migration>,
    transactional: bool,
}

impl MigratorTraitSelf for Plan {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let transactional = self.transactional;
        self.migrations.iter().map(|migration| Box::new(Run { migration: *migration, transactional }) as _).collect()
    }
}

struct Run {
    migration: Migration,
    transactional: bool,
}

impl MigrationName for Run {
    fn name(&self) -> &str {
        self.migration.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Run {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        schema::run(manager, &(self.migration.steps)()).await
    }

    /// All or nothing where DDL allows it; SQLite also syncs once instead of once a step.
    fn use_transaction(&self) -> Option<bool> {
        Some(self.transactional)
    }
}
