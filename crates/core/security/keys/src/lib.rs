//! The keys that seal what the database holds.
//!
//! A root key seals the keys of workspaces, those seal data keys: one for each channel and month, and one for the names
//! of a workspace and of what is in it; conversations, people and the instance stand under a key of the instance. Below the root every key is random, stands sealed in the database and is remembered
//! opened, bounded, in memory that is overwritten when it is given back. The root key itself stands in the database
//! sealed by a [vault](vault): without the vault nothing of it can be read. Nodes that [joined](nodes) have it sealed for keys of their own. Where there are sealed keys and no vault
//! opens them, nothing starts, and no key is made beside them. Not here: cryptography (`sealing`), what is sealed
//! (`features`).

mod blind_index;
mod contents;
mod data_key;
mod keeper;
mod ledger;
pub mod names;
pub mod nodes;
mod part;
pub mod places;
pub mod recovery;
mod reseal;
mod ring;
mod root;
mod store;
mod tasks;
mod tender;
pub mod vault;
mod work;

pub use blind_index::BlindIndex;
pub use contents::{Contents, Page};
pub use data_key::DataKey;
pub use keeper::KeyKeeper;
pub use ledger::Ledger;
pub use reseal::{Resealed, reseal};
pub use root::RootStatus;
pub use tasks::{MOST_OPEN, NewTask};
pub use tender::Tender;

use arc_swap::ArcSwap;
use plexichat_database::Db;
use plexichat_events::Journal;
use plexichat_kernel::{Error, Result};
use plexichat_model::{ChannelId, WorkspaceId};
use std::sync::Arc;

/// The opened keys of an instance. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    journal: Journal,
    ring: Arc<ring::Ring>,
    roots: Arc<ArcSwap<root::Roots>>,
    vault: Arc<dyn vault::KeyVault>,
    /// Looked up once: it is never replaced.
    index: Arc<tokio::sync::OnceCell<BlindIndex>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("root", &self.roots.load().newest().version).finish_non_exhaustive()
    }
}

/// Whether the vault opens the root key of this database; `None`: there is none yet. Changes nothing.
pub async fn check(db: &Db, vault: &dyn vault::KeyVault) -> Result<Option<RootStatus>> {
    match root::find(db, vault).await {
        Ok(root) => Ok(root.map(|root| root.status())),
        Err(error) => Err(recovery::with_hint(db, vault, error).await),
    }
}

/// What each part of a vault of several says to the root key of this database. Changes nothing.
pub async fn examine(db: &Db, vault: &dyn vault::KeyVault) -> Result<Vec<vault::Part>> {
    root::examine(db, vault).await
}

/// Asks whether the vault is there, before anything is started. Errors as those of [`Keys::open`]: `sealed` passes.
pub async fn reach(db: &Db, vault: &dyn vault::KeyVault) -> Result<()> {
    root::reach(db, vault).await
}

impl Keys {
    /// Opens the root key by the vault, or makes the first one where nothing was ever sealed.
    ///
    /// Errors: `unavailable`, with what to do, when the vault cannot open what there is, or opens another key.
    pub async fn open(journal: Journal, vault: Arc<dyn vault::KeyVault>) -> Result<Self> {
        let ring = Arc::<ring::Ring>::default();
        // Asked before the root is opened: a change in between is noticed later, not missed.
        let (asked, generation) = (journal.clock().monotonic(), store::generation(journal.db().reader()).await?);
        let roots = match root::open(&journal, vault.as_ref()).await {
            Ok(roots) => roots,
            Err(error) => return Err(recovery::with_hint(journal.db(), vault.as_ref(), error).await),
        };
        ring.turn(generation, asked);
        let roots = Arc::new(ArcSwap::from_pointee(roots));
        Ok(Self { journal, ring, roots, vault, index: Arc::default() })
    }

    /// Whether nothing is stored open that was stored before there were keys.
    pub fn is_all_sealed(&self) -> bool {
        !self.roots.load().newest().has_open_rows()
    }

    /// Notes that nothing is stored open any more.
    pub async fn all_is_sealed(&self) -> Result<()> {
        self.roots.load_full().newest().all_is_sealed(&self.journal).await
    }

    /// How the root key stands, for people.
    pub fn status(&self) -> RootStatus {
        self.roots.load().newest().status()
    }

    /// What the vault says to the root key at this moment, part by part; a vault of one piece is its only part. Empty: it
    /// is of several and could not tell. Asks the vault anew, so it takes as long as that takes.
    pub async fn examine(&self) -> Result<(bool, Vec<vault::Part>)> {
        let (db, vault) = (self.journal.db(), self.vault.as_ref());
        let parts = root::examine(db, vault).await?;
        let problem = root::find(db, vault).await.err().map(|error| error.message().to_owned());
        let opens = problem.is_none();
        let whole = || vec![vault::Part { name: vault.name().to_owned(), problem }];
        Ok((opens, if parts.is_empty() { whole() } else { parts }))
    }

    /// The key that seals what is written in a channel now. Made when it is the first of this month, so never asked for
    /// while something is committed. `workspace`: none for a conversation.
    pub async fn of_channel(&self, workspace: Option<WorkspaceId>, channel: ChannelId) -> Result<Arc<DataKey>> {
        self.current(ring::Scope::channel(channel, self.journal.clock().now_ms()), workspace).await
    }

    /// The key that seals the names of a workspace and of what is in it, or with `None` of people, conversations and the
    /// instance. Made when it is the first, so never asked for while something is committed.
    pub async fn of_names(&self, workspace: Option<WorkspaceId>) -> Result<Arc<DataKey>> {
        self.current(ring::Scope::names(workspace), workspace).await
    }

    /// The blind indexes of sealed columns. Made when it is asked for first, so then not while something is committed;
    /// from memory after that.
    pub async fn blind_index(&self) -> Result<BlindIndex> {
        let made = || async {
            let key = self.current(ring::Scope::index(), None).await?;
            Ok::<_, Error>(BlindIndex::new(key))
        };
        self.index.get_or_try_init(made).await.cloned()
    }
}
