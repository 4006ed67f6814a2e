//! The server as the binary sees it: made from its parts, bound, served, drained.

use std::net::SocketAddr;
use std::sync::Arc;

use plexichat_certificates::Tls;
use plexichat_kernel::tasks::spawn;
use plexichat_kernel::{Clock, Result, Shutdown, Supervisor, Worker};
use plexichat_messaging::Messaging;
use tokio::net::TcpListener;

use crate::app::{App, System};
use crate::gateway::Guard;
use crate::listener::{self, Front, Secure};
use crate::options::{LiveOptions, ServerOptions};
use crate::realtime::Realtime;
use crate::router;
use crate::store::idempotency::Sweeper;
use crate::web::Web;

/// What a server is made of.
pub struct Parts {
    /// The features, with journal, accounts and database below them.
    pub messaging: Messaging,
    /// Keeps the workers running.
    pub supervisor: Supervisor,
    /// Time.
    pub clock: Clock,
    /// Renders the metrics in the Prometheus text format.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// The server's side of TLS; none: plain HTTP, whatever the options say.
    pub tls: Option<Tls>,
}

/// Changes what may change while a server runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tuning(Arc<Guard>);

impl Tuning {
    /// Goes on with other options: requests and connections from now on see them. Addresses, numbers of connections
    /// and buffers stay as they were when the server was bound.
    pub fn apply(&self, options: ServerOptions) {
        self.0.apply(options);
    }
}

/// A server that holds its addresses.
#[derive(Debug)]
pub struct Server {
    app: App,
    options: LiveOptions,
    public: TcpListener,
    metrics: Option<TcpListener>,
    /// The plain listener that sends browsers on.
    redirect: Option<TcpListener>,
    tls: Option<Tls>,
}

impl Server {
    /// Takes the addresses and starts the workers of the gateway. Nothing is answered before [`serve`](Self::serve).
    pub fn bind(parts: Parts, options: ServerOptions) -> Result<Self> {
        let public = listener::bind(options.listen)?;
        let metrics = options.metrics_listen.map(listener::bind).transpose()?;
        let tls = parts.tls;
        let redirect = options.tls.redirect_listen.filter(|_| tls.is_some()).map(listener::bind).transpose()?;
        let journal = parts.messaging.journal().clone();
        let web = Web::new(&options.web_root);
        let options = LiveOptions::new(options);
        let realtime = Realtime::new(parts.messaging.clone(), parts.clock.clone(), options.clone());
        for worker in realtime.workers() {
            parts.supervisor.start(worker)?;
        }
        let sweeper: Arc<dyn Worker> = Arc::new(Sweeper(journal.clone()));
        parts.supervisor.start(sweeper)?;
        let system = System {
            db: journal.db().clone(),
            started: parts.clock.monotonic(),
            clock: parts.clock.clone(),
            supervisor: parts.supervisor,
            tls: tls.clone(),
            metrics: parts.metrics,
        };
        let app = App {
            auth: parts.messaging.auth().clone(),
            messaging: parts.messaging,
            realtime,
            system: Arc::new(system),
            web,
            guard: Arc::new(Guard::new(options.clone(), parts.clock)),
        };
        let _first = app.guard.audit.set(app.auth.audit().clone());
        Ok(Self { app, options, public, metrics, redirect, tls })
    }

    /// The address of the public listener, with the port it got.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        self.public.local_addr().map_err(plexichat_kernel::Error::internal)
    }

    /// The address of the metrics listener, if there is one.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.local_addr().ok()
    }

    /// The address of the plain listener that sends browsers on, if there is one.
    pub fn redirect_addr(&self) -> Option<SocketAddr> {
        self.redirect.as_ref()?.local_addr().ok()
    }

    /// Changes what may change while it serves.
    pub fn tuning(&self) -> Tuning {
        Tuning(Arc::clone(&self.app.guard))
    }

    /// What handlers work with.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Serves until the signal; then sends sockets elsewhere, lets requests under way end, and returns.
    pub async fn serve(self, shutdown: Shutdown) -> Result<()> {
        let plain = |router| Front { router, options: self.options.clone(), secure: None };
        let metrics = self.metrics.map(|listener| {
            let front = plain(router::metrics(self.app.clone()));
            spawn("metrics_listener", listener::serve(listener, front, shutdown.clone()))
        });
        let port = self.public.local_addr().map_err(plexichat_kernel::Error::internal)?.port();
        let redirect = self.redirect.zip(self.tls.clone()).map(|(listener, tls)| {
            let front = plain(listener::redirect(tls, self.options.clone(), port));
            spawn("redirect_listener", listener::serve(listener, front, shutdown.clone()))
        });
        let secure = self.tls.map(|tls| Secure::new(tls, self.options.clone()));
        let front = Front { router: router::public(self.app.clone()), options: self.options.clone(), secure };
        let realtime = self.app.realtime.clone();
        let (options, stopping) = (self.options.clone(), shutdown.clone());
        let drain = async move {
            stopping.triggered().await;
            realtime.drain(options.timeouts().drain).await;
        };
        tokio::join!(listener::serve(self.public, front, shutdown), drain);
        for listener in [metrics, redirect].into_iter().flatten() {
            listener.await.map_err(plexichat_kernel::Error::internal)?;
        }
        Ok(())
    }
}
