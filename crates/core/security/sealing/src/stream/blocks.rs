//! Reading single chunks of a stream.

use zeroize::Zeroizing;

use super::{Cipher, Header};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::key::Key;

/// Opens the chunks of one stream in any order.
///
/// Take the length of the stream from a place that is trusted, or prove it once by opening the last chunk
/// that [`super::Layout::of_sealed`] names: reading a chunk in the middle does not notice a missing end.
/// There is no writing in the middle: sealing a chunk's number twice would repeat a nonce.
#[derive(Debug)]
pub struct Blocks(Cipher);

impl Blocks {
    /// Refused unless `key` made this header for this place.
    pub fn new(key: &Key, context: &Context<'_>, header: &Header) -> Result<Self> {
        Cipher::resume(key, context, *header).map(Self)
    }

    /// The content of the chunk `number`, which is the stream's last one if `last`.
    pub fn open(&self, number: u64, last: bool, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let number = u32::try_from(number).map_err(|_| Error::TooLarge("a stream has at most 2^32 chunks"))?;
        self.0.open(number, last, sealed)
    }
}
