//! The one place that wires everything, in straight lines: configuration → database → journal → auth → messaging.
//!
//! [`Core`] is what every command that works on the database itself needs; a server is a core with workers and
//! listeners ([`Node`]). Parts are started from below and stopped from above, so that nobody loses what they stand on.
//! Nothing is decided here.

mod base;
mod joining;
mod node;
mod parts;
mod sealed;
mod settings;
mod tls;
mod vaults;

pub use base::Base;
pub use node::Node;
pub use tls::acme_options;
pub use vaults::{node_key, openers, vault};

use parts::PartKeys;
use plexichat_auth::Auth;
use plexichat_database::{DataDirLock, Db, DbOptions, Engine};
use plexichat_events::{Journal, nodes::NodeKeeper};
use plexichat_kernel::{Clock, Error, Result, config::Config};
use plexichat_keys::{Keys, Ledger, vault::KeyVault};
use plexichat_messaging::Messaging;
use std::{path::Path, sync::Arc, time::Duration};

/// The list of destroyed keys in the data directory, when no other is configured.
const SHRED_LEDGER: &str = "keys/shredded";

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
    /// The keys that were destroyed.
    pub ledger: Arc<Ledger>,
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

/// The configured list of destroyed keys.
pub fn shred_ledger(config: &Config) -> Result<Ledger> {
    if config.keys.shred_ledger.is_empty() {
        return Ledger::open(config.server.data_dir.join(SHRED_LEDGER));
    }
    Ledger::open(&config.keys.shred_ledger)
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
        let db = base::migrated(config).await?;
        Self::start_on(db, config, role, clock, vault(config)?).await
    }

    /// The same on a database that was migrated, with a vault that is there.
    async fn start_on(db: Db, config: &Config, role: Role, clock: Clock, vault: Arc<dyn KeyVault>) -> Result<Self> {
        let base = Base::start_on(db, config, role, clock).await?;
        match Self::features(config, &base, vault).await {
            Ok((messaging, ledger)) => {
                let Base { db, journal, auth, keeper } = base;
                Ok(Self { db, journal, auth, messaging, keeper, ledger })
            }
            Err(error) => {
                // A node that refuses to start is none: who mends it must not have to wait until its number is free.
                base.stop().await;
                Err(error)
            }
        }
    }

    async fn features(config: &Config, base: &Base, vault: Arc<dyn KeyVault>) -> Result<(Messaging, Arc<Ledger>)> {
        let Base { journal, auth, .. } = base;
        let keys = Keys::open(journal.clone(), vault).await?;
        let ledger = Arc::new(shred_ledger(config)?);
        let again = keys.apply_ledger(&ledger).await?;
        if again > 0 {
            tracing::warn!(keys = again, "this database was restored: keys that had been destroyed were destroyed again");
        }
        let named = keys.seal_open_names().await?;
        if named > 0 {
            tracing::info!(rows = named, "names that an earlier version had stored open were sealed");
        }
        // Before anybody acts.
        auth.audit().unlock(plexichat_audit::open(journal, &PartKeys { keys: keys.clone(), part: "audit" }).await?);
        auth.start(&keys).await?;
        let messaging = Messaging::new(journal.clone(), auth.clone(), keys);
        let sealed = messaging.seal_what_is_open().await?;
        if sealed > 0 {
            tracing::info!(messages = sealed, "what an earlier version had stored open was sealed");
        }
        Ok((messaging, ledger))
    }

    /// Commits what is waiting, gives the node number back and closes the database.
    pub async fn stop(self) {
        let Self { db, journal, auth, messaging: _, keeper, ledger: _ } = self;
        Base { db, journal, auth, keeper }.stop().await;
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
