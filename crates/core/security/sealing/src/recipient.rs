//! For whom something is sealed: X-Wing keys (X25519 and ML-KEM-768, draft-connolly-cfrg-xwing-kem, KEM id 0x647A).
//!
//! What is sealed for a [`Recipient`] stays secret as long as one of the two holds: X25519 against a
//! mistake in the young lattice code or scheme, ML-KEM against somebody who records today and has a
//! quantum computer later.
//!
//! ```text
//! seed        32 bytes; X-Wing's own 32 bytes are HKDF of it ("identity x-wing")
//! public key  version 1 (0x01) ‖ ML-KEM-768 1184 ‖ X25519 32                                 1,217 bytes
//! ```

use x_wing::{
    CIPHERTEXT_SIZE, DecapsulationKeyRejectNonContrib, Decapsulator as _, ENCAPSULATION_KEY_SIZE, Encapsulate as _,
    EncapsulationKey, KeyExport as _, KeyInit as _, TryDecapsulate as _,
};
use zeroize::{Zeroize as _, Zeroizing};

use crate::entropy::Os;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::text::{self, Fingerprint, VERSION, versioned};

/// Length of an encoded [`Recipient`] in bytes.
pub const RECIPIENT_LENGTH: usize = 1 + ENCAPSULATION_KEY_SIZE;

/// Length of an encapsulation.
pub(crate) const ENCAPSULATION: usize = CIPHERTEXT_SIZE;

const PUBLIC_KIND: &str = "plexi-recipient";
const SECRET_KIND: &str = "plexi-identity";

/// The secret half: opens what was sealed for its [`Recipient`].
pub struct Identity {
    seed: Key,
    key: DecapsulationKeyRejectNonContrib,
    public: Recipient,
}

impl Identity {
    /// A new one.
    pub fn random() -> Self {
        Self::from_seed(Key::random())
    }

    /// The one that belongs to this seed. The same seed may be that of a [`crate::SigningKey`].
    pub fn from_seed(seed: Key) -> Self {
        let key = DecapsulationKeyRejectNonContrib::new(seed.derive("identity x-wing", &[]).expose().into());
        let public = key.encapsulation_key().clone();
        let bytes = [&[VERSION], public.to_bytes().as_slice()].concat().into();
        Self { seed, key, public: Recipient { key: public, bytes } }
    }

    /// The seed, for a vault that stores it.
    pub const fn seed(&self) -> &Key {
        &self.seed
    }

    /// The public half.
    pub const fn recipient(&self) -> &Recipient {
        &self.public
    }

    /// The secret inside an encapsulation. A wrong one gives another secret, not a refusal (implicit
    /// rejection, FIPS 203 §6.3); refused is an X25519 share that adds nothing (RFC 7748 §6.1).
    pub(crate) fn decapsulate(&self, encapsulation: &[u8; ENCAPSULATION]) -> Result<Key> {
        let mut shared = self.key.try_decapsulate(encapsulation.into()).map_err(|_| Error::Refused)?;
        let key = Key::from_bytes(shared.as_ref());
        shared.zeroize();
        Ok(key)
    }

    /// `plexi-identity1…`: the secret as text.
    pub fn to_text(&self) -> Zeroizing<String> {
        text::encode_seed(SECRET_KIND, &self.seed)
    }

    /// Reads what [`Identity::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self> {
        text::decode_seed(SECRET_KIND, text).map(Self::from_seed)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.public.fingerprint())
    }
}

/// The public half of an [`Identity`].
#[derive(Clone)]
pub struct Recipient {
    key: EncapsulationKey,
    bytes: Box<[u8]>,
}

impl Recipient {
    /// Reads [`RECIPIENT_LENGTH`] bytes; a key that FIPS 203 §7.2 forbids is refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let key = EncapsulationKey::try_from(versioned(bytes)?);
        let key = key.map_err(|_| Error::Malformed("a recipient has 1,217 bytes, of which the ML-KEM key is reduced"))?;
        Ok(Self { key, bytes: bytes.into() })
    }

    /// The key in its versioned encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(PUBLIC_KIND, &self.bytes)
    }

    /// A fresh secret and the encapsulation of it that only the identity opens.
    pub(crate) fn encapsulate(&self) -> ([u8; ENCAPSULATION], Key) {
        let (encapsulation, mut shared) = self.key.encapsulate_with_rng(&mut Os);
        let key = Key::from_bytes(shared.as_ref());
        shared.zeroize();
        (encapsulation.into(), key)
    }

    /// `plexi-recipient1…`: the key as text.
    pub fn to_text(&self) -> String {
        std::mem::take(&mut *text::encode(PUBLIC_KIND, &self.bytes))
    }

    /// Reads what [`Recipient::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self> {
        Self::from_bytes(&text::decode::<RECIPIENT_LENGTH>(PUBLIC_KIND, text)?)
    }
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Recipient {}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recipient({})", self.fingerprint())
    }
}
