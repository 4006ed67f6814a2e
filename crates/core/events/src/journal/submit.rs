//! The journal's handle: hands changes to lanes and reads heads.
//!
//! Whoever commits gets an answer only after the transaction is durable. Queues are bounded: full is refused as
//! overloaded, at once. Not here: gathering and committing (`lane`, `commit`).

use super::{
    Bulk, Change, Committed, Head, RelaxedKey, commit,
    erased::{DynChange, Output, Plain},
    gates,
    lane::{Lane, Pending},
    recent::Recent,
    relaxed::{self, Relaxed},
    write,
};
use crate::{bus::Bus, epoch::Epoch, marks::Marks};
use futures_util::future::BoxFuture;
use plexichat_database::{Db, Tx};
use plexichat_kernel::{Clock, Error, IdGenerator, Result, tasks};
use plexichat_model::{ErrorCode, JournalKey, limits};
use sea_orm::DatabaseConnection;
use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    path::PathBuf,
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// How to start the journal.
#[derive(Clone, Debug)]
pub struct JournalOptions {
    /// Changes that may wait for one lane; beyond it `503 overloaded`.
    pub queue: usize,
    /// File in the data directory that remembers how far this node had committed, to notice a restored database.
    pub marks: Option<PathBuf>,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self { queue: limits::LANE_QUEUE, marks: None }
    }
}

/// What lanes share.
pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) ids: IdGenerator,
    pub(super) bus: Bus,
    pub(super) epoch: Epoch,
    pub(super) marks: Marks,
    /// Held while the history is looked at: who finds it changed begins the new epoch for all lanes.
    history: tokio::sync::Mutex<()>,
    pub(super) recent: Recent,
    pub(super) relaxed: Relaxed,
    bulks: RwLock<HashMap<&'static str, Arc<dyn Bulk>>>,
    peers: AtomicBool,
}

impl Shared {
    pub(super) fn bulk(&self, name: &'static str) -> Result<Arc<dyn Bulk>> {
        let bulks = self.bulks.read().expect("no panic while held");
        bulks.get(name).cloned().ok_or_else(|| Error::internal(format!("no bulk is registered as {name}")))
    }

    /// After a doubt, such as a new connection: begins a new epoch when the database has lost what was known here.
    pub(super) async fn look_back(&self, conn: &DatabaseConnection) -> Result<()> {
        let _alone = self.history.lock().await;
        let engine = self.db.engine();
        let moved = self.marks.new_timeline(conn, engine).await;
        let reason = if self.marks.went_back(conn, engine).await? {
            Some("the outbox went back")
        } else if moved.is_some() {
            Some("the timeline of the database changed")
        } else if self.lost_what_was_shown(conn).await? {
            Some("the database has lost commits that were visible before")
        } else {
            None
        };
        if let Some(reason) = reason {
            // Before what was known is forgotten: when this fails, the next look finds the same.
            self.epoch.renew(reason).await?;
            self.marks.clear();
            if let Some(timeline) = moved {
                self.marks.set_timeline(timeline);
            }
        }
        Ok(())
    }

    async fn lost_what_was_shown(&self, conn: &DatabaseConnection) -> Result<bool> {
        let shown = self.marks.all_shown();
        let keys: Vec<JournalKey> = shown.iter().map(|(key, _)| *key).collect();
        let heads = write::heads_on(conn, self.db.engine(), &keys).await?;
        Ok(shown.iter().any(|(key, version)| heads.get(key).is_none_or(|head| head.version < *version)))
    }

    pub(super) fn peers(&self) -> bool {
        self.peers.load(Ordering::Relaxed)
    }
}

struct Inner {
    shared: Arc<Shared>,
    lanes: RwLock<Vec<mpsc::Sender<Pending>>>,
    tasks: tokio::sync::Mutex<Vec<tokio::task::JoinHandle<()>>>,
}

/// The journal. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

