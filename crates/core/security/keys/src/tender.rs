//! Keeps alive what a vault needs, such as a token that ends unless it is renewed.

use crate::vault::KeyVault;
use async_trait::async_trait;
use plexichat_kernel::{Result, Shutdown, Worker, tasks::Backoff};
use std::{sync::Arc, time::Duration};

/// Shortest and longest pause after a success.
const SOONEST: Duration = Duration::from_secs(5);
const LATEST: Duration = Duration::from_hours(6);
/// Pauses after a failure, first and at most.
const FIRST: Duration = Duration::from_secs(5);
const MOST: Duration = Duration::from_mins(5);

/// Looks after a vault. What fails is tried again: the keys of this node are open and stay so.
pub struct Tender {
    vault: Arc<dyn KeyVault>,
}

impl Tender {
    /// Of this vault.
    pub fn new(vault: Arc<dyn KeyVault>) -> Self {
        Self { vault }
    }
}

#[async_trait]
impl Worker for Tender {
    fn name(&self) -> &'static str {
        "vault_tender"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let mut backoff = Backoff::new(FIRST, MOST);
        loop {
            let pause = match shutdown.run_until(self.vault.tend()).await {
                None => return Ok(()),
                Some(Ok(None)) => LATEST,
                Some(Ok(Some(after))) => {
                    backoff.reset();
                    after.clamp(SOONEST, LATEST)
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, vault = self.vault.name(), "the vault could not be looked after; it is tried again");
                    backoff.next_delay()
                }
            };
            if shutdown.run_until(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }
}
