//! Hashes of the tree in rows of 256, as in C2SP tlog-tiles: what a proof needs is a few rows, whatever the size.
//!
//! Row `index` of tile level `level` holds the hashes of the complete subtrees of height `8 × level`, from place
//! `256 × index` on. Heights between are computed. Pure: rows are read and written by the store.

use crate::merkle::{Hash, Node, fold, node_hash, range_nodes};
use std::collections::{BTreeMap, BTreeSet};

/// Hashes of a full row.
pub const WIDTH: u64 = 256;

/// Which row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Tile level: a hash stands for `256^level` leaves.
    pub level: u8,
    /// Place, from 0.
    pub index: u64,
}

/// Some rows of the tree.
#[derive(Clone, Debug, Default)]
pub struct Tiles {
    rows: BTreeMap<TileId, Vec<Hash>>,
}

fn place(node: Node) -> (TileId, usize, usize) {
    let (level, inside) = (node.level / 8, node.level % 8);
    let first = node.index << inside;
    let at = usize::try_from(first % WIDTH).unwrap_or(0);
    (TileId { level, index: first / WIDTH }, at, 1 << inside)
}

/// The rows that hold what these subtrees are computed from.
pub fn needed(nodes: &[Node]) -> BTreeSet<TileId> {
    nodes.iter().map(|node| place(*node).0).collect()
}

/// The rows at the right edge of the tree of `size`: what appending needs.
pub fn edge(size: u64) -> BTreeSet<TileId> {
    let counts = (0..8).map(|level| (level, size >> (8 * u32::from(level))));
    counts.filter(|(_, count)| count % WIDTH != 0).map(|(level, count)| TileId { level, index: count / WIDTH }).collect()
}

impl Tiles {
    /// Adds a row as it is stored; `None` when its length is not one of a row.
    pub fn insert(&mut self, id: TileId, bytes: &[u8]) -> Option<()> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || hashes.is_empty() || hashes.len() > 256 {
            return None;
        }
        self.rows.insert(id, hashes.to_vec());
        Some(())
    }

    /// A row as it is stored.
    pub fn bytes(&self, id: TileId) -> Option<Vec<u8>> {
        self.rows.get(&id).map(|hashes| hashes.concat())
    }

    /// The hashes of a row.
    pub fn row(&self, id: TileId) -> Option<&[Hash]> {
        self.rows.get(&id).map(Vec::as_slice)
    }

    /// Gives a row up.
    pub(crate) fn forget(&mut self, id: TileId) {
        self.rows.remove(&id);
    }

    /// The hash of a complete subtree, if the row it is computed from is here and long enough.
    pub fn node(&self, node: Node) -> Option<Hash> {
        let (id, at, count) = place(node);
        self.rows.get(&id)?.get(at..at + count).map(complete)
    }

    /// The hash of a range of leaves as proofs use it.
    pub fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let hashes: Option<Vec<Hash>> = range_nodes(start, end).into_iter().map(|node| self.node(node)).collect();
        hashes.map(|hashes| fold(&hashes))
    }

    /// The hashes of some ranges.
    pub fn ranges(&self, ranges: &[(u64, u64)]) -> Option<Vec<Hash>> {
        ranges.iter().map(|(start, end)| self.range(*start, *end)).collect()
    }

    /// Appends leaves to the tree of `size`, whose right edge must be here. Answers the rows that changed.
    pub fn append(&mut self, size: u64, leaves: &[Hash]) -> BTreeSet<TileId> {
        let mut changed = BTreeSet::new();
        for (number, leaf) in (size..).zip(leaves) {
            let (mut at, mut hash) = (number, *leaf);
            for level in 0..8 {
                let id = TileId { level, index: at / WIDTH };
                let row = self.rows.entry(id).or_default();
                row.push(hash);
                changed.insert(id);
                if at % WIDTH != WIDTH - 1 {
                    break;
                }
                hash = complete(row);
                at /= WIDTH;
            }
        }
        changed
    }
}

/// The hash over a power of two of hashes.
fn complete(hashes: &[Hash]) -> Hash {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    level.first().copied().unwrap_or_else(crate::merkle::empty_hash)
}
