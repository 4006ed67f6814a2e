//! Counts of security events that an attacker can cause at will: a stream of its own, bounded in memory and on the disk.
//!
//! Counted per kind and source (an address) in memory; once a minute a node writes what it counted, and one entry of the
//! log with the sums and a hash of the counts, so that these cannot be changed unseen either. At most [`SOURCES`] sources
//! have a count of their own in a minute, the rest share one. A crash loses the counts of one minute.

use crate::{Action, Auditor, merkle, note::hex, store::telemetry as store};
use plexichat_database::entity::audit_telemetry::Model;
use plexichat_kernel::{Caller, Result};
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::Mutex,
};

/// Sources with a count of their own in a minute.
pub const SOURCES: usize = 1_000;
/// The source that the rest share.
pub const OTHERS: &str = "others";
const MINUTE_MS: i64 = 60_000;
/// Kinds are few and stand in the code; a defect must not make them many.
const KINDS: usize = 32;

/// A minute, and how often what came from where in it.
type Minute = (i64, HashMap<(&'static str, String), i64>);

#[derive(Debug, Default)]
struct Counted {
    minute_ms: i64,
    counts: HashMap<(&'static str, String), i64>,
    sources: usize,
    done: Vec<Minute>,
}

/// What was counted and is not written yet.
#[derive(Debug, Default)]
pub struct Telemetry {
    counted: Mutex<Counted>,
}

impl Telemetry {
    /// Counts an event.
    pub fn count(&self, now_ms: i64, kind: &'static str, source: Option<IpAddr>) {
        let mut counted = self.counted.lock().expect("no panic while held");
        let minute_ms = now_ms - now_ms.rem_euclid(MINUTE_MS);
        counted.turn(minute_ms);
        let own = (kind, source.map_or_else(|| "unknown".to_owned(), |address| address.to_canonical().to_string()));
        let key = if counted.counts.contains_key(&own) {
            own
        } else if counted.sources < SOURCES {
            counted.sources += 1;
            own
        } else {
            (kind, OTHERS.to_owned())
        };
        if counted.counts.len() < SOURCES + KINDS || counted.counts.contains_key(&key) {
            *counted.counts.entry(key).or_default() += 1;
        }
    }

    /// The minutes that are over; with `all`, also the present one.
    fn take(&self, now_ms: i64, all: bool) -> Vec<Minute> {
        let mut counted = self.counted.lock().expect("no panic while held");
        let minute_ms = now_ms - now_ms.rem_euclid(MINUTE_MS);
        counted.turn(if all { minute_ms + MINUTE_MS } else { minute_ms });
        std::mem::take(&mut counted.done)
    }
}

impl Counted {
    fn turn(&mut self, minute_ms: i64) {
        // A clock that is set back does not open a minute again.
        if minute_ms <= self.minute_ms {
            return;
        }
        let over = (self.minute_ms, std::mem::take(&mut self.counts));
        if !over.1.is_empty() {
            // Nobody writes for minutes (the database is away): the oldest minutes make room.
            if self.done.len() >= 10 {
                self.done.remove(0);
            }
            self.done.push(over);
        }
        (self.minute_ms, self.sources) = (minute_ms, 0);
    }
}

impl Auditor {
    /// Counts a security event that an attacker can cause at will.
    pub fn count(&self, kind: &'static str, caller: &Caller) {
        self.telemetry().count(self.journal().clock().now_ms(), kind, caller.address());
    }

    /// Writes the minutes that are over; with `all`, at the end of the process, also the present one.
    pub async fn write_telemetry(&self, all: bool) -> Result<()> {
        let journal = self.journal();
        let node = i64::from(journal.ids().node().unwrap_or(0));
        for (minute_ms, counts) in self.telemetry().take(journal.clock().now_ms(), all) {
            let mut rows: Vec<Model> = counts
                .into_iter()
                .map(|((kind, source), count)| Model { minute_ms, kind: kind.to_owned(), source, node, count })
                .collect();
            rows.sort_by(|a, b| (&a.kind, &a.source).cmp(&(&b.kind, &b.source)));
            let mut record = self.record(&Caller::system("telemetry"), Action::AuditTelemetry).await?;
            record = record.with("minute_ms", minute_ms.to_string()).with("rows", rows.len()).with("node", node);
            record = record.with("hash", hash_of(&rows));
            for (kind, count) in sums(&rows) {
                record = record.with(&format!("count.{kind}"), count);
            }
            journal
                .write(move |tx| {
                    let (rows, record) = (rows.clone(), record.clone());
                    Box::pin(async move {
                        store::insert(tx, rows).await?;
                        record.write(tx).await
                    })
                })
                .await?;
        }
        Ok(())
    }

    /// The counts since a time, oldest first, at most so many.
    pub async fn counts_since(&self, time_ms: i64, limit: u64) -> Result<Vec<Model>> {
        store::since(self.journal().db().reader(), time_ms, limit).await
    }
}

fn sums(rows: &[Model]) -> BTreeMap<&str, i64> {
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(row.kind.as_str()).or_default() += row.count;
    }
    sums
}

/// Hash of the counts of a minute: SHA-256 of a zero byte and the lines `kind TAB source TAB count LF`, sorted.
pub fn hash_of(rows: &[Model]) -> String {
    let line = |text: String, row: &Model| text + &format!("{}\t{}\t{}\n", row.kind, row.source, row.count);
    let lines = rows.iter().fold(String::new(), line);
    hex(&merkle::leaf_hash(lines.as_bytes()))
}
