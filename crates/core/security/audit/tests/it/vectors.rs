//! Vectors of others: trees and proofs of RFC 6962 and RFC 9162, notes of C2SP. Each source is named where it is used.

use plexichat_audit::{
    AuditKeys,
    checkpoint::{Checkpoint, Trusted, Verifier},
    merkle::{Hash, consistency_ranges, empty_hash, inclusion_ranges, is_consistent, is_included, leaf_hash},
    note::{NoteKey, hex},
    tiles::Tiles,
};
use plexichat_sealing::Key;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn base64(text: &str) -> Vec<u8> {
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).expect("base64")
}

/// `testonly/constants.go` of transparency-dev/merkle at 417fb0c3: `LeafInputs`, `EmptyRootHash` and `RootHashes`.
const LEAVES: [&str; 8] = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_the_reference() {
    assert_eq!(hex(&empty_hash()), EMPTY);
    let mut tiles = Tiles::default();
    for (size, (leaf, root)) in (0..).zip(LEAVES.iter().zip(ROOTS)) {
        tiles.append(size, &[leaf_hash(&bytes(leaf))]);
        assert_eq!(tiles.range(0, size + 1).map(|root| hex(&root)), Some(root.to_owned()), "size {}", size + 1);
    }
}

/// `vectors/merkle.json`; `vectors/README.md` says where it is from.
#[derive(Deserialize)]
struct Proofs {
    consistency: Vec<Consistency>,
    inclusion: Vec<Inclusion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    file: String,
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Vec<String>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    file: String,
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Vec<String>,
    want_err: bool,
}

/// A hash; the vectors also have others than of 32 bytes, which no caller of ours can hand in.
fn hash(text: &str) -> Option<Hash> {
    base64(text).try_into().ok()
}

fn hashes(proof: &[String]) -> Option<Vec<Hash>> {
    proof.iter().map(|text| hash(text)).collect()
}

#[test]
fn proofs_hold_where_those_of_the_reference_do() {
    let all: Proofs = serde_json::from_str(include_str!("../vectors/merkle.json")).expect("reads");
    let (mut held, mut refused) = (0, 0);
    let mut tally = |holds: bool, want_err: bool, file: &str| {
        assert_eq!(holds, !want_err, "{file}");
        if holds { held += 1 } else { refused += 1 }
    };
    for v in &all.consistency {
        // Hashes that are not: the only such vector that is to hold compares two equal texts of 12 bytes.
        let read = || Some((hash(&v.root1)?, hash(&v.root2)?, hashes(&v.proof)?));
        let Some((one, two, proof)) = read() else {
            let is_equal = v.file == "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json";
            assert!(v.want_err || is_equal, "{}", v.file);
            continue;
        };
        tally(is_consistent(v.size1, &one, v.size2, &two, &proof), v.want_err, &v.file);
    }
    for v in &all.inclusion {
        let read = || Some((hash(&v.leaf_hash)?, hash(&v.root)?, hashes(&v.proof)?));
        let Some((leaf, root, proof)) = read() else {
            assert!(v.want_err, "{}", v.file);
            continue;
        };
        tally(is_included(&leaf, v.leaf_idx, v.tree_size, &root, &proof), v.want_err, &v.file);
    }
    assert_eq!((all.consistency.len(), all.inclusion.len()), (98, 98));
    assert_eq!((held, refused), (11, 132), "of the other 53, a hash is none");
}

/// The sizes of the "Subtree Test Vectors" of draft-ietf-plants-merkle-tree-certs, as `testonly/vectors_test.go` of
/// transparency-dev/merkle at 417fb0c3 has them: the hash of every subtree of a tree of 130 leaves, and every inclusion proof
/// in each of these, folded into one SHA-256.
const SUBTREES: u64 = 130;
const SUBTREE_HASHES: &str = "b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81";
const SUBTREE_PROOFS: &str = "ac2a8f989e44d99e399db448050ff5f19757df53cfb716aa81015d3955d8163f";

