//! Joining of shares, also without the description of their set.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Share, ShareError, field};
use crate::key::{KEY_LENGTH, Key};

/// How many choices of k shares are tried to find out which are wrong: all for sets of up to 12, and for 3 of 27.
const MOST_CHOICES: usize = 3_000;

/// A key that was put together, and what was wrong among the shares.
#[derive(Debug, PartialEq, Eq)]
pub struct Joined {
    /// The key that was split.
    pub key: Key,
    /// Numbers of shares that are not what was handed out, in ascending order. Replace them. Exact with a
    /// [`super::ShareSet`]; see [`join`] without one.
    pub wrong: Vec<u8>,
}

/// The key, from shares alone.
///
/// With exactly as many as are needed a wrong one is noticed. With more it is named and left out: the answer is the fewest
/// wrong shares that explain the rest, which are the wrong ones as long as no more than (m − k) / 2 of m are (Reed and Solomon,
/// *Polynomial codes over certain finite fields*, 1960). Whoever forges shares can forge the check in all of them too: where that matters use [`super::ShareSet::join`].
pub fn join(shares: &[Share]) -> Result<Joined, ShareError> {
    of(&shares.iter().collect::<Vec<_>>())
}

pub(super) fn of(shares: &[&Share]) -> Result<Joined, ShareError> {
    let shares = distinct(shares)?;
    let Some(common) = shares.first().map(|share| share.common) else {
        return Err(ShareError::NotEnough { needed: 1, good: 0, wrong: Vec::new() });
    };
    let needed = usize::from(common.needed);
    if shares.len() < needed {
        return Err(ShareError::NotEnough { needed: common.needed, good: shares.len(), wrong: Vec::new() });
    }
    let mut best: Option<Joined> = None;
    let mut choice: Vec<usize> = (0..needed).collect();
    for _ in 0..MOST_CHOICES {
        let points: Vec<_> = choice.iter().map(|&at| (shares[at].index, &*shares[at].y)).collect();
        let key = Key::filled(|out| field::interpolate(&points, 0, out));
        if common.fits(&key) {
            // Wrong shares whose errors cancel out give the key as well, and would have the right ones named.
            let wrong: Vec<u8> = shares.iter().filter(|share| !on_the_curve(&points, share)).map(|share| share.index).collect();
            if best.as_ref().is_none_or(|best| wrong.len() < best.wrong.len()) {
                best = Some(Joined { key, wrong });
            }
        }
        let done = best.as_ref().is_some_and(|best| best.wrong.is_empty());
        if done || !advance(&mut choice, shares.len()) {
            break;
        }
    }
    best.ok_or(ShareError::SomeWrong)
}

pub(super) fn bounded(count: usize) -> Result<(), ShareError> {
    if count > usize::from(u8::MAX) { Err(ShareError::TooMany) } else { Ok(()) }
}

/// Each share once, in the order of their numbers, all of one set.
fn distinct<'a>(shares: &[&'a Share]) -> Result<Vec<&'a Share>, ShareError> {
    bounded(shares.len())?;
    let alike = |share: &Share| shares.iter().filter(|other| other.common == share.common).count();
    let common = shares.iter().max_by_key(|share| alike(share)).map(|share| share.common);
    if let Some(stranger) = shares.iter().find(|share| Some(share.common) != common) {
        return Err(ShareError::AnotherSet { index: stranger.index });
    }
    let mut distinct: Vec<&Share> = Vec::new();
    for &share in shares {
        match distinct.binary_search_by_key(&share.index, |other| other.index) {
            Ok(at) if distinct[at] == share => {}
            Ok(_) => return Err(ShareError::Contradiction { index: share.index }),
            Err(at) => distinct.insert(at, share),
        }
    }
    Ok(distinct)
}

fn on_the_curve(points: &[(u8, &[u8; KEY_LENGTH])], share: &Share) -> bool {
    if points.iter().any(|(index, _)| *index == share.index) {
        return true;
    }
    let mut y = Zeroizing::new([0; KEY_LENGTH]);
    field::interpolate(points, share.index, &mut *y);
    y.as_slice().ct_eq(share.y.as_slice()).into()
}

/// The next choice in lexicographic order; false after the last.
fn advance(choice: &mut [usize], of: usize) -> bool {
    let size = choice.len();
    let Some(at) = (0..size).rev().find(|&at| choice[at] < of - (size - at)) else { return false };
    choice[at] += 1;
    for next in at + 1..size {
        choice[next] = choice[next - 1] + 1;
    }
    true
}
