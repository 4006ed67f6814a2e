//! Which binaries may use this schema: the table `schema_level`.

use super::{Kind, LEVEL, Migration};
use crate::{DbResultExt, Engine, Sql};
use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use sea_orm::{ConnectionTrait, DatabaseConnection};

/// The schema's own word on who may use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SchemaLevel {
    /// Level of the newest binary that migrated it.
    pub(super) level: i32,
    /// Lowest level of binaries that can work with it.
    pub(super) min_level: i32,
}

impl SchemaLevel {
    /// Reads it; makes the table on a new database.
    pub(super) async fn load(engine: Engine, connection: &DatabaseConnection) -> Result<Self> {
        let table = "create table if not exists schema_level (id smallint not null primary key, level int not null, min_level int not null)";
        connection.execute_raw(Sql::new(engine, table).build()).await.db()?;
        let select = Sql::new(engine, "select level, min_level from schema_level where id = 1").build();
        let Some(row) = connection.query_one_raw(select).await.db()? else {
            let insert = Sql::new(engine, "insert into schema_level (id, level, min_level) values (1, 0, 0)").build();
            connection.execute_raw(insert).await.db()?;
            return Ok(Self::default());
        };
        Ok(Self { level: row.try_get("", "level").db()?, min_level: row.try_get("", "min_level").db()? })
    }

    /// Refuses a binary that is older than the schema allows.
    pub(super) fn admit(self) -> Result<()> {
        if self.min_level > LEVEL {
            let message = format!(
                "this database needs a newer plexichat: its schema has been contracted for level {} and newer, this binary has level {LEVEL}. \
                 Install the release that migrated it (its level is {}) or restore a backup from before",
                self.min_level, self.level
            );
            return Err(Error::new(ErrorCode::Unavailable, message));
        }
        Ok(())
    }

    /// Raises it before `pending` run: a contraction cut short must keep older binaries out as well.
    pub(super) async fn raise(self, engine: Engine, connection: &DatabaseConnection, pending: &[Migration]) -> Result<()> {
        let mut raised = self;
        for migration in pending {
            raised.level = raised.level.max(migration.level);
            if let Kind::Contract { min_level } = migration.kind {
                raised.min_level = raised.min_level.max(min_level);
            }
        }
        if raised == self {
            return Ok(());
        }
        if raised.min_level > self.min_level {
            refuse_while_older_nodes_run(engine, connection, raised.min_level).await?;
        }
        let update = Sql::new(engine, "update schema_level set level = ?, min_level = ? where id = 1");
        connection.execute_raw(update.bind(raised.level).bind(raised.min_level).build()).await.db()?;
        Ok(())
    }
}

/// By the database's clock: leases are minutes long.
async fn refuse_while_older_nodes_run(engine: Engine, connection: &DatabaseConnection, min_level: i32) -> Result<()> {
    let now = match engine {
        Engine::Sqlite => "cast(strftime('%s', 'now') as integer) * 1000",
        Engine::Postgres => "cast(extract(epoch from now()) * 1000 as bigint)",
        Engine::MariaDb | Engine::MySql => "unix_timestamp() * 1000",
    };
    let text = format!("select node, level from nodes where level < ? and lease_until_ms > {now} order by node limit 1");
    let Some(row) = connection.query_one_raw(Sql::new(engine, &text).bind(min_level).build()).await.db()? else { return Ok(()) };
    let (node, level): (i16, i32) = (row.try_get("", "node").db()?, row.try_get("", "level").db()?);
    Err(Error::unavailable(format!(
        "node {node} still runs a binary of level {level}, which cannot work with this release's schema (level {min_level} and newer): \
         update or stop it first"
    )))
}
