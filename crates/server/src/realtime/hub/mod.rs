//! Delivers journals to sockets: strictly in version order, to those who may read, each event encoded once.
//!
//! Journals are spread over shards by hash; a shard is one task with a bounded mailbox. A follower is first
//! *held* (its events are kept), then reads its past, then *started* at the position it reached: nothing is
//! lost and nothing comes twice. When the reading fails, it goes on as before. A change that may end access holds its
//! journal until the followers were asked for anew. Not here: sockets and frames of commands (`socket`), what events
//! mean (`features`).

mod badge;
mod crowd;
mod journals;
mod pump;
mod questions;
mod shard;
mod track;
mod watched;

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use plexichat_kernel::{Clock, Error, Result, Shutdown, Worker, tasks};
use plexichat_messaging::Messaging;
use plexichat_model::gateway::{CloseCode, Level};
use plexichat_model::permission::Role;
use plexichat_model::{JournalKey, UserId, WorkspaceId};
use tokio::sync::{Mutex, mpsc, oneshot};

pub(crate) use self::badge::{Interest, badge, merged};
use self::journals::Command;
use self::shard::Shard;
use super::encode::Frame;
use super::registry::Registry;
use super::socket::handle::Handle;

/// Commands that wait for a shard.
const MAILBOX: usize = 4096;
/// Shards at most; each has a worker's name.
const NAMES: [&str; 8] = ["hub_0", "hub_1", "hub_2", "hub_3", "hub_4", "hub_5", "hub_6", "hub_7"];

/// The way to the shards. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    shards: Arc<[mpsc::Sender<Command>]>,
}

impl Hub {
    /// A hub and the workers that run it.
    pub(crate) fn new(messaging: &Messaging, clock: &Clock, registry: &Arc<Registry>) -> (Self, Vec<Arc<dyn Worker>>) {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let names = &NAMES[..cores.min(NAMES.len())];
        let (senders, receivers): (Vec<_>, Vec<_>) = names.iter().map(|_| mpsc::channel(MAILBOX)).unzip();
        let hub = Self { shards: senders.into() };
        let mut workers: Vec<Arc<dyn Worker>> = Vec::new();
        for (name, mailbox) in names.iter().zip(receivers) {
            workers.push(Arc::new(ShardWorker {
                name,
                mailbox: Mutex::new((mailbox, false)),
                messaging: messaging.clone(),
                hub: hub.clone(),
                clock: clock.clone(),
                registry: Arc::clone(registry),
            }));
        }
        workers.push(Arc::new(pump::Pump { hub: hub.clone(), journal: messaging.journal().clone() }));
        (hub, workers)
    }

    /// Keeps the events of these journals for a socket from now on, until it is started. Nothing has happened when the
    /// answer is dropped.
    pub(crate) async fn hold(&self, socket: &Arc<Handle>, journals: Vec<(JournalKey, Interest)>) -> Held {
        let keys = journals.iter().map(|(key, _)| *key).collect();
        let answer = Held { hub: self.clone(), socket: socket.id, journals: keys };
        for (shard, journals) in self.split(journals, |(key, _)| *key) {
            let (done, held) = oneshot::channel();
            self.send(shard, Command::Hold { socket: Arc::clone(socket), journals, done }).await;
            // From here on nothing of these journals is queued. A shard that is gone holds nothing either.
            drop(held.await);
        }
        answer
    }

    async fn undo(&self, socket: u64, journals: Vec<JournalKey>) {
        for (shard, journals) in self.split(journals, |key| *key) {
            self.send(shard, Command::Undo { socket, journals }).await;
        }
    }

    /// The socket holds everything up to these positions.
    pub(crate) async fn start(&self, socket: u64, positions: Vec<(JournalKey, i64)>) {
        for (shard, positions) in self.split(positions, |(key, _)| *key) {
            self.send(shard, Command::Start { socket, positions }).await;
        }
    }

