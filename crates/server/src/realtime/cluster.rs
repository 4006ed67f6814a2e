//! What this node knows of the others: whether there are any, and what all of them can do.
//!
//! Read every ten seconds from the table of nodes, so that nobody asks for it while a socket begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use plexichat_events::{Journal, nodes};
use plexichat_kernel::{Result, Shutdown, Worker};

/// How often the table of nodes is read.
const EVERY: Duration = Duration::from_secs(10);

/// The live nodes, as of the last look.
#[derive(Debug)]
pub(crate) struct Cluster {
    has_others: AtomicBool,
    level: AtomicU32,
}

impl Cluster {
    /// One node that knows of no other.
    pub(crate) fn new() -> Self {
        Self { has_others: AtomicBool::new(false), level: AtomicU32::new(number(nodes::LEVEL)) }
    }

    /// Whether other nodes live.
    pub(crate) fn has_others(&self) -> bool {
        self.has_others.load(Ordering::Acquire)
    }

    /// Lowest level of all live nodes.
    pub(crate) fn level(&self) -> u32 {
        self.level.load(Ordering::Acquire)
    }

    /// Takes down what was seen.
    pub(crate) fn note(&self, has_others: bool, level: i32) {
        self.has_others.store(has_others, Ordering::Release);
        self.level.store(number(level), Ordering::Release);
    }
}

fn number(level: i32) -> u32 {
    u32::try_from(level).unwrap_or(0)
}

/// Looks at the nodes.
#[derive(Debug)]
pub(crate) struct ClusterWorker {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) journal: Journal,
}

impl ClusterWorker {
    async fn look(&self) -> Result<()> {
        let (db, now_ms) = (self.journal.db(), self.journal.clock().now_ms());
        let live = nodes::live(db, now_ms).await?;
        self.cluster.note(live.len() > 1, nodes::cluster_level(db, now_ms).await?);
        Ok(())
    }
}

#[async_trait::async_trait]
impl Worker for ClusterWorker {
    fn name(&self) -> &'static str {
        "gateway_cluster"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        loop {
            // What was seen last is good until the database answers again.
            if let Err(error) = self.look().await {
                tracing::debug!(code = %error.code(), "the table of nodes could not be read; trying again");
            }
            if shutdown.run_until(tokio::time::sleep(EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }
}
