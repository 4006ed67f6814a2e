//! The migrations: one set for three engines, run at start under a lock.
//!
//! Rules (a test reads them from the sources): a migration expands (new table, new nullable or defaulted
//! column, new index), backfills in a resumable job, or contracts what the release before stopped using.

mod m0001_core;

use crate::{Db, DbResultExt, build};
use plexichat_kernel::Result;
use sea_orm_migration::prelude::*;

/// The migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Core)]
    }
}

struct Core;

impl MigrationName for Core {
    fn name(&self) -> &'static str {
        "m0001_core"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Core {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        build::run(manager, &m0001_core::steps()).await
    }
}

/// Brings the schema to the newest level.
pub async fn migrate(db: &Db) -> Result<()> {
    Migrator::up(db.maintenance(), None).await.db()
}
