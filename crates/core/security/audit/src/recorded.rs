//! A change with its entry: both in one transaction.

use crate::Record;
use plexichat_database::Tx;
use plexichat_events::{Applied, Change, Granted, NonceKey, Stamp, Touch};
use plexichat_kernel::Result;

/// A change that writes an entry when it is applied. Made by [`Record::along`] and [`Record::along_if_told`].
pub struct Recorded<C> {
    change: C,
    record: Record,
    if_told: bool,
}

impl Record {
    /// The change, with this entry in its transaction.
    pub fn along<C: Change>(self, change: C) -> Recorded<C> {
        Recorded { change, record: self, if_told: false }
    }

    /// The same, unless the change found that there is nothing to do: it has no events then.
    pub fn along_if_told<C: Change>(self, change: C) -> Recorded<C> {
        Recorded { change, record: self, if_told: true }
    }
}

#[async_trait::async_trait]
impl<C: Change> Change for Recorded<C> {
    type Output = C::Output;

    fn touches(&self) -> Vec<Touch> {
        self.change.touches()
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.change.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.change.recheck(tx).await
    }

    fn nonce(&self) -> Option<NonceKey> {
        self.change.nonce()
    }

    fn reads_the_batch(&self) -> bool {
        self.change.reads_the_batch()
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<C::Output>> {
        let applied = self.change.apply(tx, granted).await?;
        if !self.if_told || !applied.events.is_empty() {
            self.record.write(tx).await?;
        }
        Ok(applied)
    }
}
