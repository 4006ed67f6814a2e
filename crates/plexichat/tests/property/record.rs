//! A client that keeps what it was first given and every live event since.

use crate::counts::Recorded;
use anyhow::{Context as _, Result, bail, ensure};
use plexichat_client::{Client, MessagesAt, Replica};
use plexichat_kernel::tasks;
use plexichat_model::{
    ChannelId, JournalEvent, JournalKey,
    gateway::{ClientFrame, Level, ServerFrame, Subscription},
    message::MessageView,
    page::MessagePage,
    sync::Snapshot,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::mpsc;

/// The recording of one person.
pub(crate) struct Recorder {
    channel: ChannelId,
    snapshot: Snapshot,
    page: MessagePage,
    events: Vec<JournalEvent>,
    arriving: mpsc::Receiver<JournalEvent>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Recorder {
    /// Identifies, opens the channel, and records from then on.
    pub(crate) async fn start(client: &Client, channel: ChannelId) -> Result<Self> {
        let mut socket = client.gateway().await?;
        let ready = socket.identify(None).await?;
        let snapshot = *ready.snapshot.context("a first identify brings a snapshot")?;
        let page = client.list_messages(channel, MessagesAt::Newest, Some(200)).await?;
        let id = socket.next_id();
        let subscription = Subscription { channel_id: channel, level: Level::Open, after: Some(page.head.version) };
        socket.send(&ClientFrame::Subscribe { id, channels: vec![subscription] }).await?;
        let (sender, arriving) = mpsc::channel(4096);
        loop {
            match socket.next_frame().await? {
                ServerFrame::Result(result) if result.id == id => break,
                ServerFrame::Event(event) => sender.send(event).await?,
                ServerFrame::Error { problem, .. } => bail!("subscribe: {problem:?}"),
                _ => {}
            }
        }
        let task = tasks::spawn("recorder", async move {
            while let Ok(frame) = socket.next_frame().await {
                if let ServerFrame::Event(event) = frame
                    && sender.send(event).await.is_err()
                {
                    return;
                }
            }
        });
        Ok(Self { channel, snapshot, page, events: Vec::new(), arriving, task })
    }

    /// Waits until an event of this journal with at least this version has come; every version must come once.
    pub(crate) async fn wait_for(&mut self, key: JournalKey, version: i64) -> Result<()> {
        while self.events.iter().filter(|e| e.journal == key).map(|e| e.version).max().unwrap_or(self.first(key)) < version {
            let next = tokio::time::timeout(Duration::from_secs(10), self.arriving.recv()).await;
            let event = next.with_context(|| format!("{key} never reached {version}"))?.context("the socket ended")?;
            let last = self.events.iter().filter(|e| e.journal == event.journal).map(|e| e.version).max();
            if let Some(last) = last {
                ensure!(event.from_version.unwrap_or(event.version) == last + 1, "{} after {last} of {key}", event.version);
            }
            self.events.push(event);
        }
        Ok(())
    }

    fn first(&self, key: JournalKey) -> i64 {
        if key == JournalKey::channel(self.channel) { self.page.head.version } else { self.snapshot.user_head }
    }

    /// What was first given.
    pub(crate) fn before(&self) -> Replica {
        let mut replica = Replica::from_snapshot(self.snapshot.clone());
        replica.load_page(self.channel, self.page.clone());
        replica
    }

    /// What was first given and all events on top.
    pub(crate) fn replay(&self) -> Result<Replica> {
        let mut replica = self.before();
        for event in &self.events {
            let (outcome, _) = replica.apply(event);
            ensure!(!matches!(outcome, plexichat_client::replica::Outcome::Gap { .. }), "a gap before {event:?}");
        }
        Ok(replica)
    }

    /// Checks the count of mentions after every event.
    pub(crate) fn check_counts(&self, seed: u64) -> Result<()> {
        let recorded = Recorded { channel: self.channel, me: self.snapshot.me.user.id, events: &self.events };
        recorded.check(&self.before(), seed)
    }

    /// Writes the case for the web client's reducers, when asked to.
    pub(crate) async fn write_fixture(&self, nth: usize, client: &Client, channel: ChannelId) -> Result<()> {
        let Some(directory) = crate::setting("PLEXICHAT_WRITE_FIXTURES") else { return Ok(()) };
        if self.events.len() > 150 {
            return Ok(());
        }
        let pages = |page: &MessagePage| BTreeMap::from([(channel, page.clone())]);
        let only = |mut snapshot: Snapshot| {
            snapshot.channels.retain(|state| state.channel.id == channel);
            snapshot
        };
        let page = client.list_messages(channel, MessagesAt::Newest, Some(200)).await?;
        let after = client.get_snapshot().await?;
        let fixture = serde_json::json!({
            "name": format!("random operations of two people, case {nth}"),
            "me": self.snapshot.me.user.id,
            "before": { "snapshot": only(self.snapshot.clone()), "pages": pages(&self.page) },
            "events": self.events,
            "after": { "snapshot": only(after), "pages": pages(&page) },
        });
        std::fs::create_dir_all(&directory)?;
        let file = std::path::Path::new(&directory).join(format!("case-{nth}.json"));
        Ok(std::fs::write(file, format!("{}\n", serde_json::to_string_pretty(&fixture)?))?)
    }
}

/// The state as somebody has it who comes now.
pub(crate) async fn load(client: &Client, channel: ChannelId) -> Result<Replica> {
    let mut replica = Replica::from_snapshot(client.get_snapshot().await?);
    replica.load_page(channel, client.list_messages(channel, MessagesAt::Newest, Some(200)).await?);
    Ok(replica)
}

/// Whether two replicas hold the same of a channel.
pub(crate) fn compare(got: &Replica, wanted: &Replica, channel: ChannelId) -> Result<()> {
    let state = |replica: &Replica| replica.channel(channel).cloned();
    ensure!(state(got) == state(wanted), "channel state\n got    {:?}\n wanted {:?}", state(got), state(wanted));
    let timeline = |replica: &Replica| replica.timeline(channel).map(comparable).collect::<Vec<_>>();
    for (got, wanted) in timeline(got).iter().zip(timeline(wanted)) {
        ensure!(*got == wanted, "message\n got    {got:?}\n wanted {wanted:?}");
    }
    ensure!(timeline(got).len() == timeline(wanted).len(), "{} messages, {} wanted", timeline(got).len(), timeline(wanted).len());
    Ok(())
}

/// Order of reactions and of people in them is that of their rows; a replica that saw them go and come may differ.
fn comparable(message: &MessageView) -> MessageView {
    let mut message = message.clone();
    if let Some(list) = &mut message.reactions {
        for reaction in list.iter_mut() {
            reaction.user_ids.sort_unstable();
        }
        list.sort_by(|a, b| a.emoji.cmp(&b.emoji));
    }
    message
}
