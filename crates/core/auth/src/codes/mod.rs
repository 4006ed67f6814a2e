//! One-time codes in links: the set-up link and password links. 256 bits, stored hashed, used once.
//!
//! A code is consumed in the transaction of what it permits, so it works exactly once however often the request is
//! repeated. A wrong, used or expired code is one answer. Not here: invitations (`features/messaging`).

mod password;
mod setup;
pub(crate) mod store;

pub use setup::SetupCode;

use crate::sessions::hash_of;
use plexichat_kernel::{Error, Result, random};
use plexichat_model::{Timestamp, auth::OneTimeLink};
use std::time::Duration;

/// What a code permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To set the instance up.
    Setup,
    /// To choose a new password.
    Password,
}

impl Purpose {
    /// Number in SQL.
    const fn code(self) -> i16 {
        match self {
            Self::Setup => 0,
            Self::Password => 1,
        }
    }

    /// Route of the web client.
    const fn route(self) -> &'static str {
        match self {
            Self::Setup => "/setup",
            Self::Password => "/reset",
        }
    }
}

/// A new code: the row to be stored, the link to be shown once.
fn make(purpose: Purpose, user_id: i64, now_ms: i64, life: Duration) -> Result<(store::Row, OneTimeLink)> {
    let code = random::token();
    let hash = hash_of(&code).ok_or_else(|| Error::internal("a code without the form of one"))?;
    let expires_ms = now_ms.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX));
    let row =
        store::Row { code_hash: hash.to_vec(), purpose: purpose.code(), user_id, created_ms: now_ms, expires_ms, used_ms: None };
    let path = format!("{}#{code}", purpose.route());
    Ok((row, OneTimeLink { path, code, expires_at: Timestamp(expires_ms) }))
}