impl Journal {
    /// Starts the lanes. The schema must be migrated; `ids` must hold a node number before the first commit.
    pub async fn start(db: Db, clock: Clock, ids: IdGenerator, options: JournalOptions) -> Result<Self> {
        gates::prepare(&db).await?;
        let bus = Bus::default();
        let marks = Marks::load(options.marks);
        let epoch = Epoch::load(db.clone(), clock.clone(), bus.clone(), marks.past()).await?;
        if let Some(reason) = marks.gone_back(&db, &epoch.current()).await? {
            epoch.renew(reason).await?;
            marks.clear();
        }
        let shared = Arc::new(Shared {
            db,
            clock,
            ids,
            bus,
            epoch,
            marks,
            history: tokio::sync::Mutex::default(),
            recent: Recent::new(),
            relaxed: Relaxed::default(),
            bulks: RwLock::default(),
            peers: AtomicBool::new(false),
        });
        let (mut lanes, mut handles) = (Vec::new(), Vec::new());
        for index in 0..shared.db.lanes() {
            let (sender, receiver) = mpsc::channel(options.queue.max(1));
            handles.push(tasks::spawn("journal-lane", Lane::new(Arc::clone(&shared), index).run(receiver)));
            lanes.push(sender);
        }
        let inner = Inner { shared, lanes: RwLock::new(lanes), tasks: tokio::sync::Mutex::new(handles) };
        let journal = Self { inner: Arc::new(inner) };
        let weak = Arc::downgrade(&journal.inner);
        tasks::spawn("journal-relaxed", async move {
            loop {
                tokio::time::sleep(relaxed::GATHERED).await;
                let Some(inner) = weak.upgrade() else { return };
                Self { inner }.hand_on().await;
            }
        });
        Ok(journal)
    }

    /// Makes a change durable, or says why not. Durable and ordered when this answers.
    pub async fn commit<C: Change>(&self, change: C) -> Result<Committed<C::Output>> {
        let committed = self.submit(Box::new(change)).await?;
        let output =
            committed.output.downcast_ref::<C::Output>().ok_or_else(|| Error::internal("a change answered with another type"))?;
        Ok(Committed { output: output.clone(), duplicate: committed.duplicate })
    }

    /// A small write that touches no journal, as part of the lane's next commit. The closure may be run again.
    ///
    /// The answer is boxed at once: a caller's future that held the closure's type would not be `Send` for every
    /// lifetime of the closure's argument.
    pub fn write<T, F>(&self, work: F) -> BoxFuture<'static, Result<T>>
    where
        F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
        T: Clone + Send + Sync + 'static,
    {
        let (journal, change): (Self, Box<dyn DynChange>) = (self.clone(), Box::new(Plain { work }));
        Box::pin(async move {
            let committed = journal.submit(change).await?;
            let wrong = || Error::internal("a write answered with another type");
            committed.output.downcast_ref::<T>().cloned().ok_or_else(wrong)
        })
    }

    /// A change that may be lost in a crash: gathered per key (the newest wins), committed within a second, and tried
    /// again each second while the database refuses it for a reason that passes.
    pub fn relaxed_change<C: Change>(&self, key: RelaxedKey, change: C) {
        self.inner.shared.relaxed.put(key, Box::new(change));
    }

    /// Commits what is gathered now. Called before the end.
    pub async fn flush(&self) {
        self.queue(self.inner.shared.relaxed.take()).await;
        self.inner.shared.marks.save(self.epoch_keeper());
    }

    /// Commits what is gathered now, a portion at a time.
    async fn hand_on(&self) {
        let keys = self.inner.shared.relaxed.keys();
        for portion in keys.chunks(relaxed::portion(keys.len())) {
            self.queue(self.inner.shared.relaxed.take_of(portion)).await;
            tokio::time::sleep(relaxed::PAUSE).await;
        }
        self.inner.shared.marks.save(self.epoch_keeper());
    }

    async fn queue(&self, changes: Vec<(RelaxedKey, Box<dyn DynChange>)>) {
        for (key, change) in changes {
            let Some(sender) = self.lane_of(change.touches().first().map(|t| t.key)) else { return };
            let _ = sender.send(Pending::relaxed(key, change)).await;
        }
    }

