//! Envelopes: sealed for 1 to 64 recipients, each of whom opens it alone, and signed if wanted.
//!
//! The wire format is in `docs/reference/envelope.md`, byte by byte:
//!
//! ```text
//! preamble   "plexienv" 8 ‖ version 1 (0x01) ‖ flags 1 (bit 0: signed) ‖ recipients 1 ‖ salt 32 ‖ signer's fingerprint 32
//! stanzas    recipients × ( X-Wing encapsulation 1120 ‖ file key under the encapsulated secret 48 )
//! MAC 32     HMAC-SHA-256 over preamble and stanzas under a key derived from the file key
//! payload    the stream of [`crate::stream`], bound to the MAC
//! signature  3374, if signed: over everything before it
//! ```
//!
//! What holds:
//! - *Nobody outside can add, remove or reorder recipients*, change the flags or the signer: the MAC covers the
//!   whole header, and the payload is bound to the MAC. Recipients know the file key and could write another
//!   envelope under it; only the signature says that the sender wrote this one.
//! - *Everybody reads the same.* One header MAC under HMAC-SHA-256 fits one file key (finding two that fit means
//!   finding a collision of SHA-256), and the stream's commitment fits one key as well. So a sender cannot make
//!   an envelope that shows recipients different contents, as he could with an AEAD alone
//!   (<https://eprint.iacr.org/2017/664>, "invisible salamanders").
//! - *Recipients are not named.* Who opens tries each stanza. A fingerprint of the signer stands in the open.
//! - *Purposes do not mix.* An envelope made as one thing does not open as another.
//!
//! Not promised: that a signed envelope was meant for you (a recipient may put the content into another
//! envelope under his own name), or forward secrecy (who gets an identity later opens old envelopes).

mod header;
mod open;
mod seal;
#[cfg(test)]
mod tests;

pub use header::MOST_RECIPIENTS;
pub use open::{Opened, Opener, Signed};
pub use seal::Sealer;

use zeroize::Zeroizing;

use crate::error::Result;
use crate::recipient::{Identity, Recipient};
use crate::sign::{SigningKey, VerifyingKey};

/// Seals `content` in one piece.
pub fn seal(purpose: &str, recipients: &[&Recipient], signer: Option<&SigningKey>, content: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut sealer = Sealer::new(purpose, recipients, signer, &mut out)?;
    sealer.push(content, &mut out)?;
    sealer.finish(&mut out)?;
    Ok(out)
}

/// Opens an envelope in one piece: nothing is given out unless all of it holds, the signature included.
///
/// With a `signer`, an envelope that is unsigned or signed by somebody else is refused.
pub fn open(
    purpose: &str,
    identity: &Identity,
    signer: Option<&VerifyingKey>,
    envelope: &[u8],
) -> Result<(Zeroizing<Vec<u8>>, Opened)> {
    // Content is never longer than the envelope, so the buffer never moves and leaves no copy.
    let mut out = Zeroizing::new(Vec::with_capacity(envelope.len()));
    let mut opener = Opener::new(purpose, identity, signer);
    opener.push(envelope, &mut out)?;
    let opened = opener.finish(&mut out)?;
    Ok((out, opened))
}
