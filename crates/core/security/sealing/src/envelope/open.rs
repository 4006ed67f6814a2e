//! Reading an envelope piece by piece: the header until it is complete, then the payload's stream, then the signature.
//!
//! Every length is decided by the number of recipients (at most 64) and by whether the flags say signed, so what is held
//! is bounded before anything was proven. Nothing is given out before the file key, the header's MAC and the chunk held.

use sha2::{Digest, Sha512};

use super::header::{self, FILE_KEY, MAC, PREAMBLE, Preamble};
use crate::error::{Error, Result};
use crate::recipient::Identity;
use crate::sign::{SIGNATURE_LENGTH, VerifyingKey};
use crate::stream;
use crate::text::Fingerprint;

/// What is known of an envelope that was opened to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// How many can open it.
    pub recipients: usize,
    /// Who wrote it, as far as it was checked.
    pub signed: Signed,
}

/// Whether somebody vouches for an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Any recipient, and nobody outside, may have written it; or anybody at all who knows the recipients' public keys.
    No,
    /// It says that this key signed it; no key was given to check it with.
    Unchecked(Fingerprint),
    /// This key signed it.
    By(Fingerprint),
}

/// Opens an envelope as it comes. Holds its header (at most 75 KB), one chunk, the signature and one piece.
///
/// What [`Opener::push`] gives out was sealed by somebody who knew the file key; that it is complete and who signed
/// it is known when [`Opener::finish`] returned `Ok`. Act on it before only if that can be undone.
pub struct Opener<'a> {
    purpose: &'a str,
    identity: &'a Identity,
    signer: Option<&'a VerifyingKey>,
    /// The header until it is complete, then what may be the signature.
    held: Vec<u8>,
    preamble: Option<Preamble>,
    payload: Option<Payload>,
    refused: Option<Error>,
}

struct Payload {
    stream: stream::Opener,
    hash: Sha512,
}

impl<'a> Opener<'a> {
    /// Opens as `identity`. With a `signer`, an envelope not signed by it is refused.
    pub fn new(purpose: &'a str, identity: &'a Identity, signer: Option<&'a VerifyingKey>) -> Self {
        Self { purpose, identity, signer, held: Vec::new(), preamble: None, payload: None, refused: None }
    }

    /// Takes bytes of the envelope and appends content that is proven to `out`. After a refusal every call is refused.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        let pushed = self.take(bytes, out);
        self.refused = pushed.err();
        pushed
    }

    /// Says that nothing follows, appends the rest to `out` and checks the signature.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<Opened> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        let cut = Error::Malformed("the envelope is cut off");
        let (Some(preamble), Some(payload)) = (self.preamble, self.payload) else { return Err(cut) };
        payload.stream.finish(out)?;
        let signed = match (preamble.signer, self.signer) {
            (None, _) => Signed::No,
            (Some(fingerprint), None) if self.held.len() == SIGNATURE_LENGTH => Signed::Unchecked(fingerprint),
            (Some(_), None) => return Err(cut),
            (Some(fingerprint), Some(signer)) => {
                signer.verify_hash(&header::signature_purpose(self.purpose), &payload.hash.finalize().into(), &self.held)?;
                Signed::By(fingerprint)
            }
        };
        Ok(Opened { recipients: preamble.recipients, signed })
    }

    fn take(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.payload.is_none() {
            bytes = self.take_header(bytes)?;
        }
        let (Some(preamble), Some(payload)) = (self.preamble, &mut self.payload) else { return Ok(()) };
        let kept = if preamble.signer.is_some() { SIGNATURE_LENGTH } else { 0 };
        self.held.extend_from_slice(bytes);
        let ready = self.held.len().saturating_sub(kept);
        payload.hash.update(&self.held[..ready]);
        payload.stream.push(&self.held[..ready], out)?;
        self.held.drain(..ready);
        Ok(())
    }

    /// Takes what belongs to the header and gives back the rest.
    fn take_header<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8]> {
        let mut rest = bytes;
        while self.payload.is_none() {
            let wanted = self.preamble.map_or(PREAMBLE, |preamble| preamble.header_length() + stream::HEADER_LENGTH);
            let (now, later) = rest.split_at(rest.len().min(wanted - self.held.len()));
            self.held.extend_from_slice(now);
            rest = later;
            if self.held.len() < wanted {
                return Ok(rest);
            }
            match self.preamble {
                None => self.preamble = Some(self.read_preamble()?),
                Some(preamble) => self.begin_payload(preamble)?,
            }
        }
        Ok(rest)
    }

    fn read_preamble(&self) -> Result<Preamble> {
        let bytes = self.held.first_chunk().ok_or(Error::Malformed("the envelope is cut off"))?;
        let preamble = Preamble::parse(bytes)?;
        match (self.signer.map(VerifyingKey::fingerprint), preamble.signer) {
            (Some(_), None) => Err(Error::NotSigned),
            (Some(wanted), Some(signer)) if wanted != signer => Err(Error::SignedByAnother),
            _ => Ok(preamble),
        }
    }

    fn begin_payload(&mut self, preamble: Preamble) -> Result<()> {
        let cut = Error::Malformed("the envelope is cut off");
        let (header, start) = self.held.split_at_checked(preamble.header_length()).ok_or(cut)?;
        let start = stream::Header::parse(start.first_chunk().ok_or(cut)?)?;
        let file_key = header::read(self.purpose, self.identity, header)?;
        if start.key_id() != FILE_KEY {
            return Err(Error::Malformed("the payload names another key than the envelope's"));
        }
        let place = header::payload(self.purpose, &header[header.len() - MAC..]);
        let stream = stream::Opener::new(&file_key, &place, &start)?;
        self.payload = Some(Payload { stream, hash: Sha512::new_with_prefix(&self.held) });
        self.held.clear();
        Ok(())
    }
}

impl std::fmt::Debug for Opener<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener").field("identity", self.identity).field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
