//! Hybrid signatures: Ed25519 (RFC 8032) and ML-DSA-65 (FIPS 204), of which both must verify.
//!
//! So a signature holds as long as one of the two does: Ed25519 against a mistake in the young lattice
//! code or scheme, ML-DSA against a quantum computer.
//!
//! ```text
//! seed         32 bytes; each scheme's own seed is HKDF of it ("sign ed25519", "sign ml-dsa-65")
//! public key   version 1 (0x01) ‖ Ed25519 32 ‖ ML-DSA-65 1952                                 1,985 bytes
//! signature    version 1 (0x01) ‖ Ed25519 64 ‖ ML-DSA-65 3309                                 3,374 bytes
//! signed       "plexichat hybrid signature 1" ‖ len 8 ‖ purpose ‖ fingerprint of the public key 32 ‖ SHA-512(message) 64
//!              (ML-DSA with the context string "plexichat hybrid signature 1")
//! ```
//!
//! The purpose keeps a signature for one thing from being shown as one for another. The fingerprint of
//! the *pair* of keys keeps half of a signature from being joined to half of another, and the framing keeps it
//! from being one of plain Ed25519 or ML-DSA. ML-DSA is hedged with fresh randomness (FIPS 204 §3.4);
//! verification is strict: no weak keys, no second encoding of a signature.

use ed25519_dalek::Signer as _;
use ml_dsa::{KeyInit as _, MlDsa65};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::entropy::Os;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::text::{self, Fingerprint, VERSION, versioned};

/// Length of an encoded [`VerifyingKey`] in bytes.
pub const VERIFYING_KEY_LENGTH: usize = 1 + ED_KEY + ML_KEY;
/// Length of a signature in bytes.
pub const SIGNATURE_LENGTH: usize = 1 + ED_SIGNATURE + ML_SIGNATURE;

const ED_KEY: usize = 32;
const ML_KEY: usize = 1952;
const ED_SIGNATURE: usize = 64;
const ML_SIGNATURE: usize = 3309;
const DOMAIN: &[u8] = b"plexichat hybrid signature 1";
const PUBLIC_KIND: &str = "plexi-verify";
const SECRET_KIND: &str = "plexi-sign";

/// The secret half: 32 bytes from which both schemes' keys are made.
pub struct SigningKey {
    seed: Key,
    ed: ed25519_dalek::SigningKey,
    ml: Box<ml_dsa::SigningKey<MlDsa65>>,
    public: VerifyingKey,
}

impl SigningKey {
    /// A new one.
    pub fn random() -> Self {
        Self::from_seed(Key::random())
    }

    /// The one that belongs to this seed.
    pub fn from_seed(seed: Key) -> Self {
        let ed = ed25519_dalek::SigningKey::from_bytes(seed.derive("sign ed25519", &[]).expose());
        let ml = Box::new(ml_dsa::SigningKey::<MlDsa65>::from_seed(seed.derive("sign ml-dsa-65", &[]).expose().into()));
        let mut bytes = Vec::with_capacity(VERIFYING_KEY_LENGTH);
        bytes.push(VERSION);
        bytes.extend_from_slice(ed.verifying_key().as_bytes());
        bytes.extend_from_slice(&ml.as_ref().as_ref().encode());
        let public = VerifyingKey { ed: ed.verifying_key(), ml: Box::new(ml.as_ref().as_ref().clone()), bytes: bytes.into() };
        Self { seed, ed, ml, public }
    }

    /// The seed, for a vault that stores it.
    pub const fn seed(&self) -> &Key {
        &self.seed
    }

    /// The public half.
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs `message` for `purpose`; [`SIGNATURE_LENGTH`] bytes.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> Vec<u8> {
        self.sign_hash(purpose, &Sha512::digest(message).into())
    }

