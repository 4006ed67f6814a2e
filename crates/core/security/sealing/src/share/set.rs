//! The public description of a set of shares, by which a wrong one is named.

use subtle::ConstantTimeEq;

use super::{CHECK, Common, Joined, SET, Share, ShareError, VERSION, join};
use crate::error::{Error, Result};

const COMMITMENT: usize = 32;

/// What all shares of a set have in common, and a commitment to each. Not secret.
///
/// Keep it where whoever could forge a share cannot change it: beside the configuration of the vaults, on
/// the recovery sheet. It tells right shares from wrong ones, and it does not help to find the key.
#[derive(Clone, PartialEq, Eq)]
pub struct ShareSet {
    common: Common,
    commitments: Vec<[u8; COMMITMENT]>,
}

impl ShareSet {
    pub(super) fn of(common: Common, shares: &[Share]) -> Self {
        Self { common, commitments: shares.iter().map(Share::commitment).collect() }
    }

    #[cfg(test)]
    pub(super) const fn common(&self) -> Common {
        self.common
    }

    /// How many shares give the key back.
    pub const fn needed(&self) -> u8 {
        self.common.needed
    }

    /// How many shares the set has.
    pub const fn total(&self) -> u8 {
        self.common.total
    }

    /// What its shares call it.
    pub const fn id(&self) -> [u8; SET] {
        self.common.set
    }

    /// Whether `share` is, byte for byte, the one that was handed out under its number.
    pub fn check(&self, share: &Share) -> Result<(), ShareError> {
        let index = share.index;
        if share.common.set != self.common.set {
            return Err(ShareError::AnotherSet { index });
        }
        let wanted = self.commitments.get(usize::from(index).wrapping_sub(1));
        if wanted.is_some_and(|wanted| wanted.ct_eq(&share.commitment()).into()) {
            Ok(())
        } else {
            Err(ShareError::Wrong { index })
        }
    }

    /// The key, if enough of the shares are right. Wrong ones are left out and named, also in success.
    pub fn join(&self, shares: &[Share]) -> Result<Joined, ShareError> {
        let (mut good, mut wrong) = (Vec::new(), Vec::new());
        join::bounded(shares.len())?;
        for share in shares {
            match self.check(share) {
                Ok(()) => good.push(share),
                Err(ShareError::AnotherSet { index }) => return Err(ShareError::AnotherSet { index }),
                Err(_) => wrong.push(share.index),
            }
        }
        wrong.sort_unstable();
        wrong.dedup();
        match join::of(&good) {
            Ok(joined) => Ok(Joined { key: joined.key, wrong }),
            Err(ShareError::NotEnough { good, .. }) => Err(ShareError::NotEnough { needed: self.common.needed, good, wrong }),
            Err(error) => Err(error),
        }
    }

    /// The set's versioned encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.common.set);
        out.extend_from_slice(&[self.common.needed, self.common.total]);
        out.extend_from_slice(&self.common.check);
        out.extend_from_slice(self.commitments.as_flattened());
        out
    }

    /// Reads what [`ShareSet::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let cut = Error::Malformed("the description of the shares is cut off");
        let (&[version], rest) = bytes.split_first_chunk().ok_or(cut)?;
        if version != VERSION {
            return Err(Error::UnknownFormat(version));
        }
        let (&set, rest) = rest.split_first_chunk().ok_or(cut)?;
        let (&[needed, total], rest) = rest.split_first_chunk().ok_or(cut)?;
        let (&check, rest) = rest.split_first_chunk::<CHECK>().ok_or(cut)?;
        let common = Common { set, needed, total, check }.validate()?;
        let (commitments, more) = rest.as_chunks::<COMMITMENT>();
        if commitments.len() != usize::from(total) || !more.is_empty() {
            return Err(Error::Malformed("the description has a commitment for each share and nothing more"));
        }
        Ok(Self { common, commitments: commitments.to_vec() })
    }
}

impl std::fmt::Debug for ShareSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShareSet({} of {})", self.common.needed, self.common.total)
    }
}
