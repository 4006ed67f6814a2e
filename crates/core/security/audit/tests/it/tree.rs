//! Trees in rows against a tree as RFC 9162 defines it, by recursion.

use plexichat_audit::{
    merkle::{Hash, consistency_ranges, inclusion_ranges, is_consistent, is_included, leaf_hash, node_hash, range_nodes},
    tiles::{Tiles, edge, needed},
};
use proptest::prelude::*;

fn naive(leaves: &[Hash]) -> Hash {
    if let [leaf] = leaves {
        return *leaf;
    }
    let mut middle = 1;
    while middle * 2 < leaves.len() {
        middle *= 2;
    }
    node_hash(&naive(&leaves[..middle]), &naive(&leaves[middle..]))
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn tree(leaves: &[Hash]) -> Tiles {
    let mut tiles = Tiles::default();
    tiles.append(0, leaves);
    tiles
}

fn size(n: usize) -> u64 {
    u64::try_from(n).expect("fits")
}

#[test]
fn every_proof_of_small_trees_holds_and_no_other() {
    let all = leaves(40);
    for n in 1..=all.len() {
        let (tiles, root) = (tree(&all[..n]), naive(&all[..n]));
        assert_eq!(tiles.range(0, size(n)), Some(root));
        for (m, leaf) in all[..n].iter().enumerate() {
            let ranges = inclusion_ranges(size(m), size(n)).expect("in it");
            let proof = tiles.ranges(&ranges).expect("there");
            for other in 0..n {
                let holds = is_included(leaf, size(other), size(n), &root, &proof);
                assert_eq!(holds, other == m, "leaf {m} as {other} of {n}");
            }
        }
        for old in 1..=n {
            let ranges = consistency_ranges(size(old), size(n)).expect("older");
            let proof = tiles.ranges(&ranges).expect("there");
            assert!(is_consistent(size(old), &naive(&all[..old]), size(n), &root, &proof), "{old} of {n}");
            assert!(!is_consistent(size(old), &leaf_hash(b"other"), size(n), &root, &proof), "{old} of {n}");
        }
        assert_eq!(inclusion_ranges(size(n), size(n)), None);
        assert_eq!(consistency_ranges(size(n) + 1, size(n)), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Appending in pieces, with only the right edge at hand, makes the same rows as all at once.
    #[test]
    fn pieces_make_the_same_tree(pieces in proptest::collection::vec(1usize..400, 1..8)) {
        let all = leaves(pieces.iter().sum());
        let (mut kept, mut at) = (Tiles::default(), 0);
        for piece in pieces {
            let mut partial = Tiles::default();
            for id in edge(size(at)) {
                partial.insert(id, &kept.bytes(id).expect("the edge is kept")).expect("a row");
            }
            for id in partial.append(size(at), &all[at..at + piece]) {
                kept.insert(id, &partial.bytes(id).expect("changed")).expect("a row");
            }
            at += piece;
            prop_assert_eq!(partial.range(0, size(at)), Some(naive(&all[..at])));
        }
        let whole = tree(&all);
        for node in range_nodes(0, size(all.len())) {
            prop_assert_eq!(kept.node(node), whole.node(node));
        }
    }

    /// A proof is computed from few rows, holds, and does not when any bit of it is flipped.
    #[test]
    fn proofs_hold_and_flipped_ones_do_not(n in 1usize..3_000, at in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>()) {
        let all = leaves(n);
        let (tiles, m) = (tree(&all), at.index(n));
        let root = naive(&all);
        let ranges = inclusion_ranges(size(m), size(n)).expect("in it");
        let nodes: Vec<_> = ranges.iter().flat_map(|(start, end)| range_nodes(*start, *end)).collect();
        prop_assert!(needed(&nodes).len() <= 2 * 3, "two rows a level");
        let mut proof = tiles.ranges(&ranges).expect("there");
        prop_assert!(is_included(&all[m], size(m), size(n), &root, &proof));
        if !proof.is_empty() {
            let bit = flip.index(proof.len() * 256);
            proof[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
            prop_assert!(!is_included(&all[m], size(m), size(n), &root, &proof));
        }
        let old = m + 1;
        let ranges = consistency_ranges(size(old), size(n)).expect("older");
        let mut proof = tiles.ranges(&ranges).expect("there");
        let before = naive(&all[..old]);
        prop_assert!(is_consistent(size(old), &before, size(n), &root, &proof));
        if !proof.is_empty() {
            let bit = flip.index(proof.len() * 256);
            proof[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
            prop_assert!(!is_consistent(size(old), &before, size(n), &root, &proof));
        }
    }
}
