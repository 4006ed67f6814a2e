//! The Merkle tree of RFC 9162 (and 6962): hashes, which subtrees a proof is made of, and judging proofs.
//!
//! Pure: where hashes are kept is [`tiles`](crate::tiles). Sizes and numbers count leaves from 0.
//! Proofs are judged by the algorithms of the RFC, so any other implementation comes to the same answer.

use sha2::{Digest as _, Sha256};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// Hash of a leaf: SHA-256 of a zero byte and the entry (RFC 9162, 2.1.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// Hash of an inner node: SHA-256 of a one byte and both children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Hash of the tree without leaves.
pub fn empty_hash() -> Hash {
    Sha256::digest([]).into()
}

/// A complete subtree: its height and its place among those of the same height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Height; 0 is a leaf.
    pub level: u8,
    /// Place, from 0.
    pub index: u64,
}

/// The complete subtrees, from the left, whose hashes folded from the right are the hash of the leaves `start..end`.
/// `start` must be a multiple of a power of two that is not smaller than the range, as in every proof.
pub fn range_nodes(start: u64, end: u64) -> Vec<Node> {
    let (mut at, mut nodes) = (start, Vec::new());
    while at < end {
        let level = (end - at).ilog2();
        nodes.push(Node { level: u8::try_from(level).unwrap_or(63), index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// Folds the hashes of [`range_nodes`].
pub fn fold(hashes: &[Hash]) -> Hash {
    let mut from_right = hashes.iter().rev();
    let Some(last) = from_right.next() else { return empty_hash() };
    from_right.fold(*last, |right, left| node_hash(left, &right))
}

/// Largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The ranges of leaves whose hashes are the inclusion proof of leaf `number` in the tree of `size` (RFC 9162, 2.1.3.1).
/// `None` when there is no such leaf.
pub fn inclusion_ranges(number: u64, size: u64) -> Option<Vec<(u64, u64)>> {
    if number >= size {
        return None;
    }
    let (mut start, mut end, mut ranges) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + split(end - start);
        if number < middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    ranges.reverse();
    Some(ranges)
}

/// The ranges of leaves whose hashes are the proof that the tree of `size` continues that of `old` (RFC 9162, 2.1.4.1).
/// `None` when `old` is larger or empty.
pub fn consistency_ranges(old: u64, size: u64) -> Option<Vec<(u64, u64)>> {
    if old == 0 || old > size {
        return None;
    }
    let (mut start, mut end, mut ranges, mut whole) = (0, size, Vec::new(), true);
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
            whole = false;
        }
    }
    if !whole {
        ranges.push((start, end));
    }
    ranges.reverse();
    Some(ranges)
}

/// Whether `proof` shows that `leaf` has this number in the tree of `size` with this root (RFC 9162, 2.1.3.2).
pub fn is_included(leaf: &Hash, number: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if number >= size {
        return false;
    }
    let (mut fn_, mut sn, mut hash) = (number, size - 1, *leaf);
    for sibling in proof {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            hash = node_hash(sibling, &hash);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `size` begins with the tree of `old` (RFC 9162, 2.1.4.2).
pub fn is_consistent(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    if old == 0 {
        // Everything continues the empty tree.
        return proof.is_empty() && *old_root == empty_hash();
    }
    if old > size {
        return false;
    }
    let mut rest = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut fn_, mut sn) = (old - 1, size - 1);
    let shift = fn_.trailing_ones();
    fn_ >>= shift;
    sn >>= shift;
    let (mut before, mut after) = (*first, *first);
    for hash in rest {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            before = node_hash(hash, &before);
            after = node_hash(hash, &after);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            after = node_hash(&after, hash);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && before == *old_root && after == *root
}
