//! The one who numbers: a worker on every node, of which one holds the lease.
//!
//! Each second, while there is something new, it gives consecutive numbers, appends the leaves to the tree and signs a
//! checkpoint, all in one transaction that also proves the lease. A node that has not opened the log's secret never does and says so.
//! Not here: how the tree is laid out (`tiles`), what is signed (`note`).

use crate::{
    Action, Auditor, Entry,
    entry::hash_of,
    log::{Log, Standing},
    mark::Mark,
    merkle::Hash,
    note::hex,
    store::{self, CheckpointRow, EntryRow, LogRow},
    tiles::{TileId, edge},
};
use plexichat_events::{Journal, leases};
use plexichat_kernel::{Caller, Condition, Error, Result, Shutdown, Worker, ids::created_at_ms, random};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

/// Pause between rounds.
const EVERY: Duration = Duration::from_secs(1);
/// How long a lease lasts: what a dead sequencer delays numbering by.
pub const LEASE: Duration = Duration::from_secs(10);
/// Name of the lease.
pub const LEASE_NAME: &str = "audit_sequencer";
/// Entries of one transaction.
const BATCH: u64 = 500;

/// The worker.
pub struct Sequencer {
    auditor: Auditor,
    holder: String,
    lease: tokio::sync::Mutex<Option<leases::Lease>>,
    mark: Option<Mark>,
    looked_back: AtomicBool,
    warned: AtomicBool,
    /// How long the oldest entry has waited, milliseconds, as the last round found it.
    waited_ms: AtomicI64,
    /// Why this node numbers nothing, if it cannot.
    why: Mutex<Option<&'static str>>,
}

impl std::fmt::Debug for Sequencer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sequencer").finish_non_exhaustive()
    }
}

impl Sequencer {
    /// A sequencer; `mark` remembers in the data directory how far the log was seen.
    pub fn new(auditor: Auditor, mark: Option<Mark>) -> Self {
        let lease = tokio::sync::Mutex::new(None);
        let flags = || AtomicBool::new(false);
        let (waited_ms, why) = (AtomicI64::new(0), Mutex::new(None));
        Self { auditor, holder: random::token(), lease, mark, looked_back: flags(), warned: flags(), waited_ms, why }
    }

    fn journal(&self) -> &Journal {
        self.auditor.journal()
    }

    /// One round; answers how many entries were numbered, `None` when another node numbers or this one cannot.
    pub async fn round(&self) -> Result<Option<usize>> {
        let db = self.journal().db();
        let Some(log) = store::log(db.reader()).await? else {
            self.cannot("the log has not begun");
            return Ok(None);
        };
        let Some(keys) = self.auditor.keys() else {
            self.cannot("this node has not opened the secret of the audit log");
            return Ok(None);
        };
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if keys.signer.verifier().to_bytes() != log.public_key {
            self.cannot("the secret that this node has opened is not that of the database's audit log");
            return Ok(None);
        }
        self.look_back(&log).await?;
        let Some(oldest) = store::pending_ids(db.reader(), 1).await?.first().copied() else {
            self.waited(0);
            self.remember().await?;
            return Ok(Some(0));
        };
        self.waited(self.journal().clock().now_ms() - created_at_ms(oldest));
        let mut total = 0;
        loop {
            let Some(lease) = self.hold().await? else { return Ok(None) };
            let count = self.batch(&lease).await?;
            total += count;
            if u64::try_from(count).unwrap_or(0) < BATCH {
                metrics::counter!("plexichat_audit_sequenced_total").increment(u64::try_from(total).unwrap_or(0));
                return Ok(Some(total));
            }
        }
    }

    /// Notes for how long the oldest entry has waited for its number, also on a node that gives none.
    #[expect(clippy::cast_precision_loss, reason = "a metric")]
    fn waited(&self, ms: i64) {
        self.waited_ms.store(ms, Ordering::Relaxed);
        metrics::gauge!("plexichat_audit_waiting_seconds").set(ms.max(0) as f64 / 1_000.0);
    }

