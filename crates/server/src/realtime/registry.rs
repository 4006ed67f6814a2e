//! Who is connected to this node: sockets by account, bounded per account and in all.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use plexichat_model::UserId;
use plexichat_model::gateway::CloseCode;

use super::socket::handle::Handle;
use crate::options::LiveOptions;

/// The sockets of this node.
#[derive(Debug)]
pub(crate) struct Registry {
    by_user: Mutex<HashMap<UserId, Vec<Arc<Handle>>>>,
    next: AtomicU64,
    open: AtomicUsize,
    options: LiveOptions,
}

/// The place of one socket of the node, identified or not; given back when dropped.
#[derive(Debug)]
pub(crate) struct Ticket(Arc<Registry>);

impl Registry {
    pub(crate) fn new(options: LiveOptions) -> Self {
        Self { by_user: Mutex::default(), next: AtomicU64::new(1), open: AtomicUsize::new(0), options }
    }

    /// A place for another socket; `None` when the node is full.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Ticket> {
        let all = self.options.gateway().sockets;
        let below = |open: usize| (open < all).then_some(open + 1);
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
        let most = self.options.gateway().user_sockets.max(1);
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        let sockets = by_user.entry(handle.user).or_default();
        sockets.push(handle);
        // Several at once when the bound was lowered meanwhile.
        let excess = sockets.len().saturating_sub(most);
        sockets.drain(..excess).for_each(|oldest| oldest.close(CloseCode::RateLimited));
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
    use crate::options::ServerOptions;
    use plexichat_model::SessionId;

    fn bounded(user_sockets: usize, sockets: usize) -> ServerOptions {
        let mut options = ServerOptions::default();
        (options.gateway.user_sockets, options.gateway.sockets) = (user_sockets, sockets);
        options
    }

    #[test]
    fn a_lowered_bound_holds_from_the_next_socket_on() {
        let options = LiveOptions::new(bounded(3, 10));
        let registry = Arc::new(Registry::new(options.clone()));
        let handles: Vec<_> = (1..=4).map(|id| Handle::new(id, UserId(7), SessionId(1))).collect();
        handles[..3].iter().for_each(|(handle, _)| registry.enter(Arc::clone(handle)));
        options.store(bounded(1, 10));
        registry.enter(Arc::clone(&handles[3].0));
        let closed: Vec<_> = handles.iter().map(|(handle, _)| handle.closing().is_some()).collect();
        assert_eq!(closed, [true, true, true, false]);
    }

    #[test]
    fn the_oldest_socket_of_an_account_gives_way() {
        let registry = Arc::new(Registry::new(LiveOptions::new(bounded(2, 10))));
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
        let registry = Arc::new(Registry::new(LiveOptions::new(bounded(2, 1))));
        let ticket = registry.admit().expect("room");
        assert!(registry.admit().is_none());
        drop(ticket);
        assert!(registry.admit().is_some());
    }
}
