//! A keyed blind index: finding a sealed value by equality without opening every row.
//!
//! The same text under the same key and field gives the same bytes, so a database can look for them
//! and can see which rows are equal; that much an index always tells. Without the key nobody can try out
//! guesses, which a plain hash of an e-mail address would invite. Normalise before (case, Unicode
//! form): the index compares bytes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::key::Key;

/// The index of one field, for example the addresses of accounts.
pub struct BlindIndex(Hmac<Sha256>);

impl BlindIndex {
    /// The index of `field` under a key of its own, derived from `key`.
    pub fn new(key: &Key, field: &str) -> Self {
        let own = key.derive("blind index", &[field.as_bytes()]);
        Self(Hmac::new_from_slice(own.expose()).expect("HMAC takes a key of any length"))
    }

    /// 32 bytes that stand for `value` (HMAC-SHA-256, RFC 2104).
    pub fn full(&self, value: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(value).finalize().into_bytes().into()
    }

    /// The first 16 of the 32 bytes: among 2^40 values two share one with a probability of 2^-49.
    pub fn short(&self, value: &[u8]) -> [u8; 16] {
        let full = self.full(value);
        std::array::from_fn(|index| full[index])
    }
}

impl std::fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlindIndex(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal_and_everything_else_differs() {
        let (key, other) = (Key::random(), Key::random());
        let mail = BlindIndex::new(&key, "accounts.email");
        let value = mail.full(b"ada@example.org");
        assert_eq!(value, BlindIndex::new(&key, "accounts.email").full(b"ada@example.org"));
        assert_ne!(value, mail.full(b"Ada@example.org"));
        assert_ne!(value, BlindIndex::new(&key, "invitations.email").full(b"ada@example.org"));
        assert_ne!(value, BlindIndex::new(&other, "accounts.email").full(b"ada@example.org"));
        assert_eq!(mail.short(b"ada@example.org"), value[..16]);
    }
}