    fn cannot(&self, why: &'static str) {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(why, "this node does not number the audit log");
        }
    }

    /// Takes the lease, or prolongs it when half of it is over.
    async fn hold(&self) -> Result<Option<leases::Lease>> {
        let mut held = self.lease.lock().await;
        let fresh = |lease: &leases::Lease| lease.valid_until.saturating_sub(self.journal().clock().monotonic()) > LEASE / 2;
        if !held.as_ref().is_some_and(fresh) {
            *held = leases::take(self.journal(), LEASE_NAME, &self.holder, LEASE).await?;
        }
        Ok(held.clone())
    }

    async fn batch(&self, lease: &leases::Lease) -> Result<usize> {
        let journal = self.journal();
        let db = journal.db();
        // Read after the lease is held: what the holder before did is seen.
        let log = store::log(db.reader()).await?.ok_or_else(|| Error::internal("the audit log has no row of its own"))?;
        let waiting = store::pending(db.reader(), BATCH).await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let ids: Vec<i64> = waiting.iter().map(|row| row.id).collect();
        let leaves: Vec<Hash> = waiting.iter().map(|row| hash_of(&row.body)).collect();
        let rows: Vec<EntryRow> = (log.size..).zip(waiting).map(|(number, row)| numbered(number, row.body)).collect();
        let planned = self.plan(&log, &leaves).await?;
        let note = planned.checkpoint.note.clone();
        let (lease, db, count) = (lease.clone(), db.clone(), rows.len());
        let shared = Arc::new((rows, ids, planned));
        journal
            .write(move |tx| {
                let (shared, lease, db) = (Arc::clone(&shared), lease.clone(), db.clone());
                Box::pin(async move {
                    let (rows, ids, planned) = &*shared;
                    lease.check(tx, &db).await?;
                    store::grow(tx, db.engine(), planned.from, planned.checkpoint.size).await?;
                    store::number(tx, rows, ids).await?;
                    store::put_tiles(tx, planned.tiles.clone()).await?;
                    store::put_checkpoint(tx, planned.checkpoint.clone()).await
                })
            })
            .await?;
        self.save(&note);
        Ok(count)
    }

    async fn plan(&self, log: &LogRow, leaves: &[Hash]) -> Result<Planned> {
        let broken = || Error::internal("the right edge of the audit log's tree is damaged; run `plexichat audit verify`");
        let size = u64::try_from(log.size).map_err(|_| broken())?;
        let keys = self.auditor.keys().ok_or_else(|| Error::unavailable("the audit log is locked"))?;
        let needed = edge(size);
        let mut tiles = store::tiles(self.journal().db().reader(), &needed).await?;
        let whole = needed.iter().all(|id| {
            let count = (size >> (8 * u32::from(id.level))) % 256;
            tiles.row(*id).is_some_and(|row| u64::try_from(row.len()) == Ok(count))
        });
        if !whole {
            return Err(broken());
        }
        let changed = tiles.append(size, leaves);
        let grown = size + u64::try_from(leaves.len()).unwrap_or(0);
        let root = tiles.range(0, grown).ok_or_else(broken)?;
        let note = keys.signer.sign(grown, root);
        let time_ms = self.journal().clock().now_ms();
        let tiles = changed.into_iter().filter_map(|id| Some((id, tiles.bytes(id)?))).collect();
        let checkpoint = CheckpointRow { size: i64::try_from(grown).map_err(|_| broken())?, time_ms, note };
        Ok(Planned { from: log.size, checkpoint, tiles })
    }

    fn save(&self, note: &str) {
        if let Some(mark) = &self.mark
            && let Err(error) = mark.save(note)
        {
            tracing::warn!(%error, "the newest checkpoint of the audit log cannot be kept in the data directory");
        }
    }

    /// Keeps the newest checkpoint of others in this node's data directory too.
    async fn remember(&self) -> Result<()> {
        let Some(mark) = &self.mark else { return Ok(()) };
        if let Some(last) = store::last_checkpoint(self.journal().db().reader()).await?
            && mark.load().as_deref() != Some(&last.note)
        {
            self.save(&last.note);
        }
        Ok(())
    }

    /// Once, before anything is written: whether the log is what this node had seen of it.
    async fn look_back(&self, log: &LogRow) -> Result<()> {
        if self.looked_back.load(Ordering::Relaxed) {
            return Ok(());
        }
        if let Some(note) = self.mark.as_ref().and_then(Mark::load)
            && let Some(keys) = self.auditor.keys()
            && let Ok(seen) = keys.signer.verifier().open(&note)
            && !Log::new(self.journal().db().clone()).continues(&seen).await?
        {
            tracing::warn!(seen = seen.size, size = log.size, "the audit log is not what this node had seen of it");
            let record = self.auditor.record(&Caller::system("the log went back"), Action::AuditWentBack).await?;
            let record = record.with("seen_size", seen.size).with("seen_root", hex(&seen.root)).with("size", log.size);
            self.auditor.write(record.with("seen_note", note)).await?;
        }
        self.looked_back.store(true, Ordering::Relaxed);
        Ok(())
    }
}

struct Planned {
    from: i64,
    checkpoint: CheckpointRow,
    tiles: Vec<(TileId, Vec<u8>)>,
}

/// What is listed by stands beside the body, as the body says it.
pub(crate) fn numbered(number: i64, body: String) -> EntryRow {
    let entry = Entry::parse(&body).ok();
    let entry = entry.as_ref();
    EntryRow {
        number,
        time_ms: entry.map_or(0, |entry| entry.time_ms),
        action: entry.map_or_else(String::new, |entry| entry.action.clone()),
        actor_id: entry.map_or(0, Entry::actor_id),
        target_kind: entry.map_or_else(String::new, |entry| entry.target_kind().to_owned()),
        target_id: entry.map_or(0, Entry::target_id),
        workspace_id: entry.map_or(0, Entry::workspace_id),
        body: Some(body),
    }
}

#[async_trait::async_trait]
impl Worker for Sequencer {
    fn name(&self) -> &'static str {
        "audit_sequencer"
    }

    fn status(&self) -> Condition {
        if let Some(why) = *self.why.lock().unwrap_or_else(PoisonError::into_inner) {
            return Condition::Degraded(format!("this node does not number the audit log: {why}"));
        }
        let waited = Duration::from_millis(u64::try_from(self.waited_ms.load(Ordering::Relaxed)).unwrap_or(0));
        if waited < Standing::PATIENCE {
            return Condition::Healthy;
        }
        Condition::Degraded(format!("an entry of the audit log has waited {} seconds for its number", waited.as_secs()))
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let clock = self.journal().clock().clone();
        loop {
            if let Err(error) = self.auditor.write_telemetry(false).await {
                tracing::warn!(%error, "counts of security events could not be written");
            }
            self.round().await?;
            if shutdown.run_until(clock.sleep(EVERY)).await.is_none() {
                self.auditor.write_telemetry(true).await?;
                // Nothing is lost without it; but who stops the last node sees a log that is complete.
                self.round().await?;
                let held = self.lease.lock().await.take();
                return match held {
                    Some(lease) => leases::release(self.journal(), &lease).await,
                    None => Ok(()),
                };
            }
        }
    }
}
