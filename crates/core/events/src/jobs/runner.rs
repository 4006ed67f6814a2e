//! The worker that runs due jobs, a bounded number at once.

use super::store;
use crate::Journal;
use plexichat_database::entity::job;
use plexichat_kernel::{Error, Result, Shutdown, Worker, random};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Runs the jobs of one kind.
#[async_trait::async_trait]
pub trait JobHandler: Send + Sync + 'static {
    /// The kind of job.
    fn kind(&self) -> &'static str;

    /// Does the work; may be called again for the same job.
    async fn run(&self, payload: serde_json::Value) -> Result<()>;
}

const AT_ONCE: u64 = 8;
const EVERY: Duration = Duration::from_millis(500);
/// How long a claimed job may take before another node may claim it.
const LEASE_MS: i64 = 5 * 60 * 1000;

/// The worker.
pub struct JobRunner {
    journal: Journal,
    handlers: HashMap<&'static str, Arc<dyn JobHandler>>,
    holder: String,
}

impl JobRunner {
    /// A runner with these handlers; jobs of other kinds wait for a node that knows them.
    pub fn new(journal: Journal, handlers: Vec<Arc<dyn JobHandler>>) -> Self {
        let handlers = handlers.into_iter().map(|h| (h.kind(), h)).collect();
        Self { journal, handlers, holder: random::token() }
    }

    /// Runs what is due now; answers how many were run.
    pub async fn run_due(&self) -> Result<usize> {
        let now = self.journal.clock().now_ms();
        let rows = store::due(self.journal.db(), now, AT_ONCE).await?;
        let known = rows.into_iter().filter(|row| self.handlers.contains_key(row.kind.as_str()));
        let runs = known.map(|row| self.run_one(row, now));
        let done = futures_util::future::join_all(runs).await;
        let mut count = 0;
        for run in done {
            count += usize::from(run?);
        }
        Ok(count)
    }

    async fn run_one(&self, row: job::Model, now: i64) -> Result<bool> {
        let Some(handler) = self.handlers.get(row.kind.as_str()) else { return Ok(false) };
        if !store::claim(&self.journal, &row, &self.holder, now + LEASE_MS).await? {
            return Ok(false);
        }
        let limit = Duration::from_millis(u64::try_from(LEASE_MS - 10_000).unwrap_or(0));
        let result = match serde_json::from_slice(&row.payload) {
            Ok(payload) => {
                let ran = tokio::time::timeout(limit, handler.run(payload)).await;
                ran.unwrap_or_else(|_| Err(Error::unavailable("the job took longer than its lease")))
            }
            Err(e) => Err(Error::internal(e)),
        };
        match result {
            Ok(()) => store::finish(&self.journal, row.id, &self.holder).await?,
            Err(error) => {
                let attempts = row.attempts + 1;
                let next = (attempts < row.max_attempts).then(|| self.journal.clock().now_ms() + backoff_ms(attempts));
                let text = error.cause().unwrap_or_else(|| error.message().to_owned());
                tracing::warn!(job = row.id, kind = row.kind, attempts, dead = next.is_none(), error = text, "a job failed");
                store::fail(&self.journal, row.id, &self.holder, next, &text).await?;
            }
        }
        Ok(true)
    }
}

/// 1 s, 2 s, 4 s … up to an hour.
fn backoff_ms(attempts: i32) -> i64 {
    (1000_i64 << attempts.clamp(1, 22).wrapping_sub(1)).min(3_600_000)
}

#[async_trait::async_trait]
impl Worker for JobRunner {
    fn name(&self) -> &'static str {
        "job_runner"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        loop {
            let ran = self.run_due().await?;
            if ran > 0 {
                continue;
            }
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}