#[test]
fn every_subtree_and_every_proof_in_it_is_that_of_the_draft() {
    let mut tiles = Tiles::default();
    let leaves: Vec<Hash> = (0..SUBTREES).map(|n| leaf_hash(&[u8::try_from(n).expect("small")])).collect();
    tiles.append(0, &leaves);
    let (mut subtrees, mut proofs) = (Sha256::new(), Sha256::new());
    for end in 0..=SUBTREES {
        for start in (0..=end).filter(|start| start % (end - start).next_power_of_two() == 0) {
            let hash = if start == end { empty_hash() } else { tiles.range(start, end).expect("there") };
            subtrees.update(format!("[{start}, {end}) {}\n", hex(&hash)));
            for number in start..end {
                // A subtree stands where a tree of its size would, so its proofs are those of a tree, moved.
                let ranges = inclusion_ranges(number - start, end - start).expect("in it");
                let moved: Vec<_> = ranges.iter().map(|(from, to)| (start + from, start + to)).collect();
                let mut line = format!("{number} [{start}, {end})");
                for hash in tiles.ranges(&moved).expect("there") {
                    write!(line, " {}", hex(&hash)).expect("a string takes it");
                }
                proofs.update(line + "\n");
            }
        }
    }
    assert_eq!(hex(&subtrees.finalize()), SUBTREE_HASHES);
    assert_eq!(hex(&proofs.finalize()), SUBTREE_PROOFS);
}

#[test]
fn the_proofs_we_make_are_those_of_the_reference() {
    let all: Proofs = serde_json::from_str(include_str!("../vectors/merkle.json")).expect("reads");
    let mut tiles = Tiles::default();
    tiles.append(0, &LEAVES.map(|leaf| leaf_hash(&bytes(leaf))));
    let mut made = 0;
    for v in all.consistency.iter().filter(|v| v.file.ends_with("happy-path.json")) {
        let ranges = consistency_ranges(v.size1, v.size2).expect("older");
        assert_eq!(tiles.ranges(&ranges), hashes(&v.proof), "{}", v.file);
        made += 1;
    }
    for v in all.inclusion.iter().filter(|v| v.file.ends_with("happy-path.json")) {
        let ranges = inclusion_ranges(v.leaf_idx, v.tree_size).expect("in it");
        assert_eq!(tiles.ranges(&ranges), hashes(&v.proof), "{}", v.file);
        made += 1;
    }
    assert_eq!(made, 10);
}

/// `note_test.go` of golang.org/x/mod, `sumdb/note`, the origin of C2SP signed-note.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const LINE: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// "Example" of `signed-note.md` of C2SP/C2SP at 5ba5ee83.
const C2SP_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const C2SP_NOTE: &str = "This is an example message.\n\n— example.com/foo \
    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// The example of `tlog-cosignature.md` of C2SP/C2SP at 5ba5ee83, without its signatures, whose keys are not published.
const C2SP_CHECKPOINT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

#[test]
fn notes_are_those_of_go_and_of_c2sp() {
    let key = NoteKey::parse(KEY).expect("a key");
    assert_eq!(key.line(), KEY);
    assert_eq!(key.open(&format!("{TEXT}\n{LINE}")), Ok(TEXT));
    assert!(key.open(&format!("{TEXT}\n{}", LINE.replace("x08go/Z", "x08go/A"))).is_err());
    assert!(key.open(&format!("{}\n{LINE}", TEXT.replace("answer", "cure"))).is_err());
    let key = NoteKey::parse(C2SP_KEY).expect("a key");
    assert_eq!(key.open(C2SP_NOTE), Ok("This is an example message.\n"));
    assert!(key.open(&C2SP_NOTE.replace("message", "massage")).is_err());
    for bad in [KEY.replace("c74f", "c74e"), KEY.replace("PeterN", "Peter N"), KEY.replace("+AR", "+BR"), "x+y".to_owned()] {
        assert!(NoteKey::parse(&bad).is_err(), "{bad}");
    }
    let checkpoint = Checkpoint::parse(C2SP_CHECKPOINT).expect("a checkpoint");
    assert_eq!((checkpoint.size, checkpoint.text().as_str()), (20_852_163, C2SP_CHECKPOINT));
    assert_eq!(Checkpoint::parse(&C2SP_CHECKPOINT.replace("2085", "02085")), None);
}

#[test]
fn strangers_signatures_are_passed_over() {
    let key = NoteKey::parse(KEY).expect("a key");
    let stranger = C2SP_NOTE.rsplit_once("\n\n").expect("a signature").1;
    assert_eq!(key.open(&format!("{TEXT}\n{stranger}{LINE}")), Ok(TEXT));
    assert!(key.open(&format!("{TEXT}\n{stranger}")).is_err(), "a stranger's alone is none");
    for broken in [TEXT.to_owned(), format!("{TEXT}\n"), format!("{TEXT}\n{}", LINE.trim_end()), format!("{TEXT}\u{1}\n{LINE}")] {
        assert!(key.open(&broken).is_err(), "{broken:?}");
    }
}

