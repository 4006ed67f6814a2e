//! Nonces committed lately by this node: a retry over the same node never reaches the database.
//!
//! Bounded by count and age; what falls out is found by the slow path in the database.

use super::NonceKey;
use moka::sync::Cache;
use plexichat_model::JournalKey;
use std::{any::Any, sync::Arc, time::Duration};

/// What was made of a nonce.
#[derive(Clone)]
pub(super) struct Known {
    /// Digest of what was asked.
    pub(super) digest: u64,
    /// The output then.
    pub(super) output: Arc<dyn Any + Send + Sync>,
}

/// The map.
pub(super) struct Recent {
    cache: Cache<(JournalKey, i64, i64), Known>,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { cache: Cache::builder().max_capacity(4096).time_to_live(Duration::from_mins(10)).build() }
    }

    pub(super) fn get(&self, key: &NonceKey) -> Option<Known> {
        self.cache.get(&key.identity())
    }

    pub(super) fn insert(&self, key: &NonceKey, output: Arc<dyn Any + Send + Sync>) {
        self.cache.insert(key.identity(), Known { digest: key.digest, output });
    }

    /// Forgets everything: another epoch began.
    pub(super) fn clear(&self) {
        self.cache.invalidate_all();
    }
}
