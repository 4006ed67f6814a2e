//! Keys as text that can be mailed and pasted, and their fingerprints.
//!
//! ```text
//! text         kind ‖ "1" ‖ base64url without padding of ( bytes ‖ checksum 4 )
//! checksum     the first bytes of SHA-256( "plexichat text 1" ‖ kind ‖ "1" ‖ bytes )
//! fingerprint  SHA-256( "plexichat fingerprint 1" ‖ kind ‖ "1" ‖ public bytes )
//! ```
//!
//! No kind has a 1 in it, so it ends where it ends. It stands in front in words, so nobody pastes a secret where a public key belongs without seeing
//! it. The checksum catches what was cut off or mistyped; it proves nothing about who made it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::key::{KEY_LENGTH, Key};

const CHECKSUM: usize = 4;

/// What stands for a public key when people compare it: 32 bytes, shown as groups of hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    pub(crate) fn of(kind: &str, public: &[u8]) -> Self {
        let mut hash = Sha256::new_with_prefix(b"plexichat fingerprint 1");
        hash.update(kind);
        hash.update(b"1");
        hash.update(public);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pair) in self.0.chunks(2).enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            pair.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// In front of every key and signature in bytes.
pub(crate) const VERSION: u8 = 1;

/// What follows the version byte.
pub(crate) fn versioned(bytes: &[u8]) -> Result<&[u8]> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        Some((&version, _)) => Err(Error::UnknownFormat(version)),
        None => Err(Error::Malformed("it is empty")),
    }
}

/// The seed of a secret key, or another secret of 32 bytes, as text of this kind: words with hyphens and no 1 in them.
pub fn encode_seed(kind: &str, seed: &Key) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([VERSION; 1 + KEY_LENGTH]);
    bytes[1..].copy_from_slice(seed.expose());
    encode(kind, &*bytes)
}

/// Reads what [`encode_seed`] wrote.
pub fn decode_seed(kind: &str, text: &str) -> Result<Key> {
    Key::try_from(versioned(&decode::<{ 1 + KEY_LENGTH }>(kind, text)?)?)
}

fn checksum(kind: &str, bytes: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Sha256::new_with_prefix(b"plexichat text 1");
    hash.update(kind);
    hash.update(b"1");
    hash.update(bytes);
    let full = hash.finalize();
    std::array::from_fn(|index| full[index])
}

/// `bytes` as text of this kind. Wiped when dropped, because some kinds are secret.
pub(crate) fn encode(kind: &str, bytes: &[u8]) -> Zeroizing<String> {
    let mut all = Zeroizing::new(Vec::with_capacity(bytes.len() + CHECKSUM));
    all.extend_from_slice(bytes);
    all.extend_from_slice(&checksum(kind, bytes));
    let mut text = Zeroizing::new(String::with_capacity(kind.len() + 1 + all.len().div_ceil(3) * 4));
    text.push_str(kind);
    text.push('1');
    URL_SAFE_NO_PAD.encode_string(&*all, &mut text);
    text
}

/// The `N` bytes of a text of this kind; space around it does not matter.
pub(crate) fn decode<const N: usize>(kind: &str, text: &str) -> Result<Zeroizing<Vec<u8>>> {
    let body = text.trim().strip_prefix(kind).and_then(|rest| rest.strip_prefix('1'));
    let body = body.ok_or(Error::Malformed("the text begins with another kind of key"))?;
    // Checked before it is decoded: nothing longer than a key is allocated.
    if body.len() != ((N + CHECKSUM) * 4).div_ceil(3) {
        return Err(Error::Malformed("the text is cut off, or has something added"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity((N + CHECKSUM).next_multiple_of(3)));
    URL_SAFE_NO_PAD
        .decode_vec(body, &mut bytes)
        .map_err(|_| Error::Malformed("the text has a character that does not belong there"))?;
    let (body, sum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(Error::Malformed("the text is cut off"))?;
    if *sum != checksum(kind, body) {
        return Err(Error::Malformed("the text's checksum does not fit: it was mistyped or damaged"));
    }
    bytes.truncate(N);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_comes_back_and_every_changed_character_is_noticed(bytes in any::<[u8; 33]>(), at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
            let text = encode("plexi-test", &bytes);
            let decoded = decode::<33>("plexi-test", &format!("  {}\n", *text)).expect("ours");
            prop_assert_eq!(decoded.as_slice(), &bytes);
            let mut changed = text.to_string();
            let at = at.index(text.len());
            changed.replace_range(at..=at, &to);
            prop_assert!(changed == *text || decode::<33>("plexi-test", &changed).is_err());
            prop_assert!(decode::<33>("plexi-other", &text).is_err());
            prop_assert!(decode::<32>("plexi-test", &text).is_err());
            prop_assert!(decode::<33>("plexi-test", &text[..at]).is_err());
        }

        #[test]
        fn random_text_never_panics(text in ".{0,80}", prefix in any::<bool>()) {
            let text = if prefix { format!("plexi-test1{text}") } else { text };
            prop_assert!(decode::<33>("plexi-test", &text).is_err());
        }
    }

    #[test]
    fn fingerprints_are_shown_in_groups() {
        let shown = Fingerprint::of("plexi-test", b"x").to_string();
        assert_eq!(shown.len(), 16 * 5 - 1);
        assert!(shown.split(' ').all(|group| group.len() == 4));
        assert_ne!(Fingerprint::of("plexi-test", b"x"), Fingerprint::of("plexi-tes", b"tx"), "the kind ends where it ends");
    }
}
