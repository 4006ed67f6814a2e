//! One attempt at one transaction: lock, compare stamps, grant, write, record in the outbox, commit.
//!
//! [`together`] is the fast way: everything or nothing. [`apart`] runs each change under a savepoint and is
//! used when a bulk failed for a reason other than a nonce, so that the bad one fails alone.

use super::{
    BulkApplied, BulkItem, Granted, Head, NonceKey,
    erased::Output,
    gates::Pass,
    lane::{Lane, Pending},
    plan::{Delta, Plan},
    write,
};
use crate::outbox;
use plexichat_database::{Db, DbResultExt, Engine, Tx, driver_error, is_connection_lost, is_retryable};
use plexichat_kernel::{Error, Result};
use plexichat_model::{ErrorCode, Event, JournalEvent, JournalKey};
use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Why an attempt did not commit.
#[derive(Debug)]
pub(super) enum Failure {
    /// This change alone is refused; the others can go on without it.
    Refused(usize, Error),
    /// Some nonce is known to the database.
    Nonce,
    /// A bulk failed and it is not known which change is to blame.
    Suspect(Error),
    /// Nothing was committed; the same batch may succeed (deadlock, connection lost before the commit).
    Again(Error),
    /// The connection was lost during the commit.
    Unknown(Error),
    /// Nothing in this batch can succeed now (disk full, database gone).
    All(Error),
}

/// What became of one change.
pub(super) enum Outcome {
    /// Committed.
    Written(Output),
    /// An earlier commit had its nonce.
    Duplicate(Output),
    /// Refused, the rest was committed.
    Refused(Error),
}

/// A committed batch.
pub(super) struct Done {
    /// One per change, in order.
    pub(super) outcomes: Vec<Outcome>,
    /// Events in version order per journal, without gaps.
    pub(super) events: Vec<Arc<JournalEvent>>,
    /// Whether an outbox row was written.
    pub(super) recorded: bool,
}

fn classify(error: Error) -> Failure {
    match driver_error(&error) {
        Some(e) if is_connection_lost(e) || is_retryable(e) => Failure::Again(error),
        _ => Failure::All(error),
    }
}

fn blame(index: usize, error: Error) -> Failure {
    match driver_error(&error) {
        Some(e) if is_connection_lost(e) || is_retryable(e) => Failure::Again(error),
        Some(_) if error.code() == ErrorCode::ReadOnly => Failure::All(error),
        _ => Failure::Refused(index, error),
    }
}

