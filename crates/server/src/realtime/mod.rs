//! The gateway WebSocket: handshake, sockets, the hub that delivers journals, presence.
//!
//! Guarantees: a socket sees every version of what it follows, in order, once; who loses access at a version
//! sees nothing above it; a slow, silent or noisy peer costs a bounded amount of memory and nobody else's time.
//! Not here: the words on the wire (`model::gateway`), what events mean (`features`).

mod cluster;
mod encode;
mod hub;
mod presence;
mod registry;
mod socket;
pub(crate) mod upgrade;

use std::sync::Arc;
use std::time::Duration;

use plexichat_auth::Auth;
use plexichat_kernel::{Clock, Shutdown, Worker, random};
use plexichat_messaging::Messaging;
use plexichat_model::gateway::{CloseCode, ServerFrame};

use self::cluster::{Cluster, ClusterWorker};
use self::hub::Hub;
use self::presence::{Presence, PresenceWorker};
use self::registry::Registry;
use self::socket::handle::Outbound;
use crate::options::LiveOptions;

/// How long a socket may take to read its farewell.
const FAREWELL: Duration = Duration::from_secs(1);

/// What sockets work with.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) messaging: Messaging,
    pub(crate) hub: Hub,
    pub(crate) registry: Arc<Registry>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) options: LiveOptions,
    pub(crate) clock: Clock,
}

impl Core {
    pub(crate) fn auth(&self) -> &Auth {
        self.messaging.auth()
    }
}

/// The gateway of this node. Cheap to clone.
#[derive(Clone)]
pub struct Realtime {
    core: Arc<Core>,
    workers: Arc<[Arc<dyn Worker>]>,
    ending: Shutdown,
}

impl std::fmt::Debug for Realtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Realtime").field("sockets", &self.connections()).finish_non_exhaustive()
    }
}

impl Realtime {
    /// A gateway over these features. Its [`workers`](Self::workers) must run for anything to be delivered.
    pub(crate) fn new(messaging: Messaging, clock: Clock, options: LiveOptions) -> Self {
        let registry = Arc::new(Registry::new(options.clone()));
        let cluster = Arc::new(Cluster::new());
        let presence = Arc::new(Presence::new(Arc::clone(&registry), Arc::clone(&cluster)));
        let (hub, mut workers) = Hub::new(&messaging, &clock, &registry);
        workers.push(Arc::new(PresenceWorker { presence: Arc::clone(&presence) }));
        workers.push(Arc::new(ClusterWorker { cluster: Arc::clone(&cluster), journal: messaging.journal().clone() }));
        let core = Core { messaging, hub, registry, presence, cluster, options, clock };
        Self { core: Arc::new(core), workers: workers.into(), ending: Shutdown::new() }
    }

    /// What must run under the supervisor.
    pub fn workers(&self) -> Vec<Arc<dyn Worker>> {
        self.workers.to_vec()
    }

    /// Live sockets of this node.
    pub fn connections(&self) -> usize {
        self.core.registry.count()
    }

    /// Sends all clients elsewhere: each is told when to connect again, spread over the configured time, and
    /// closed. Returns when all are gone, at the latest after `patience`.
    pub async fn drain(&self, patience: Duration) {
        let sockets = self.core.registry.all();
        for socket in &sockets {
            let after = random::jitter(self.core.options.gateway().drain);
            let after_ms = u64::try_from(after.as_millis()).unwrap_or(0);
            socket.push(Outbound::Frame(encode::frame(&ServerFrame::Reconnect { after_ms })));
        }
        let deadline = self.core.clock.monotonic() + patience;
        if !sockets.is_empty() {
            tokio::time::sleep(FAREWELL.min(patience)).await;
        }
        self.core.registry.all().iter().for_each(|socket| socket.close(CloseCode::GoingAway));
        while self.connections() > 0 && self.core.clock.monotonic() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.ending.trigger();
    }

    pub(crate) fn core(&self) -> Arc<Core> {
        Arc::clone(&self.core)
    }

    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.core.registry
    }

    pub(crate) fn ending(&self) -> Shutdown {
        self.ending.clone()
    }
}
