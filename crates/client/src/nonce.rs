//! Retry keys of sends.

use plexichat_kernel::{Clock, ids::EPOCH_MS, random};
use plexichat_model::Nonce;

/// A fresh nonce: time-sortable (milliseconds since 2025 above 21 random bits) and positive. Keep it until the send
/// is answered; the same nonce is the same message.
pub fn new_nonce() -> Nonce {
    let ms = Clock::system().now_ms().saturating_sub(EPOCH_MS).clamp(1, (1 << 42) - 1);
    let chance = i64::try_from(random::below(1 << 21)).unwrap_or(0);
    Nonce((ms << 21) | chance)
}

#[cfg(test)]
mod tests {
    #[test]
    fn nonces_are_positive_and_different() {
        let nonces: std::collections::HashSet<i64> = (0..100).map(|_| super::new_nonce().0).collect();
        assert!(nonces.len() > 95 && nonces.iter().all(|n| *n > 0));
    }
}
