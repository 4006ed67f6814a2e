//! Writes that may wait a second and may be lost in a crash: read positions, last seen.
//!
//! Gathered per key, the newest wins. They are handed on a few at a time: a hundred positions of one second in one commit
//! would keep every sender waiting for all of them. Until then they stay here, where a newer one replaces them. What the
//! database would not take for now waits for the next second. Bounded: beyond the bound the oldest keys' changes are
//! still kept, new keys are dropped and counted, which loses a read position, never a message.

use super::erased::DynChange;
use std::{collections::HashMap, sync::Mutex, time::Duration};

/// How long changes gather.
pub(super) const GATHERED: Duration = Duration::from_millis(700);
/// Pause between the portions in which they are handed on: all of them within a second.
pub(super) const PAUSE: Duration = Duration::from_millis(4);
/// Portions at most.
const MOST_PORTIONS: usize = 64;
/// Least changes of a portion that is not the last.
const LEAST: usize = 16;

/// The size of the portions in which so many changes are handed on.
pub(super) fn portion(changes: usize) -> usize {
    changes.div_ceil(MOST_PORTIONS).max(LEAST)
}

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

    /// The keys of what waits now.
    pub(super) fn keys(&self) -> Vec<RelaxedKey> {
        self.changes.lock().expect("no panic while held").keys().copied().collect()
    }

    /// Takes what waits for these keys.
    pub(super) fn take_of(&self, keys: &[RelaxedKey]) -> Vec<(RelaxedKey, Box<dyn DynChange>)> {
        let mut changes = self.changes.lock().expect("no panic while held");
        keys.iter().filter_map(|key| changes.remove_entry(key)).collect()
    }

    pub(super) fn take(&self) -> Vec<(RelaxedKey, Box<dyn DynChange>)> {
        let changes = std::mem::take(&mut *self.changes.lock().expect("no panic while held"));
        changes.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{GATHERED, LEAST, MOST, MOST_PORTIONS, PAUSE, portion};
    use std::time::Duration;

    #[test]
    fn portions_are_small_and_all_of_them_leave_within_a_second() {
        assert_eq!(portion(0), LEAST);
        assert_eq!(portion(200), LEAST);
        for changes in [1, LEAST, 1_000, 5_000, MOST] {
            let portions = changes.div_ceil(portion(changes));
            assert!(portions <= MOST_PORTIONS);
            assert!(GATHERED + PAUSE * u32::try_from(portions).expect("few") <= Duration::from_secs(1));
        }
    }
}
