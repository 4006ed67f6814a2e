//! The Rust SDK over the public API: typed REST, the gateway socket, and a replica that stays equal to the server.
//!
//! [`Client`] has one method per operation, named as in the API reference; failures are [`ClientError`] with the
//! server's stable code. [`Socket`] is one connection of the gateway, [`Replica`] the pure state rules, [`Follower`]
//! both together: it connects, resumes, repairs gaps and keeps a replica true over any number of disconnections.
//! Nothing is queued without a bound and no task runs in the background: what is not polled does not move.

mod api;
mod error;
mod follower;
mod gateway;
mod http;
mod nonce;
mod options;
pub mod replica;
mod tls;

pub use api::{AuditQuery, CreatedUser};
pub use error::ClientError;
pub use follower::{Follower, Update};
pub use gateway::Socket;
pub use http::Client;
pub use nonce::new_nonce;
pub use options::{ClientOptions, MessagesAt, PageQuery, Retry};
pub use replica::Replica;

/// What every operation returns.
pub type Result<T, E = ClientError> = std::result::Result<T, E>;
