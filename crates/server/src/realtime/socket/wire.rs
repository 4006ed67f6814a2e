//! The WebSocket itself: frames in, frames out, never waiting longer than allowed, and a last word.
//!
//! A frame that is too large or no JSON ends the socket with its close code; one that is merely unknown does not. What
//! is written at once goes out with one call, from the bytes that all sockets share. What the peer has not taken stays
//! here, so a writing that is given up is gone on with. Not here: what frames mean; their form (`codec`).

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use plexichat_model::gateway::{ClientFrame, CloseCode};
use plexichat_model::{ErrorCode, limits};
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};

use super::codec::{self, Fault, Inbox, Message};
use crate::extract::json;
use crate::listener::Transport;
use crate::realtime::encode::Frame;

/// Bytes read at once. They live on the stack: no socket keeps a buffer while it waits.
const READ_BYTES: usize = 4 * 1024;
/// Frames written with one call.
const AT_ONCE: usize = 64;
/// Frames for which room is kept while nothing waits.
const KEPT: usize = 4;
/// Pings answered while the peer does not read; RFC 6455 lets older ones go.
const PONGS: usize = 64;
/// How long a peer may take to answer a close.
const GOODBYE: Duration = Duration::from_secs(1);

/// Why a socket ends.
#[derive(Debug)]
pub(super) enum End {
    /// The peer is gone.
    Gone,
    /// We end it.
    Close(CloseCode),
    /// A frame above the bound; its bytes are still on the way.
    TooLarge,
}

/// What came in.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A frame of the protocol.
    Frame(Box<ClientFrame>),
    /// JSON, but no frame of the protocol; the socket goes on.
    Misfit(plexichat_kernel::Error, Option<u64>),
    /// Ping or pong of the WebSocket layer.
    Control,
}

/// A WebSocket.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Transport,
    inbox: Inbox,
    /// What is to be written; of the first some may be.
    unsent: VecDeque<Bytes>,
    /// The stream itself holds something back (TLS).
    must_flush: bool,
    patience: Duration,
}

impl Wire {
    /// Over a stream whose handshake is done. `patience`: how long a peer may take nothing.
    pub(super) fn new(stream: Transport, patience: Duration) -> Self {
        Self { stream, inbox: Inbox::default(), unsent: VecDeque::new(), must_flush: false, patience }
    }

    /// The next frame. Cancel safe.
    pub(super) async fn receive(&mut self) -> Result<Incoming, End> {
        poll_fn(|cx| self.poll_receive(cx)).await
    }

