//! The only crate that knows HTTP: REST `/api/v1`, the gateway WebSocket, the embedded web client.
//!
//! [`Server`] binds and serves; [`openapi`] is the document of the whole API. A request passes the layers of
//! `gateway`, becomes typed values in `extract`, and reaches a handler of `api::v1` that parses, calls one verb
//! and presents the answer. `realtime` delivers journals to sockets strictly in version order. Rules of the
//! product live below (`core`, `features`); the little the server itself keeps is in `store`.

mod api;
mod app;
mod error;
mod extract;
mod gateway;
mod listener;
mod openapi;
mod options;
mod realtime;
mod router;
mod sealed;
mod server;
mod store;
mod web;

pub use app::{App, System};
pub use error::problem;
pub use openapi::bound;
pub use options::{Bounds, CertificateSource, GatewayOptions, Rates, ServerOptions, Timeouts, TlsOptions};
pub use realtime::Realtime;
pub use router::openapi;
pub use sealed::{SealedReason, SealedServer};
pub use server::{Parts, Server, Tuning};
pub use web::has_web_client;