    /// The socket follows these no more.
    pub(crate) async fn end(&self, socket: u64, journals: Vec<JournalKey>) {
        for (shard, journals) in self.split(journals, |key| *key) {
            self.send(shard, Command::End { socket, journals }).await;
        }
    }

    /// Changes how much of a channel a socket wants.
    pub(crate) async fn set_level(&self, socket: u64, key: JournalKey, level: Level) {
        self.to(key, Command::SetLevel { socket, key, level }).await;
    }

    /// Somebody's membership of a workspace changed; no role: it ended.
    pub(crate) async fn member(&self, workspace: WorkspaceId, user: UserId, role: Option<Role>) {
        self.to_all(|| Command::Member { workspace, user, role }).await;
    }

    /// Somebody is typing: a frame for everybody else who shows the channel. Lost when the shard is busy.
    pub(crate) fn type_on(&self, key: JournalKey, who: UserId, frame: Frame) {
        drop(self.shards[self.shard_of(key)].try_send(Command::Typing { key, who, frame }));
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn shard_of(&self, key: JournalKey) -> usize {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        usize::try_from(hash % self.shards.len() as u64).unwrap_or(0)
    }

    fn split<T>(&self, items: Vec<T>, key: impl Fn(&T) -> JournalKey) -> Vec<(usize, Vec<T>)> {
        let mut parts: Vec<Vec<T>> = self.shards.iter().map(|_| Vec::new()).collect();
        for item in items {
            parts[self.shard_of(key(&item))].push(item);
        }
        parts.into_iter().enumerate().filter(|(_, part)| !part.is_empty()).collect()
    }

    async fn to(&self, key: JournalKey, command: Command) {
        self.send(self.shard_of(key), command).await;
    }

    async fn to_all(&self, command: impl Fn() -> Command) {
        for shard in 0..self.shards.len() {
            self.send(shard, command()).await;
        }
    }

    async fn send(&self, shard: usize, command: Command) {
        // A closed mailbox means that the server is stopping.
        drop(self.shards[shard].send(command).await);
    }
}

/// Journals that are held for a socket. Dropped, the socket follows what it followed before and from where it was, as
/// if nothing had been held.
#[derive(Debug)]
#[must_use = "dropped, nothing was held"]
pub(crate) struct Held {
    hub: Hub,
    socket: u64,
    journals: Vec<JournalKey>,
}

impl Held {
    /// The reading is done: the socket will be started where it got to.
    pub(crate) fn keep(mut self) {
        self.journals.clear();
    }

    /// The reading failed. What is held next comes after this.
    pub(crate) async fn undo(mut self) {
        self.hub.undo(self.socket, self.journals.clone()).await;
        self.journals.clear();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let journals = std::mem::take(&mut self.journals);
        if !journals.is_empty() {
            // Whoever read is gone in the middle, with the socket.
            let (hub, socket) = (self.hub.clone(), self.socket);
            tasks::spawn("hub_undo", async move { hub.undo(socket, journals).await });
        }
    }
}

struct ShardWorker {
    name: &'static str,
    /// The mailbox, and whether the shard ran before.
    mailbox: Mutex<(mpsc::Receiver<Command>, bool)>,
    messaging: Messaging,
    hub: Hub,
    clock: Clock,
    registry: Arc<Registry>,
}

#[async_trait::async_trait]
impl Worker for ShardWorker {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let mut held = self.mailbox.lock().await;
        if std::mem::replace(&mut held.1, true) {
            // Who followed what is lost: clients connect again and resume.
            self.registry.all().iter().for_each(|socket| socket.close(CloseCode::Internal));
        }
        Shard::new(self.messaging.clone(), self.hub.clone(), self.clock.clone()).run(&mut held.0, &shutdown).await;
        if shutdown.is_triggered() { Ok(()) } else { Err(Error::internal("a shard of the hub ended by itself")) }
    }
}
