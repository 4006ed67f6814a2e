//! Drops the bodies of old entries, if settings say so. Hashes stay, so the log can still be verified as a whole.
//!
//! Also removes old counts of security events, and of the checkpoints of an hour all but the last: a signature that
//! withstands quantum computers is long. Every node tries; the row of the log lets one do each step.

use crate::{
    Action, Auditor,
    store::{self, telemetry},
};
use plexichat_kernel::{Caller, Result, Shutdown, Worker};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

const EVERY: Duration = Duration::from_hours(1);
const DAY_MS: i64 = 24 * 3_600_000;
const HOUR_MS: i64 = 3_600_000;
/// Entries of one transaction.
const PAGE: i64 = 500;
/// Checkpoints that are looked at together.
const CHECKPOINTS: u16 = 1_000;

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
    /// Checkpoints of fewer entries are already one an hour.
    thinned: AtomicI64,
}

impl std::fmt::Debug for Retention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Retention").finish_non_exhaustive()
    }
}

impl Retention {
    /// A worker that asks for its settings each time.
    pub fn new(auditor: Auditor, days: impl Fn() -> Days + Send + Sync + 'static) -> Self {
        Self { auditor, days: Arc::new(days), thinned: AtomicI64::new(0) }
    }

    /// Leaves one checkpoint of each hour that ended a day ago; answers how many went.
    pub async fn thin(&self) -> Result<usize> {
        let journal = self.auditor.journal();
        // Whole hours, so that none is thinned before it is complete.
        let before_ms = (journal.clock().now_ms() - DAY_MS).div_euclid(HOUR_MS) * HOUR_MS;
        let (mut from, mut gone) = (self.thinned.load(Ordering::Relaxed), 0);
        loop {
            let found = store::checkpoint_times(journal.db().reader(), from, before_ms, CHECKPOINTS.into()).await?;
            let hour = |ms: i64| ms.div_euclid(HOUR_MS);
            let pairs = found.windows(2).filter(|pair| hour(pair[0].1) == hour(pair[1].1));
            let sizes: Vec<i64> = pairs.map(|pair| pair[0].0).collect();
            gone += sizes.len();
            if !sizes.is_empty() {
                journal.write(move |tx| Box::pin(store::delete_checkpoints(tx, sizes.clone()))).await?;
            }
            // The last one is looked at again: what follows may be of its hour.
            from = found.last().map_or(from, |last| last.0);
            if found.len() < usize::from(CHECKPOINTS) {
                self.thinned.store(from, Ordering::Relaxed);
                return Ok(gone);
            }
        }
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
            self.thin().await?;
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
