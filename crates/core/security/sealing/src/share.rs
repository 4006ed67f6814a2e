//! Splitting of a root key into n shares, of which any k give it back and k−1 say nothing.
//!
//! Shamir, *How to share a secret*, CACM 22 (1979), byte by byte in GF(2^8) with the polynomial
//! x^8+x^4+x^3+x^2+1. The arithmetic is ours (`field.rs`): `blahaj`, the maintained crate, multiplies by
//! tables that it indexes with secret bytes and branches on zero, which other programs on the processor can
//! observe, and gives a wrong secret when a share is handed in twice. It stays as the second opinion of the tests: what
//! one splits the other joins. `vsss-rs` shares elements of prime-order groups, which 32 arbitrary bytes are not,
//! for a verifiability that hashes give here as well:
//!
//! - each share has a **commitment** in the public [`ShareSet`], so a corrupted or forged share is named before
//!   anything is joined, and a share of another set is refused;
//! - each share carries a **check** of the key, so that k shares on paper, without the set, still notice a wrong one,
//!   and more than k name it.
//!
//! Both are plain SHA-256 of 32 random bytes with labels. That hides them, because nobody can try 2^256 values; it
//! would not hide a password, and [`split`] takes a [`Key`] for that reason.
//!
//! ```text
//! share    version 1 (0x01) ‖ set 8 ‖ index 1 ‖ k 1 ‖ n 1 ‖ check 16 ‖ y 32                  60 bytes
//! text     Bech32m (BIP-350) of the share with the prefix "plexi-share", in groups of 4 characters
//! check    the first 16 bytes of SHA-256( "plexichat share check 1" ‖ set ‖ k ‖ n ‖ key )
//! set      version 1 (0x01) ‖ set 8 ‖ k 1 ‖ n 1 ‖ check 16 ‖ n × commitment 32
//! commit   SHA-256( "plexichat share commitment 1" ‖ the share's 60 bytes )
//! ```

mod field;
mod join;
mod set;
#[cfg(test)]
mod tests;

pub use join::{Joined, join};
pub use set::ShareSet;

use std::fmt;

use bech32::{Bech32m, Hrp};
use plexichat_kernel::random;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result};
use crate::key::{KEY_LENGTH, Key};

/// Length of an encoded share in bytes.
pub const SHARE_LENGTH: usize = HEAD + KEY_LENGTH;

const VERSION: u8 = 1;
const SET: usize = 8;
const CHECK: usize = 16;
/// Version, set, index, k, n and check.
const HEAD: usize = 1 + SET + 3 + CHECK;
const PREFIX: Hrp = Hrp::parse_unchecked("plexi-share");
const GROUP: usize = 4;

/// Why shares do not give a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// Fewer good ones than needed. `wrong` names those that are not what was handed out.
    #[error("{needed} good shares are needed and {good} are here{}", told(wrong))]
    NotEnough {
        /// How many are needed.
        needed: u8,
        /// How many fit.
        good: usize,
        /// The indices of those that are corrupted or forged.
        wrong: Vec<u8>,
    },
    /// Most belong to one splitting, and this one does not.
    #[error("share {index} belongs to another set")]
    AnotherSet {
        /// Index of the share that does not belong.
        index: u8,
    },
    /// Not what was handed out under this number.
    #[error("share {index} is corrupted or forged")]
    Wrong {
        /// Its number.
        index: u8,
    },
    /// Two different shares claim the same index.
    #[error("there are two different shares with the number {index}")]
    Contradiction {
        /// The index both claim.
        index: u8,
    },
    /// As many as are needed, and one or more of them are wrong; with another one they could be named.
    #[error("at least one of these shares is wrong; add another share, or the description of the set, to find out which")]
    SomeWrong,
    /// More than the largest set has.
    #[error("there are more than 255 shares")]
    TooMany,
}

fn told(wrong: &[u8]) -> String {
    if wrong.is_empty() {
        return String::new();
    }
    let wrong: Vec<String> = wrong.iter().map(u8::to_string).collect();
    format!("; wrong: {}", wrong.join(", "))
}

/// One of n parts of a key. Printed it shows its number, never its content.
pub struct Share {
    /// What all shares of a set have in common.
    common: Common,
    index: u8,
    y: Box<[u8; KEY_LENGTH]>,
}

/// What the shares of one set agree on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Common {
    set: [u8; SET],
    needed: u8,
    total: u8,
    check: [u8; CHECK],
}

impl Common {
    fn validate(self) -> Result<Self> {
        if self.needed == 0 || self.needed > self.total {
            return Err(Error::Malformed("of n shares 1 to n can be needed"));
        }
        Ok(self)
    }

    /// Whether `key` is the one that was split.
    fn fits(&self, key: &Key) -> bool {
        check(self.set, self.needed, self.total, key).ct_eq(&self.check).into()
    }
}

