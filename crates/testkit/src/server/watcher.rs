//! A client of the gateway written from the protocol alone, which keeps what it sees and says what is wrong with it.
//!
//! It holds positions and messages as the protocol says, resumes with its vector after every disconnection, and notes
//! as a fault whatever the server must never do: a live event at or below the position, a gap between live events,
//! a number taken twice, a snapshot where the vector should have been accepted.

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use plexichat_client::Client;
use plexichat_model::{
    ChannelId, Event, JournalEvent, JournalKey, WorkspaceId,
    event::JournalKind,
    gateway::{ClientFrame, Level, ServerFrame, Subscription},
    message::MessageView,
    sync::{Changes, Snapshot, Vector},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpStream, task::JoinHandle};
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

/// What a watcher holds of a channel.
#[derive(Clone, Debug, Default)]
pub struct ChannelSeen {
    /// Position in the channel's journal.
    pub position: i64,
    /// Messages by number.
    pub messages: BTreeMap<i64, MessageView>,
    /// Numbers in the order in which they were first seen.
    pub order: Vec<i64>,
}

/// What a watcher has seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The journal epoch.
    pub epoch: String,
    /// Channels.
    pub channels: BTreeMap<ChannelId, ChannelSeen>,
    /// Positions in the other journals.
    pub others: BTreeMap<JournalKey, i64>,
    /// How often it was ready.
    pub connects: u32,
    /// How often its vector was accepted.
    pub resumes: u32,
    /// How often it was told to load everything, the first time included.
    pub snapshots: u32,
    /// How often the epoch changed under it.
    pub epochs: u32,
    /// Live events of channels.
    pub live: u64,
    /// What the server must never do, and did.
    pub faults: Vec<String>,
}

/// A watcher at work; stops when dropped.
#[derive(Debug)]
pub struct Watcher {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Watcher {
    /// Watches these channels as this person, from the beginning of their history, over any number of disconnections.
    pub fn start(client: &Client, channels: &[ChannelId]) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let watch = Watch { client: client.clone(), channels: channels.to_vec(), seen: Arc::clone(&seen) };
        Self { seen, task: plexichat_kernel::tasks::spawn("test watcher", watch.run()) }
    }

