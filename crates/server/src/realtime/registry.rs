//! Who is connected to this node: sockets by account, bounded per account and in all.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use plexichat_model::UserId;
use plexichat_model::gateway::CloseCode;

use super::socket::handle::Handle;

/// The sockets of this node.
#[derive(Debug)]
pub(crate) struct Registry {
    by_user: Mutex<HashMap<UserId, Vec<Arc<Handle>>>>,
    next: AtomicU64,
    open: AtomicUsize,
    per_user: usize,
    all: usize,
}

/// The place of one socket of the node, identified or not; given back when dropped.
#[derive(Debug)]
pub(crate) struct Ticket(Arc<Registry>);

impl Registry {
    pub(crate) fn new(per_user: usize, all: usize) -> Self {
        Self { by_user: Mutex::default(), next: AtomicU64::new(1), open: AtomicUsize::new(0), per_user, all }
    }

    /// A place for another socket; `None` when the node is full.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Ticket> {
        let below = |open: usize| (open < self.all).then_some(open + 1);
        self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, below).ok()?;
        metrics::gauge!("plexichat_gateway_sockets").increment(1);
        Some(Ticket(Arc::clone(self)))
    }

    /// A number for a new socket.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Sockets of this node.
    pub(crate) fn count(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    /// Enters an identified socket; the oldest of the account closes when there are too many.
    pub(crate) fn enter(&self, handle: Arc<Handle>) {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        let sockets = by_user.entry(handle.user).or_default();
        sockets.push(handle);
        if sockets.len() > self.per_user {
            sockets.remove(0).close(CloseCode::RateLimited);
        }
    }

    /// Forgets a socket.
    pub(crate) fn leave(&self, handle: &Handle) {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sockets) = by_user.get_mut(&handle.user) {
            sockets.retain(|other| other.id != handle.id);
            if sockets.is_empty() {
                by_user.remove(&handle.user);
            }
        }
    }

    /// Whether somebody has a socket here.
    pub(crate) fn is_online(&self, user: UserId) -> bool {
        self.by_user.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&user)
    }

    /// Every identified socket.
    pub(crate) fn all(&self) -> Vec<Arc<Handle>> {
        let by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        by_user.values().flatten().cloned().collect()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
        metrics::gauge!("plexichat_gateway_sockets").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::SessionId;

    #[test]
    fn the_oldest_socket_of_an_account_gives_way() {
        let registry = Arc::new(Registry::new(2, 10));
        let handles: Vec<_> = (1..=3).map(|id| Handle::new(id, UserId(7), SessionId(1))).collect();
        for (handle, _) in &handles {
            registry.enter(Arc::clone(handle));
        }
        assert_eq!(handles[0].0.closing(), Some(CloseCode::RateLimited));
        assert_eq!(handles[1].0.closing(), None);
        assert!(registry.is_online(UserId(7)));
        registry.leave(&handles[1].0);
        registry.leave(&handles[2].0);
        assert!(!registry.is_online(UserId(7)));
    }

    #[test]
    fn a_full_node_takes_no_more() {
        let registry = Arc::new(Registry::new(2, 1));
        let ticket = registry.admit().expect("room");
        assert!(registry.admit().is_none());
        drop(ticket);
        assert!(registry.admit().is_some());
    }
}
