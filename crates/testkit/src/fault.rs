//! Faults of a database that a test brings about at a moment of its choice.

use crate::{Engine, TestDb};
use anyhow::{Result, ensure};
use plexichat_database::entity::node;
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, TransactionTrait as _};

impl TestDb {
    /// Takes a table away: whoever asks for it fails, until it is [put back](Self::put_back).
    pub async fn take_away(&self, table: &str) -> Result<()> {
        self.db().maintenance().execute_unprepared(&format!("alter table {table} rename to {table}_away")).await?;
        Ok(())
    }

    /// Puts a table back.
    pub async fn put_back(&self, table: &str) -> Result<()> {
        self.db().maintenance().execute_unprepared(&format!("alter table {table}_away rename to {table}")).await?;
        Ok(())
    }

    /// Locks a table (PostgreSQL): whoever reads it waits, until the lock is dropped or rolled back.
    pub async fn lock_table(&self, table: &str) -> Result<DatabaseTransaction> {
        ensure!(self.engine() == Engine::Postgres, "only PostgreSQL locks a table within a transaction");
        let lock = self.open_again().await?.maintenance().begin().await?;
        lock.execute_unprepared(&format!("lock table {table} in access exclusive mode")).await?;
        Ok(lock)
    }

    /// Enters a node that lives for an hour and can do what this level says.
    pub async fn add_node(&self, number: i16, level: i32) -> Result<()> {
        let now_ms = plexichat_kernel::Clock::system().now_ms();
        let row = node::ActiveModel {
            node: Set(number),
            holder: Set("a test".to_owned()),
            fence: Set(1),
            level: Set(level),
            address: Set("nowhere".to_owned()),
            started_ms: Set(now_ms),
            lease_until_ms: Set(now_ms + 3_600_000),
        };
        node::Entity::insert(row).exec_without_returning(self.db().maintenance()).await?;
        Ok(())
    }
}
