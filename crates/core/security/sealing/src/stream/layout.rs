//! Which bytes of a sealed stream hold which bytes of its content.

use std::ops::Range;

use super::{ChunkSize, HEADER_LENGTH, TAG};
use crate::error::{Error, Result};

/// Most chunks of a stream: their number has 32 bits.
const MOST_CHUNKS: u64 = 1 << 32;

/// Where the chunks of a stream of this length are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    plaintext: u64,
    chunk: u64,
}

impl Layout {
    /// The layout of `plaintext` bytes. Refused above 2^32 chunks (256 TiB in chunks of 64 KiB).
    pub fn of_plaintext(plaintext: u64, chunk: ChunkSize) -> Result<Self> {
        let layout = Self { plaintext, chunk: chunk.bytes() as u64 };
        if layout.chunks() > MOST_CHUNKS {
            return Err(Error::TooLarge("a stream has at most 2^32 chunks"));
        }
        Ok(layout)
    }

    /// The layout of a stream that is `sealed` bytes long with its header; refused if no stream has this length.
    pub fn of_sealed(sealed: u64, chunk: ChunkSize) -> Result<Self> {
        let cut = Error::Malformed("no stream has this length");
        let body = sealed.checked_sub(HEADER_LENGTH as u64).ok_or(cut)?;
        let chunks = body.div_ceil(chunk.sealed() as u64).max(1);
        let plaintext = body.checked_sub(chunks * TAG as u64).ok_or(cut)?;
        let layout = Self::of_plaintext(plaintext, chunk)?;
        if layout.sealed() == sealed { Ok(layout) } else { Err(cut) }
    }

    /// Length of the content in bytes.
    pub const fn plaintext(&self) -> u64 {
        self.plaintext
    }

    /// Length of the stream with its header in bytes.
    pub fn sealed(&self) -> u64 {
        HEADER_LENGTH as u64 + self.plaintext + self.chunks() * TAG as u64
    }

    /// How many chunks there are; at least one.
    pub fn chunks(&self) -> u64 {
        self.plaintext.div_ceil(self.chunk).max(1)
    }

    /// Whether `number` is the last chunk.
    pub fn is_last(&self, number: u64) -> bool {
        number + 1 == self.chunks()
    }

    /// The chunk that holds the byte at `offset` of the content, and that byte's place in it.
    pub fn locate(&self, offset: u64) -> Option<(u64, usize)> {
        let within = usize::try_from(offset % self.chunk).ok()?;
        (offset < self.plaintext).then_some((offset / self.chunk, within))
    }

    /// Which bytes of the stream are the chunk `number`.
    pub fn range(&self, number: u64) -> Option<Range<u64>> {
        if number >= self.chunks() {
            return None;
        }
        let start = HEADER_LENGTH as u64 + number * (self.chunk + TAG as u64);
        let content = (self.plaintext - number * self.chunk).min(self.chunk);
        Some(start..start + content + TAG as u64)
    }
}
