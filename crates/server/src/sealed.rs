//! What a node answers while the vault of its root key is out of reach: that it lives, why it is not ready, and nothing
//! else. The same addresses, connections and layers as later, so that whoever watches the node sees it all along.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use plexichat_certificates::Tls;
use plexichat_kernel::tasks::spawn;
use plexichat_kernel::{Clock, Error, Result, Shutdown};
use plexichat_model::ErrorCode;
use plexichat_model::system::{Health, HealthCheck};
use tokio::net::TcpListener;

use crate::api::health;
use crate::error::ApiError;
use crate::gateway::{self, Guard};
use crate::listener::{self, Front, Secure};
use crate::options::{LiveOptions, ServerOptions};

/// When whoever was turned away should come again.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

/// Why the node is sealed, as it is known now. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SealedReason(Arc<ArcSwap<String>>);

impl SealedReason {
    /// A reason, for people.
    pub fn new(text: &str) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(text.to_owned())))
    }

    /// Another one.
    pub fn set(&self, text: &str) {
        self.0.store(Arc::new(text.to_owned()));
    }
}

/// The listeners of a sealed node.
#[derive(Debug)]
pub struct SealedServer {
    options: LiveOptions,
    guard: Arc<Guard>,
    reason: SealedReason,
    /// Each with TLS if it speaks that.
    listeners: Vec<(TcpListener, Option<Tls>)>,
    metrics: Option<TcpListener>,
}

impl SealedServer {
    /// Takes the addresses. Without its certificate a server that speaks TLS keeps its public address closed: whoever asks
    /// there would get what they do not understand.
    pub fn bind(options: ServerOptions, tls: Option<Tls>, clock: Clock, reason: SealedReason) -> Result<Self> {
        let mut listeners = Vec::new();
        if tls.is_some() || !options.tls.is_on {
            listeners.push((listener::bind(options.listen)?, tls));
        }
        if let Some(plain) = options.tls.redirect_listen.filter(|_| options.tls.is_on) {
            listeners.push((listener::bind(plain)?, None));
        }
        let metrics = options.metrics_listen.map(listener::bind).transpose()?;
        let options = LiveOptions::new(options);
        let guard = Arc::new(Guard::new(options.clone(), clock));
        Ok(Self { options, guard, reason, listeners, metrics })
    }

    /// Answers until the signal. `metrics` renders the metrics in the Prometheus text format.
    pub async fn serve(self, metrics: Box<dyn Fn() -> String + Send + Sync>, shutdown: Shutdown) {
        let router = router(self.reason, &self.guard);
        let mut running = Vec::new();
        for (listener, tls) in self.listeners {
            let secure = tls.map(|tls| Secure::new(tls, self.options.clone()));
            let front = Front { router: router.clone(), options: self.options.clone(), secure };
            running.push(spawn("sealed_listener", listener::serve(listener, front, shutdown.clone())));
        }
        if let Some(listener) = self.metrics {
            let metrics = Arc::new(metrics);
            let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            let answer = move || async move { ([(header::CONTENT_TYPE, text)], metrics()) };
            let front = Front { router: Router::new().route("/metrics", get(answer)), options: self.options, secure: None };
            running.push(spawn("metrics_listener", listener::serve(listener, front, shutdown)));
        }
        for listener in running {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener of the sealed node failed");
            }
        }
    }
}

fn router(reason: SealedReason, guard: &Arc<Guard>) -> Router {
    let routes = Router::new().route("/health/live", get(health::live)).route("/health/ready", get(ready)).fallback(refuse);
    gateway::layered(routes.with_state(reason), guard)
}

async fn ready(State(SealedReason(reason)): State<SealedReason>) -> Response {
    let check = HealthCheck { name: "keys".to_owned(), ok: false, detail: Some(reason.load().as_ref().clone()) };
    let health = Health { status: "sealed".to_owned(), checks: vec![check] };
    (StatusCode::SERVICE_UNAVAILABLE, Json(health)).into_response()
}

async fn refuse() -> Response {
    ApiError(Error::of(ErrorCode::Sealed).with_retry_after(RETRY_AFTER)).into_response()
}
