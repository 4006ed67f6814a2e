//! Writing an envelope piece by piece.

use sha2::{Digest, Sha512};

use super::header::{self, FILE_KEY, MAC};
use crate::error::{Error, Result};
use crate::recipient::Recipient;
use crate::sign::SigningKey;
use crate::stream;

/// Seals content as it comes. Holds one chunk.
pub struct Sealer<'a> {
    stream: stream::Sealer,
    signer: Option<(&'a SigningKey, String, Sha512)>,
}

impl<'a> Sealer<'a> {
    /// Begins an envelope and appends its header to `out`.
    ///
    /// `purpose` says what kind of thing it holds, for example `recovery kit`; it has to be named again
    /// to open. There are 1 to 64 recipients, none of them twice.
    pub fn new(purpose: &str, recipients: &[&Recipient], signer: Option<&'a SigningKey>, out: &mut Vec<u8>) -> Result<Self> {
        if recipients.iter().enumerate().any(|(index, one)| recipients[..index].contains(one)) {
            return Err(Error::Malformed("a recipient is named twice"));
        }
        let fingerprint = signer.map(|signer| signer.verifying_key().fingerprint());
        let (mut header, file_key) = header::write(purpose, recipients, fingerprint)?;
        let mac = &header[header.len() - MAC..];
        let stream = stream::Sealer::new(&file_key, FILE_KEY, &header::payload(purpose, mac));
        header.extend_from_slice(&stream.header().to_bytes());
        out.extend_from_slice(&header);
        let signer = signer.map(|signer| (signer, header::signature_purpose(purpose), Sha512::new_with_prefix(&header)));
        Ok(Self { stream, signer })
    }

    /// Takes content and appends what is ready to `out`.
    pub fn push(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let from = out.len();
        self.stream.push(content, out)?;
        if let Some((_, _, hash)) = &mut self.signer {
            hash.update(&out[from..]);
        }
        Ok(())
    }

    /// Appends the end, with the signature, to `out`. Without it an envelope does not open.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<()> {
        let from = out.len();
        self.stream.finish(out)?;
        if let Some((signer, purpose, hash)) = self.signer {
            let hash = hash.chain_update(&out[from..]).finalize();
            out.extend_from_slice(&signer.sign_hash(&purpose, &hash.into()));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Sealer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("stream", &self.stream).finish_non_exhaustive()
    }
}