fn check(set: [u8; SET], needed: u8, total: u8, key: &Key) -> [u8; CHECK] {
    let mut hash = Sha256::new_with_prefix(b"plexichat share check 1");
    hash.update(set);
    hash.update([needed, total]);
    hash.update(key.expose());
    let full = hash.finalize();
    std::array::from_fn(|index| full[index])
}

/// Splits `key` into `total` shares of which any `needed` give it back, and the public description of the set.
///
/// 1 ≤ `needed` ≤ `total`. With `needed` = 1 each share is the key.
pub fn split(key: &Key, needed: u8, total: u8) -> Result<(ShareSet, Vec<Share>)> {
    let set = random::bytes();
    let common = Common { set, needed, total, check: check(set, needed, total, key) }.validate()?;
    // The polynomial of each byte, its constant term the secret's byte; all others random, zero included: a
    // leading coefficient that is never zero would rule values of the secret out (RUSTSEC-2024-0398).
    let mut coefficients = Zeroizing::new(vec![0; usize::from(needed) * KEY_LENGTH]);
    let (constant, others) = coefficients.split_at_mut(KEY_LENGTH);
    constant.copy_from_slice(key.expose());
    random::fill(others);
    let shares: Vec<Share> = (1..=total)
        .map(|index| {
            let mut y = Box::new([0; KEY_LENGTH]);
            field::evaluate(&coefficients, index, &mut y);
            Share { common, index, y }
        })
        .collect();
    Ok((ShareSet::of(common, &shares), shares))
}

impl Share {
    /// Its number in the set, from 1.
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// How many shares give the key back.
    pub const fn needed(&self) -> u8 {
        self.common.needed
    }

    /// How many shares the set has.
    pub const fn total(&self) -> u8 {
        self.common.total
    }

    /// The set it belongs to.
    pub const fn set_id(&self) -> [u8; SET] {
        self.common.set
    }

    /// [`SHARE_LENGTH`] bytes, for a vault that stores them.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(SHARE_LENGTH));
        out.push(VERSION);
        out.extend_from_slice(&self.common.set);
        out.extend_from_slice(&[self.index, self.common.needed, self.common.total]);
        out.extend_from_slice(&self.common.check);
        out.extend_from_slice(&*self.y);
        out
    }

    /// Reads what [`Share::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let cut = Error::Malformed("a share has 60 bytes");
        let (&[version], rest) = bytes.split_first_chunk().ok_or(cut)?;
        if version != VERSION {
            return Err(Error::UnknownFormat(version));
        }
        let (&set, rest) = rest.split_first_chunk().ok_or(cut)?;
        let (&[index, needed, total], rest) = rest.split_first_chunk().ok_or(cut)?;
        let (&check, rest) = rest.split_first_chunk().ok_or(cut)?;
        let y: &[u8; KEY_LENGTH] = rest.try_into().map_err(|_| cut)?;
        let common = Common { set, needed, total, check }.validate()?;
        if index == 0 || index > total {
            return Err(Error::Malformed("a share's number is between 1 and the size of its set"));
        }
        Ok(Self { common, index, y: Box::new(*y) })
    }

    /// `plex i-sh are1 …`: text that a person can type. Wiped when dropped.
    pub fn to_text(&self) -> Zeroizing<String> {
        let plain = Zeroizing::new(bech32::encode::<Bech32m>(PREFIX, &self.to_bytes()).expect("60 bytes fit the code"));
        let mut text = Zeroizing::new(String::with_capacity(plain.len() * 2));
        for (index, character) in plain.chars().enumerate() {
            if index > 0 && index % GROUP == 0 {
                text.push(' ');
            }
            text.push(character);
        }
        text
    }

    /// Reads what [`Share::to_text`] wrote, in any case, with any spaces and line breaks. Up to three mistyped
    /// characters are always noticed.
    pub fn from_text(text: &str) -> Result<Self> {
        const MOST: usize = 128;
        let mut plain = Zeroizing::new(String::with_capacity(MOST));
        for character in text.chars().filter(|character| !character.is_whitespace()) {
            if plain.len() >= MOST || !character.is_ascii() {
                return Err(Error::Malformed("this is no share: it has characters that do not belong there, or too many"));
            }
            plain.push(character.to_ascii_lowercase());
        }
        let mistyped = Error::Malformed("this is no share, or it was mistyped: its checksum does not fit");
        let checked = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(&plain).map_err(|_| mistyped)?;
        if checked.hrp() != PREFIX {
            return Err(Error::Malformed("the text is something else than a share"));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(SHARE_LENGTH + 4));
        bytes.extend(checked.byte_iter());
        Self::from_bytes(&bytes)
    }

    fn commitment(&self) -> [u8; 32] {
        Sha256::new_with_prefix(b"plexichat share commitment 1").chain_update(&*self.to_bytes()).finalize().into()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.y.zeroize();
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.common == other.common && self.index == other.index && bool::from(self.y.as_slice().ct_eq(other.y.as_slice()))
    }
}

impl Eq for Share {}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({} of {}, {} needed)", self.index, self.common.total, self.common.needed)
    }
}
