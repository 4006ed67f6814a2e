//! Clears away what has long ended: sessions, one-time codes, counters of failed sign-ins. In pages.

use super::store;
use crate::{Auth, codes};
use plexichat_kernel::{Result, Shutdown, Worker};
use std::time::Duration;

/// Pause between rounds.
const EVERY: Duration = Duration::from_mins(10);
/// Ended sessions stay this long, for `changes` of their owner's journal.
const KEPT: Duration = Duration::from_hours(7 * 24);
/// Rows of one transaction.
const PAGE: u64 = 500;

/// The worker.
#[derive(Debug)]
pub struct SessionSweeper {
    auth: Auth,
}

impl Auth {
    /// The worker that clears ended sessions away.
    pub fn session_sweeper(&self) -> SessionSweeper {
        SessionSweeper { auth: self.clone() }
    }
}

impl SessionSweeper {
    /// One round; answers how many rows went.
    pub async fn sweep(&self) -> Result<usize> {
        let auth = &self.auth;
        let kept_ms = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let before_ms = auth.clock().now_ms().saturating_sub(kept_ms);
        let mut gone = 0;
        loop {
            let ids = store::ended_before(auth.db().reader(), before_ms, PAGE).await?;
            if ids.is_empty() {
                break;
            }
            gone += ids.len();
            auth.journal().commit(store::Delete { ids, before_ms }).await?;
        }
        loop {
            let count = codes::store::sweep(auth, before_ms, PAGE).await?;
            gone += count;
            if count == 0 {
                break;
            }
        }
        loop {
            let count = auth.sweep_attempts(PAGE).await?;
            gone += count;
            if count == 0 {
                break;
            }
        }
        Ok(gone)
    }
}

#[async_trait::async_trait]
impl Worker for SessionSweeper {
    fn name(&self) -> &'static str {
        "session_sweeper"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let clock = self.auth.clock().clone();
        loop {
            let gone = self.sweep().await?;
            if gone > 0 {
                tracing::info!(gone, "ended sessions and old counters cleared away");
            }
            if shutdown.run_until(clock.sleep(EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }
}