    /// The next frame.
    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, End>> {
        // An answer to a ping may be waiting; whether it leaves now does not matter for reading.
        if !self.is_clean()
            && let Poll::Ready(Err(_)) = self.poll_flush(cx)
        {
            return Poll::Ready(Err(End::Gone));
        }
        loop {
            match self.inbox.next(limits::FRAME_BYTES) {
                Ok(Some(message)) => return Poll::Ready(self.understand(message, cx)),
                Ok(None) => {}
                Err(Fault::TooLarge) => return Poll::Ready(Err(End::TooLarge)),
                Err(Fault::Protocol) => return Poll::Ready(Err(End::Close(CloseCode::Protocol))),
            }
            let mut space = [MaybeUninit::uninit(); READ_BYTES];
            let mut buffer = ReadBuf::uninit(&mut space);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => self.inbox.push(buffer.filled()),
                Ok(()) | Err(_) => return Poll::Ready(Err(End::Gone)),
            }
        }
    }

    fn understand(&mut self, message: Message, cx: &mut Context<'_>) -> Result<Incoming, End> {
        let answer = match message {
            Message::Text(text) => return parse(&text),
            Message::Binary => return Err(End::Close(CloseCode::Protocol)),
            Message::Pong => return Ok(Incoming::Control),
            Message::Ping(payload) => codec::control(codec::PONG, &payload),
            Message::Close(payload) => codec::control(codec::CLOSE, payload.get(..2).unwrap_or_default()),
        };
        let is_end = answer.first().is_some_and(|first| first & 0x0F == codec::CLOSE);
        if self.unsent.len() < PONGS {
            self.unsent.push_back(answer.into());
        }
        match self.poll_flush(cx) {
            Poll::Ready(Err(_)) => Err(End::Gone),
            Poll::Ready(Ok(())) | Poll::Pending if is_end => Err(End::Gone),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(Incoming::Control),
        }
    }

    /// Adds a frame to what is written next.
    pub(super) fn add(&mut self, frame: Frame) {
        self.unsent.push_back(frame.into_bytes());
    }

    /// Writes frames, all in one go. Waits at most the patience.
    pub(super) async fn send(&mut self, frames: impl IntoIterator<Item = Frame>) -> Result<(), End> {
        self.unsent.extend(frames.into_iter().map(Frame::into_bytes));
        self.flush().await
    }

    /// Writes what was added. Waits at most the patience.
    pub(super) async fn flush(&mut self) -> Result<(), End> {
        // Nearly always the peer takes it at once: no timer for that.
        match poll_fn(|cx| Poll::Ready(self.poll_flush(cx))).await {
            Poll::Ready(outcome) => outcome.map_err(|_| End::Gone),
            Poll::Pending => Box::pin(self.flush_slowly()).await,
        }
    }

    async fn flush_slowly(&mut self) -> Result<(), End> {
        match tokio::time::timeout(self.patience, poll_fn(|cx| self.poll_flush(cx))).await {
            Ok(outcome) => outcome.map_err(|_| End::Gone),
            Err(_) => Err(End::Close(CloseCode::TooSlow)),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        while !self.unsent.is_empty() {
            self.must_flush = true;
            let mut parts = [IoSlice::new(&[]); AT_ONCE];
            let count = self.unsent.len().min(AT_ONCE);
            parts.iter_mut().zip(&self.unsent).for_each(|(part, frame)| *part = IoSlice::new(frame));
            let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, &parts[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
            }
            self.forget(written);
        }
        if self.unsent.capacity() > KEPT {
            self.unsent = VecDeque::new();
        }
        if self.must_flush {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.must_flush = false;
        }
        Poll::Ready(Ok(()))
    }

    /// So many bytes were written.
    fn forget(&mut self, mut written: usize) {
        while let Some(first) = self.unsent.front_mut() {
            if written < first.len() {
                drop(first.split_to(written));
                return;
            }
            written -= first.len();
            self.unsent.pop_front();
        }
    }

    /// Whether everything given to it has been written.
    fn is_clean(&self) -> bool {
        self.unsent.is_empty() && !self.must_flush
    }

    /// Says why, and goes.
    pub(super) async fn close(self, end: End) {
        match end {
            End::Gone => {}
            // Whatever is waiting cannot be written; dropping the stream is the word.
            End::Close(CloseCode::TooSlow) | End::TooLarge if !self.is_clean() => {}
            End::Close(code) => drop(tokio::time::timeout(GOODBYE, self.say(None, code)).await),
            End::TooLarge => {
                let error = plexichat_kernel::Error::of(ErrorCode::FrameTooLarge);
                let frame = super::error_frame(&error, None, "");
                drop(tokio::time::timeout(GOODBYE, self.say(Some(frame), CloseCode::Protocol)).await);
            }
        }
    }

    async fn say(mut self, last: Option<Frame>, code: CloseCode) {
        self.unsent.extend(last.map(Frame::into_bytes));
        self.unsent.push_back(codec::control(codec::CLOSE, &codec::reason(code.number(), code.describe())).into());
        let is_said = poll_fn(|cx| self.poll_flush(cx)).await.is_ok();
        if is_said && self.stream.shutdown().await.is_ok() {
            swallow(self.stream).await;
        }
    }
}

/// Reads what is still on the way, so that the kernel does not answer it with a reset that overtakes our word.
async fn swallow(mut stream: Transport) {
    let mut buffer = [0; 4096];
    while !matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)) {}
}

fn parse(text: &str) -> Result<Incoming, End> {
    // Keeping track of the path for an error message costs as much again as reading.
    if let Ok(frame) = serde_json::from_str(text) {
        return Ok(Incoming::Frame(Box::new(frame)));
    }
    match json::parse::<ClientFrame>(text.as_bytes()) {
        Ok(frame) => Ok(Incoming::Frame(Box::new(frame))),
        Err(error) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) => {
                let id = value.get("id").and_then(serde_json::Value::as_u64);
                let misfit = plexichat_kernel::Error::new(ErrorCode::FrameInvalid, error.message());
                Ok(Incoming::Misfit(error.field().map_or(misfit.clone(), |field| misfit.with_field(field)), id))
            }
            Err(_) => Err(End::Close(CloseCode::Protocol)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_ends_the_socket_and_what_is_no_frame_does_not() {
        assert!(matches!(parse("nonsense"), Err(End::Close(CloseCode::Protocol))));
        assert!(matches!(parse(r#"{"op":"dance","id":7}"#), Ok(Incoming::Misfit(_, Some(7)))));
        assert!(matches!(parse(r#"{"op":"ping"}"#), Ok(Incoming::Frame(_))));
        assert!(matches!(parse(r#"{"op":"ping","x":1}"#), Ok(Incoming::Misfit(_, None))));
    }
}
