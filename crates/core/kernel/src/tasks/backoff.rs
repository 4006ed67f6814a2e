//! How long to wait before trying again: doubling, capped, and spread by chance.
//!
//! For whoever tries something again: workers, connections, requests to other servers. Counts
//! attempts and computes; the waiting is done by the caller.

use std::time::Duration;

use crate::random;

/// Waiting times between attempts. Each is between half and all of the doubled one before, so that
/// many who failed together do not come back together.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    attempt: u32,
}

impl Backoff {
    /// Starts at `first` and never exceeds `most`.
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, attempt: 0 }
    }

    /// How long to wait now.
    pub fn next_delay(&mut self) -> Duration {
        let factor = 2_u32.saturating_pow(self.attempt);
        self.attempt = self.attempt.saturating_add(1);
        let full = self.first.saturating_mul(factor).min(self.most);
        let half = full / 2;
        half.saturating_add(random::jitter(full.saturating_sub(half)))
    }

    /// How often [`next_delay`](Self::next_delay) was asked since the last success.
    pub fn attempts(&self) -> u32 {
        self.attempt
    }

    /// Starts again after a success.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_start_again() {
        let (first, most) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(first, most);
        for full in [100, 200, 400, 800, 1_000, 1_000] {
            let full = Duration::from_millis(full);
            let delay = backoff.next_delay();
            assert!(delay >= full / 2 && delay <= full, "{delay:?} of {full:?}");
        }
        for _ in 0..100 {
            assert!(backoff.next_delay() <= most);
        }
        backoff.reset();
        assert!(backoff.next_delay() <= first);
    }
}
