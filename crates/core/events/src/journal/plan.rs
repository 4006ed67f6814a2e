//! The pure part of a group commit: who gets which versions, relative to heads not yet known.

use super::{Granted, Head, Touch};
use plexichat_model::JournalKey;
use std::collections::BTreeMap;

/// What a batch adds to one head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Delta {
    /// Versions taken.
    pub(super) versions: i64,
    /// Numbers taken.
    pub(super) numbers: i64,
    /// Relative number that becomes `main_number`; 0: unchanged.
    pub(super) main: i64,
    /// Relative version that becomes `access_version`; 0: unchanged.
    pub(super) access: i64,
    /// The head row is new.
    pub(super) create: bool,
}

impl Delta {
    fn add(&mut self, touch: &Touch) {
        self.versions += i64::from(touch.versions);
        self.numbers += i64::from(touch.numbers);
        if touch.main && touch.numbers > 0 {
            self.main = self.numbers;
        }
        if touch.access {
            self.access = self.versions;
        }
        self.create |= touch.create;
    }

    /// The head after this delta.
    pub(super) fn after(&self, head: Head) -> Head {
        Head {
            version: head.version + self.versions,
            number: head.number + self.numbers,
            main_number: if self.main > 0 { head.number + self.main } else { head.main_number },
            access_version: if self.access > 0 { head.version + self.access } else { head.access_version },
            first_number: head.first_number,
            resume_floor: head.resume_floor,
        }
    }
}

/// Relative versions for a batch of changes, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// Journal → sum; in lock order.
    pub(super) heads: BTreeMap<JournalKey, Delta>,
    /// Per change: its touches with what came before it in the batch.
    offsets: Vec<Vec<(Touch, Delta)>>,
}

impl Plan {
    /// Plans the changes of a batch.
    pub(super) fn new<'a>(batch: impl Iterator<Item = &'a [Touch]>) -> Self {
        let mut plan = Self::default();
        for touches in batch {
            let mut offsets = Vec::with_capacity(touches.len());
            for touch in touches {
                let sum = plan.heads.entry(touch.key).or_default();
                offsets.push((*touch, *sum));
                sum.add(touch);
            }
            plan.offsets.push(offsets);
        }
        plan
    }

    /// What the `index`th change is given, once the heads before the batch are known.
    pub(super) fn granted(&self, index: usize, before: &BTreeMap<JournalKey, Head>, now_ms: i64) -> Granted {
        let mut granted = Granted { now_ms, ..Granted::default() };
        for (touch, offset) in &self.offsets[index] {
            let head = before.get(&touch.key).copied().unwrap_or_default();
            granted.entries.insert(touch.key, (*touch, offset.after(head)));
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::{ChannelId, UserId};

    #[test]
    fn versions_and_numbers_are_gapless_in_batch_order() {
        let a = JournalKey::channel(ChannelId(1));
        let u = JournalKey::user(UserId(2));
        let batch = [
            vec![Touch::one(a).numbers(1, true)],
            vec![Touch::one(a), Touch::one(u)],
            vec![Touch::many(a, 2).numbers(1, false)],
            vec![Touch::one(u).access()],
        ];
        let plan = Plan::new(batch.iter().map(Vec::as_slice));
        let before =
            BTreeMap::from([(a, Head { version: 10, number: 5, main_number: 4, ..Head::default() }), (u, Head::default())]);
        assert_eq!((plan.granted(0, &before, 0).version(a, 0), plan.granted(0, &before, 0).number(a, 0)), (11, 6));
        assert_eq!((plan.granted(1, &before, 0).version(a, 0), plan.granted(1, &before, 0).version(u, 0)), (12, 1));
        assert_eq!((plan.granted(2, &before, 0).version(a, 1), plan.granted(2, &before, 0).number(a, 0)), (14, 7));
        assert_eq!(plan.granted(2, &before, 0).head(a).main_number, 6);
        assert_eq!(plan.heads[&a], Delta { versions: 4, numbers: 2, main: 1, access: 0, create: false });
        assert_eq!(plan.heads[&u].access, 2);
    }
}
