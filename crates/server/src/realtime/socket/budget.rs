//! How many frames a socket may send: a bucket that fills again at the allowed rate (GCRA).

use std::time::Duration;

use plexichat_kernel::config::{Quota, Rate};

/// The bucket of one socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    quota: Option<Quota>,
    /// When the bucket is full again.
    full_at: Duration,
}

impl Budget {
    pub(super) fn new(rate: Rate) -> Self {
        Self { quota: rate.quota(), full_at: Duration::ZERO }
    }

    /// Takes one at `now`. `Err`: how long to wait.
    pub(super) fn spend(&mut self, now: Duration) -> Result<(), Duration> {
        let Some(quota) = &self.quota else { return Ok(()) };
        let next = self.full_at.max(now) + quota.interval();
        let most = now + quota.interval() * quota.burst.get();
        if next > most {
            return Err(next.saturating_sub(most));
        }
        self.full_at = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut budget = Budget::new(Rate::per_minute(60, 5));
        assert!((0..5).all(|_| budget.spend(Duration::ZERO).is_ok()));
        assert_eq!(budget.spend(Duration::ZERO), Err(Duration::from_secs(1)));
        assert!(budget.spend(Duration::from_secs(1)).is_ok());
        assert!(Budget::new(Rate::Off).spend(Duration::ZERO).is_ok());
    }
}
