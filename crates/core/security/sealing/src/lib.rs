//! Pure cryptography: what seals, signs and splits, and nothing that stores or sends.
//!
//! | module | for | made of |
//! |---|---|---|
//! | [`key`] | keys in memory, derivation | HKDF-SHA-256 (RFC 5869) |
//! | [`column`](mod@column) | values in a database row, keys wrapped by keys | AES-256-GCM-SIV (RFC 8452) |
//! | [`stream`] | files and everything long | STREAM over XChaCha20-Poly1305 |
//! | [`envelope`], [`recipient`] | what others open with keys of their own | X-Wing (X25519 and ML-KEM-768) |
//! | [`sign`] | signatures that outlive Ed25519 | Ed25519 and ML-DSA-65 |
//! | [`share`] | a root key in k-of-n parts | Shamir over GF(2^8), SHA-256 commitments |
//! | [`words`] | a root key on paper | BIP-39, 24 words |
//! | [`index`] | looking up a sealed value by equality | HMAC-SHA-256 (RFC 2104) |
//!
//! No cipher, hash, curve or lattice is written here: crates of `RustCrypto` and dalek are put together (the
//! arithmetic of shares alone is ours, and [`share`] says why), with formats that have a version in front
//! and an encoding of what they bind that can be read in one way only. Whatever is parsed may come from an
//! attacker: lengths are checked before they are used, nothing is allocated on the word of a header that was not
//! authenticated, and a refusal says which part is wrong but never why a tag did not fit.
//!
//! # Time
//!
//! Keys, tags, commitments and shares are compared in constant time (`subtle`), and GF(2^8) has neither
//! tables nor branches on secrets. The ciphers and curves are constant-time as far as their crates say so:
//! AES by instructions of the processor or bitsliced, `ChaCha20`, Poly1305, POLYVAL, X25519 and Ed25519 throughout,
//! ML-KEM and ML-DSA by intent (ML-DSA's number of attempts varies, and FIPS 204 allows it). Not constant-time: reading
//! and writing secrets as text (Base64, Bech32, words), which happens where their owner types them.
//!
//! # Memory
//!
//! Keys, shares, plaintexts and secret texts are overwritten when they are dropped (`zeroize`), and buffers that hold them are made
//! large enough not to move. [`key`] says what that cannot promise.

#![expect(clippy::similar_names, reason = "seal, sealed and sealer, key and kek, content and context are the words of the field")]

pub mod column;
pub mod context;
mod entropy;
pub mod envelope;
pub mod error;
pub mod index;
pub mod key;
pub mod recipient;
pub mod share;
pub mod sign;
mod source;
pub mod stream;
mod text;
pub mod words;

pub use column::{key_id, open, seal, unwrap_key, wrap};
pub use context::{Context, Row};
pub use error::{Error, Result};
pub use index::BlindIndex;
pub use key::{Key, KeyId};
pub use recipient::{Identity, Recipient};
pub use share::{Share, ShareSet};
pub use sign::{SigningKey, VerifyingKey};
pub use source::KeySource;
pub use text::{Fingerprint, decode_seed, encode_seed};

#[cfg(test)]
mod hex {
    //! Hexadecimal for vectors.

    pub(crate) fn encode(bytes: &[u8]) -> String {
        use std::fmt::Write as _;
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes it");
            text
        })
    }

    pub(crate) fn decode(text: &str) -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2);
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal")).collect()
    }
}
