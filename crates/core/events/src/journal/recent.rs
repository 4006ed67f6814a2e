//! Nonces committed lately by this node: a repeated one need not be tried first to be found out.
//!
//! Only that they are known: what became of them says the database, always, so that the same repetition is answered the
//! same by whichever node it reaches, also after an edit, a delete, or in another epoch. Bounded by count and age; what
//! falls out is found when it violates the index.

use super::NonceKey;
use moka::sync::Cache;
use plexichat_model::JournalKey;
use std::time::Duration;

/// The nonces.
pub(super) struct Recent {
    cache: Cache<(JournalKey, i64, i64), ()>,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { cache: Cache::builder().max_capacity(16_384).time_to_live(Duration::from_mins(10)).build() }
    }

    pub(super) fn knows(&self, key: &NonceKey) -> bool {
        self.cache.contains_key(&key.identity())
    }

    pub(super) fn insert(&self, key: &NonceKey) {
        self.cache.insert(key.identity(), ());
    }
}
