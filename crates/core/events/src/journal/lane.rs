//! A lane: one writing connection, one task, one outbox stream.
//!
//! While a commit runs the next batch gathers in the queue; there is no timer. The order of attempts:
//! together → (a nonce is known) together with look-up → (a bulk failed) each apart → (deadlock, connection
//! lost before the commit) again, a few times.

use super::{
    Bulk, Committed, NonceKey, Stamp, Touch,
    commit::{self, Done, Failure, Outcome},
    erased::{DynChange, Output},
    relaxed::RelaxedKey,
    submit::Shared,
};
use crate::{
    bus::{Published, Signal},
    outbox,
};
use plexichat_database::{Db, Engine};
use plexichat_kernel::{Error, Result};
use plexichat_model::{ErrorCode, JournalKey, limits};
use sea_orm::DatabaseConnection;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// Where the answer goes.
pub(super) type Reply = oneshot::Sender<Result<Committed<Output>>>;

/// A change on its way.
pub(super) struct Pending {
    pub(super) change: Box<dyn DynChange>,
    pub(super) touches: Vec<Touch>,
    pub(super) stamps: Vec<Stamp>,
    pub(super) nonce: Option<NonceKey>,
    reply: Vec<Reply>,
    relaxed: Option<RelaxedKey>,
}

impl Pending {
    pub(super) fn new(change: Box<dyn DynChange>, reply: Reply) -> Self {
        let (touches, stamps, nonce) = (change.touches(), change.stamps(), change.nonce());
        Self { change, touches, stamps, nonce, reply: vec![reply], relaxed: None }
    }

    /// One that nobody waits for.
    pub(super) fn relaxed(key: RelaxedKey, change: Box<dyn DynChange>) -> Self {
        let (touches, stamps, nonce) = (change.touches(), change.stamps(), change.nonce());
        Self { change, touches, stamps, nonce, reply: Vec::new(), relaxed: Some(key) }
    }

    /// The journal that chooses the lane.
    pub(super) fn home(&self) -> Option<JournalKey> {
        self.touches.first().map(|t| t.key)
    }

    fn changes_access(&self) -> bool {
        self.touches.iter().any(|t| t.access)
    }

    fn answer(self, result: &Result<Committed<Output>>) {
        for (nth, reply) in self.reply.into_iter().enumerate() {
            // Who waits behind the first with the same nonce gets the first one's result as a duplicate.
            let result = result.clone().map(|c| Committed { duplicate: c.duplicate || nth > 0, ..c });
            let _ = reply.send(result);
        }
    }
}

/// Times a batch is tried again after a deadlock or a lost connection.
const ATTEMPTS: u32 = 6;
/// Batches that go alone after a slow lock.
const ALONE: u32 = 16;

/// The lane's state.
pub(super) struct Lane {
    shared: Arc<Shared>,
    index: usize,
    carry: VecDeque<Pending>,
    stream: i64,
    position: Option<i64>,
    alone: u32,
    /// Which of the lane's connections `position` was read on.
    opened: u64,
}

impl Lane {
    pub(super) fn new(shared: Arc<Shared>, index: usize) -> Self {
        Self { shared, index, carry: VecDeque::new(), stream: 0, position: None, alone: 0, opened: 0 }
    }