    /// As [`SigningKey::sign`], of a message of which only the SHA-512 is at hand.
    pub fn sign_hash(&self, purpose: &str, sha512: &[u8; 64]) -> Vec<u8> {
        let framed = framed(purpose, &self.public, sha512);
        let ml = self.ml.expanded_key().sign_randomized(&framed, DOMAIN, &mut Os);
        // Refused only for contexts above 255 bytes, and with a probability below 2^-200 after 814 rejected attempts.
        let ml = ml.expect("the context is short and the sampling ends");
        let mut signature = Vec::with_capacity(SIGNATURE_LENGTH);
        signature.push(VERSION);
        signature.extend_from_slice(&self.ed.sign(&framed).to_bytes());
        signature.extend_from_slice(&ml.encode());
        signature
    }

    /// `plexi-sign1…`: the secret as text.
    pub fn to_text(&self) -> Zeroizing<String> {
        text::encode_seed(SECRET_KIND, &self.seed)
    }

    /// Reads what [`SigningKey::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self> {
        text::decode_seed(SECRET_KIND, text).map(Self::from_seed)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public.fingerprint())
    }
}

/// The public half of a [`SigningKey`].
#[derive(Clone)]
pub struct VerifyingKey {
    ed: ed25519_dalek::VerifyingKey,
    ml: Box<ml_dsa::VerifyingKey<MlDsa65>>,
    bytes: Box<[u8]>,
}

impl VerifyingKey {
    /// Reads [`VERIFYING_KEY_LENGTH`] bytes. Keys under which several messages share a signature are refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let halves = versioned(bytes)?;
        let (ed, ml) = halves.split_first_chunk::<ED_KEY>().ok_or(Error::Malformed("the public key is cut off"))?;
        let ed = ed25519_dalek::VerifyingKey::from_bytes(ed)
            .map_err(|_| Error::Malformed("the Ed25519 key is no point of the curve"))?;
        if ed.is_weak() {
            return Err(Error::Malformed("the Ed25519 key is one of the weak ones"));
        }
        let ml = ml_dsa::VerifyingKey::new_from_slice(ml).map_err(|_| Error::Malformed("a public key has 1,985 bytes"))?;
        Ok(Self { ed, ml: Box::new(ml), bytes: bytes.into() })
    }

    /// The key in its versioned encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(PUBLIC_KIND, &self.bytes)
    }

    /// Refused unless both signatures hold for this message and purpose.
    pub fn verify(&self, purpose: &str, message: &[u8], signature: &[u8]) -> Result<()> {
        self.verify_hash(purpose, &Sha512::digest(message).into(), signature)
    }

    /// As [`VerifyingKey::verify`], of a message of which only the SHA-512 is at hand.
    pub fn verify_hash(&self, purpose: &str, sha512: &[u8; 64], signature: &[u8]) -> Result<()> {
        let cut = Error::Malformed("a signature has 3,374 bytes");
        let (ed, ml) = versioned(signature)?.split_first_chunk::<ED_SIGNATURE>().ok_or(cut)?;
        let ml: &[u8; ML_SIGNATURE] = ml.try_into().map_err(|_| cut)?;
        let framed = framed(purpose, self, sha512);
        let ed = self.ed.verify_strict(&framed, &ed25519_dalek::Signature::from_bytes(ed)).is_ok();
        let ml =
            ml_dsa::Signature::<MlDsa65>::decode(ml.into()).is_some_and(|ml| self.ml.verify_with_context(&framed, DOMAIN, &ml));
        if ed && ml { Ok(()) } else { Err(Error::Refused) }
    }

    /// `plexi-verify1…`: the key as text.
    pub fn to_text(&self) -> String {
        std::mem::take(&mut *text::encode(PUBLIC_KIND, &self.bytes))
    }

    /// Reads what [`VerifyingKey::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self> {
        Self::from_bytes(&text::decode::<VERIFYING_KEY_LENGTH>(PUBLIC_KIND, text)?)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for VerifyingKey {}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({})", self.fingerprint())
    }
}

fn framed(purpose: &str, key: &VerifyingKey, sha512: &[u8; 64]) -> Vec<u8> {
    let length = (purpose.len() as u64).to_be_bytes();
    [DOMAIN, &length, purpose.as_bytes(), &key.fingerprint().0, sha512].concat()
}

#[cfg(test)]
mod tests;
