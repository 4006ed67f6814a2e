//! Sessions: opaque tokens, stored hashed, for browsers (cookie) and programs (bearer).
//!
//! A session ends when unused for [`AuthOptions::session_sliding`](crate::AuthOptions), at the latest after
//! `session_absolute`, or when revoked. A revoked one stops working on this node before the revocation answers,
//! and within [`CHECK_EVERY`](cache::CHECK_EVERY) on the others, whatever the bus does: a cached session is used
//! only while its owner's access version in the database is the one it was read under. Not here: cookies (`server`).

mod authenticate;
mod cache;
mod list;
mod open;
mod refresh;
mod revoke;
pub(crate) mod store;
mod sweep;
mod token;

pub(crate) use cache::SessionCache;
pub use open::{NewSession, OpenedSession};
pub(crate) use revoke::{Ended, Which};
pub use sweep::SessionSweeper;
pub(crate) use token::hash_of;

use crate::names::Session;
use plexichat_model::{SessionId, Timestamp, auth::SessionView};

/// A row as its owner sees it.
fn view(row: &Session, current: Option<SessionId>) -> SessionView {
    SessionView {
        id: SessionId(row.id),
        device_name: row.device_name.clone(),
        created_at: Timestamp(row.created_ms),
        last_seen_at: Timestamp(row.last_seen_ms),
        expires_at: Timestamp(row.expires_ms),
        current: current == Some(SessionId(row.id)),
    }
}
