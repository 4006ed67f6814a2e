//! What the rest of the house holds of a socket: its queue, and the words that end it.
//!
//! The queue is a list that takes memory only while something waits: thousands of sockets wait for nothing most of the
//! time, and after a burst none keeps what the burst needed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use plexichat_model::gateway::{Badge, CloseCode};
#[cfg(test)]
use plexichat_model::limits;
use plexichat_model::{JournalEvent, JournalKey, SessionId, UserId};

use crate::realtime::encode::Frame;

/// Something for a socket.
#[derive(Debug)]
pub(crate) enum Outbound {
    /// A frame as it is.
    Frame(Frame),
    /// A channel at level `badge` moved.
    Badge(Box<Badge>),
    /// An event of the account's own journal: the frame, and the event for the socket itself.
    Own(Box<(Frame, Arc<JournalEvent>)>),
    /// The hub follows this journal no longer for the socket; this is the last version it got.
    Ended(JournalKey, i64),
}

/// What waits, and who is woken by it.
#[derive(Debug, Default)]
struct Waiting {
    items: VecDeque<Outbound>,
    /// The socket, while it has seen everything.
    reader: Option<Waker>,
}

/// One live socket, as the hub sees it.
#[derive(Debug)]
pub(crate) struct Handle {
    /// Unique in the life of the process; older sockets have smaller ones.
    pub(crate) id: u64,
    /// Whose it is.
    pub(crate) user: UserId,
    session: AtomicI64,
    waiting: Mutex<Waiting>,
    most: usize,
    overflowed: AtomicBool,
    gone: AtomicBool,
    closing: AtomicU16,
}

/// The end of the queue that the socket reads from. Dropped, the socket has ended.
#[derive(Debug)]
pub(crate) struct Outlet(Arc<Handle>);

/// What a socket finds when it looks at its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It shall end.
    Closing(CloseCode),
    /// Something was lost: the client must identify anew.
    Lost,
    /// Something waits.
    Items,
    /// Nothing; the task is woken when that changes.
    Nothing,
}

impl Handle {
    /// A handle with a queue of the usual length.
    #[cfg(test)]
    pub(crate) fn new(id: u64, user: UserId, session: SessionId) -> (Arc<Self>, Outlet) {
        Self::with_queue(id, user, session, limits::SOCKET_QUEUE)
    }

    /// A handle and the end the socket reads from, with so many frames between them.
    pub(crate) fn with_queue(id: u64, user: UserId, session: SessionId, length: usize) -> (Arc<Self>, Outlet) {
        let handle = Arc::new(Self {
            id,
            user,
            session: AtomicI64::new(session.0),
            waiting: Mutex::default(),
            most: length.max(1),
            overflowed: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            closing: AtomicU16::new(0),
        });
        (Arc::clone(&handle), Outlet(handle))
    }

    /// Queues something; a full queue marks the socket as too slow and drops it.
    pub(crate) fn push(&self, item: Outbound) {
        if self.has_lost() || self.is_gone() {
            return;
        }
        let mut waiting = self.waiting();
        if waiting.items.len() >= self.most {
            drop(waiting);
            return self.lose();
        }
        waiting.items.push_back(item);
        wake(waiting);
    }

    /// Something for the socket was lost: it must tell the client to identify anew.
    pub(crate) fn lose(&self) {
        if !self.overflowed.swap(true, Ordering::AcqRel) {
            metrics::counter!("plexichat_gateway_overflows_total").increment(1);
            wake(self.waiting());
        }
    }

    /// Whether something was lost.
    pub(crate) fn has_lost(&self) -> bool {
        self.overflowed.load(Ordering::Acquire)
    }

    /// Whether the socket has ended.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Ends the socket, past its queue.
    pub(crate) fn close(&self, code: CloseCode) {
        let _ = self.closing.compare_exchange(0, code.number(), Ordering::AcqRel, Ordering::Acquire);
        wake(self.waiting());
    }

