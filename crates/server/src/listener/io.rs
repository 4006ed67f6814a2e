//! A stream that fails when the head of a request takes too long or the peer takes nothing for too long.
//!
//! hyper has one timeout for a head and for the pause before it; here they are two.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::Transport;

/// The stream below hyper. The gateway takes the bare stream out again ([`Io::into_inner`]).
#[derive(Debug)]
pub(crate) struct Io {
    stream: Transport,
    patience: Duration,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// How long a head may take.
    head: Duration,
    /// Runs while a head arrives.
    late: Option<Pin<Box<Sleep>>>,
    /// Counted up when a request reaches the service and again when it is answered: odd while one is handled.
    served: Arc<AtomicU64>,
    /// `served` when it was last looked at.
    seen: u64,
}

impl Io {
    /// `head` is counted from now for the first request, then from the first byte of each; `served` is counted up
    /// by the service when a request reaches it and when it is answered.
    pub(crate) fn new(stream: Transport, patience: Duration, head: Duration, served: Arc<AtomicU64>) -> Self {
        Self { stream, patience, stalled: None, head, late: Some(Box::pin(sleep(head))), served, seen: 0 }
    }

    /// The bare stream.
    pub(crate) fn into_inner(self) -> Transport {
        self.stream
    }

    /// Whether the head that is arriving takes too long.
    fn is_late(&mut self, arrived: bool, cx: &mut Context<'_>) -> bool {
        let served = self.served.load(Ordering::Acquire);
        if served != self.seen {
            // That head is complete.
            self.seen = served;
            self.late = None;
        } else if arrived && served.is_multiple_of(2) && self.late.is_none() {
            self.late = Some(Box::pin(sleep(self.head)));
        }
        self.late.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready())
    }

    fn watch<T>(&mut self, outcome: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let patience = self.patience;
        let timer = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        if timer.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer takes no data")));
        }
        Poll::Pending
    }
}

impl AsyncRead for Io {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let arrived = buffer.filled().len() > before;
        if self.is_late(arrived, cx) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the head did not arrive in time")));
        }
        outcome
    }
}

impl AsyncWrite for Io {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, data);
        self.watch(outcome, cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, data);
        self.watch(outcome, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // TLS holds what the peer does not take, and only here says so.
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(outcome, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(outcome, cx)
    }
}
