//! Streams over [`std::io`].

use std::borrow::Borrow;
use std::io::{self, Read, Write};

use zeroize::{Zeroize, Zeroizing};

use super::{HEADER_LENGTH, Header, Opener, Sealer};
use crate::context::Context;
use crate::error::Error;
use crate::key::{Key, KeyId};

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// Seals what is written to it. [`SealWriter::finish`] it: without its end a stream does not open.
#[derive(Debug)]
pub struct SealWriter<W> {
    inner: W,
    sealer: Sealer,
    out: Vec<u8>,
}

impl<W: Write> SealWriter<W> {
    /// Writes the header of a new stream for this place.
    pub fn new(mut inner: W, key: &Key, id: KeyId, context: &Context<'_>) -> io::Result<Self> {
        let sealer = Sealer::new(key, id, context);
        inner.write_all(&sealer.header().to_bytes())?;
        Ok(Self { inner, sealer, out: Vec::new() })
    }

    /// Writes the last chunk and gives back what it wrote to, flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.sealer.finish(&mut self.out).map_err(io::Error::other)?;
        self.inner.write_all(&self.out)?;
        self.inner.flush()?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for SealWriter<W> {
    /// After a failure the stream is lost: what was sealed is not sealed again.
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let taken = &content[..content.len().min(PIECE)];
        self.sealer.push(taken, &mut self.out).map_err(io::Error::other)?;
        let written = self.inner.write_all(&self.out);
        self.out.clear();
        written.map(|()| taken.len())
    }

    /// Flushes what is sealed; the chunk that is not full waits.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[derive(Debug)]
enum State {
    Open(Opener),
    Ended,
    Refused(Error),
}

/// Gives the content of a stream. A refusal is an error of the kind `InvalidData` with an [`Error`] inside.
#[derive(Debug)]
pub struct OpenReader<R> {
    inner: R,
    state: State,
    content: Zeroizing<Vec<u8>>,
    read: usize,
    piece: Vec<u8>,
}

impl<R: Read> OpenReader<R> {
    /// Reads the header. `key` is asked for the key that the header names.
    pub fn new<K: Borrow<Key>>(
        mut inner: R,
        key: impl FnOnce(KeyId) -> Result<K, Error>,
        context: &Context<'_>,
    ) -> io::Result<Self> {
        let mut bytes = [0; HEADER_LENGTH];
        inner.read_exact(&mut bytes)?;
        let header = Header::parse(&bytes).map_err(invalid)?;
        let key = key(header.key_id()).map_err(invalid)?;
        let opener = Opener::new(key.borrow(), context, &header).map_err(invalid)?;
        // With room for one chunk and for one more that a piece may complete, so that it never moves.
        let content = Zeroizing::new(Vec::with_capacity(2 * header.chunk().bytes() + PIECE));
        Ok(Self { inner, state: State::Open(opener), content, read: 0, piece: vec![0; PIECE] })
    }

    /// Reads until there is content or the end.
    fn fill(&mut self) -> io::Result<()> {
        while self.read == self.content.len() {
            let opener = match &mut self.state {
                State::Open(opener) => opener,
                State::Ended => return Ok(()),
                State::Refused(error) => return Err(invalid(*error)),
            };
            self.content.zeroize();
            self.read = 0;
            let length = match self.inner.read(&mut self.piece) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let opened = if length > 0 {
                opener.push(&self.piece[..length], &mut self.content)
            } else if let State::Open(opener) = std::mem::replace(&mut self.state, State::Ended) {
                opener.finish(&mut self.content)
            } else {
                Ok(())
            };
            if let Err(error) = opened {
                // Never an end after a refusal, however often somebody reads on.
                self.content.zeroize();
                self.state = State::Refused(error);
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for OpenReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        self.fill()?;
        let ready = &self.content[self.read..];
        let length = ready.len().min(out.len());
        out[..length].copy_from_slice(&ready[..length]);
        self.read += length;
        Ok(length)
    }
}

fn invalid(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
