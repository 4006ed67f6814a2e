//! Sealing of single values: a column of a row, or a key wrapped by another key.
//!
//! AES-256-GCM-SIV (RFC 8452) with a random 96-bit nonce. Should a nonce ever repeat under one key
//! (a restored snapshot of a virtual machine), all that shows is whether the two plaintexts are
//! equal; with AES-GCM it would give the key of the authentication away.
//!
//! ```text
//! blob    format 1 ‖ key id 8 ‖ nonce 12 ‖ ciphertext ‖ tag 16          37 bytes more than the plaintext
//! format  0x01 value, 0x02 wrapped key;  numbers are big-endian
//! AAD     format 1 ‖ key id 8 ‖ len 8 ‖ table ‖ len 8 ‖ column ‖ row
//! row     0x00 ‖ i64 8   or   0x01 ‖ len 8 ‖ bytes
//! ```
//!
//! The associated data says where the value belongs, so a blob that is moved to another row, column
//! or table does not open, nor one whose key id was rewritten. What it does not say is *when*: an old blob
//! put back in its own place opens. Who needs to notice that puts a version into the row's bytes.
//!
//! Neither this cipher nor any GCM commits to its key: whoever *knows* two keys can make one blob that
//! opens under both. Keys here are random and never chosen by a client, and the key id is bound, so there
//! is nobody to do it; streams and the multi-recipient envelope commit instead.
//!
//! Cost, with optimisation, on a shared virtual machine with two cores: 1.4 µs of processor time to seal 200 bytes, 0.4 µs of that
//! for the nonce from the operating system, and 1.0 µs to open them.
//!
//! Bounds: among 2^32 values under one key two share a nonce with a probability of 2^-33, and even then only
//! their equality may show (RFC 8452 §9). A key per channel and month stays far below.

use aes_gcm_siv::{AeadInOut, Nonce, Tag};
use plexichat_kernel::random;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::key::{Bound, KEY_LENGTH, Key, KeyId};

/// How many bytes a blob is longer than what it holds.
pub const OVERHEAD: usize = HEADER + TAG;

const VALUE: u8 = 1;
const WRAPPED_KEY: u8 = 2;
const NONCE: usize = 12;
const TAG: usize = 16;
/// Format, key id and nonce.
const HEADER: usize = 1 + 8 + NONCE;

/// Seals `plaintext` for this place. One allocation, of the blob.
///
/// `id` is written into the blob, so that [`key_id`] tells later which key to fetch.
pub fn seal(key: &Key, id: KeyId, context: &Context<'_>, plaintext: &[u8]) -> Vec<u8> {
    seal_as(VALUE, key, id, context, plaintext)
}

/// Opens what [`seal`] made for the same place.
pub fn open(key: &Key, context: &Context<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    open_as(VALUE, key, context, blob)
}

/// Seals a key by another one. A wrapped key never opens as a value, nor a value as a key.
pub fn wrap(kek: &Key, id: KeyId, context: &Context<'_>, key: &Key) -> Vec<u8> {
    seal_as(WRAPPED_KEY, kek, id, context, key.expose())
}

/// Opens what [`wrap`] made for the same place.
pub fn unwrap_key(kek: &Key, context: &Context<'_>, blob: &[u8]) -> Result<Key> {
    if blob.len() != OVERHEAD + KEY_LENGTH {
        return Err(Error::Malformed("a wrapped key has 69 bytes"));
    }
    Key::try_from(open_as(WRAPPED_KEY, kek, context, blob)?.as_slice())
}

/// Which key a value or a wrapped key needs. Read it as a hint: only opening proves it.
pub fn key_id(blob: &[u8]) -> Result<KeyId> {
    match blob.first() {
        Some(&(VALUE | WRAPPED_KEY)) => {}
        Some(&format) => return Err(Error::UnknownFormat(format)),
        None => return Err(Error::Malformed("it is empty")),
    }
    if blob.len() < OVERHEAD {
        return Err(Error::Malformed("it is cut off"));
    }
    let (id, _) = blob[1..].split_first_chunk().ok_or(Error::Malformed("it is cut off"))?;
    KeyId::from_bytes(*id)
}

fn associated_data(format: u8, id: KeyId, context: &Context<'_>) -> Bound {
    let mut out = Bound::new();
    out.push(format);
    out.extend_from_slice(&id.to_bytes());
    context.encode(&mut out);
    out
}

fn seal_as(format: u8, key: &Key, id: KeyId, context: &Context<'_>, plaintext: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE] = random::bytes();
    let mut blob = Vec::with_capacity(plaintext.len() + OVERHEAD);
    blob.push(format);
    blob.extend_from_slice(&id.to_bytes());
    blob.extend_from_slice(&nonce);
    blob.extend_from_slice(plaintext);
    let aad = associated_data(format, id, context);
    let tag = key
        .column_cipher()
        .encrypt_inout_detached(&Nonce::from(nonce), &aad, (&mut blob[HEADER..]).into())
        .expect("a value in memory is shorter than the 64 GiB of the cipher");
    blob.extend_from_slice(&tag);
    blob
}

fn open_as(format: u8, key: &Key, context: &Context<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let id = key_id(blob)?;
    if blob[0] != format {
        return Err(Error::Malformed("a wrapped key is no value, and a value no key"));
    }
    let (head, rest) = blob.split_at(HEADER);
    let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(Error::Malformed("it is cut off"))?;
    let (_, nonce) = head.split_last_chunk::<NONCE>().ok_or(Error::Malformed("it is cut off"))?;
    let mut plaintext = Zeroizing::new(body.to_vec());
    let aad = associated_data(format, id, context);
    key.column_cipher()
        .decrypt_inout_detached(&Nonce::from(*nonce), &aad, plaintext.as_mut_slice().into(), &Tag::from(*tag))
        .map_err(|_| Error::Refused)?;
    Ok(plaintext)
}

#[cfg(test)]
mod tests;