    /// What it has seen so far.
    pub fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    /// Looks at what it has seen without copying.
    pub fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&lock(&self.seen))
    }

    /// Waits until it holds exactly these messages of the channel.
    pub async fn wait_for(&self, channel: ChannelId, expected: &[MessageView], limit: Duration) -> Result<()> {
        let started = tokio::time::Instant::now();
        loop {
            let difference = self.look(|seen| difference(seen.channels.get(&channel), expected));
            let Some(difference) = difference else { return Ok(()) };
            if started.elapsed() > limit {
                bail!("a watcher of channel {channel} differs from the server: {difference}");
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn difference(held: Option<&ChannelSeen>, expected: &[MessageView]) -> Option<String> {
    let held = held?;
    if held.messages.len() != expected.len() {
        return Some(format!("{} messages instead of {} (position {})", held.messages.len(), expected.len(), held.position));
    }
    for message in expected {
        let Some(found) = held.messages.get(&message.number) else {
            return Some(format!("number {} is missing", message.number));
        };
        let same = found.id == message.id && found.version == message.version && found.text == message.text;
        if !same || found.author_id != message.author_id || found.deleted != message.deleted {
            return Some(format!("number {}: {found:?} instead of {message:?}", message.number));
        }
    }
    None
}

struct Watch {
    client: Client,
    channels: Vec<ChannelId>,
    seen: Arc<Mutex<Seen>>,
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Watch {
    async fn run(self) {
        loop {
            // Every way a connection ends leads to the next one; what matters is in `seen`.
            if let Err(error) = self.connection().await {
                tracing::debug!(%error, "a watcher connects again");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn connection(&self) -> Result<()> {
        let address = format!("{}/api/v1/gateway", self.client.address().replacen("http", "ws", 1));
        let builder = ClientBuilder::new().uri(&address)?;
        let (mut stream, _) = tokio::time::timeout(Duration::from_secs(5), builder.connect()).await??;
        let ServerFrame::Hello(hello) = next(&mut stream).await? else { bail!("the first frame is no hello") };
        let vector = self.vector();
        let resuming = vector.clone();
        write(&mut stream, &ClientFrame::Identify { token: self.client.token(), vector }).await?;
        let ServerFrame::Ready(ready) = next(&mut stream).await? else { bail!("the second frame is no ready") };
        {
            let mut seen = lock(&self.seen);
            seen.connects += 1;
            if ready.resumed {
                seen.resumes += 1;
            } else {
                match (&resuming, &ready.snapshot) {
                    (_, None) => seen.faults.push("neither resumed nor a snapshot".to_owned()),
                    (Some(vector), Some(_)) if vector.epoch == ready.epoch => {
                        seen.faults.push(format!("a vector of the same epoch was not accepted: {vector:?}"));
                    }
                    _ => {}
                }
                if let Some(snapshot) = &ready.snapshot {
                    seen.load(snapshot);
                }
            }
        }
        self.subscribe(&mut stream).await?;
        let mut beat = tokio::time::interval(Duration::from_millis(hello.heartbeat_ms.max(1_000) / 2));
        loop {
            tokio::select! {
                frame = next(&mut stream) => self.frame(frame?).await?,
                _ = beat.tick() => write(&mut stream, &ClientFrame::Ping {}).await?,
            }
        }
    }

    fn vector(&self) -> Option<Vector> {
        let seen = lock(&self.seen);
        if seen.epoch.is_empty() {
            return None;
        }
        let mut vector = Vector { epoch: seen.epoch.clone(), ..Vector::default() };
        for (key, position) in &seen.others {
            match key.kind {
                JournalKind::Instance => vector.instance = *position,
                JournalKind::User => vector.user = *position,
                JournalKind::Workspace => {
                    vector.workspaces.insert(WorkspaceId(key.id), *position);
                }
                JournalKind::Channel => {}
            }
        }
        vector.channels = seen.channels.iter().map(|(id, channel)| (*id, channel.position)).collect();
        Some(vector)
    }

    async fn subscribe(&self, stream: &mut Stream) -> Result<()> {
        let channels = {
            let mut seen = lock(&self.seen);
            let subscription = |id: &ChannelId| Subscription {
                channel_id: *id,
                level: Level::Open,
                after: Some(seen.channels.entry(*id).or_default().position),
            };
            self.channels.iter().map(subscription).collect()
        };
        write(stream, &ClientFrame::Subscribe { id: 1, channels }).await
    }

    async fn frame(&self, frame: ServerFrame) -> Result<()> {
        match frame {
            ServerFrame::Event(event) => lock(&self.seen).live_event(event),
            ServerFrame::Changes { journal, changes } => self.changes(journal, changes).await?,
            ServerFrame::Result(result) => {
                for change in result.changes {
                    self.changes(JournalKey::channel(change.channel_id), change.changes).await?;
                }
            }
            ServerFrame::Error { problem, .. } => bail!("refused: {problem:?}"),
            ServerFrame::Resync {} => bail!("told to resync"),
            ServerFrame::Reconnect { .. } => bail!("told to connect again"),
            ServerFrame::Hello(_) | ServerFrame::Ready(_) => lock(&self.seen).faults.push("a second hello or ready".to_owned()),
            ServerFrame::Badges { .. } | ServerFrame::Typing { .. } | ServerFrame::Presence { .. } | ServerFrame::Pong {} => {}
        }
        Ok(())
    }

    async fn changes(&self, journal: JournalKey, mut changes: Changes) -> Result<()> {
        loop {
            if changes.reset {
                return self.reload(journal, &changes).await;
            }
            let more = changes.more;
            let from = lock(&self.seen).apply(journal, changes);
            if !more {
                return Ok(());
            }
            let epoch = lock(&self.seen).epoch.clone();
            changes = self.client.get_changes(journal, from, &epoch).await.context("changes")?;
        }
    }

    /// Drops what is held of a journal and loads it anew.
    async fn reload(&self, journal: JournalKey, changes: &Changes) -> Result<()> {
        if lock(&self.seen).epoch != changes.epoch {
            bail!("the epoch changed");
        }
        if journal.kind != JournalKind::Channel {
            lock(&self.seen).others.insert(journal, changes.up_to);
            return Ok(());
        }
        let id = ChannelId(journal.id);
        let messages = super::all_messages(&self.client, id).await?;
        let mut seen = lock(&self.seen);
        let order = messages.iter().map(|message| message.number).collect();
        let messages = messages.into_iter().map(|message| (message.number, message)).collect();
        seen.channels.insert(id, ChannelSeen { position: changes.up_to, messages, order });
        Ok(())
    }
}

impl Seen {
    fn load(&mut self, snapshot: &Snapshot) {
        if !self.epoch.is_empty() && self.epoch != snapshot.epoch {
            self.epochs += 1;
        }
        self.snapshots += 1;
        self.epoch.clone_from(&snapshot.epoch);
        // Another history: nothing held is worth anything.
        self.channels.clear();
        self.others.clear();
        self.others.insert(JournalKey::INSTANCE, snapshot.instance_head);
        self.others.insert(JournalKey::user(snapshot.me.user.id), snapshot.user_head);
        for state in &snapshot.workspaces {
            self.others.insert(JournalKey::workspace(state.workspace.id), state.head);
        }
    }

    fn live_event(&mut self, event: JournalEvent) {
        let from = event.from_version.unwrap_or(event.version);
        let JournalKind::Channel = event.journal.kind else {
            let position = self.others.entry(event.journal).or_insert(from - 1);
            if from > *position + 1 {
                self.faults.push(format!("{}: live event {from} after {position}", event.journal));
            }
            *position = event.version.max(*position);
            return;
        };
        self.live += 1;
        let channel = self.channels.entry(ChannelId(event.journal.id)).or_default();
        let position = channel.position;
        if from != position + 1 {
            self.faults.push(format!("{}: live event {from} after {position}", event.journal));
        }
        channel.position = event.version.max(position);
        self.row(event);
    }

    /// Applies the events of an answer; the position is its `up_to`, unless live events have gone beyond.
    fn apply(&mut self, journal: JournalKey, changes: Changes) -> i64 {
        for event in changes.events {
            self.row(event);
        }
        let position = match journal.kind {
            JournalKind::Channel => &mut self.channels.entry(ChannelId(journal.id)).or_default().position,
            _ => self.others.entry(journal).or_default(),
        };
        *position = changes.up_to.max(*position);
        changes.up_to
    }

    fn row(&mut self, event: JournalEvent) {
        let (Event::MessageCreated { message, .. } | Event::MessageUpdated { message } | Event::MessageDeleted { message, .. }) =
            event.event
        else {
            return;
        };
        let channel = self.channels.entry(message.channel_id).or_default();
        match channel.messages.get_mut(&message.number) {
            None => {
                channel.order.push(message.number);
                channel.messages.insert(message.number, message);
            }
            Some(held) if held.id != message.id => {
                self.faults.push(format!("number {} was taken by {} and then by {}", message.number, held.id, message.id));
            }
            Some(held) if held.version <= message.version => *held = message,
            Some(_) => {}
        }
    }
}

async fn next(stream: &mut Stream) -> Result<ServerFrame> {
    loop {
        let message = stream.next().await.context("the connection ended")??;
        if let Some(text) = message.as_text() {
            return serde_json::from_str(text).with_context(|| format!("a frame that is none: {text}"));
        }
        if message.is_close() {
            bail!("closed: {:?}", message.as_close());
        }
    }
}

async fn write(stream: &mut Stream, frame: &ClientFrame) -> Result<()> {
    Ok(stream.send(Message::text(serde_json::to_string(frame)?)).await?)
}
