//! Keys in memory and the derivation of one from another.
//!
//! A [`Key`] lives on the heap from its first to its last byte, so that moving it copies a pointer and
//! not the secret, and is overwritten when it is dropped. It is never used by a cipher directly:
//! each use has a key of its own below it (HKDF-SHA-256, RFC 5869), so the same `Key` may seal
//! columns, make a blind index and derive others without one use weakening another.
//!
//! What this cannot promise: temporaries that the compiler or a foreign crate leaves on the stack, pages
//! that the system swaps out, and a core dump. Turn swap off or encrypt it.

use std::fmt;
use std::sync::OnceLock;

use aes_gcm_siv::{Aes256GcmSiv, KeyInit};
use hkdf::Hkdf;
use plexichat_kernel::random;
use sha2::Sha256;
use smallvec::SmallVec;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::error::{Error, Result};

/// Length of a key in bytes.
pub const KEY_LENGTH: usize = 32;

/// Salt of every extraction: it separates this product from others that are given the same secret.
const SALT: &[u8] = b"plexichat sealing 1";

/// What a derivation or a cipher binds: on the stack up to 256 bytes, on the heap beyond.
pub(crate) type Bound = SmallVec<[u8; 256]>;

/// Which key sealed something: a positive number that whoever keeps the keys gives out once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(i64);

impl KeyId {
    /// An id, if it is positive.
    pub const fn new(id: i64) -> Option<Self> {
        if id > 0 { Some(Self(id)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    pub(crate) const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    pub(crate) fn from_bytes(bytes: [u8; 8]) -> Result<Self> {
        Self::new(i64::from_be_bytes(bytes)).ok_or(Error::Malformed("the key id is not positive"))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// 32 secret bytes. Compared in constant time, never printed, overwritten when dropped.
///
/// There is no `Clone`: share one with `Arc`, so that there is one copy to overwrite.
pub struct Key(Box<Secret>);

struct Secret {
    bytes: [u8; KEY_LENGTH],
    /// Expanded on first use and kept, because every message needs it (wiped by its own drop).
    column: OnceLock<Aes256GcmSiv>,
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl Key {
    /// A new key from the operating system's generator.
    pub fn random() -> Self {
        Self::filled(random::fill)
    }

    /// A key with these bytes. The caller wipes his own copy.
    pub fn from_bytes(bytes: &[u8; KEY_LENGTH]) -> Self {
        Self::filled(|own| own.copy_from_slice(bytes))
    }

    /// The bytes themselves, for a vault that stores them or a cipher outside this crate.
    pub fn expose(&self) -> &[u8; KEY_LENGTH] {
        &self.0.bytes
    }

    /// A key for one purpose, which says nothing about this one or about its other children.
    ///
    /// `label` names the purpose and `parts` the thing. Both are encoded with their lengths and their
    /// number, so `["ab", "c"]` and `["a", "bc"]` give different keys.
    #[must_use]
    pub fn derive(&self, label: &str, parts: &[&[u8]]) -> Self {
        Self::filled(|own| self.derive_into(label, parts, own))
    }

    /// As [`Key::derive`], for secrets of another length.
    ///
    /// `out` is at most 8,160 bytes long (RFC 5869 §2.3), a length the caller knows when he compiles.
    pub(crate) fn derive_into(&self, label: &str, parts: &[&[u8]], out: &mut [u8]) {
        let mut info = Bound::new();
        push_part(&mut info, label.as_bytes());
        info.extend_from_slice(&length(parts.len()));
        for part in parts {
            push_part(&mut info, part);
        }
        Hkdf::<Sha256>::new(Some(SALT), &self.0.bytes).expand(&info, out).expect("at most 255 blocks of 32 bytes");
    }

    /// The cipher of [`crate::column`].
    pub(crate) fn column_cipher(&self) -> &Aes256GcmSiv {
        self.0.column.get_or_init(|| Aes256GcmSiv::new(self.derive("column", &[]).expose().into()))
    }

    pub(crate) fn filled(fill: impl FnOnce(&mut [u8])) -> Self {
        let mut secret = Box::new(Secret { bytes: [0; KEY_LENGTH], column: OnceLock::new() });
        fill(&mut secret.bytes);
        Self(secret)
    }
}

impl TryFrom<&[u8]> for Key {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.try_into().map_err(|_| Error::Malformed("a key has 32 bytes"))?;
        Ok(Self::from_bytes(bytes))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes.ct_eq(&other.0.bytes).into()
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Appends `part` with its length in front, so that what follows cannot be mistaken for it.
pub(crate) fn push_part(out: &mut Bound, part: &[u8]) {
    out.extend_from_slice(&length(part.len()));
    out.extend_from_slice(part);
}

fn length(length: usize) -> [u8; 8] {
    // `usize` has at most 64 bits on everything Rust runs on.
    (length as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_never_shows_its_bytes() {
        let key = Key::from_bytes(&[0xab; 32]);
        let shown = format!("{key:?} {key:#?}");
        assert!(!shown.contains("ab") && !shown.contains("171"), "{shown}");
    }

    #[test]
    fn random_keys_differ_and_equality_looks_at_every_byte() {
        assert_ne!(Key::random(), Key::random());
        let key = Key::random();
        assert_eq!(key, Key::from_bytes(key.expose()));
        for index in 0..KEY_LENGTH {
            let mut other = *key.expose();
            other[index] ^= 1;
            assert_ne!(key, Key::from_bytes(&other), "byte {index}");
        }
    }

    #[test]
    fn ids_are_positive() {
        assert_eq!(KeyId::new(0), None);
        assert_eq!(KeyId::new(-1), None);
        assert_eq!(KeyId::new(7).map(KeyId::get), Some(7));
        assert!(KeyId::from_bytes([0xff; 8]).is_err());
    }

    #[test]
    fn keys_of_another_length_are_refused() {
        assert!(Key::try_from(&[0; 31][..]).is_err());
        assert!(Key::try_from(&[0; 33][..]).is_err());
        assert!(Key::try_from(&[0; 32][..]).is_ok());
    }

    #[test]
    fn a_derived_key_stays_the_same_for_ever() {
        // Computed with Python's hmac: data that is sealed today has to open in ten years.
        let key = Key::from_bytes(&std::array::from_fn(|i| u8::try_from(i).expect("small")));
        assert_eq!(crate::hex::encode(key.derive("workspace", &[b"7", b"2026-11"]).expose()), DERIVED);
    }

    const DERIVED: &str = "45fc2ddbbb3fe4c3e3899bb5fbacada6c32417470dd66aa6f010a417568d2a65";

    proptest! {
        #[test]
        fn derivations_are_injective(
            one in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4),
            two in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4),
            label in "[a-c]{0,2}", other in "[a-c]{0,2}",
        ) {
            let key = Key::from_bytes(&[7; 32]);
            let derive = |label: &str, parts: &[Vec<u8>]| key.derive(label, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(derive(&label, &one) == derive(&other, &two), (label, one) == (other, two));
        }
    }
}
