//! What handlers work with: one field per module.

use std::sync::Arc;
use std::time::Duration;

use plexichat_auth::Auth;
use plexichat_certificates::Tls;
use plexichat_database::Db;
use plexichat_kernel::{Clock, Supervisor};
use plexichat_messaging::Messaging;

use crate::gateway::Guard;
use crate::realtime::Realtime;
use crate::web::Web;

/// State of the handlers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Accounts and rights.
    pub auth: Auth,
    /// Workspaces, channels, messages.
    pub messaging: Messaging,
    /// The gateway.
    pub realtime: Realtime,
    /// This node.
    pub system: Arc<System>,
    /// What the layers hold.
    pub(crate) guard: Arc<Guard>,
    /// The web client.
    pub(crate) web: Web,
}

/// What is known of this node.
pub struct System {
    /// The database.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// The long-running parts.
    pub supervisor: Supervisor,
    /// When it started, on the clock's monotonic time.
    pub started: Duration,
    /// The server's side of TLS; none: plain HTTP.
    pub tls: Option<Tls>,
    /// Renders the metrics, for the metrics listener.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("System").field("db", &self.db).finish_non_exhaustive()
    }
}
