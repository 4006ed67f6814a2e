//! The header of an envelope: who may open it, and what binds it together.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, Tag};
use hmac::{Hmac, Mac};
use plexichat_kernel::random;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::context::{Context, Row};
use crate::error::{Error, Result};
use crate::key::{KEY_LENGTH, Key, KeyId};
use crate::recipient::{ENCAPSULATION, Identity, Recipient};
use crate::text::Fingerprint;

/// Most recipients of one envelope.
pub const MOST_RECIPIENTS: usize = 64;

pub(super) const MAC: usize = 32;
pub(super) const PREAMBLE: usize = MAGIC.len() + 3 + SALT + FINGERPRINT;

const MAGIC: &[u8; 8] = b"plexienv";
const VERSION: u8 = 1;
const SIGNED: u8 = 1;
const SALT: usize = 32;
const FINGERPRINT: usize = 32;
const TAG: usize = 16;
const STANZA: usize = ENCAPSULATION + KEY_LENGTH + TAG;

/// The id that the payload's stream names: an envelope has one file key.
pub(super) const FILE_KEY: KeyId = match KeyId::new(1) {
    Some(id) => id,
    None => unreachable!(),
};

/// What the first bytes claim.
#[derive(Clone, Copy)]
pub(super) struct Preamble {
    pub(super) recipients: usize,
    pub(super) signer: Option<Fingerprint>,
}

impl Preamble {
    pub(super) fn parse(bytes: &[u8; PREAMBLE]) -> Result<Self> {
        let cut = Error::Malformed("the envelope is cut off");
        let (magic, rest) = bytes.split_first_chunk().ok_or(cut)?;
        if magic != MAGIC {
            return Err(Error::Malformed("it does not begin as an envelope does"));
        }
        let ([version, flags, recipients], rest) = rest.split_first_chunk().ok_or(cut)?;
        if *version != VERSION {
            return Err(Error::UnknownFormat(*version));
        }
        if !(1..=MOST_RECIPIENTS).contains(&usize::from(*recipients)) {
            return Err(Error::Malformed("an envelope has 1 to 64 recipients"));
        }
        let (_, fingerprint) = rest.split_last_chunk::<FINGERPRINT>().ok_or(cut)?;
        let signer = match *flags {
            SIGNED => Some(Fingerprint(*fingerprint)),
            0 if *fingerprint == [0; FINGERPRINT] => None,
            _ => return Err(Error::Malformed("the envelope has flags that do not exist")),
        };
        Ok(Self { recipients: usize::from(*recipients), signer })
    }

    /// Length of the header, from the first byte of the preamble to the last of the MAC.
    pub(super) const fn header_length(&self) -> usize {
        PREAMBLE + self.recipients * STANZA + MAC
    }
}

/// Writes a header for a fresh file key. The MAC is its last part.
pub(super) fn write(purpose: &str, recipients: &[&Recipient], signer: Option<Fingerprint>) -> Result<(Vec<u8>, Key)> {
    let count = u8::try_from(recipients.len()).ok().filter(|count| (1..=MOST_RECIPIENTS).contains(&usize::from(*count)));
    let count = count.ok_or(Error::TooLarge("an envelope has 1 to 64 recipients"))?;
    let file_key = Key::random();
    let mut header = Vec::with_capacity(PREAMBLE + recipients.len() * STANZA + MAC);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&[VERSION, u8::from(signer.is_some()) * SIGNED, count]);
    header.extend_from_slice(&random::bytes::<SALT>());
    header.extend_from_slice(&signer.map_or([0; FINGERPRINT], |signer| signer.0));
    let preamble = header.clone();
    for recipient in recipients {
        let (encapsulation, shared) = recipient.encapsulate();
        let cipher = stanza_cipher(&shared, purpose, &preamble, &encapsulation, recipient);
        let mut wrapped = Zeroizing::new(*file_key.expose());
        let tag = cipher
            .encrypt_inout_detached(&Nonce::default(), &[], wrapped.as_mut_slice().into())
            .expect("32 bytes are shorter than the 256 GiB of the cipher");
        header.extend_from_slice(&encapsulation);
        header.extend_from_slice(&*wrapped);
        header.extend_from_slice(&tag);
    }
    let mac = mac(&file_key, purpose, &header).finalize().into_bytes();
    header.extend_from_slice(&mac);
    Ok((header, file_key))
}

