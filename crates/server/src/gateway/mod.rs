//! What every request passes before a handler sees it: one layer per concern, one file per layer.
//!
//! Order, from the outside: [`request_id`] (also writes the bodies of failures), [`access_log`], [`panic`],
//! [`security_headers`], [`cors`], [`shed`], [`rate_limit`], [`origin`], [`timeouts`], [`body_limit`],
//! compression, handler. Not here: who the caller is (`extract`), the WebSocket (`realtime`), connections
//! (`listen`).

pub(crate) mod access_log;
pub(crate) mod body_limit;
pub(crate) mod client_address;
pub(crate) mod compression;
pub(crate) mod cors;
pub(crate) mod origin;
pub(crate) mod panic;
pub(crate) mod rate_limit;
pub(crate) mod request_id;
pub(crate) mod route_class;
pub(crate) mod security_headers;
pub(crate) mod shed;
pub(crate) mod timeouts;

use arc_swap::ArcSwap;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use plexichat_kernel::Clock;

use crate::options::{LiveOptions, ServerOptions};

/// State of the layers.
#[derive(Debug)]
pub(crate) struct Guard {
    /// What the server was told, last.
    pub(crate) options: LiveOptions,
    /// Time.
    pub(crate) clock: Clock,
    /// Who came how often.
    pub(crate) rates: ArcSwap<rate_limit::RateLimits>,
    /// Requests being answered.
    pub(crate) requests: tokio::sync::Semaphore,
    /// Where refusals are counted; set once, when the server is put together.
    pub(crate) audit: std::sync::OnceLock<plexichat_audit::Auditor>,
}

impl Guard {
    /// The layers' state for these options.
    pub(crate) fn new(options: LiveOptions, clock: Clock) -> Self {
        let (rates, bounds) = (options.load().rates, options.load().bounds);
        let rates = ArcSwap::from_pointee(rate_limit::RateLimits::new(rates, bounds.rate_keys, &clock));
        let requests = tokio::sync::Semaphore::new(bounds.requests);
        Self { options, clock, rates, requests, audit: std::sync::OnceLock::new() }
    }

    /// Goes on with other options. Who is counted under a rate that stays the same stays counted.
    pub(crate) fn apply(&self, options: ServerOptions) {
        let present = self.rates.load();
        if present.rates() != options.rates {
            self.rates.store(std::sync::Arc::new(present.changed(options.rates, options.bounds.rate_keys, &self.clock)));
        }
        self.options.store(options);
    }
}

/// Puts all layers around the routes.
pub(crate) fn layered(router: Router, guard: &std::sync::Arc<Guard>) -> Router {
    let state = || std::sync::Arc::clone(guard);
    // The last one added is the outermost.
    router
        .layer(compression::layer())
        .layer(from_fn_with_state(state(), body_limit::layer))
        .layer(from_fn_with_state(state(), timeouts::layer))
        .layer(from_fn_with_state(state(), origin::layer))
        .layer(from_fn_with_state(state(), rate_limit::layer))
        .layer(from_fn_with_state(state(), shed::layer))
        .layer(from_fn_with_state(state(), cors::layer))
        .layer(from_fn_with_state(state(), security_headers::layer))
        .layer(from_fn(panic::layer))
        .layer(from_fn_with_state(state(), access_log::layer))
        .layer(from_fn_with_state(state(), request_id::layer))
}
