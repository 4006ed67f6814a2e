//! Sessions this node has seen lately. Bounded; stamped with the owner's access version.

use moka::sync::Cache;
use plexichat_kernel::Caller;
use plexichat_model::UserId;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long a session is used without looking at its owner's access version in the database.
pub(crate) const CHECK_EVERY: Duration = Duration::from_millis(500);

/// Sessions kept. About 300 bytes each.
const SESSIONS: u64 = 100_000;

/// Hash of a token.
pub(crate) type TokenHash = [u8; 32];

/// A session as it was read.
#[derive(Debug)]
pub(super) struct Cached {
    pub(super) caller: Caller,
    pub(super) user_id: UserId,
    pub(super) access_version: i64,
    pub(super) absolute_ms: i64,
    pub(super) expires_ms: AtomicI64,
    pub(super) last_seen_ms: AtomicI64,
    /// Monotonic milliseconds of the last look at the access version.
    pub(super) checked_ms: AtomicU64,
}

/// The cache.
pub(crate) struct SessionCache {
    sessions: Cache<TokenHash, Arc<Cached>>,
    /// Counts removals: what was read before one must not be put in after it.
    removals: AtomicU64,
}

impl SessionCache {
    pub(crate) fn new() -> Self {
        Self { sessions: Cache::new(SESSIONS), removals: AtomicU64::new(0) }
    }

    pub(super) fn get(&self, token: &TokenHash) -> Option<Arc<Cached>> {
        self.sessions.get(token)
    }

    /// To be taken before a session is read, and given to [`put`](Self::put).
    pub(super) fn ticket(&self) -> u64 {
        self.removals.load(Ordering::SeqCst)
    }

    /// Keeps a session, unless one was removed since the ticket was taken.
    pub(super) fn put(&self, ticket: u64, token: TokenHash, session: Arc<Cached>) {
        self.sessions.insert(token, session);
        if self.ticket() != ticket {
            self.sessions.invalidate(&token);
        }
    }

    /// Drops sessions whose end is committed.
    pub(crate) fn remove<'a>(&self, tokens: impl IntoIterator<Item = &'a TokenHash>) {
        self.removals.fetch_add(1, Ordering::SeqCst);
        for token in tokens {
            self.sessions.invalidate(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::{SessionId, permission::InstanceRole};

    fn cached() -> Arc<Cached> {
        Arc::new(Cached {
            caller: Caller::session(UserId(7), SessionId(8), InstanceRole::Member),
            user_id: UserId(7),
            access_version: 1,
            absolute_ms: 0,
            expires_ms: AtomicI64::new(0),
            last_seen_ms: AtomicI64::new(0),
            checked_ms: AtomicU64::new(0),
        })
    }

    #[test]
    fn what_was_read_before_a_removal_is_not_kept_after_it() {
        let cache = SessionCache::new();
        let ticket = cache.ticket();
        cache.remove([&[1; 32]]);
        cache.put(ticket, [1; 32], cached());
        assert!(cache.get(&[1; 32]).is_none());
        cache.put(cache.ticket(), [1; 32], cached());
        assert!(cache.get(&[1; 32]).is_some());
        cache.remove([&[1; 32]]);
        assert!(cache.get(&[1; 32]).is_none());
    }
}
