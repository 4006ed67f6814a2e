//! How failures turn into waiting. Pure.

/// How a counter punishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Failures without consequence.
    pub(super) free: u32,
    /// Without a further failure for so long, everything is forgotten.
    pub(super) window_ms: i64,
    /// Longest wait.
    pub(super) longest_ms: i64,
}

/// A counter as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counter {
    /// Failures counted.
    pub(super) failures: u32,
    /// When the first of them happened.
    pub(super) first_ms: i64,
    /// Until when attempts wait.
    pub(super) blocked_until_ms: i64,
}

impl Counter {
    /// Milliseconds to wait at this moment.
    pub(super) fn wait_ms(self, now_ms: i64) -> u64 {
        u64::try_from(self.blocked_until_ms.saturating_sub(now_ms)).unwrap_or(0)
    }

    /// The counter after a failure at this moment: the first wait is a second, each further one twice as long.
    pub(super) fn failed(self, now_ms: i64, rule: Rule) -> Self {
        let forgotten = now_ms.saturating_sub(self.first_ms.max(self.blocked_until_ms)) >= rule.window_ms;
        let (failures, first_ms) =
            if forgotten || self.failures == 0 { (1, now_ms) } else { (self.failures.saturating_add(1), self.first_ms) };
        let over = failures.saturating_sub(rule.free);
        let blocked_until_ms = if over == 0 {
            0
        } else {
            let doubled = 1_000_i64.checked_shl((over - 1).min(40)).unwrap_or(i64::MAX);
            now_ms.saturating_add(doubled.min(rule.longest_ms))
        };
        Self { failures, first_ms, blocked_until_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: Rule = Rule { free: 3, window_ms: 60_000, longest_ms: 10_000 };

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut counter = Counter::default();
        let mut waits = Vec::new();
        let mut now = 1_000_000;
        for _ in 0..9 {
            counter = counter.failed(now, RULE);
            waits.push(counter.wait_ms(now));
            now += 20_000.min(i64::try_from(counter.wait_ms(now)).expect("small")) + 1;
        }
        assert_eq!(waits, [0, 0, 0, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    }

    #[test]
    fn a_quiet_window_forgets() {
        let mut counter = Counter::default();
        for _ in 0..6 {
            counter = counter.failed(1_000_000, RULE);
        }
        let until = counter.blocked_until_ms;
        assert_eq!(counter.failed(until + 59_999, RULE).failures, 7);
        assert_eq!(counter.failed(until + 60_000, RULE), Counter { failures: 1, first_ms: until + 60_000, blocked_until_ms: 0 });
    }

    proptest! {
        #[test]
        fn nobody_waits_longer_than_the_longest(times in prop::collection::vec(0..100_000_i64, 1..200)) {
            let (mut counter, mut now) = (Counter::default(), 0_i64);
            for passed in times {
                now += passed;
                counter = counter.failed(now, RULE);
                prop_assert!(counter.wait_ms(now) <= 10_000);
                prop_assert!(counter.failures > RULE.free || counter.wait_ms(now) == 0);
            }
        }
    }
}
