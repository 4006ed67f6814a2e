//! Hears of other nodes' commits by reading their outbox streams, without any bus.
//!
//! Every 500 ms while other nodes are alive, a bounded page per stream. What was trimmed before this node read
//! it is answered with [`Signal::Lagged`]: watchers compare heads.

use super::{LANES_PER_NODE, last_position, read, stream_of};
use crate::{Journal, bus::Signal, nodes};
use plexichat_kernel::{Result, Shutdown, Worker};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

const PAGE: i64 = 200;
const EVERY: Duration = Duration::from_millis(500);

/// The poller of this node.
#[derive(Debug)]
pub struct Poller {
    journal: Journal,
}

impl Poller {
    /// A poller that feeds the journal's bus.
    pub fn new(journal: Journal) -> Self {
        Self { journal }
    }

    async fn poll(&self, known: &mut HashMap<i64, i64>) -> Result<()> {
        let journal = &self.journal;
        let (db, own) = (journal.db(), journal.ids().node());
        let live = nodes::live(db, journal.clock().now_ms()).await?;
        let others: Vec<u16> = live.iter().copied().filter(|node| Some(*node) != own).collect();
        journal.set_peers(!others.is_empty());
        if others.is_empty() {
            known.clear();
            return Ok(());
        }
        journal.epoch_keeper().refresh().await?;
        for node in others {
            for lane in 0..LANES_PER_NODE {
                let stream = stream_of(node, usize::try_from(lane).unwrap_or(0));
                self.poll_stream(stream, known).await?;
            }
        }
        Ok(())
    }

    async fn begin_anew(&self, known: &mut HashMap<i64, i64>) -> Result<()> {
        self.journal.epoch_keeper().renew("the outbox of another node went back").await?;
        self.journal.marks().clear();
        known.clear();
        Ok(())
    }

    async fn poll_stream(&self, stream: i64, known: &mut HashMap<i64, i64>) -> Result<()> {
        let (db, bus) = (self.journal.db(), self.journal.bus());
        let Some(mut position) = known.get(&stream).copied() else {
            // A node not heard of before: whatever it committed so far may concern journals watched here.
            let last = last_position(db.reader(), db.engine(), stream).await?;
            if self.journal.marks().is_beyond(stream, last) {
                // Heard of before this worker was started again, as after the database was away.
                return self.begin_anew(known).await;
            }
            known.insert(stream, last);
            if last > 0 {
                self.journal.marks().reached(stream, last);
                bus.send(Signal::Lagged);
            }
            return Ok(());
        };
        if position > 0 && read(db.reader(), db.engine(), stream, position - 1, 1).await?.is_empty() {
            // Its newest row is never trimmed: this database has not got as far.
            return self.begin_anew(known).await;
        }
        loop {
            let rows = read(db.reader(), db.engine(), stream, position, PAGE).await?;
            let mut newest: BTreeMap<_, (i64, bool)> = BTreeMap::new();
            for row in &rows {
                if row.position != position + 1 {
                    bus.send(Signal::Lagged);
                }
                position = row.position;
                for entry in &row.entries {
                    let at = newest.entry(entry.key).or_default();
                    *at = (at.0.max(entry.to), at.1 || entry.access);
                }
            }
            for (key, (version, access)) in newest {
                self.journal.marks().shown(key, version);
                bus.send(Signal::Advanced { key, version, access });
            }
            if known.insert(stream, position) != Some(position) {
                self.journal.marks().reached(stream, position);
            }
            if i64::try_from(rows.len()).unwrap_or(PAGE) < PAGE {
                return Ok(());
            }
        }
    }
}

#[async_trait::async_trait]
impl Worker for Poller {
    fn name(&self) -> &'static str {
        "outbox_poller"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let mut known = HashMap::new();
        // Signals may have been missed while this worker was down.
        self.journal.bus().send(Signal::Lagged);
        loop {
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = tokio::time::sleep(EVERY) => self.poll(&mut known).await?,
            }
        }
    }
}
