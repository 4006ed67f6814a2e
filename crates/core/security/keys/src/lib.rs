//! The keys that seal what the database holds.
//!
//! A root key seals the keys of workspaces, those seal data keys, one for each channel and month; conversations stand
//! under a key of the instance. Below the root every key is random, stands sealed in the database and is remembered
//! opened, bounded, in memory that is overwritten when it is given back. The root key itself stands in the database
//! sealed by a [vault](vault): without the vault nothing of it can be read. Where there are sealed keys and no vault
//! opens them, nothing starts, and no key is made beside them. Not here: cryptography (`sealing`), what is sealed
//! (`features`).

mod data_key;
pub mod recovery;
mod ring;
mod root;
mod store;
pub mod vault;

pub use data_key::DataKey;
pub use root::RootStatus;

use plexichat_database::Db;
use plexichat_events::Journal;
use plexichat_kernel::Result;
use plexichat_model::{ChannelId, WorkspaceId};
use plexichat_sealing::{Key, KeyId};
use std::sync::Arc;

/// The opened keys of an instance. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    journal: Journal,
    ring: Arc<ring::Ring>,
    root: Arc<root::Root>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("root", &self.root.version).finish_non_exhaustive()
    }
}

/// Whether the vault opens the root key of this database; `None`: there is none yet. Changes nothing.
pub async fn check(db: &Db, vault: &dyn vault::KeyVault) -> Result<Option<RootStatus>> {
    match root::find(db, vault).await {
        Ok(root) => Ok(root.map(|root| root.status())),
        Err(error) => Err(recovery::with_hint(db, error).await),
    }
}

impl Keys {
    /// Opens the root key by the vault, or makes the first one where nothing was ever sealed.
    ///
    /// Errors: `unavailable`, with what to do, when the vault cannot open what there is, or opens another key.
    pub async fn open(journal: Journal, vault: &dyn vault::KeyVault) -> Result<Self> {
        let root = match root::open(&journal, vault).await {
            Ok(root) => root,
            Err(error) => return Err(recovery::with_hint(journal.db(), error).await),
        };
        Ok(Self { journal, ring: Arc::default(), root: Arc::new(root) })
    }

    /// Whether nothing is stored open that was stored before there were keys.
    pub fn is_all_sealed(&self) -> bool {
        !self.root.has_open_rows()
    }

    /// Notes that nothing is stored open any more.
    pub async fn all_is_sealed(&self) -> Result<()> {
        self.root.all_is_sealed(&self.journal).await
    }

    /// How the root key stands, for people.
    pub fn status(&self) -> RootStatus {
        self.root.status()
    }

    /// The key that seals what is written in a channel now. Made when it is the first of this month, so never asked for
    /// while something is committed. `workspace`: none for a conversation.
    pub async fn of_channel(&self, workspace: Option<WorkspaceId>, channel: ChannelId) -> Result<Arc<DataKey>> {
        self.current(ring::Scope::channel(channel, self.journal.clock().now_ms()), workspace).await
    }

    /// The key of a part of the server for its own secrets, such as `certificates`, and the id it seals under. Every node
    /// gets the same; no part learns anything of another's.
    pub async fn of_part(&self, part: &str) -> Result<(Key, KeyId)> {
        let key = self.current(ring::Scope::instance(), None).await?;
        Ok((key.key().derive("plexichat part", &[part.as_bytes()]), key.id()))
    }
}
