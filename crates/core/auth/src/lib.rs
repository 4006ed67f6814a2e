//! Who somebody is and what they may do: accounts, passwords, sessions, one-time codes, access values.
//!
//! [`Auth`] is the whole interface. Sign-in: [`Auth::login`], [`Auth::authenticate`]. Permission is a value one
//! must hold: [`Auth::channel`], [`Auth::workspace`], [`Auth::admin`] make them, nothing else can. Guarantees:
//! passwords, tokens and codes are stored hashed only, names of people sealed; a refusal never tells whether something exists; what was
//! permitted is proven again by the commit that uses it. Not here: HTTP, workspaces and channels themselves
//! (`features/messaging`), who is connected (`server`).

pub mod access;
pub mod accounts;
mod codes;
mod login;
mod names;
mod options;
pub mod passwords;
pub mod provider;
pub mod sessions;
mod throttle;

pub use access::{AdminAccess, ChannelAccess, ChannelInfo, Membership, WorkspaceAccess, WorkspaceInfo, WorkspaceMembership};
pub use accounts::PreparedAccount;
pub use codes::SetupCode;
pub use options::{AuthOptions, HashCost};
pub use provider::{AuthenticationProvider, Credentials, Proof};
pub use sessions::{NewSession, OpenedSession, SessionSweeper};

use access::{channel::ChannelFacts, workspace::WorkspaceFacts};
use arc_swap::ArcSwap;
use moka::sync::Cache;
use names::Names;
use passwords::{HashPool, Passwords};
use plexichat_audit::Auditor;
use plexichat_database::Db;
use plexichat_events::{Journal, Stamp};
use plexichat_kernel::{Clock, Result};
use plexichat_model::{ChannelId, JournalKey, UserId, WorkspaceId};
use sessions::SessionCache;
use std::sync::Arc;

/// Cached access values of channels: (person, channel), stamped. About 400 bytes each.
const CHANNEL_ACCESSES: u64 = 50_000;
/// Cached access values of workspaces.
const WORKSPACE_ACCESSES: u64 = 20_000;

pub(crate) struct Inner {
    pub(crate) journal: Journal,
    pub(crate) options: ArcSwap<AuthOptions>,
    pub(crate) passwords: Passwords,
    pub(crate) providers: Vec<Arc<dyn AuthenticationProvider>>,
    pub(crate) channels: Cache<(UserId, ChannelId), Arc<ChannelFacts>>,
    pub(crate) workspaces: Cache<(UserId, WorkspaceId), Arc<WorkspaceFacts>>,
    pub(crate) sessions: SessionCache,
    pub(crate) delays: throttle::Delays,
    pub(crate) audit: Auditor,
    pub(crate) names: Names,
    pub(crate) directory: accounts::Directory,
}

/// Accounts, sessions and permissions. Cheap to clone.
#[derive(Clone)]
pub struct Auth {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

impl Auth {
    /// Over a started journal, with passwords as the one provider of sign-ins. Names are sealed until [`Auth::start`] is
    /// given the keys.
    pub fn new(journal: Journal, options: AuthOptions) -> Result<Self> {
        Self::with_providers(journal, options, Vec::new())
    }

    /// The same with further providers, asked in order when the password provider does not know the credentials.
    pub fn with_providers(journal: Journal, options: AuthOptions, further: Vec<Arc<dyn AuthenticationProvider>>) -> Result<Self> {
        let pool = HashPool::new(&options);
        let (passwords, names) = (Passwords::new(pool, options.hash)?, Names::default());
        let mut providers: Vec<Arc<dyn AuthenticationProvider>> =
            vec![Arc::new(provider::PasswordProvider::new(journal.db().clone(), names.clone(), passwords.clone()))];
        providers.extend(further);
        Ok(Self {
            inner: Arc::new(Inner {
                options: ArcSwap::from_pointee(options),
                passwords,
                providers,
                channels: Cache::new(CHANNEL_ACCESSES),
                workspaces: Cache::new(WORKSPACE_ACCESSES),
                sessions: SessionCache::new(),
                delays: throttle::Delays::default(),
                audit: Auditor::new(journal.clone()),
                names,
                directory: accounts::Directory::default(),
                journal,
            }),
        })
    }

    /// Takes new settings; the size of the hashing pool and the cost of hashes stay until a restart.
    pub fn configure(&self, options: AuthOptions) {
        self.inner.options.store(Arc::new(options));
    }

    /// The settings in force.
    pub fn options(&self) -> Arc<AuthOptions> {
        self.inner.options.load_full()
    }

    /// The log of who did what, written in the transactions of the acts.
    pub fn audit(&self) -> &Auditor {
        &self.inner.audit
    }

    pub(crate) fn names(&self) -> &Names {
        &self.inner.names
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    pub(crate) fn db(&self) -> &Db {
        self.inner.journal.db()
    }

    pub(crate) fn clock(&self) -> &Clock {
        self.inner.journal.clock()
    }

    /// Whether these access versions are the ones in the database now.
    pub(crate) async fn are_current(&self, stamps: &[Stamp]) -> Result<bool> {
        let keys: Vec<JournalKey> = stamps.iter().map(|stamp| stamp.key).collect();
        let heads = self.journal().heads(&keys).await?;
        Ok(stamps.iter().all(|stamp| heads.get(&stamp.key).is_some_and(|head| head.access_version == stamp.access_version)))
    }
}
