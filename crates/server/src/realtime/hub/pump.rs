//! Carries what the bus says to the shards.

use std::sync::Arc;

use plexichat_events::{Journal, Signal};
use plexichat_kernel::{Result, Shutdown, Worker};
use plexichat_model::{Event, JournalEvent};

use super::Hub;
use super::journals::Command;

/// The worker between bus and shards.
#[derive(Debug)]
pub(crate) struct Pump {
    pub(super) hub: Hub,
    pub(super) journal: Journal,
}

#[async_trait::async_trait]
impl Worker for Pump {
    fn name(&self) -> &'static str {
        "hub_pump"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let mut bus = self.journal.bus().subscribe();
        // After a restart of this worker signals may have been missed.
        self.hub.to_all(|| Command::Lagged).await;
        while let Some(Some(signal)) = shutdown.run_until(bus.recv()).await {
            match signal {
                Signal::Committed(published) => self.spread(&published.events).await,
                Signal::Advanced { key, version, .. } => self.hub.to(key, Command::Advanced { key, version }).await,
                Signal::Epoch(_) => self.hub.to_all(|| Command::Void).await,
                Signal::Lagged => self.hub.to_all(|| Command::Lagged).await,
            }
        }
        Ok(())
    }
}

impl Pump {
    async fn spread(&self, events: &[Arc<JournalEvent>]) {
        let mut parts: Vec<Vec<Arc<JournalEvent>>> = vec![Vec::new(); self.hub.shards()];
        for event in events {
            // No channel of a workspace need say so itself: who leaves follows none from here on, whatever else this
            // commit holds.
            if let Event::WorkspaceMembershipUpdated { membership } = &event.event {
                let role = (!membership.removed).then_some(membership.role);
                self.hub.member(membership.workspace_id, event.journal.id.into(), role).await;
            }
            parts[self.hub.shard_of(event.journal)].push(Arc::clone(event));
        }
        for (shard, events) in parts.into_iter().enumerate().filter(|(_, events)| !events.is_empty()) {
            self.hub.send(shard, Command::Committed { events }).await;
        }
    }
}