/// The file key, if this identity is among the recipients and the header is as it was written.
pub(super) fn read(purpose: &str, identity: &Identity, header: &[u8]) -> Result<Key> {
    let cut = Error::Malformed("the envelope is cut off");
    let (covered, sum) = header.split_last_chunk::<MAC>().ok_or(cut)?;
    let (preamble, stanzas) = covered.split_at_checked(PREAMBLE).ok_or(cut)?;
    let file_key = stanzas.chunks_exact(STANZA).find_map(|stanza| open_stanza(purpose, identity, preamble, stanza));
    let file_key = file_key.ok_or(Error::NotARecipient)?;
    // Compared in constant time by `verify`.
    mac(&file_key, purpose, covered).verify(sum.into()).map_err(|_| Error::Refused)?;
    Ok(file_key)
}

fn open_stanza(purpose: &str, identity: &Identity, preamble: &[u8], stanza: &[u8]) -> Option<Key> {
    let (encapsulation, wrapped) = stanza.split_first_chunk::<ENCAPSULATION>()?;
    let (wrapped, tag) = wrapped.split_last_chunk::<TAG>()?;
    let shared = identity.decapsulate(encapsulation).ok()?;
    let cipher = stanza_cipher(&shared, purpose, preamble, encapsulation, identity.recipient());
    let mut file_key = Zeroizing::new(wrapped.to_vec());
    cipher.decrypt_inout_detached(&Nonce::default(), &[], file_key.as_mut_slice().into(), &Tag::from(*tag)).ok()?;
    Key::try_from(file_key.as_slice()).ok()
}

/// The cipher of one stanza. Its key is fresh with each encapsulation, so its only nonce is zero.
fn stanza_cipher(shared: &Key, purpose: &str, preamble: &[u8], encapsulation: &[u8], recipient: &Recipient) -> ChaCha20Poly1305 {
    let key = shared.derive("envelope stanza", &[purpose.as_bytes(), preamble, encapsulation, recipient.as_bytes()]);
    ChaCha20Poly1305::new_from_slice(key.expose()).expect("32 bytes")
}

fn mac(file_key: &Key, purpose: &str, covered: &[u8]) -> Hmac<Sha256> {
    let key = file_key.derive("envelope header", &[purpose.as_bytes()]);
    <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose()).expect("HMAC takes a key of any length").chain_update(covered)
}

/// The place of the payload: behind this header, for this purpose.
pub(super) const fn payload<'a>(purpose: &'a str, mac: &'a [u8]) -> Context<'a> {
    Context { table: "envelope", column: purpose, row: Row::Bytes(mac) }
}

/// What the signature is for. Purposes of envelopes never meet those of other signatures.
pub(super) fn signature_purpose(purpose: &str) -> String {
    format!("envelope {purpose}")
}

/// What a dishonest sender could do who wraps another key for one recipient.
#[cfg(test)]
pub(super) fn wrap_for_test(
    shared: &Key,
    purpose: &str,
    preamble: &[u8],
    encapsulation: &[u8],
    recipient: &Recipient,
    key: &Key,
) -> Vec<u8> {
    let mut wrapped = key.expose().to_vec();
    let cipher = stanza_cipher(shared, purpose, preamble, encapsulation, recipient);
    let tag = cipher.encrypt_inout_detached(&Nonce::default(), &[], wrapped.as_mut_slice().into()).expect("short");
    wrapped.extend_from_slice(&tag);
    wrapped
}

#[cfg(test)]
pub(super) fn mac_for_test(key: &Key, purpose: &str, covered: &[u8]) -> [u8; MAC] {
    mac(key, purpose, covered).finalize().into_bytes().into()
}