async fn begin(lane: &Lane) -> Result<Tx, Failure> {
    let mode = (lane.engine() == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
    let tx = lane.connection().begin_with_options(options).await.db().map_err(classify)?;
    if lane.has_new_connection() {
        // The position was read on the one before, and the server may have another history since.
        let _ = tx.rollback().await;
        return Err(Failure::Again(Error::unavailable("the connection to the database was replaced")));
    }
    Ok(tx)
}

async fn finish(lane: &Lane, tx: Tx, result: Result<Done, Failure>) -> Result<Done, Failure> {
    let failure = match result {
        Ok(done) => match tx.commit().await {
            Ok(()) => return Ok(done),
            Err(e) if is_connection_lost(&e) => Failure::Unknown(plexichat_database::db_error(e)),
            Err(e) => classify(plexichat_database::db_error(e)),
        },
        // What was refused for a reason of its own leaves the transaction whole, and a rollback ends it.
        Err(failure @ (Failure::Refused(..) | Failure::Nonce)) => match tx.rollback().await {
            Ok(()) => return Err(failure),
            Err(_) => failure,
        },
        Err(failure) => {
            let _ = tx.rollback().await;
            failure
        }
    };
    lane.replace_connection().await;
    Err(failure)
}

/// Commits the batch in one go.
pub(super) async fn together(lane: &Lane, batch: &mut [Pending], look_up: bool, position: i64) -> Result<Done, Failure> {
    let tx = begin(lane).await?;
    let result = fill_together(lane, &tx, batch, look_up, position).await;
    finish(lane, tx, result).await
}

async fn fill_together(lane: &Lane, tx: &Tx, batch: &mut [Pending], look_up: bool, position: i64) -> Result<Done, Failure> {
    let mut outcomes: Vec<Option<Outcome>> = batch.iter().map(|_| None).collect();
    let mut pass = Pass::of(lane.engine(), batch);
    if look_up {
        if let Some(pass) = pass.take() {
            pass.go(tx, lane.engine()).await.map_err(classify)?;
        }
        lock_all(lane, tx, batch).await?;
        answer_known(lane, tx, batch, &mut outcomes).await?;
    }
    let active: Vec<usize> = (0..batch.len()).filter(|i| outcomes[*i].is_none()).collect();
    let plan = Plan::new(active.iter().map(|i| batch[*i].touches.as_slice()));
    let others = proven_elsewhere(batch, &active, &plan);
    let (before, versions, mut recorded) = if let Some(heads) = write::heads_ahead(lane.db(), &plan, &others) {
        let touched = heads.iter().filter(|(key, _)| plan.heads.contains_key(key));
        let before: BTreeMap<JournalKey, Head> = touched.map(|(key, head)| (*key, *head)).collect();
        check_all_exist(batch, &active, &before)?;
        let entries = entries(&plan, &before);
        write::advance_and_record(tx, &plan, &before, lane.outbox_row(position, &entries)).await.map_err(classify)?;
        (before, heads.into_iter().map(|(key, head)| (key, head.access_version)).collect(), true)
    } else {
        let before = write::advance(tx, lane.engine(), &plan, pass.as_ref()).await.map_err(classify)?;
        check_all_exist(batch, &active, &before)?;
        (before, access_versions(lane, tx, others).await?, false)
    };
    recheck_stale(tx, batch, &active, &before, &versions).await?;
    let now_ms = lane.now_ms();
    let grants: Vec<Granted> = (0..active.len()).map(|slot| plan.granted(slot, &before, now_ms)).collect();
    let applied = apply_all(lane, tx, batch, &active, &grants).await?;
    let mut events = Vec::new();
    for ((index, granted), applied) in active.iter().zip(&grants).zip(applied) {
        set_main(lane, tx, granted).await?;
        collect(&mut events, &batch[*index], granted, applied.events);
        outcomes[*index] = Some(Outcome::Written(Arc::from(applied.output)));
    }
    if !recorded {
        recorded = record(lane, tx, &plan, &before, position).await?;
    }
    let outcomes = outcomes.into_iter().flatten().collect();
    Ok(Done { outcomes, events: in_order(events), recorded })
}

/// Commits each change under a savepoint of its own; one bad change fails alone.
pub(super) async fn apart(lane: &Lane, batch: &mut [Pending], position: i64) -> Result<Done, Failure> {
    let tx = begin(lane).await?;
    let result = fill_apart(lane, &tx, batch, position).await;
    finish(lane, tx, result).await
}

async fn fill_apart(lane: &Lane, tx: &Tx, batch: &mut [Pending], position: i64) -> Result<Done, Failure> {
    let mut outcomes: Vec<Option<Outcome>> = batch.iter().map(|_| None).collect();
    if let Some(pass) = Pass::of(lane.engine(), batch) {
        pass.go(tx, lane.engine()).await.map_err(classify)?;
    }
    // All heads first, in order: the savepoints below take them in the order of the batch.
    lock_all(lane, tx, batch).await?;
    answer_known(lane, tx, batch, &mut outcomes).await?;
    let (mut events, mut touched) = (Vec::new(), BTreeMap::new());
    for index in 0..batch.len() {
        if outcomes[index].is_some() {
            continue;
        }
        let inner = tx.begin().await.db().map_err(classify)?;
        match one_apart(lane, &inner, batch, index).await {
            Ok((granted, applied)) => {
                inner.commit().await.db().map_err(classify)?;
                for (key, (touch, head)) in &granted.entries {
                    let range = touched.entry(*key).or_insert((head.version + 1, head.version, false));
                    range.1 = head.version + i64::from(touch.versions);
                    range.2 |= touch.access;
                }
                collect(&mut events, &batch[index], &granted, applied.events);
                outcomes[index] = Some(Outcome::Written(Arc::from(applied.output)));
            }
            Err(Failure::Refused(_, error) | Failure::Suspect(error)) => {
                inner.rollback().await.db().map_err(classify)?;
                outcomes[index] = Some(Outcome::Refused(error));
            }
            Err(other) => return Err(other),
        }
    }
    let entries: Vec<outbox::Entry> =
        touched.into_iter().map(|(key, (from, to, access))| outbox::Entry { key, from, to, access }).collect();
    let recorded = !entries.is_empty();
    if recorded {
        outbox::append(tx, lane.outbox_row(position, &entries)).await.map_err(classify)?;
    }
    Ok(Done { outcomes: outcomes.into_iter().flatten().collect(), events: in_order(events), recorded })
}

async fn one_apart(lane: &Lane, tx: &Tx, batch: &mut [Pending], index: usize) -> Result<(Granted, BulkApplied), Failure> {
    let plan = Plan::new(std::iter::once(batch[index].touches.as_slice()));
    let before = write::advance(tx, lane.engine(), &plan, None).await.map_err(classify)?;
    check_exists(&batch[index], &before).map_err(|e| Failure::Refused(index, e))?;
    let versions = access_versions(lane, tx, proven_elsewhere(batch, &[index], &plan)).await?;
    recheck_stale(tx, batch, &[index], &before, &versions).await?;
    let granted = plan.granted(0, &before, lane.now_ms());
    let mut applied = apply_all(lane, tx, batch, &[index], std::slice::from_ref(&granted)).await?;
    set_main(lane, tx, &granted).await?;
    let applied =
        applied.pop().ok_or_else(|| Failure::All(Error::internal("a bulk answered fewer changes than it was given")))?;
    Ok((granted, applied))
}

fn check_exists(pending: &Pending, before: &BTreeMap<JournalKey, Head>) -> Result<()> {
    match pending.touches.iter().find(|t| !before.contains_key(&t.key)) {
        Some(touch) => Err(Error::not_found(touch.key.kind.as_str(), touch.key.id)),
        None => Ok(()),
    }
}

async fn lock_all(lane: &Lane, tx: &Tx, batch: &[Pending]) -> Result<(), Failure> {
    let keys: BTreeSet<JournalKey> = batch.iter().flat_map(|p| p.touches.iter().filter(|t| !t.create).map(|t| t.key)).collect();
    let keys: Vec<JournalKey> = keys.into_iter().collect();
    write::lock_heads(tx, lane.engine(), &keys).await.map(|_| ()).map_err(classify)
}

/// Answers the changes whose nonce an earlier commit has; the heads are locked, so the look-up decides for good.
async fn answer_known(lane: &Lane, tx: &Tx, batch: &[Pending], outcomes: &mut [Option<Outcome>]) -> Result<(), Failure> {
    let mut by_bulk: BTreeMap<&'static str, Vec<NonceKey>> = BTreeMap::new();
    for pending in batch {
        if let (Some(name), Some(nonce)) = (pending.change.bulk(), pending.nonce) {
            by_bulk.entry(name).or_default().push(nonce);
        }
    }
    let mut known: HashMap<(JournalKey, i64, i64), (u64, Output)> = HashMap::new();
    for (name, nonces) in by_bulk {
        let bulk = lane.bulk(name).map_err(Failure::All)?;
        for (key, output) in bulk.find(tx, &nonces).await.map_err(classify)? {
            known.insert(key.identity(), (key.digest, Arc::from(output)));
        }
    }
    for (index, pending) in batch.iter().enumerate() {
        let Some(nonce) = pending.nonce else { continue };
        if let Some((digest, output)) = known.get(&nonce.identity()) {
            outcomes[index] = Some(if *digest == nonce.digest {
                Outcome::Duplicate(Arc::clone(output))
            } else {
                Outcome::Refused(nonce_reused())
            });
        }
    }
    Ok(())
}

/// What an earlier commit made of a nonce, read without a lock: enough for a commit that this node knows is done.
pub(super) async fn known(db: &Db, bulk: &dyn super::Bulk, nonce: &NonceKey) -> Result<Option<Output>> {
    let tx = db.reader().begin().await.db()?;
    let found = bulk.find(&tx, std::slice::from_ref(nonce)).await;
    let _ = tx.rollback().await;
    match found?.into_iter().find(|(key, _)| key.identity() == nonce.identity()) {
        Some((key, _)) if key.digest != nonce.digest => Err(nonce_reused()),
        Some((_, output)) => Ok(Some(Arc::from(output))),
        None => Ok(None),
    }
}

/// The refusal of a nonce used for something else.
pub(super) fn nonce_reused() -> Error {
    Error::conflict(ErrorCode::NonceReused, ErrorCode::NonceReused.default_message()).with_field("nonce")
}

/// Journals that these changes rely on without touching them.
fn proven_elsewhere(batch: &[Pending], active: &[usize], plan: &Plan) -> BTreeSet<JournalKey> {
    let stamped = active.iter().flat_map(|index| batch[*index].stamps.iter().map(|stamp| stamp.key));
    stamped.filter(|key| !plan.heads.contains_key(key)).collect()
}

async fn access_versions(lane: &Lane, tx: &Tx, keys: BTreeSet<JournalKey>) -> Result<HashMap<JournalKey, i64>, Failure> {
    let keys: Vec<JournalKey> = keys.into_iter().collect();
    write::access_versions(tx, lane.engine(), &keys).await.map_err(classify)
}

fn check_all_exist(batch: &[Pending], active: &[usize], before: &BTreeMap<JournalKey, Head>) -> Result<(), Failure> {
    active.iter().try_for_each(|index| check_exists(&batch[*index], before).map_err(|e| Failure::Refused(*index, e)))
}

async fn recheck_stale(
    tx: &Tx,
    batch: &[Pending],
    active: &[usize],
    before: &BTreeMap<JournalKey, Head>,
    versions: &HashMap<JournalKey, i64>,
) -> Result<(), Failure> {
    for index in active {
        let pending = &batch[*index];
        let stale = pending.stamps.iter().any(|stamp| {
            let now = before.get(&stamp.key).map(|head| head.access_version).or_else(|| versions.get(&stamp.key).copied());
            now != Some(stamp.access_version)
        });
        if stale {
            pending.change.recheck(tx).await.map_err(|e| blame(*index, e))?;
        }
    }
    Ok(())
}

async fn apply_all(
    lane: &Lane,
    tx: &Tx,
    batch: &mut [Pending],
    active: &[usize],
    grants: &[Granted],
) -> Result<Vec<BulkApplied>, Failure> {
    let mut results: Vec<Option<BulkApplied>> = active.iter().map(|_| None).collect();
    let mut bulks: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (slot, index) in active.iter().enumerate() {
        if let Some(name) = batch[*index].change.bulk() {
            bulks.entry(name).or_default().push(slot);
        }
    }
    // New rows first, so that a change of a row made in this batch finds it.
    for (name, slots) in bulks {
        let wanted: BTreeMap<usize, usize> = slots.iter().map(|slot| (active[*slot], *slot)).collect();
        let mut items: Vec<BulkItem<'_>> = batch
            .iter_mut()
            .enumerate()
            .filter_map(|(index, p)| {
                wanted.get(&index).map(|slot| BulkItem { change: p.change.as_any_mut(), granted: &grants[*slot] })
            })
            .collect();
        let bulk = lane.bulk(name).map_err(Failure::All)?;
        let applied = bulk.apply_all(tx, &mut items).await.map_err(|e| blame_bulk(bulk.as_ref(), e))?;
        for (slot, applied) in slots.iter().zip(applied) {
            results[*slot] = Some(applied);
        }
    }
    for last in [false, true] {
        for (slot, index) in active.iter().enumerate() {
            let change = &mut batch[*index].change;
            if change.bulk().is_none() && change.reads_the_batch() == last {
                results[slot] = Some(change.apply(tx, &grants[slot]).await.map_err(|e| blame(*index, e))?);
            }
        }
    }
    let count = results.len();
    let results: Vec<BulkApplied> = results.into_iter().flatten().collect();
    if results.len() == count {
        Ok(results)
    } else {
        Err(Failure::All(Error::internal("a bulk answered fewer changes than it was given")))
    }
}

fn blame_bulk(bulk: &dyn super::Bulk, error: Error) -> Failure {
    if bulk.is_nonce_violation(&error) {
        return Failure::Nonce;
    }
    match blame(0, error) {
        Failure::Refused(_, error) => Failure::Suspect(error),
        other => other,
    }
}

async fn set_main(lane: &Lane, tx: &Tx, granted: &Granted) -> Result<(), Failure> {
    let numbers = std::mem::take(&mut *granted.main_numbers.lock().expect("no panic while held"));
    write::set_main_numbers(tx, lane.engine(), &numbers).await.map_err(classify)
}

async fn record(lane: &Lane, tx: &Tx, plan: &Plan, before: &BTreeMap<JournalKey, Head>, position: i64) -> Result<bool, Failure> {
    let entries = entries(plan, before);
    if entries.is_empty() {
        return Ok(false);
    }
    outbox::append(tx, lane.outbox_row(position, &entries)).await.map_err(classify)?;
    Ok(true)
}

/// What a plan advances, for the outbox.
fn entries(plan: &Plan, before: &BTreeMap<JournalKey, Head>) -> Vec<outbox::Entry> {
    let entry = |(key, delta): (&JournalKey, &Delta)| {
        let old = before.get(key).copied().unwrap_or_default().version;
        outbox::Entry { key: *key, from: old + 1, to: old + delta.versions, access: delta.access > 0 }
    };
    plan.heads.iter().map(entry).collect()
}

/// Adds a change's events, and `nothing` for each version it took without saying anything.
fn collect(events: &mut Vec<JournalEvent>, pending: &Pending, granted: &Granted, said: Vec<JournalEvent>) {
    for touch in &pending.touches {
        for nth in 0..touch.versions {
            let version = granted.version(touch.key, nth);
            if !said.iter().any(|e| e.journal == touch.key && e.version == version) {
                events.push(JournalEvent { journal: touch.key, version, from_version: None, event: Event::Nothing {} });
            }
        }
    }
    events.extend(said);
}

fn in_order(mut events: Vec<JournalEvent>) -> Vec<Arc<JournalEvent>> {
    events.sort_by_key(|e| (e.journal, e.version));
    events.into_iter().map(Arc::new).collect()
}
