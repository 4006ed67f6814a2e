//! Vectors of others. Tree: `merkle/testonly` of Certificate Transparency's Go code (RFC 6962's own shape). Notes: the
//! documentation of `golang.org/x/mod/sumdb/note`, the origin of C2SP signed-note.

use plexichat_audit::{
    merkle::{Hash, empty_hash, is_consistent, is_included, leaf_hash},
    note::{Signer, Verifier, hex},
    tiles::Tiles,
};

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn hash(text: &str) -> Hash {
    bytes(text).try_into().expect("32 bytes")
}

const LEAVES: [&str; 8] = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
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
fn roots_are_those_of_certificate_transparency() {
    assert_eq!(hex(&empty_hash()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let mut tiles = Tiles::default();
    for (size, (leaf, root)) in (0..).zip(LEAVES.iter().zip(ROOTS)) {
        tiles.append(size, &[leaf_hash(&bytes(leaf))]);
        assert_eq!(tiles.range(0, size + 1).map(|root| hex(&root)), Some(root.to_owned()), "size {}", size + 1);
    }
}

#[test]
fn proofs_are_those_of_certificate_transparency() {
    let proof = [
        hash("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
        hash("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        hash("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
    ];
    let (leaf, root) = (leaf_hash(&[]), hash(ROOTS[7]));
    assert!(is_included(&leaf, 0, 8, &root, &proof));
    assert!(!is_included(&leaf, 1, 8, &root, &proof));
    assert!(!is_included(&leaf, 0, 8, &root, &proof[..2]));
    let proof = [proof[0], proof[1], proof[2]];
    assert!(is_consistent(1, &hash(ROOTS[0]), 8, &root, &proof), "the first leaf's siblings continue the tree of one");
    assert!(!is_consistent(2, &hash(ROOTS[1]), 8, &root, &proof));
}

const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const LINE: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn notes_are_those_of_go() {
    let verifier = Verifier::parse(KEY).expect("a key");
    assert_eq!(verifier.line(), KEY);
    assert_eq!(verifier.open_text(&format!("{TEXT}\n{LINE}")), Ok(TEXT));
    assert!(verifier.open_text(&format!("{TEXT}\n{}", LINE.replace("x08go/Z", "x08go/A"))).is_err());
    assert!(verifier.open_text(&format!("{}\n{LINE}", TEXT.replace("answer", "cure"))).is_err());
    let seed = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let seed = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, seed).expect("base64");
    let signer = Signer::from_seed(seed[1..].try_into().expect("32 bytes"));
    assert_eq!(signer.note("PeterNeumann", TEXT), format!("{TEXT}\n{LINE}"), "Ed25519 signs the same every time");
}

#[test]
fn strangers_signatures_are_passed_over() {
    let verifier = Verifier::parse(KEY).expect("a key");
    let other = Signer::from_seed(&[7; 32]).note("witness.example/w", TEXT);
    let stranger = other.rsplit_once("\n\n").expect("a signature").1;
    assert_eq!(verifier.open_text(&format!("{TEXT}\n{stranger}{LINE}")), Ok(TEXT));
    assert!(verifier.open_text(&other).is_err(), "a stranger's alone is none");
    for broken in [TEXT.to_owned(), format!("{TEXT}\n"), format!("{TEXT}\n{}", LINE.trim_end()), format!("{TEXT}\u{1}\n{LINE}")] {
        assert!(verifier.open_text(&broken).is_err(), "{broken:?}");
    }
}
