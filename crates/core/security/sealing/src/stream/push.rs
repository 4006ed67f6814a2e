//! Sealing and opening of streams as bytes in, bytes out: for async code and everything that brings its own I/O.

use zeroize::Zeroizing;

use super::{CHUNK, ChunkSize, Cipher, Header};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::key::{Key, KeyId};

const TOO_LONG: Error = Error::TooLarge("a stream has at most 2^32 chunks");

/// Seals a stream piece by piece. Holds at most one chunk.
#[derive(Debug)]
pub struct Sealer {
    cipher: Cipher,
    /// What waits for its chunk to be full; a full one waits to learn whether it is the last.
    pending: Zeroizing<Vec<u8>>,
    pub(super) next: Option<u32>,
}

impl Sealer {
    /// A new stream in chunks of 64 KiB for this place. Write [`Sealer::header`] first.
    pub fn new(key: &Key, id: KeyId, context: &Context<'_>) -> Self {
        Self::with_chunk(key, id, context, CHUNK)
    }

    /// As [`Sealer::new`], with chunks of another size.
    pub fn with_chunk(key: &Key, id: KeyId, context: &Context<'_>, chunk: ChunkSize) -> Self {
        // With room for the tag, so that a chunk is never moved and leaves no copy behind.
        let pending = Zeroizing::new(Vec::with_capacity(chunk.sealed()));
        Self { cipher: Cipher::start(key, id, context, chunk), pending, next: Some(0) }
    }

    /// The stream's header.
    pub const fn header(&self) -> &Header {
        &self.cipher.header
    }

    /// Takes content and appends what is ready to `out`.
    pub fn push(&mut self, mut content: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let full = self.cipher.header.chunk.bytes();
        while !content.is_empty() {
            if self.pending.len() == full {
                self.seal_pending(false, out)?;
            }
            let (taken, rest) = content.split_at(content.len().min(full - self.pending.len()));
            self.pending.extend_from_slice(taken);
            content = rest;
        }
        Ok(())
    }

    /// Appends the end to `out`. A stream without its end does not open.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        self.seal_pending(true, out)
    }

    fn seal_pending(&mut self, last: bool, out: &mut Vec<u8>) -> Result<()> {
        let number = self.next.ok_or(TOO_LONG)?;
        self.next = number.checked_add(1);
        self.cipher.seal(number, last, &mut self.pending);
        out.extend_from_slice(&self.pending);
        // What is left in the buffer is ciphertext, so it need not be wiped.
        self.pending.clear();
        Ok(())
    }
}

/// Opens a stream piece by piece. Holds at most one chunk.
#[derive(Debug)]
pub struct Opener {
    cipher: Cipher,
    pending: Vec<u8>,
    next: Option<u32>,
    broken: bool,
}

impl Opener {
    /// Refused unless `key` made this header for this place.
    pub fn new(key: &Key, context: &Context<'_>, header: &Header) -> Result<Self> {
        let cipher = Cipher::resume(key, context, *header)?;
        Ok(Self { cipher, pending: Vec::with_capacity(header.chunk.sealed()), next: Some(0), broken: false })
    }

    /// Takes bytes that follow the header and appends content that is proven to `out`.
    ///
    /// After a refusal every further call is refused.
    pub fn push(&mut self, mut sealed: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let full = self.cipher.header.chunk.sealed();
        while !sealed.is_empty() {
            // Only now is it known that the full chunk was not the last one.
            if self.pending.len() == full {
                self.open_pending(false, out)?;
            }
            let (taken, rest) = sealed.split_at(sealed.len().min(full - self.pending.len()));
            self.pending.extend_from_slice(taken);
            sealed = rest;
        }
        Ok(())
    }

    /// Says that nothing follows, and appends the rest to `out`. Without an error the whole stream was there.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        self.open_pending(true, out)
    }

    fn open_pending(&mut self, last: bool, out: &mut Vec<u8>) -> Result<()> {
        if self.broken {
            return Err(Error::Refused);
        }
        self.broken = true;
        let number = self.next.ok_or(TOO_LONG)?;
        let content = self.cipher.open(number, last, &self.pending)?;
        out.extend_from_slice(&content);
        self.pending.clear();
        self.next = number.checked_add(1);
        self.broken = false;
        Ok(())
    }
}
