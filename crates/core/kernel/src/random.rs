//! The only home of randomness.
//!
//! Everything comes straight from the operating system's generator, so every value here is fit for
//! secrets. Nothing is seeded and nothing is cached: a forked or restored process never repeats a
//! value. Reproducible randomness for tests belongs to the tests (`proptest`), not here.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Length in characters of what [`token`] returns.
pub const TOKEN_LENGTH: usize = 43;

/// Fills `buffer` with random bytes.
#[expect(clippy::disallowed_methods, reason = "the home of randomness")]
pub fn fill(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the operating system provides randomness");
}

/// `N` random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    fill(&mut buffer);
    buffer
}

/// A random 64-bit number.
pub fn u64() -> u64 {
    u64::from_ne_bytes(bytes())
}

/// A random number in `0..bound`; zero when `bound` is zero.
///
/// The bias of the multiplication is below 2^-64 per value and of no use to anybody.
pub fn below(bound: u64) -> u64 {
    let scaled = (u128::from(u64()) * u128::from(bound)) >> 64;
    u64::try_from(scaled).unwrap_or(0)
}

/// A random duration in `0..=most`, to spread what would otherwise happen at once.
pub fn jitter(most: Duration) -> Duration {
    let nanos = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(below(nanos.saturating_add(1)))
}

/// An unguessable token: 256 bits as URL-safe base64 without padding, 43 characters.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_url_safe_and_different() {
        let (one, two) = (token(), token());
        assert_eq!(one.len(), TOKEN_LENGTH);
        assert_ne!(one, two);
        assert!(one.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    }

    #[test]
    fn below_stays_below_and_reaches_every_value() {
        let mut seen = [false; 4];
        for _ in 0..1_000 {
            let value = usize::try_from(below(4)).expect("small");
            seen[value] = true;
        }
        assert_eq!(seen, [true; 4]);
        assert_eq!(below(0), 0);
        assert_eq!(below(1), 0);
    }

    #[test]
    fn jitter_never_exceeds_its_bound() {
        let most = Duration::from_millis(3);
        assert!((0..200).all(|_| jitter(most) <= most));
        assert_eq!(jitter(Duration::ZERO), Duration::ZERO);
    }
}
