//! Pure cryptography: what seals, signs and splits, and nothing that stores or sends.
//!
//! | module | for | made of |
//! |---|---|---|
//! | [`key`] | keys in memory, derivation | HKDF-SHA-256 (RFC 5869) |
//! | [`column`] | values in a database row, keys wrapped by keys | AES-256-GCM-SIV (RFC 8452) |
//! | [`stream`] | files and everything long | STREAM over XChaCha20-Poly1305 |
//! | [`index`] | looking up a sealed value by equality | HMAC-SHA-256 (RFC 2104) |
//!
//! No primitive is written here: crates of `RustCrypto` and dalek are put together, with formats
//! that have a version in their first byte and an encoding of what they bind that can be read in one
//! way only. Whatever is parsed may come from an attacker: lengths are checked before they are used,
//! nothing is allocated on the word of a header that was not authenticated, and a refusal says which
//! part is wrong but never why a tag did not fit.

#![expect(clippy::similar_names, reason = "seal, sealed and sealer, key and kek, content and context are the words of the field")]

pub mod column;
pub mod context;
pub mod error;
pub mod index;
pub mod key;
pub mod stream;

pub use column::{key_id, open, seal, unwrap_key, wrap};
pub use context::{Context, Row};
pub use error::{Error, Result};
pub use index::BlindIndex;
pub use key::{Key, KeyId};
