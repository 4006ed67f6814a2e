//! What the product is about: workspaces, channels, conversations, messages, threads, reactions, read state.
//!
//! [`Messaging`] is the one door; its verbs live one file a subject and all take the [`Caller`] first, get
//! an access value from `core/auth`, and change rows through `Journal::commit` alone, so that every change
//! has its version, its event and its place in the order. Stores (`store/`) hold the SQL as free functions;
//! they decide nothing. Not here: HTTP and sockets (`server`), who may what (`core/auth`), accounts.
//!
//! [`Caller`]: plexichat_kernel::Caller

mod accept;
mod admission;
mod bodies;
mod changes;
mod channel_members;
mod channels;
mod conversations;
mod cursors;
mod delete;
mod draft;
mod edit;
mod founding;
mod history;
mod housekeeping;
mod invitations;
mod key_tasks;
mod mentions;
mod names;
mod overrides;
mod page;
mod people;
mod profiles;
mod reactions;
mod send;
mod setup;
mod stale;
mod store;
mod sync;
mod text;
mod timeline;
mod typing;
mod welcome;
mod workspace_members;
mod workspaces;

pub use changes::READ_AT_ONCE;
pub use channel_members::MemberQuery;
pub use channels::ChannelQuery;
pub use conversations::OpenedConversation;
pub use history::PageAt;
pub use housekeeping::Housekeeping;
pub use key_tasks::ShredPolicy;
pub use people::UserQuery;
pub use setup::JoinedSession;

use plexichat_auth::Auth;
use plexichat_database::Db;
use plexichat_events::Journal;
use plexichat_keys::Keys;
use std::{ops::Deref, sync::Arc};

/// The verbs of messaging. Cheap to clone: a request does so several times.
#[derive(Clone)]
pub struct Messaging {
    parts: Arc<Parts>,
}

/// What the verbs work with.
#[doc(hidden)]
pub struct Parts {
    db: Db,
    journal: Journal,
    auth: Auth,
    bodies: bodies::Bodies,
    reading: cursors::Reading,
    timelines: timeline::Timelines,
    profiles: profiles::Profiles,
}

impl Deref for Messaging {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl std::fmt::Debug for Messaging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messaging").field("db", &self.db).finish_non_exhaustive()
    }
}

impl Messaging {
    /// Messaging over this journal and these accounts, sealed by these keys.
    pub fn new(journal: Journal, auth: Auth, keys: Keys) -> Self {
        let db = journal.db().clone();
        let bodies = bodies::Bodies::new(keys);
        let append = send::Append { engine: db.engine(), bodies: bodies.clone() };
        journal.register_bulk(send::BULK, Arc::new(append));
        let (timelines, profiles) = (timeline::Timelines::default(), profiles::Profiles::default());
        let parts = Parts { db, journal, auth, bodies, reading: cursors::Reading::default(), timelines, profiles };
        Self { parts: Arc::new(parts) }
    }

    /// The journal it writes through.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The keys that seal what is said.
    pub fn keys(&self) -> &Keys {
        self.bodies.keys()
    }

    /// The accounts and rights it asks.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }
}
