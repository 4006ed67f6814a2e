//! What the product is about: workspaces, channels, conversations, messages, threads, reactions, read state.
//!
//! [`Messaging`] is the one door; its verbs live one file a subject and all take the [`Caller`] first, get
//! an access value from `core/auth`, and change rows through `Journal::commit` alone, so that every change
//! has its version, its event and its place in the order. Stores (`store/`) hold the SQL as free functions;
//! they decide nothing. Not here: HTTP and sockets (`server`), who may what (`core/auth`), accounts.
//!
//! [`Caller`]: plexichat_kernel::Caller

mod names;
mod store;

use plexichat_auth::Auth;
use plexichat_database::Db;
use plexichat_events::Journal;

/// The verbs of messaging. Cheap to clone.
#[derive(Clone)]
pub struct Messaging {
    db: Db,
    journal: Journal,
    auth: Auth,
}

impl std::fmt::Debug for Messaging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messaging").field("db", &self.db).finish_non_exhaustive()
    }
}

impl Messaging {
    /// Messaging over this journal and these accounts.
    pub fn new(journal: Journal, auth: Auth) -> Self {
        Self { db: journal.db().clone(), journal, auth }
    }

    /// The journal it writes through.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The accounts and rights it asks.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }
}
