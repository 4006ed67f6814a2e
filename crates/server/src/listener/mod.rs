//! Listeners and connections: our own accept loop, because `axum::serve` has none of the knobs.
//!
//! Bounded: connections in all and per address. A head must arrive in time, a pause between requests ends the
//! connection, a peer that takes no byte of an answer is dropped ([`Io`]). On shutdown no new connection is
//! taken, requests under way get `drain`, then what is left is dropped. With TLS a connection first makes its
//! handshake ([`Secure`]), then everything is as without. Not here: what a request means.

mod admission;
mod io;
mod redirect;
mod secure;
mod serve;
mod transport;

pub(crate) use io::Io;
pub(crate) use redirect::{host_name, redirect};
pub(crate) use secure::Secure;
pub(crate) use serve::{Front, Seat, bind, serve};
pub(crate) use transport::Transport;
