//! The one place that wires everything, in straight lines: configuration → database → journal → auth → messaging.
//!
//! [`Core`] is what every command that works on the database itself needs; a server is a core with workers and
//! listeners ([`Node`]). Parts are started from below and stopped from above, so that nobody loses what they stand on.
//! Nothing is decided here.

mod audit;
mod node;
mod settings;
mod tls;

pub use node::Node;
pub use tls::acme_options;

use plexichat_auth::{Auth, AuthOptions};
use plexichat_database::{DataDirLock, Db, DbOptions, Engine, migrations, refuse_unsafe};
use plexichat_events::{Journal, JournalOptions, nodes::NodeKeeper, nodes::NodeLease};
use plexichat_kernel::{
    Clock, Error, IdGenerator, Result,
    config::{Config, VaultKind},
};
use plexichat_keys::{
    Keys,
    vault::{FileVault, KeyVault, PassphraseCost, PassphraseVault},
};
use plexichat_messaging::Messaging;
use std::{path::Path, sync::Arc, time::Duration};

/// Remembers how far this node had committed, to notice a database that went back.
const MARKS: &str = "marks.json";

/// The key file in the data directory, when no other is configured.
const KEY_FILE: &str = "keys/vault.key";

/// How a process works on the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The server of this data directory.
    Server,
    /// A command that ends in a moment, beside a server or alone.
    Command,
}

/// Everything below the server, running.
pub struct Core {
    /// The database.
    pub db: Db,
    /// The one way to change anything versioned.
    pub journal: Journal,
    /// Accounts, sessions and permissions.
    pub auth: Auth,
    /// Workspaces, channels and messages.
    pub messaging: Messaging,
    /// Holds this process's node number.
    pub keeper: Arc<NodeKeeper>,
}

/// Takes the data directory for this process alone, making it if it is missing, readable by its owner alone.
pub fn take_data_dir(directory: &Path) -> Result<DataDirLock> {
    let is_new = !directory.exists();
    let lock = DataDirLock::take(directory)?;
    if is_new {
        restrict(directory);
    }
    Ok(lock)
}

/// The configured vault of the root key.
pub fn vault(config: &Config) -> Box<dyn KeyVault> {
    match (config.keys.vault, &config.keys.passphrase) {
        (VaultKind::Passphrase, Some(passphrase)) => {
            Box::new(PassphraseVault::new(passphrase.expose().to_owned(), PassphraseCost::default()))
        }
        _ if config.keys.file.is_empty() => Box::new(FileVault::new(config.server.data_dir.join(KEY_FILE))),
        _ => Box::new(FileVault::new(&config.keys.file)),
    }
}

/// Opens the configured database.
pub async fn open_database(config: &Config) -> Result<Db> {
    let mut options = DbOptions::url(config.database.connection_url(&config.server.data_dir));
    options.readers = config.database.max_connections;
    if config.database.lanes > 0 {
        options.lanes = config.database.lanes;
    }
    options.acquire_timeout = Duration::from_secs(u64::from(config.database.acquire_timeout_seconds));
    Db::open(options).await.map_err(|cause| unopened(config, cause))
}

/// Says which database, for whoever has several; its password is masked.
fn unopened(config: &Config, cause: Error) -> Error {
    let (name, remedy) = if config.database.url.is_empty() {
        let file = config.server.data_dir.join("plexichat.db").display().to_string();
        (file, "check the file, its owner and its permissions")
    } else {
        (config.database.url.to_string(), "check database.url, the password, and that the database server runs")
    };
    Error::unavailable(format!("the database {name} cannot be opened; {remedy}")).with_source(cause)
}

impl Core {
    /// Starts from the database up to messaging. A new database gets its schema, an old one is migrated.
    pub async fn start(config: &Config, role: Role) -> Result<Self> {
        Self::start_at(config, role, Clock::system()).await
    }

    /// The same by another clock: tests push time ahead.
    pub async fn start_at(config: &Config, role: Role, clock: Clock) -> Result<Self> {
        let db = open_database(config).await?;
        refuse_unsafe(&db).await?;
        migrations::migrate(&db).await?;
        let ids = IdGenerator::new(clock.clone());
        let address = config.server.bind.to_string();
        let lease = NodeLease::take(&db, &clock, &ids, &address).await?;
        // A command beside the server must not mix its positions with the server's.
        let marks = (role == Role::Server).then(|| config.server.data_dir.join(MARKS));
        let options = JournalOptions { marks, ..JournalOptions::default() };
        let journal = Journal::start(db.clone(), clock, ids, options).await?;
        let keeper = Arc::new(NodeKeeper::new(journal.clone(), lease, address));
        match Self::features(config, &journal).await {
            Ok((auth, messaging)) => Ok(Self { db, journal, auth, messaging, keeper }),
            Err(error) => {
                // A node that refuses to start is none: who mends it must not have to wait until its number is free.
                journal.shut_down().await;
                let _free_in_a_minute_anyway = keeper.release().await;
                Err(error)
            }
        }
    }

    async fn features(config: &Config, journal: &Journal) -> Result<(Auth, Messaging)> {
        let auth = Auth::new(journal.clone(), AuthOptions::from(&config.auth))?;
        audit::unlock(&config.server.data_dir, journal, &auth).await?;
        auth.start().await?;
        let keys = Keys::open(journal.clone(), vault(config).as_ref()).await?;
        let messaging = Messaging::new(journal.clone(), auth.clone(), keys);
        let sealed = messaging.seal_what_is_open().await?;
        if sealed > 0 {
            tracing::info!(messages = sealed, "what an earlier version had stored open was sealed");
        }
        Ok((auth, messaging))
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

/// Name and version of the database, for people.
pub fn database_name(db: &Db) -> String {
    let name = match db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
        Engine::MariaDb => "MariaDB",
        Engine::MySql => "MySQL",
    };
    format!("{name} {}", db.version())
}

#[cfg(unix)]
fn restrict(directory: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Err(error) = std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)) {
        tracing::warn!(%error, "the data directory could not be closed to others");
    }
}

#[cfg(not(unix))]
fn restrict(_: &Path) {}
