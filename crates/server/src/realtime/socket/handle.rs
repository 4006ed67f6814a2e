//! What the rest of the house holds of a socket: its queue, and the words that end it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};

use axum::body::Bytes;
use plexichat_model::gateway::{Badge, CloseCode};
#[cfg(test)]
use plexichat_model::limits;
use plexichat_model::{JournalEvent, JournalKey, SessionId, UserId};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

/// Something for a socket.
#[derive(Debug)]
pub(crate) enum Outbound {
    /// A frame as it is.
    Frame(Bytes),
    /// A channel at level `badge` moved.
    Badge(Badge),
    /// An event of the account's own journal: the frame, and the event for the socket itself.
    Own(Box<(Bytes, Arc<JournalEvent>)>),
    /// The hub follows this journal no longer for the socket; this is the last version it got.
    Ended(JournalKey, i64),
}

/// One live socket, as the hub sees it.
#[derive(Debug)]
pub(crate) struct Handle {
    /// Unique in the life of the process; older sockets have smaller ones.
    pub(crate) id: u64,
    /// Whose it is.
    pub(crate) user: UserId,
    session: AtomicI64,
    queue: mpsc::Sender<Outbound>,
    overflowed: AtomicBool,
    closing: AtomicU16,
    wake: Notify,
}

impl Handle {
    /// A handle with a queue of the usual length.
    #[cfg(test)]
    pub(crate) fn new(id: u64, user: UserId, session: SessionId) -> (Arc<Self>, mpsc::Receiver<Outbound>) {
        Self::with_queue(id, user, session, limits::SOCKET_QUEUE)
    }

    /// A handle and the end the socket reads from, with so many frames between them.
    pub(crate) fn with_queue(id: u64, user: UserId, session: SessionId, length: usize) -> (Arc<Self>, mpsc::Receiver<Outbound>) {
        let (queue, receiver) = mpsc::channel(length.max(1));
        let handle = Self {
            id,
            user,
            session: AtomicI64::new(session.0),
            queue,
            overflowed: AtomicBool::new(false),
            closing: AtomicU16::new(0),
            wake: Notify::new(),
        };
        (Arc::new(handle), receiver)
    }

    /// Queues something; a full queue marks the socket as too slow and drops it.
    pub(crate) fn push(&self, item: Outbound) {
        if self.overflowed.load(Ordering::Relaxed) {
            return;
        }
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(item) {
            self.lose();
        }
    }

    /// Something for the socket was lost: it must tell the client to identify anew.
    pub(crate) fn lose(&self) {
        if !self.overflowed.swap(true, Ordering::AcqRel) {
            metrics::counter!("plexichat_gateway_overflows_total").increment(1);
            self.wake.notify_one();
        }
    }

    /// Whether something was lost.
    pub(crate) fn has_lost(&self) -> bool {
        self.overflowed.load(Ordering::Acquire)
    }

    /// Whether the socket has ended.
    pub(crate) fn is_gone(&self) -> bool {
        self.queue.is_closed()
    }

    /// Ends the socket, past its queue.
    pub(crate) fn close(&self, code: CloseCode) {
        let _ = self.closing.compare_exchange(0, code.number(), Ordering::AcqRel, Ordering::Acquire);
        self.wake.notify_one();
    }

    /// The word that ends the socket, if it was said.
    pub(crate) fn closing(&self) -> Option<CloseCode> {
        let number = self.closing.load(Ordering::Acquire);
        CloseCode::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// Waits until something was lost or the socket shall end. Cancel safe.
    pub(crate) async fn disturbed(&self) {
        self.wake.notified().await;
    }

    /// The session it lives by.
    pub(crate) fn session(&self) -> SessionId {
        SessionId(self.session.load(Ordering::Acquire))
    }

    /// The socket lives by another session of the same account from now on.
    pub(crate) fn change_session(&self, session: SessionId) {
        self.session.store(session.0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_loses_and_stays_bounded() {
        let (handle, mut queue) = Handle::new(1, UserId(2), SessionId(3));
        for _ in 0..10_000 {
            handle.push(Outbound::Frame(Bytes::from_static(b"{}")));
        }
        assert!(handle.has_lost());
        assert_eq!(queue.len(), limits::SOCKET_QUEUE);
        while queue.try_recv().is_ok() {}
        handle.push(Outbound::Frame(Bytes::from_static(b"{}")));
        assert!(queue.is_empty(), "who lost something gets nothing until it has identified anew");
    }

    #[test]
    fn the_first_word_ends_it() {
        let (handle, _queue) = Handle::new(1, UserId(2), SessionId(3));
        assert_eq!(handle.closing(), None);
        handle.close(CloseCode::Unauthenticated);
        handle.close(CloseCode::GoingAway);
        assert_eq!(handle.closing(), Some(CloseCode::Unauthenticated));
    }
}
