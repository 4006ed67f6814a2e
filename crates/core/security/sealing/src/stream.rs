//! Sealing of what is long: files, exports, backups, in chunks of 64 KiB.
//!
//! STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, <https://eprint.iacr.org/2015/189>) over
//! XChaCha20-Poly1305: the nonce of a chunk is a random prefix, the number of the chunk and whether it
//! is the last one. So chunks cannot be cut off, moved, repeated or taken from another stream, and each
//! is proven before a byte of it is given out. `aead-stream` makes the nonces; its primitive takes the number
//! of a chunk, which is what reading in the middle needs ([`Blocks`]).
//!
//! ```text
//! stream   header 61 ‖ chunk ‖ … ‖ last chunk
//! header   format 1 (0x10) ‖ key id 8 ‖ log2 of the chunk's size 1 ‖ nonce prefix 19 ‖ commitment 32
//! chunk    ciphertext ‖ tag 16; all but the last hold exactly one chunk's size, the last at least one byte
//!          (an empty stream is one empty chunk)
//! nonce    prefix 19 ‖ number 4 ‖ last 1 (0 or 1);  numbers are big-endian
//! keys     HKDF of the key over the header before the commitment and the context: cipher key 32, commitment 32
//! ```
//!
//! The header and the [`Context`] go into the key, so a stream opens only in its place and nothing of
//! its header can be changed. The commitment makes a header fit one key only: XChaCha20-Poly1305 alone
//! can be made to open under two keys (<https://eprint.iacr.org/2017/664>), and with many recipients that
//! would show them different contents.
//!
//! A chunk is given out as soon as it is proven. That *all* of them were there is known with the last one:
//! whoever acts on the beginning must be able to take it back.

mod blocks;
mod io;
mod layout;
mod push;
#[cfg(test)]
mod tests;

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use plexichat_kernel::random;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub use blocks::Blocks;
pub use io::{OpenReader, SealWriter};
pub use layout::Layout;
pub use push::{Opener, Sealer};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::key::{Bound, Key, KeyId};

/// Length of a stream's header in bytes.
pub const HEADER_LENGTH: usize = DERIVED_FROM + COMMITMENT;
/// How many bytes of plaintext a chunk holds unless another size is asked for.
pub const CHUNK: ChunkSize = ChunkSize(16);
/// How many bytes a sealed chunk is longer than its plaintext.
pub const TAG: usize = 16;

const FORMAT: u8 = 0x10;
const PREFIX: usize = 19;
/// Format, key id, chunk size and nonce prefix.
const DERIVED_FROM: usize = 1 + 8 + 1 + PREFIX;
const COMMITMENT: usize = 32;

/// How many bytes of plaintext a chunk holds: a power of two between 1 KiB and 1 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkSize(u8);

impl ChunkSize {
    /// 2 to the power of `exponent` bytes, for 10 to 20.
    pub const fn power_of_two(exponent: u8) -> Option<Self> {
        if exponent >= 10 && exponent <= 20 { Some(Self(exponent)) } else { None }
    }

    /// The size in bytes.
    pub const fn bytes(self) -> usize {
        1 << self.0
    }

    const fn sealed(self) -> usize {
        self.bytes() + TAG
    }
}

/// The beginning of a stream. Until a key was found to fit, it is only what somebody claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    key: KeyId,
    chunk: ChunkSize,
    prefix: [u8; PREFIX],
    commitment: [u8; COMMITMENT],
}

impl Header {
    /// Reads a header, which is [`HEADER_LENGTH`] bytes.
    pub fn parse(bytes: &[u8; HEADER_LENGTH]) -> Result<Self> {
        let [format, rest @ ..] = bytes;
        if *format != FORMAT {
            return Err(Error::UnknownFormat(*format));
        }
        let cut = Error::Malformed("the stream's header is cut off");
        let (key, rest) = rest.split_first_chunk().ok_or(cut)?;
        let ([exponent], rest) = rest.split_first_chunk().ok_or(cut)?;
        let (prefix, rest) = rest.split_first_chunk().ok_or(cut)?;
        let commitment = rest.try_into().map_err(|_| cut)?;
        let chunk =
            ChunkSize::power_of_two(*exponent).ok_or(Error::Malformed("the stream's chunk size is not 1 KiB to 1 MiB"))?;
        Ok(Self { key: KeyId::from_bytes(*key)?, chunk, prefix: *prefix, commitment })
    }

    /// Which key opens it.
    pub const fn key_id(&self) -> KeyId {
        self.key
    }

    /// The size of its chunks.
    pub const fn chunk(&self) -> ChunkSize {
        self.chunk
    }

    /// The header as it stands at the beginning of the stream.
    pub fn to_bytes(self) -> [u8; HEADER_LENGTH] {
        let mut out = [0; HEADER_LENGTH];
        let (front, commitment) = out.split_at_mut(DERIVED_FROM);
        front[0] = FORMAT;
        front[1..9].copy_from_slice(&self.key.to_bytes());
        front[9] = self.chunk.0;
        front[10..].copy_from_slice(&self.prefix);
        commitment.copy_from_slice(&self.commitment);
        out
    }

    fn derive(&self, key: &Key, context: &Context<'_>) -> Zeroizing<[u8; 64]> {
        let mut place = Bound::new();
        context.encode(&mut place);
        let mut out = Zeroizing::new([0; 64]);
        key.derive_into("stream", &[&self.to_bytes()[..DERIVED_FROM], &place], &mut *out);
        out
    }
}

/// The cipher of one stream, with the header it was derived from.
struct Cipher {
    header: Header,
    stream: StreamBE32<XChaCha20Poly1305>,
}

impl Cipher {
    fn start(key: &Key, id: KeyId, context: &Context<'_>, chunk: ChunkSize) -> Self {
        let mut header = Header { key: id, chunk, prefix: random::bytes(), commitment: [0; COMMITMENT] };
        let derived = header.derive(key, context);
        header.commitment.copy_from_slice(&derived[32..]);
        Self::new(header, &derived)
    }

    fn resume(key: &Key, context: &Context<'_>, header: Header) -> Result<Self> {
        let derived = header.derive(key, context);
        if bool::from(derived[32..].ct_eq(&header.commitment)) { Ok(Self::new(header, &derived)) } else { Err(Error::Refused) }
    }

    fn new(header: Header, derived: &[u8; 64]) -> Self {
        let cipher = XChaCha20Poly1305::new_from_slice(&derived[..32]).expect("32 bytes");
        Self { header, stream: StreamBE32::from_aead(cipher, &header.prefix.into()) }
    }

    /// Seals `chunk` in place. The caller gives every number once.
    fn seal(&self, number: u32, last: bool, chunk: &mut Vec<u8>) {
        self.stream.encrypt_in_place(number, last, &[], chunk).expect("a chunk is shorter than the 256 GiB of the cipher");
    }

    /// Opens one chunk, whose length has to be what the format demands.
    fn open(&self, number: u32, last: bool, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let length = sealed.len().checked_sub(TAG).ok_or(Error::Malformed("the stream is cut off"))?;
        let full = self.header.chunk.bytes();
        let fits = if last { length <= full && (length > 0 || number == 0) } else { length == full };
        if !fits {
            return Err(Error::Malformed("a chunk of the stream has the wrong length"));
        }
        let mut chunk = Zeroizing::new(sealed.to_vec());
        self.stream.decrypt_in_place(number, last, &[], &mut *chunk).map_err(|_| Error::Refused)?;
        Ok(chunk)
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cipher").field("header", &self.header).finish_non_exhaustive()
    }
}
