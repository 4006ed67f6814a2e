//! `plexichat migrate`.

use super::{
    context::Context,
    exit::{Exit, Failure},
    output,
};
use crate::compose::{database_name, open_database, take_data_dir};
use indicatif::{ProgressBar, ProgressStyle};
use plexichat_database::{Engine, migrations};
use std::time::Duration;

/// Bring the database to the schema of this version
///
/// The server does the same when it starts; this is for those who want it done, or seen, beforehand.
#[derive(clap::Args)]
pub(super) struct Migrate {
    /// Only list what would be done; the exit code is 1 when there is something
    #[arg(long)]
    check: bool,
}

impl Migrate {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        let embedded = config.database.url.is_sqlite();
        let is_new = config.database.url.is_empty() && !config.server.data_dir.join("plexichat.db").exists();
        if self.check && is_new {
            let names: Vec<&str> = migrations::ALL.iter().map(|migration| migration.name).collect();
            return self.tell(context, "no database yet", &names);
        }
        // Nobody may write into a database file while its tables change.
        let _lock = if embedded && !self.check { Some(take_data_dir(&config.server.data_dir)?) } else { None };
        let db = open_database(&config).await?;
        let pending = migrations::pending(&db).await?;
        let name = database_name(&db);
        if self.check || pending.is_empty() {
            db.close().await;
            return self.tell(context, &name, &pending);
        }
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg} ({elapsed})").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.enable_steady_tick(Duration::from_millis(100));
        let waits = if matches!(db.engine(), Engine::Sqlite) { "" } else { " (waiting for other nodes if they migrate too)" };
        bar.set_message(format!("migrating {name}: {}{waits}", pending.join(", ")));
        let done = migrations::migrate(&db).await;
        bar.finish_and_clear();
        db.close().await;
        done?;
        if context.is_json() {
            return output::json(&serde_json::json!({ "database": name, "applied": pending }));
        }
        Ok(output::line(format!("Migrated {name}: {}.", pending.join(", ")))?)
    }

    fn tell(&self, context: &Context, database: &str, pending: &[&str]) -> anyhow::Result<()> {
        if context.is_json() {
            let key = if self.check { "pending" } else { "applied" };
            output::json(&serde_json::json!({ "database": database, key: pending }))?;
        } else if pending.is_empty() {
            output::line(format!("{database} is up to date."))?;
        } else {
            output::line(format!("{database} needs: {}.", pending.join(", ")))?;
        }
        if self.check && !pending.is_empty() { Err(Failure::silent(Exit::Failure)) } else { Ok(()) }
    }
}