    /// The word that ends the socket, if it was said.
    pub(crate) fn closing(&self) -> Option<CloseCode> {
        let number = self.closing.load(Ordering::Acquire);
        if number == 0 {
            return None;
        }
        CloseCode::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// The session it lives by.
    pub(crate) fn session(&self) -> SessionId {
        SessionId(self.session.load(Ordering::Acquire))
    }

    /// The socket lives by another session of the same account from now on.
    pub(crate) fn change_session(&self, session: SessionId) {
        self.session.store(session.0, Ordering::Release);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes who reads, without the lock: the task may run at once, elsewhere.
fn wake(mut waiting: MutexGuard<'_, Waiting>) {
    let reader = waiting.reader.take();
    drop(waiting);
    if let Some(reader) = reader {
        reader.wake();
    }
}

impl Outlet {
    /// Looks at the queue; whoever finds nothing is woken.
    pub(crate) fn look(&self, cx: &Context<'_>) -> Found {
        let mut waiting = self.0.waiting();
        // Under the lock: who says the word afterwards finds the reader registered here.
        if let Some(code) = self.0.closing() {
            return Found::Closing(code);
        }
        if self.0.has_lost() {
            return Found::Lost;
        }
        if !waiting.items.is_empty() {
            return Found::Items;
        }
        if !waiting.reader.as_ref().is_some_and(|reader| reader.will_wake(cx.waker())) {
            waiting.reader = Some(cx.waker().clone());
        }
        Found::Nothing
    }

    /// Takes everything that waits.
    pub(crate) fn take(&self) -> VecDeque<Outbound> {
        std::mem::take(&mut self.0.waiting().items)
    }

    /// Takes the next thing that waits.
    #[cfg(test)]
    pub(crate) fn try_recv(&mut self) -> Option<Outbound> {
        self.0.waiting().items.pop_front()
    }

    /// How much waits.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.waiting().items.len()
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.0.gone.store(true, Ordering::Release);
        drop(self.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    fn frame() -> Outbound {
        Outbound::Frame(Frame::of(&serde_json::json!({})))
    }

    #[test]
    fn a_full_queue_loses_and_stays_bounded() {
        let (handle, mut queue) = Handle::new(1, UserId(2), SessionId(3));
        for _ in 0..10_000 {
            handle.push(frame());
        }
        assert!(handle.has_lost());
        assert_eq!(queue.len(), limits::SOCKET_QUEUE);
        while queue.try_recv().is_some() {}
        handle.push(frame());
        assert_eq!(queue.len(), 0, "who lost something gets nothing until it has identified anew");
    }

    #[test]
    fn the_first_word_ends_it() {
        let (handle, _queue) = Handle::new(1, UserId(2), SessionId(3));
        assert_eq!(handle.closing(), None);
        handle.close(CloseCode::Unauthenticated);
        handle.close(CloseCode::GoingAway);
        assert_eq!(handle.closing(), Some(CloseCode::Unauthenticated));
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_found_nothing_is_woken_once_by_whatever_comes() {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let (cx, count) = (Context::from_waker(&waker), || woken.0.load(Ordering::Relaxed));
        let (handle, queue) = Handle::new(1, UserId(2), SessionId(3));
        handle.push(frame());
        assert_eq!((queue.look(&cx), count()), (Found::Items, 0));
        assert_eq!((queue.take().len(), queue.look(&cx)), (1, Found::Nothing));
        handle.push(frame());
        handle.push(frame());
        assert_eq!((queue.look(&cx), count(), queue.take().len()), (Found::Items, 1, 2));
        assert_eq!(queue.look(&cx), Found::Nothing);
        handle.lose();
        assert_eq!((queue.look(&cx), count()), (Found::Lost, 2));
        let (handle, queue) = Handle::new(1, UserId(2), SessionId(3));
        assert_eq!(queue.look(&cx), Found::Nothing);
        handle.close(CloseCode::GoingAway);
        assert_eq!((queue.look(&cx), count()), (Found::Closing(CloseCode::GoingAway), 3));
    }

    #[test]
    fn who_is_gone_holds_nothing() {
        let (handle, queue) = Handle::new(1, UserId(2), SessionId(3));
        handle.push(frame());
        drop(queue);
        handle.push(frame());
        assert!(handle.is_gone() && handle.waiting().items.is_empty());
    }
}
