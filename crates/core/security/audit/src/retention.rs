//! Drops the bodies of old entries, if settings say so. Hashes stay, so the log can still be verified as a whole.
//!
//! Also removes old counts of security events. Every node tries; the row of the log lets one do each step.

use crate::{
    Action, Auditor,
    store::{self, telemetry},
};
use plexichat_kernel::{Caller, Result, Shutdown, Worker};
use std::{sync::Arc, time::Duration};

const EVERY: Duration = Duration::from_hours(1);
const DAY_MS: i64 = 24 * 3_600_000;
/// Entries of one transaction.
const PAGE: i64 = 500;

/// Days that things stay, as settings say now; 0 is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// Bodies of entries.
    pub entries: u32,
    /// Counts.
    pub telemetry: u32,
}

/// The worker.
pub struct Retention {
    auditor: Auditor,
    days: Arc<dyn Fn() -> Days + Send + Sync>,
}

impl std::fmt::Debug for Retention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Retention").finish_non_exhaustive()
    }
}

impl Retention {
    /// A worker that asks for its settings each time.
    pub fn new(auditor: Auditor, days: impl Fn() -> Days + Send + Sync + 'static) -> Self {
        Self { auditor, days: Arc::new(days) }
    }

    /// One round; answers how many bodies were dropped.
    pub async fn sweep(&self) -> Result<i64> {
        let (journal, days) = (self.auditor.journal(), (self.days)());
        let (engine, now_ms) = (journal.db().engine(), journal.clock().now_ms());
        if days.telemetry > 0 {
            let before_ms = now_ms - i64::from(days.telemetry) * DAY_MS;
            journal.write(move |tx| Box::pin(async move { telemetry::sweep(tx, engine, before_ms).await })).await?;
        }
        let Some(log) = store::log(journal.db().reader()).await?.filter(|_| days.entries > 0) else { return Ok(0) };
        let before_ms = now_ms - i64::from(days.entries) * DAY_MS;
        let keep_from = store::first_since(journal.db().reader(), before_ms, log.dropped).await?.unwrap_or(log.size);
        let mut from = log.dropped;
        while from < keep_from {
            let to = keep_from.min(from + PAGE);
            journal.write(move |tx| Box::pin(async move { store::drop_bodies(tx, engine, from, to).await })).await?;
            from = to;
        }
        let dropped = keep_from - log.dropped;
        if dropped > 0 {
            let record = self.auditor.record(&Caller::system("retention"), Action::AuditDropped).await?;
            self.auditor.write(record.with("from", log.dropped).with("until", keep_from)).await?;
        }
        Ok(dropped.max(0))
    }
}

#[async_trait::async_trait]
impl Worker for Retention {
    fn name(&self) -> &'static str {
        "audit_retention"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let clock = self.auditor.journal().clock().clone();
        loop {
            let dropped = self.sweep().await?;
            if dropped > 0 {
                tracing::info!(dropped, "bodies of old audit entries dropped; their hashes stay");
            }
            if shutdown.run_until(clock.sleep(EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }
}
