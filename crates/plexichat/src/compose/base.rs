//! What stands below the keys: database, node number, journal, accounts.

use super::Role;
use plexichat_auth::{Auth, AuthOptions};
use plexichat_database::{Db, migrations, refuse_unsafe};
use plexichat_events::{Journal, JournalOptions, nodes::NodeKeeper, nodes::NodeLease};
use plexichat_kernel::{Clock, IdGenerator, Result, config::Config};
use std::sync::Arc;

/// Remembers how far this node had committed, to notice a database that went back.
const MARKS: &str = "marks.json";

/// A core without keys: what is sealed is not opened.
pub struct Base {
    /// The database.
    pub db: Db,
    /// The one way to change anything versioned.
    pub journal: Journal,
    /// Accounts, sessions and permissions.
    pub auth: Auth,
    /// Holds this process's node number.
    pub keeper: Arc<NodeKeeper>,
}

/// Opens the database. A new one gets its schema, an old one is migrated.
pub(super) async fn migrated(config: &Config) -> Result<Db> {
    let db = super::open_database(config).await?;
    refuse_unsafe(&db).await?;
    migrations::migrate(&db).await?;
    Ok(db)
}

impl Base {
    /// Starts from the database up to accounts.
    pub async fn start(config: &Config, role: Role) -> Result<Self> {
        Self::start_on(migrated(config).await?, config, role, Clock::system()).await
    }

    /// The same on a database that was migrated.
    pub(super) async fn start_on(db: Db, config: &Config, role: Role, clock: Clock) -> Result<Self> {
        let ids = IdGenerator::new(clock.clone());
        let address = config.server.bind.to_string();
        let lease = NodeLease::take(&db, &clock, &ids, &address).await?;
        // A command beside the server must not mix its positions with the server's.
        let marks = (role == Role::Server).then(|| config.server.data_dir.join(MARKS));
        let options = JournalOptions { marks, ..JournalOptions::default() };
        let journal = Journal::start(db.clone(), clock, ids, options).await?;
        let keeper = Arc::new(NodeKeeper::new(journal.clone(), lease, address));
        let auth = Auth::new(journal.clone(), AuthOptions::from(&config.auth))?;
        Ok(Self { db, journal, auth, keeper })
    }

    /// Commits what is waiting, gives the node number back and closes the database.
    pub async fn stop(self) {
        self.journal.shut_down().await;
        if let Err(error) = self.keeper.release().await {
            tracing::warn!(?error, "the node number could not be given back; it is free again in a minute");
        }
        self.db.close().await;
    }
}
