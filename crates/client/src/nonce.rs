//! Retry keys of sends.

use plexichat_kernel::{Clock, ids::EPOCH_MS, random};
use plexichat_model::Nonce;
use std::sync::atomic::{AtomicI64, Ordering};

/// The newest nonce of this process.
static NEWEST: AtomicI64 = AtomicI64::new(0);

/// A fresh nonce: time-sortable (milliseconds since 2025 above 21 random bits), positive, and never the same twice in one
/// process. Keep it until the send is answered; the same nonce is the same message.
pub fn new_nonce() -> Nonce {
    let ms = Clock::system().now_ms().saturating_sub(EPOCH_MS).clamp(1, (1 << 42) - 1);
    let chance = i64::try_from(random::below(1 << 21)).unwrap_or(0);
    Nonce(above((ms << 21) | chance, &NEWEST))
}

/// Of two wishes in the same millisecond the later one may be the smaller, or the same: it gets what follows the newest.
fn above(wish: i64, newest: &AtomicI64) -> i64 {
    let next = |newest: i64| wish.max(newest.saturating_add(1));
    let before = newest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |newest| Some(next(newest)));
    next(before.unwrap_or_else(|newest| newest))
}

#[cfg(test)]
mod tests {
    use super::above;
    use std::sync::atomic::AtomicI64;

    #[test]
    fn nonces_are_positive_and_rise() {
        let nonces: Vec<i64> = (0..1_000).map(|_| super::new_nonce().0).collect();
        assert!(nonces[0] > 0 && nonces.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn the_same_wish_twice_is_two_nonces() {
        let newest = AtomicI64::new(0);
        assert_eq!([7, 7, 3, 20].map(|wish| above(wish, &newest)), [7, 8, 9, 20]);
    }
}