    async fn submit(&self, change: Box<dyn DynChange>) -> Result<Committed<Output>> {
        if let Some(output) = self.known(change.as_ref()).await? {
            return Ok(Committed { output, duplicate: true });
        }
        let (reply, answer) = oneshot::channel();
        let pending = Pending::new(change, reply);
        let sender = self.lane_of(pending.home()).ok_or_else(|| Error::of(ErrorCode::ShuttingDown))?;
        sender.try_send(pending).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => Error::overloaded(Duration::from_secs(1)),
            mpsc::error::TrySendError::Closed(_) => Error::of(ErrorCode::ShuttingDown),
        })?;
        let lost = |_| {
            let code = ErrorCode::UnknownOutcome;
            Error::new(code, code.default_message()).with_retry_after(Duration::from_secs(1))
        };
        answer.await.map_err(lost)?
    }

    /// What this node has made of the same nonce lately, as it is now.
    async fn known(&self, change: &dyn DynChange) -> Result<Option<Output>> {
        let shared = &self.inner.shared;
        let (Some(nonce), Some(bulk)) = (change.nonce(), change.bulk()) else { return Ok(None) };
        if !shared.recent.knows(&nonce) {
            return Ok(None);
        }
        commit::known(&shared.db, shared.bulk(bulk)?.as_ref(), &nonce).await
    }

    fn lane_of(&self, home: Option<JournalKey>) -> Option<mpsc::Sender<Pending>> {
        let lanes = self.inner.lanes.read().expect("no panic while held");
        let mut hasher = DefaultHasher::new();
        home.hash(&mut hasher);
        let count = u64::try_from(lanes.len()).ok().filter(|n| *n > 0)?;
        lanes.get(usize::try_from(hasher.finish() % count).ok()?).cloned()
    }

    /// Names the code that writes changes of one type together. Done once, while composing.
    pub fn register_bulk(&self, name: &'static str, bulk: Arc<dyn Bulk>) {
        self.inner.shared.bulks.write().expect("no panic while held").insert(name, bulk);
    }

    /// The head of a journal, fresh from the database.
    pub async fn head(&self, key: JournalKey) -> Result<Option<Head>> {
        Ok(self.heads(&[key]).await?.remove(&key))
    }

    /// Heads of many journals with one query; missing ones do not exist.
    pub async fn heads(&self, keys: &[JournalKey]) -> Result<HashMap<JournalKey, Head>> {
        let (shared, reader) = (&self.inner.shared, self.db().reader());
        let mut heads = write::read_heads(self.db(), keys).await?;
        let is_behind = |heads: &HashMap<JournalKey, Head>, key: &JournalKey, known: i64| {
            heads.get(key).map_or(0, |head| head.version) < known
        };
        let known: Vec<(JournalKey, i64)> = keys.iter().filter_map(|key| Some((*key, shared.marks.known(*key)?))).collect();
        if known.iter().any(|(key, version)| is_behind(&heads, key, *version)) {
            // Another reader was faster and saw more. Only what is still lower when it is read again is lost.
            heads = write::read_heads(self.db(), keys).await?;
            if known.iter().any(|(key, version)| is_behind(&heads, key, *version)) {
                shared.look_back(reader).await?;
                return write::read_heads(self.db(), keys).await;
            }
        }
        for (key, head) in &heads {
            shared.marks.shown(*key, head.version);
        }
        Ok(heads)
    }

    pub(crate) fn marks(&self) -> &Marks {
        &self.inner.shared.marks
    }

    /// The journal epoch: every position anywhere is worth something only together with it.
    pub fn epoch(&self) -> Arc<str> {
        self.inner.shared.epoch.current()
    }

    /// The epoch's keeper, for those who notice that history went back.
    pub fn epoch_keeper(&self) -> &Epoch {
        &self.inner.shared.epoch
    }

    /// Generator of ids.
    pub fn ids(&self) -> &IdGenerator {
        &self.inner.shared.ids
    }

    /// Clock of this node.
    pub fn clock(&self) -> &Clock {
        &self.inner.shared.clock
    }

    /// Database.
    pub fn db(&self) -> &Db {
        &self.inner.shared.db
    }

    /// The bus.
    pub fn bus(&self) -> &Bus {
        &self.inner.shared.bus
    }

    /// Told by the poller: whether other nodes write to this database.
    pub fn set_peers(&self, peers: bool) {
        self.inner.shared.peers.store(peers, Ordering::Relaxed);
    }

    /// Commits what is queued, then refuses further changes.
    pub async fn shut_down(&self) {
        self.flush().await;
        self.inner.lanes.write().expect("no panic while held").clear();
        for task in self.inner.tasks.lock().await.drain(..) {
            let _ = task.await;
        }
        self.inner.shared.marks.save(self.epoch_keeper());
    }
}
