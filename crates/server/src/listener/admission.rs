//! How many connections are open, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::gateway::client_address::bucket;
use crate::options::Bounds;

/// Counts connections.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    all: Arc<Semaphore>,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
    per_address: usize,
}

/// The place of one open connection; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    address: IpAddr,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _permit: OwnedSemaphorePermit,
}

impl Admission {
    pub(super) fn new(bounds: &Bounds) -> Self {
        let all = Arc::new(Semaphore::new(bounds.connections));
        Self { all, by_address: Arc::default(), per_address: bounds.connections_per_address }
    }

    /// Waits until another connection may be taken. Meanwhile the system's queue holds who knocks.
    pub(super) async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// The place of a connection from this address; `None`: it has too many. `trusted` proxies have no bound.
    pub(super) fn admit(&self, permit: OwnedSemaphorePermit, address: IpAddr, trusted: bool) -> Option<Place> {
        let address = bucket(address);
        let mut counts = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.per_address && !trusted {
            return None;
        }
        *count += 1;
        Some(Place { address, by_address: Arc::clone(&self.by_address), _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_cannot_take_all_places() {
        let bounds = Bounds { connections: 3, connections_per_address: 2, requests: 1, rate_keys: 1, body_bytes: 1 };
        let admission = Admission::new(&bounds);
        let (one, two) = (IpAddr::from([1, 1, 1, 1]), IpAddr::from([2, 2, 2, 2]));
        let mut places = Vec::new();
        for (address, expected) in [(one, true), (one, true), (one, false), (two, true)] {
            let permit = admission.wait().await.expect("open");
            let place = admission.admit(permit, address, false);
            assert_eq!(place.is_some(), expected);
            places.extend(place);
        }
        assert_eq!(admission.all.available_permits(), 0);
        places.clear();
        assert_eq!(admission.all.available_permits(), 3);
        assert!(admission.by_address.lock().expect("no panic while held").is_empty());
    }
}
