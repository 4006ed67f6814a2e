//! Writes that may wait a second and may be lost in a crash: read positions, last seen.
//!
//! Gathered per key, the newest wins. What the database would not take for now waits for the next second. Bounded: beyond the bound the oldest keys' changes are still kept, new
//! keys are dropped and counted, which loses a read position, never a message.

use super::erased::DynChange;
use std::{collections::HashMap, sync::Mutex};

/// What a relaxed change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RelaxedKey {
    /// Kind, for instance `cursor`.
    pub kind: &'static str,
    /// First id, for instance the person.
    pub a: i64,
    /// Second id, for instance the channel.
    pub b: i64,
}

const MOST: usize = 65_536;

#[derive(Default)]
pub(super) struct Relaxed {
    changes: Mutex<HashMap<RelaxedKey, Box<dyn DynChange>>>,
}

impl Relaxed {
    pub(super) fn put(&self, key: RelaxedKey, change: Box<dyn DynChange>) {
        let mut changes = self.changes.lock().expect("no panic while held");
        if changes.len() >= MOST && !changes.contains_key(&key) {
            metrics::counter!("plexichat_journal_relaxed_dropped_total").increment(1);
            return;
        }
        changes.insert(key, change);
    }

    /// Keeps a change that could not be committed for the next time, unless a newer one of its key has come.
    pub(super) fn put_back(&self, key: RelaxedKey, change: Box<dyn DynChange>) {
        let mut changes = self.changes.lock().expect("no panic while held");
        if changes.len() < MOST {
            changes.entry(key).or_insert(change);
        }
    }

    pub(super) fn take(&self) -> Vec<(RelaxedKey, Box<dyn DynChange>)> {
        let changes = std::mem::take(&mut *self.changes.lock().expect("no panic while held"));
        changes.into_iter().collect()
    }
}