    pub(super) fn engine(&self) -> Engine {
        self.shared.db.engine()
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        self.shared.db.writer(self.index)
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    pub(super) async fn replace_connection(&self) {
        self.shared.db.replace_writer(self.index).await;
    }

    pub(super) fn db(&self) -> &Db {
        &self.shared.db
    }

    pub(super) fn outbox_row<'a>(&self, position: i64, entries: &'a [outbox::Entry]) -> outbox::NewRow<'a> {
        outbox::NewRow { stream: self.stream, position, created_ms: self.now_ms(), entries }
    }

    pub(super) fn bulk(&self, name: &'static str) -> Result<Arc<dyn Bulk>> {
        self.shared.bulk(name)
    }

    /// Runs until all senders are gone; what was queued is committed.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Pending>) {
        let mut arrived = Vec::with_capacity(limits::BATCH_CHANGES);
        loop {
            let room = limits::BATCH_CHANGES.saturating_sub(self.carry.len());
            if self.carry.is_empty() && queue.recv_many(&mut arrived, room).await == 0 {
                return;
            }
            // Whoever was woken by the last acknowledgement gets a turn to join this batch.
            tokio::task::yield_now().await;
            while arrived.len() < room {
                match queue.try_recv() {
                    Ok(pending) => arrived.push(pending),
                    Err(_) => break,
                }
            }
            self.carry.extend(arrived.drain(..));
            let batch = self.take_batch();
            self.process(batch).await;
        }
    }

    /// The longest prefix that is allowed in one commit; who asks for the same as another in it waits for the other's answer.
    fn take_batch(&mut self) -> Vec<Pending> {
        let mut batch: Vec<Pending> = Vec::new();
        let mut journals: HashSet<JournalKey> = HashSet::new();
        let mut nonces: HashMap<(JournalKey, i64, i64), usize> = HashMap::new();
        while let Some(pending) = self.carry.pop_front() {
            if let Some(nonce) = pending.nonce
                && let Some(first) = nonces.get(&nonce.identity())
            {
                let first = &mut batch[*first];
                if first.nonce.map(|n| n.digest) == Some(nonce.digest) {
                    first.reply.extend(pending.reply);
                } else {
                    pending.answer(&Err(commit::nonce_reused()));
                }
                continue;
            }
            let fresh = pending.touches.iter().filter(|t| !journals.contains(&t.key)).count();
            let full =
                batch.len() >= limits::BATCH_CHANGES || (!batch.is_empty() && journals.len() + fresh > limits::BATCH_JOURNALS);
            let elsewhere = self.alone > 0 && batch.first().is_some_and(|first| first.home() != pending.home());
            // It has gates to itself, which others shall not wait for longer than for this one change; and what follows
            // it is judged in a batch of its own, after it.
            let last = pending.changes_access();
            if full || elsewhere || (last && !batch.is_empty()) {
                self.carry.push_front(pending);
                break;
            }
            journals.extend(pending.touches.iter().map(|t| t.key));
            if let Some(nonce) = pending.nonce {
                nonces.insert(nonce.identity(), batch.len());
            }
            batch.push(pending);
            if last {
                break;
            }
        }
        self.alone = self.alone.saturating_sub(1);
        batch
    }

    async fn process(&mut self, mut batch: Vec<Pending>) {
        // Known by now: the first of it was still under way when this one was asked.
        let mut look_up = batch.iter().any(|pending| pending.nonce.is_some_and(|nonce| self.shared.recent.knows(&nonce)));
        let (mut apart, mut refusals, mut attempt) = (false, 0, 0);
        while !batch.is_empty() {
            let position = match self.next_position().await {
                Ok(position) => position,
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => {
                    attempt += 1;
                    self.pause(attempt).await;
                    continue;
                }
                Err(error) => return self.refuse_all(batch, &error),
            };
            let started = self.shared.clock.monotonic();
            let result = if apart {
                commit::apart(self, &mut batch, position).await
            } else {
                commit::together(self, &mut batch, look_up, position).await
            };
            self.watch_locks(started, batch.len());
            match result {
                Ok(done) => {
                    if done.recorded {
                        self.mark(position).await;
                    }
                    return self.complete(batch, done);
                }
                Err(Failure::Refused(index, error)) => {
                    refusals += 1;
                    // A second refusal: judge each apart instead of running the batch once per bad change.
                    apart = refusals > 1;
                    self.refuse(batch.remove(index), &error);
                }
                Err(Failure::Nonce) if look_up => apart = true,
                Err(Failure::Nonce) => look_up = true,
                Err(Failure::Suspect(error)) if apart => return self.refuse_all(batch, &error),
                Err(Failure::Suspect(_)) => apart = true,
                Err(Failure::Again(error)) => {
                    metrics::counter!("plexichat_journal_retries_total").increment(1);
                    self.position = None;
                    attempt += 1;
                    if attempt >= ATTEMPTS {
                        return self.refuse_all(batch, &error);
                    }
                    self.pause(attempt).await;
                }
                Err(Failure::Unknown(error)) => {
                    self.position = None;
                    let code = ErrorCode::UnknownOutcome;
                    let error =
                        Error::new(code, code.default_message()).with_retry_after(Duration::from_secs(1)).with_source(error);
                    return self.refuse_all(batch, &error);
                }
                Err(Failure::All(error)) => return self.refuse_all(batch, &error),
            }
        }
    }

    async fn pause(&self, attempt: u32) {
        let most = Duration::from_millis(10 << attempt.min(6));
        tokio::time::sleep(plexichat_kernel::random::jitter(most)).await;
    }

    /// The position of the next outbox row. Read again after a doubt; a stream that went back starts a new epoch.
    async fn next_position(&mut self) -> Result<i64> {
        let node = self.shared.ids.node().ok_or_else(|| {
            Error::new(ErrorCode::Unavailable, "this node lost its lease and may not write")
                .with_retry_after(Duration::from_secs(1))
        })?;
        let stream = outbox::stream_of(node, self.index);
        if self.stream != stream {
            self.stream = stream;
            self.position = None;
        }
        let opened = self.shared.db.opened(self.index);
        if let Some(position) = self.position.filter(|_| opened == self.opened) {
            return Ok(position + 1);
        }
        let found = outbox::last_position(self.connection(), self.engine(), stream).await?;
        self.shared.look_back(self.connection()).await?;
        (self.opened, self.position) = (opened, Some(found));
        Ok(found + 1)
    }

    /// Whether the connection is another one than the one the position was read on.
    pub(super) fn has_new_connection(&self) -> bool {
        self.shared.db.opened(self.index) != self.opened
    }

    /// Notes how far this stream has come, on the disk if it is new to the marks: from the first acknowledgement on, a
    /// database without it is an older one.
    async fn mark(&mut self, position: i64) {
        self.position = Some(position);
        let marks = &self.shared.marks;
        marks.reached(self.stream, position);
        if marks.is_new(self.stream) {
            marks.save_durably(&self.shared.epoch).await;
        }
    }

    fn complete(&mut self, batch: Vec<Pending>, done: Done) {
        metrics::histogram!("plexichat_journal_batch_changes").record(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
        let publish = Published { events: done.events.into() };
        for (pending, outcome) in batch.into_iter().zip(done.outcomes) {
            let (output, duplicate) = match outcome {
                Outcome::Written(output) => (output, false),
                Outcome::Duplicate(output) => (output, true),
                Outcome::Refused(error) => {
                    self.refuse(pending, &error);
                    continue;
                }
            };
            if let Some(nonce) = &pending.nonce {
                self.shared.recent.insert(nonce);
            }
            pending.answer(&Ok(Committed { output, duplicate }));
        }
        if !publish.events.is_empty() {
            self.shared.bus.send(Signal::Committed(publish));
        }
    }

    fn refuse_all(&self, batch: Vec<Pending>, error: &Error) {
        tracing::warn!(changes = batch.len(), code = %error.code(), cause = error.cause().unwrap_or_default(), "a group commit failed");
        for pending in batch {
            self.refuse(pending, error);
        }
    }

    fn refuse(&self, pending: Pending, error: &Error) {
        match pending.relaxed {
            // Nobody waits who could ask again.
            Some(key) if error.is_retryable() => self.shared.relaxed.put_back(key, pending.change),
            _ => pending.answer(&Err(error.clone())),
        }
    }

    /// On a server engine a commit that had to wait for another node's lock sends hot journals alone for a while,
    /// so that the others do not wait with them.
    fn watch_locks(&mut self, started: Duration, changes: usize) {
        let took = self.shared.clock.monotonic().saturating_sub(started);
        metrics::histogram!("plexichat_journal_commit_seconds").record(took.as_secs_f64());
        let slow = Duration::from_millis(5) + Duration::from_micros(200) * u32::try_from(changes).unwrap_or(u32::MAX);
        if self.engine() != Engine::Sqlite && self.alone == 0 && took > slow && self.shared.peers() {
            self.alone = ALONE;
        }
    }
}
