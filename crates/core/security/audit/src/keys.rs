//! The secrets of the log: the seed that signs, the key that wraps the keys of people, and those.
//!
//! Personal fields are sealed with AES-256-GCM-SIV (RFC 8452) under a key of the person they are about. Erasing somebody
//! destroys that key: what is sealed stays in every leaf, unreadable, so no hash changes.

use crate::note::Signer;
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit as _,
    aead::{Aead as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use plexichat_kernel::{Error, Result, random};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const NONCE: usize = 12;
const WRAP: &str = "plexichat audit subject v1";
const FIELD: &str = "plexichat audit field v1";

/// A key of 256 bits. Zeroized when dropped, never printed.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// From its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn random() -> Self {
        Self::new(random::bytes())
    }

    fn cipher(&self) -> Aes256GcmSiv {
        Aes256GcmSiv::new((&*self.0).into())
    }

    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE] = random::bytes();
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        let sealed = self.cipher().encrypt((&nonce).into(), payload);
        let sealed = sealed.map_err(|_| Error::internal("a personal field of an audit entry is too long to be sealed"))?;
        Ok([&nonce, sealed.as_slice()].concat())
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        self.cipher().decrypt(nonce.into(), Payload { msg: sealed, aad: context.as_bytes() }).ok()
    }

    /// Wraps the key of a subject.
    pub(crate) fn wrap(&self, subject: i64, key: &Self) -> Result<Vec<u8>> {
        self.seal(&format!("{WRAP} {subject}"), &*key.0)
    }

    pub(crate) fn unwrap_key(&self, subject: i64, wrapped: &[u8]) -> Option<Self> {
        let bytes = Zeroizing::new(self.open(&format!("{WRAP} {subject}"), wrapped)?);
        bytes.as_slice().try_into().ok().map(Self::new)
    }

    /// Seals the personal fields of an entry.
    pub(crate) fn seal_fields(&self, entry: &str, subject: i64, fields: &str) -> Result<String> {
        self.seal(&format!("{FIELD} {entry} {subject}"), fields.as_bytes()).map(|sealed| STANDARD.encode(sealed))
    }

    pub(crate) fn open_fields(&self, entry: &str, subject: i64, data: &str) -> Option<String> {
        let sealed = STANDARD.decode(data).ok()?;
        String::from_utf8(self.open(&format!("{FIELD} {entry} {subject}"), &sealed)?).ok()
    }
}

/// A new key for a subject.
pub(crate) fn new_subject_key() -> Key {
    Key::random()
}

/// What a node needs to sequence the log and to seal what is personal in it.
#[derive(Clone, Debug)]
pub struct AuditKeys {
    /// Signs checkpoints.
    pub signer: Signer,
    /// Wraps the keys of people.
    pub subjects: Key,
}

impl AuditKeys {
    /// Both from one secret of the log; the wrapping key is a hash of it under a name of its own.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let wrapping = Sha256::new().chain_update("plexichat audit subjects v1\n").chain_update(seed).finalize();
        Self { signer: Signer::from_seed(seed), subjects: Key::new(wrapping.into()) }
    }
}
