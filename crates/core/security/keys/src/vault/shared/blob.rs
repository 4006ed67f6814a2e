//! The seal of a shared vault as bytes. May come from an attacker: everything is bounded before it is used.

use plexichat_kernel::{
    Error, Result,
    config::{LONGEST_VAULT_NAME, MOST_VAULTS},
};
use plexichat_sealing::ShareSet;

const VERSION: u8 = 1;
/// Longest name of a member, bytes.
pub(super) const LONGEST_NAME: usize = LONGEST_VAULT_NAME;
/// Longest sealed share; a transit server writes some 140 bytes.
const LONGEST_SEALED: usize = 2_048;

/// A parsed seal: the set, and name and sealed share of each member in the order of their numbers.
pub(super) struct Blob {
    pub(super) set: ShareSet,
    pub(super) parts: Vec<(String, Vec<u8>)>,
}

impl Blob {
    /// Number, name and sealed share.
    pub(super) fn part(&self, at: usize) -> (u8, &str, &[u8]) {
        let (name, sealed) = &self.parts[at];
        (u8::try_from(at + 1).unwrap_or(u8::MAX), name, sealed)
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let set = self.set.to_bytes();
        let mut bytes = vec![VERSION];
        let long = |length: usize| u16::try_from(length).map(u16::to_be_bytes).map_err(Error::internal);
        bytes.extend(long(set.len())?);
        bytes.extend(set);
        for (name, sealed) in &self.parts {
            if sealed.len() > LONGEST_SEALED {
                return Err(Error::unavailable(format!("the vault {name} sealed its share in more than {LONGEST_SEALED} bytes")));
            }
            bytes.push(u8::try_from(name.len()).map_err(Error::internal)?);
            bytes.extend(name.as_bytes());
            bytes.extend(long(sealed.len())?);
            bytes.extend(sealed);
        }
        Ok(bytes)
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (&version, rest) = bytes.split_first()?;
        let (set, mut rest) = long(rest)?;
        let set = ShareSet::from_bytes(set).ok().filter(|_| version == VERSION)?;
        let total = usize::from(set.total());
        if total > MOST_VAULTS {
            return None;
        }
        let mut parts: Vec<(String, Vec<u8>)> = Vec::with_capacity(total);
        for _ in 0..total {
            let (&length, after) = rest.split_first()?;
            let (name, after) = after.split_at_checked(usize::from(length))?;
            let (sealed, after) = long(after)?;
            let name = std::str::from_utf8(name).ok().filter(|name| (1..=LONGEST_NAME).contains(&name.len()))?;
            if sealed.len() > LONGEST_SEALED || parts.iter().any(|(other, _)| other == name) {
                return None;
            }
            parts.push((name.to_owned(), sealed.to_vec()));
            rest = after;
        }
        rest.is_empty().then_some(Self { set, parts })
    }
}

/// What follows a length of two bytes, and the rest.
fn long(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_sealing::{Key, share};

    #[test]
    fn only_what_was_written_is_read() {
        let (set, _) = share::split(&Key::random(), 2, 3).expect("splits");
        let parts = ["a", "b", "c"].map(|name| (name.to_owned(), name.repeat(70).into_bytes())).to_vec();
        let bytes = Blob { set: set.clone(), parts: parts.clone() }.to_bytes().expect("writes");
        let read = Blob::parse(&bytes).expect("reads");
        assert!(read.set == set && read.parts == parts);
        for length in 0..bytes.len() {
            assert!(Blob::parse(&bytes[..length]).is_none(), "cut at {length}");
        }
        assert!(Blob::parse(&[&bytes[..], &[0]].concat()).is_none(), "something behind it");
        let mut other = bytes.clone();
        other[0] = 2;
        assert!(Blob::parse(&other).is_none(), "another version");
        let twice = ["a", "a", "c"].map(|name| (name.to_owned(), vec![1])).to_vec();
        let twice = Blob { set: set.clone(), parts: twice }.to_bytes().expect("writes");
        assert!(Blob::parse(&twice).is_none(), "a name twice");
        let (large, _) = share::split(&Key::random(), 2, 17).expect("splits");
        let parts = (0..17).map(|at| (at.to_string(), vec![1])).collect();
        assert!(Blob::parse(&Blob { set: large, parts }.to_bytes().expect("writes")).is_none(), "too many");
    }
}
