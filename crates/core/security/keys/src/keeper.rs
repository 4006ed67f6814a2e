//! The worker of a node that keeps what it knows of keys up to date, and does what takes longer than a moment.
//!
//! Every second it asks whether keys have changed, on whatever node. While there are tasks, one node at a time works on
//! them, in small steps; each step is one transaction that moves the task and changes keys or messages, so that whoever
//! is killed in the middle, at any moment, loses a step that another takes again.

use crate::{
    Contents, Keys, Ledger, NewTask,
    store::{
        self,
        tasks::{self, StoredTask},
    },
    work::Work,
};
use plexichat_events::leases;
use plexichat_kernel::{Result, Shutdown, Worker, random};
use plexichat_model::{
    ChannelId, UserId, WorkspaceId,
    key_tasks::{KeyTaskKind, KeyTaskTarget},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// How often it asks.
const EVERY: Duration = Duration::from_secs(1);
/// How long a node has the tasks for itself after its last step.
const LEASE: Duration = Duration::from_secs(30);
const LEASE_NAME: &str = "key_tasks";
/// Steps of a task before the others have their turn.
const STEPS: usize = 50;
/// Time between two steps, for others who write.
const PAUSE: Duration = Duration::from_millis(2);

/// The worker.
pub struct KeyKeeper {
    work: Work,
    holder: String,
    /// The change of keys that this node has drawn its conclusions from.
    seen: AtomicI64,
}

impl KeyKeeper {
    /// A keeper. `quiet`: how long after new keys are in use it is certain that no node seals by the old ones; more than
    /// a node trusts its memory and a request takes.
    pub fn new(keys: Keys, contents: Arc<dyn Contents>, ledger: Arc<Ledger>, quiet: Duration) -> Self {
        Self { work: Work { keys, contents, ledger, quiet }, holder: random::token(), seen: AtomicI64::new(-1) }
    }

    /// Looks once, and takes some steps. True: there is more to do at once.
    pub async fn round(&self) -> Result<bool> {
        let Work { keys, contents, ledger, .. } = &self.work;
        keys.refresh().await?;
        // Whoever noticed a change first, a request or a step, this is where it is acted on.
        let generation = keys.generation();
        if self.seen.load(Ordering::Acquire) != generation {
            contents.forget();
            keys.learn_shredded(ledger).await?;
            self.seen.store(generation, Ordering::Release);
        }
        let journal = &keys.journal;
        let mut open = tasks::open(journal.db().reader()).await?;
        open.retain(|task| self.work.is_due(task));
        if open.is_empty() {
            return Ok(false);
        }
        let mut more = false;
        for task in open {
            if leases::take(journal, LEASE_NAME, &self.holder, LEASE).await?.is_none() {
                return Ok(false);
            }
            more |= self.some_steps(task.id).await.unwrap_or_else(|error| {
                let cause = error.cause().unwrap_or_else(|| error.message().to_owned());
                tracing::warn!(task = task.id, error = cause, "a task on keys cannot go on; it is tried again");
                false
            });
        }
        Ok(more)
    }

    /// True: it was moved as often as its turn allows.
    async fn some_steps(&self, id: i64) -> Result<bool> {
        let journal = &self.work.keys.journal;
        for _ in 0..STEPS {
            let Some(task) = tasks::by_id(journal.db().reader(), id).await? else { return Ok(false) };
            if task.state >= tasks::DONE || !self.work.step(&task).await? {
                return Ok(false);
            }
            journal.clock().sleep(PAUSE).await;
        }
        Ok(true)
    }
}

#[async_trait::async_trait]
impl Worker for KeyKeeper {
    fn name(&self) -> &'static str {
        "key_keeper"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let clock = self.work.keys.journal.clock().clone();
        loop {
            // A step that is cut off here is one that was never taken.
            let more = tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                more = self.round() => more?,
            };
            if more {
                continue;
            }
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = clock.sleep(EVERY) => {}
            }
        }
    }
}

/// Keys looked at in one statement.
const AT_ONCE: usize = 200;

impl Keys {
    /// Destroys again what the list says was destroyed, and has what it sealed buried; for a database that was restored.
    /// Before anything is served. Answers how many keys came back.
    pub async fn apply_ledger(&self, ledger: &Ledger) -> Result<u64> {
        let mut count = 0;
        for ids in ledger.ids().chunks(AT_ONCE) {
            let rows = store::by_ids(self.journal.db().reader(), ids).await?;
            let back: Vec<_> = rows.into_iter().filter(|row| row.state != store::DESTROYED).collect();
            if back.is_empty() {
                continue;
            }
            let ids: Arc<Vec<i64>> = Arc::new(back.iter().map(|row| row.id).collect());
            let mut channels = BTreeSet::new();
            for row in &back {
                if row.kind == crate::ring::Kind::Channel as i16 {
                    let above = store::by_ids(self.journal.db().reader(), &[row.parent_id]).await?;
                    channels.insert((row.scope_id, above.first().map_or(0, |above| above.scope_id)));
                }
            }
            let burials = channels.into_iter().map(|(channel, workspace)| self.burial(channel, workspace));
            let burials: Arc<Vec<StoredTask>> = Arc::new(burials.collect::<Result<_>>()?);
            count += self
                .journal
                .write(move |tx| {
                    let (ids, burials) = (Arc::clone(&ids), Arc::clone(&burials));
                    Box::pin(async move {
                        let count = store::destroy(tx, &ids).await?;
                        // What waited then may have been given up since: somebody has to say so again.
                        tasks::unapprove_shreds(tx).await?;
                        for burial in burials.iter() {
                            tasks::insert(tx, burial.clone()).await?;
                        }
                        store::next_generation(tx).await?;
                        Ok(count)
                    })
                })
                .await?;
        }
        if count > 0 {
            self.refresh().await?;
        }
        self.learn_shredded(ledger).await?;
        Ok(count)
    }

    /// A task that goes through a channel for what destroyed keys sealed.
    fn burial(&self, channel: i64, workspace: i64) -> Result<StoredTask> {
        let now_ms = self.journal.clock().now_ms();
        let task = NewTask {
            kind: KeyTaskKind::Shred,
            target: KeyTaskTarget::Channel { id: ChannelId(channel) },
            workspace: (workspace != 0).then_some(WorkspaceId(workspace)),
            month: None,
            // Nobody: the list of destroyed keys says so.
            asked_by: UserId(0),
            due_ms: now_ms,
            needs_approval: false,
        };
        Ok(StoredTask { state: tasks::WORKING, ..task.row(self.journal.ids().next()?, now_ms) })
    }

    /// Takes what was destroyed by other nodes into the list of this one.
    pub(crate) async fn learn_shredded(&self, ledger: &Ledger) -> Result<()> {
        let mut above = 0;
        loop {
            let ids = store::destroyed(self.journal.db().reader(), above, AT_ONCE as u64).await?;
            let Some(last) = ids.last() else { return Ok(()) };
            above = *last;
            ledger.add(&ids, self.journal.clock().now_ms())?;
        }
    }
}