/// Two halves: a checkpoint without one of them, or with one of another log, is none.
#[test]
fn both_signatures_of_a_checkpoint_are_demanded() {
    let (seed, other) = (Key::from_bytes(&[1; 32]), Key::from_bytes(&[2; 32]));
    let (signer, other) = (AuditKeys::from_seed(&seed).signer, AuditKeys::from_seed(&other).signer);
    let verifier = signer.verifier();
    let note = signer.sign(7, [3; 32]);
    let (text, signatures) = note.split_once("\n\n").expect("a note");
    let (first, second) = signatures.split_once('\n').expect("two signatures");
    let with = |lines: &[&str]| verifier.open(&format!("{text}\n\n{}\n", lines.join("\n")));
    let second = second.trim_end();
    assert_eq!(with(&[first, second]).expect("genuine").size, 7);
    assert_eq!(with(&[second, first]).expect("in any order").size, 7);
    assert_eq!(with(&[first, second, C2SP_NOTE.rsplit_once("\n\n").expect("one").1.trim_end()]).expect("a witness").size, 7);
    assert!(with(&[first]).is_err() && with(&[second]).is_err(), "half of it");
    assert!(other.verifier().open(&note).is_err());
    // Any other bit of the second line: its Ed25519 half, its ML-DSA half, its last byte.
    let (head, data) = second.rsplit_once(' ').expect("a line");
    for at in [4 + 1, 4 + 1 + 64, 4 + 3_373] {
        let mut bytes = base64(data);
        bytes[at] ^= 1;
        let changed = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        assert!(with(&[first, &format!("{head} {changed}")]).is_err(), "byte {at}");
    }
    // The Ed25519 line is one of C2SP, for whoever has no more than that.
    assert_eq!(verifier.note_key().open(&note).map(Checkpoint::parse), Ok(Some(verifier.open(&note).expect("genuine"))));
}

#[test]
fn the_name_of_a_log_is_that_of_its_keys() {
    let seed = Key::from_bytes(&std::array::from_fn(|at| u8::try_from(at).expect("small")));
    let signer = AuditKeys::from_seed(&seed).signer;
    let verifier = signer.verifier();
    // What a seed of today signs must be checked in ten years.
    assert_eq!(verifier.origin(), ORIGIN);
    assert_eq!(verifier.note_key().line(), NOTE_KEY);
    let lines = verifier.lines();
    assert_eq!(Verifier::parse(&lines).expect("reads"), *verifier);
    assert_eq!(Verifier::from_bytes(&verifier.to_bytes()).expect("reads"), *verifier);
    let other = AuditKeys::from_seed(&Key::from_bytes(&[9; 32])).signer;
    let (first, second) = lines.split_once('\n').expect("two lines");
    let strange = other.verifier().lines();
    let (other_first, other_second) = strange.split_once('\n').expect("two lines");
    for bad in
        [first.to_owned(), format!("{first}\n{other_second}"), format!("{other_first}\n{second}"), lines.replace('\n', " ")]
    {
        assert!(Verifier::parse(&bad).is_err(), "{bad}");
    }
    // The name of one with the Ed25519 key of another.
    let taken = other.verifier().note_key().line().splitn(3, '+').nth(2).map(base64).expect("a key");
    let taken = NoteKey::new(ORIGIN, &taken[1..]).expect("a key").line();
    assert!(Verifier::parse(&format!("{taken}\n{second}")).is_err());
    for text in [ORIGIN, first, &lines, &signer.sign(1, [0; 32])] {
        assert_eq!(Trusted::parse(text).expect("names the log"), Trusted::from(verifier));
    }
    for bad in ["", "plexichat/7", KEY, "example.com/foo"] {
        assert!(Trusted::parse(bad).is_err(), "{bad:?}");
    }
}

/// Made from the same seed by pyca/cryptography 49, after docs/reference/audit.md and envelope.md.
const ORIGIN: &str = "plexichat/1bd368656f4cbb687c8f8cf4eb4aa267c6a2a59c32bceedac39eac40e4f7bea5";
const NOTE_KEY: &str = "plexichat/1bd368656f4cbb687c8f8cf4eb4aa267c6a2a59c32bceedac39eac40e4f7bea5+c79fe6eb+AZ+FkMcSjuVO/dA9YrPU7Fq55X/IN9Gc9A+kcaletj/5";
