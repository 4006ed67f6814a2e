//! The in-process bus: what was committed, in commit order, to whoever listens on this node.
//!
//! Bounded: a listener that lags is told so ([`Signal::Lagged`]) and reads the database, which is the log.
//! Commits of other nodes arrive as hints ([`Signal::Advanced`]) from the outbox poller; a transport such as
//! Redis will feed the same bus.

use plexichat_model::{JournalEvent, JournalKey};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Events of one group commit of this node; ascending versions per journal, none missing.
#[derive(Clone, Debug)]
pub struct Published {
    /// The events.
    pub events: Arc<[Arc<JournalEvent>]>,
}

/// What a listener hears.
#[derive(Clone, Debug)]
pub enum Signal {
    /// This node committed.
    Committed(Published),
    /// A journal has reached this version on another node; `access` when that may have changed who has access.
    Advanced { key: JournalKey, version: i64, access: bool },
    /// The journal epoch changed: everything held is void.
    Epoch(Arc<str>),
    /// Signals were lost: compare all heads of interest with the database.
    Lagged,
}

/// The bus. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus {
    sender: broadcast::Sender<Signal>,
}

impl Default for Bus {
    fn default() -> Self {
        Self::new(8192)
    }
}

impl Bus {
    /// A bus that keeps so many signals for a slow listener.
    pub fn new(capacity: usize) -> Self {
        Self { sender: broadcast::channel(capacity).0 }
    }

    /// Sends to all listeners; nobody listening is fine.
    pub fn send(&self, signal: Signal) {
        let _ = self.sender.send(signal);
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> BusReceiver {
        BusReceiver { receiver: self.sender.subscribe() }
    }
}

/// A listener.
#[derive(Debug)]
pub struct BusReceiver {
    receiver: broadcast::Receiver<Signal>,
}

impl BusReceiver {
    /// The next signal; `None` when the bus is gone. Cancel safe.
    pub async fn recv(&mut self) -> Option<Signal> {
        match self.receiver.recv().await {
            Ok(signal) => Some(signal),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Signal::Lagged),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
