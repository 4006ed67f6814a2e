//! A replica that is kept true: connects, resumes, repairs gaps, loads what events ask for.
//!
//! [`Follower::next`] is the whole machine: each call does the next thing that is due (connect, catch up, load a
//! channel, read a frame) and answers what changed. It may be cancelled at any time: what was begun is still due.
//! After a disconnection it comes back by the vector held, with a pause that doubles up to half a minute; only a
//! refusal of the person (signed out, suspended) ends it. Sends go through [`Client::send_message`], whose nonce
//! makes them happen once whatever breaks.

use crate::{
    Client, ClientError, MessagesAt, Replica, Result, Socket,
    replica::{Caught, Effect, Outcome},
};
use plexichat_kernel::tasks::Backoff;
use plexichat_model::{
    ChannelId, ErrorKind, JournalEvent, JournalKey, JournalKind, MessageId, SessionId, UserId, WorkspaceId,
    gateway::{ClientFrame, CommandResult, Level, PresenceUpdate, ServerFrame, Subscription},
    limits,
    sync::Changes,
};
use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Joined channels asked for in one step.
const STATES: usize = 200;

/// What changed.
#[derive(Debug)]
pub enum Update {
    /// Connected. The replica is complete once this was said; `resumed`: it goes on where it was.
    Connected {
        /// Whether nothing had to be loaded anew.
        resumed: bool,
    },
    /// An event is in the replica.
    Event(Box<JournalEvent>),
    /// Something was loaded: a channel was opened, joined or had to be read again.
    Loaded(ChannelId),
    /// Counters of channels moved.
    Badges(Vec<ChannelId>),
    /// A channel is no longer the person's.
    Dropped(ChannelId),
    /// Somebody is typing.
    Typing {
        /// Where.
        channel_id: ChannelId,
        /// In which thread.
        thread_id: Option<MessageId>,
        /// Who.
        user_id: UserId,
    },
    /// Presence that changed.
    Presence(Vec<PresenceUpdate>),
    /// A session of the person ended.
    SessionEnded(SessionId),
    /// The connection is gone; it is tried again after the pause.
    Disconnected {
        /// Why.
        error: ClientError,
        /// When it is tried again.
        pause: Duration,
    },
}

/// What is due before the next frame is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// Joined channels beyond the snapshot, after this one.
    States(Option<ChannelId>),
    CatchUp(JournalKey),
    Channel(ChannelId),
    Workspace(WorkspaceId),
    Account,
    /// The newest page of an opened channel.
    Page(ChannelId),
    Subscribe(ChannelId),
    Unsubscribe(ChannelId),
    Announce(bool),
}

/// A replica that follows the server.
pub struct Follower {
    client: Client,
    replica: Option<Replica>,
    socket: Option<Socket>,
    open: BTreeSet<ChannelId>,
    due: VecDeque<Due>,
    said: VecDeque<Update>,
    pauses: Backoff,
    retry_at: Option<Instant>,
    /// Subscriptions not answered yet, by command id.
    asked: Vec<(u64, ChannelId)>,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower")
            .field("client", &self.client)
            .field("open", &self.open)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}

impl Follower {
    /// A follower that connects at the first [`Follower::next`].
    pub fn new(client: Client) -> Self {
        Self {
            client,
            replica: None,
            socket: None,
            open: BTreeSet::new(),
            due: VecDeque::new(),
            said: VecDeque::new(),
            pauses: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
            retry_at: None,
            asked: Vec::new(),
        }
    }

    /// A follower that goes on from a state held before.
    pub fn resume(client: Client, replica: Replica) -> Self {
        let open = replica.opened_ids().collect();
        Self { replica: Some(replica), open, ..Self::new(client) }
    }

    /// The client it asks with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The state; `None` before the first connection.
    pub fn replica(&self) -> Option<&Replica> {
        self.replica.as_ref()
    }

    /// Wants every event of a channel, with its messages. False when 20 channels are open already.
    pub fn open(&mut self, id: ChannelId) -> bool {
        if self.open.len() >= limits::OPEN_CHANNELS && !self.open.contains(&id) {
            return false;
        }
        if self.open.insert(id) && self.socket.is_some() {
            self.plan(Due::Page(id));
            self.plan(Due::Subscribe(id));
        }
        true
    }

    /// Wants counters of a channel alone again.
    pub fn close(&mut self, id: ChannelId) {
        if self.open.remove(&id) {
            self.replica.iter_mut().for_each(|replica| replica.close(id));
            self.plan(Due::Unsubscribe(id));
        }
    }

    /// Drops the connection; the next [`Follower::next`] makes another and resumes.
    pub fn disconnect(&mut self) {
        self.socket = None;
        self.asked.clear();
    }

    /// Does what is due until something changed. Fails only when coming back is of no use.
    pub async fn next(&mut self) -> Result<Update> {
        loop {
            if let Some(update) = self.said.pop_front() {
                return Ok(update);
            }
            if let Err(error) = self.step().await {
                self.lose(error)?;
            }
        }
    }

    async fn step(&mut self) -> Result<()> {
        if self.socket.is_none() {
            return self.connect().await;
        }
        if let Some(due) = self.due.front().copied() {
            // Only now: a cancelled attempt leaves it due.
            if self.carry_out(due).await? {
                self.due.pop_front();
            }
            return Ok(());
        }
        let Some(socket) = self.socket.as_mut() else { return Ok(()) };
        let frame = socket.next_frame().await?;
        self.take(frame)
    }

    async fn connect(&mut self) -> Result<()> {
        if let Some(at) = self.retry_at {
            sleep_until(at).await;
        }
        let mut socket = self.client.gateway().await?;
        let vector = self.replica.as_ref().map(Replica::vector);
        let ready = socket.identify(vector).await?;
        let resumed = ready.resumed && self.replica.as_ref().is_some_and(|replica| replica.epoch() == ready.epoch);
        if !resumed {
            let snapshot = match ready.snapshot {
                Some(snapshot) => *snapshot,
                None => self.client.get_snapshot().await?,
            };
            self.due.clear();
            if snapshot.more_channels {
                self.due.push_back(Due::States(None));
            }
            self.replica = Some(Replica::from_snapshot(snapshot));
        }
        for id in self.open.clone() {
            if self.replica.as_ref().is_some_and(|replica| replica.opened(id).is_none()) {
                self.plan(Due::Page(id));
            }
            self.plan(Due::Subscribe(id));
        }
        self.plan(Due::Announce(resumed));
        self.socket = Some(socket);
        self.retry_at = None;
        self.pauses.reset();
        Ok(())
    }

    /// Notes why the connection is gone and when to come back.
    fn lose(&mut self, error: ClientError) -> Result<()> {
        self.disconnect();
        if matches!(error, ClientError::EpochChanged) {
            self.replica = None;
        } else if !error.is_temporary() {
            return Err(error);
        }
        let pause = self.pauses.next_delay().max(error.retry_after().unwrap_or_default());
        self.retry_at = Some(Instant::now() + pause);
        self.said.push_back(Update::Disconnected { error, pause });
        Ok(())
    }

    fn plan(&mut self, due: Due) {
        if !self.due.contains(&due) {
            self.due.push_back(due);
        }
    }

    /// Answers whether it is done.
    async fn carry_out(&mut self, due: Due) -> Result<bool> {
        match due {
            Due::States(after) => self.load_states(after).await?,
            Due::CatchUp(key) => return self.catch_up(key).await,
            Due::Channel(id) => {
                let state = self.client.get_channel(id).await;
                if let Some(state) = self.unless_gone(id, state)? {
                    self.replica.iter_mut().for_each(|replica| replica.put_channel_state(state.clone()));
                    self.said.push_back(Update::Loaded(id));
                }
            }
            Due::Workspace(id) => self.load_workspace(id).await?,
            Due::Account => {
                let me = self.client.get_me().await?;
                self.replica.iter_mut().for_each(|replica| replica.put_me(me.clone()));
            }
            Due::Page(id) => {
                let page = self.client.list_messages(id, MessagesAt::Newest, None).await;
                if let Some(page) = self.unless_gone(id, page)? {
                    self.replica.iter_mut().for_each(|replica| replica.load_page(id, page.clone()));
                    self.said.push_back(Update::Loaded(id));
                }
            }
            Due::Subscribe(id) => self.subscribe(id, Level::Open).await?,
            Due::Unsubscribe(id) => self.subscribe(id, Level::Badge).await?,
            Due::Announce(resumed) => self.said.push_back(Update::Connected { resumed }),
        }
        Ok(true)
    }

    /// What the person may no longer see is dropped instead of being a failure.
    fn unless_gone<T>(&mut self, id: ChannelId, answer: Result<T>) -> Result<Option<T>> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if matches!(error.kind(), Some(ErrorKind::NotFound | ErrorKind::Forbidden)) => {
                self.drop_channel(id);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn drop_channel(&mut self, id: ChannelId) {
        self.open.remove(&id);
        self.replica.iter_mut().for_each(|replica| drop(replica.drop_channel(id)));
        self.said.push_back(Update::Dropped(id));
    }

    async fn load_states(&mut self, after: Option<ChannelId>) -> Result<()> {
        let states = self.client.list_channel_states(after, Some(STATES)).await?;
        let last = states.channels.last().map(|state| state.channel.id);
        for state in states.channels {
            self.replica.iter_mut().for_each(|replica| replica.put_channel_state(state.clone()));
        }
        if states.more && last.is_some() {
            // Behind the one that is just being finished.
            self.due.insert(1.min(self.due.len()), Due::States(last));
        }
        Ok(())
    }

    async fn load_workspace(&mut self, id: WorkspaceId) -> Result<()> {
        match self.client.get_workspace(id).await {
            Ok(state) => self.replica.iter_mut().for_each(|replica| replica.put_workspace_state(state.clone())),
            Err(error) if matches!(error.kind(), Some(ErrorKind::NotFound | ErrorKind::Forbidden)) => {
                let effects = self.replica.as_mut().map(|replica| replica.drop_workspace(id)).unwrap_or_default();
                self.follow_up(effects);
            }
            Err(error) => return Err(error),
        }
        // What the role allows decides what each of its channels allows.
        let replica = self.replica.as_ref();
        let inside: Vec<ChannelId> = replica
            .into_iter()
            .flat_map(Replica::channels)
            .filter(|state| state.channel.workspace_id == Some(id))
            .map(|state| state.channel.id)
            .collect();
        for id in inside {
            self.plan(Due::Channel(id));
        }
        Ok(())
    }

    /// Asks what a gap hides, one window at a time; answers whether it is closed.
    async fn catch_up(&mut self, key: JournalKey) -> Result<bool> {
        let Some(replica) = &self.replica else { return Ok(true) };
        let Some(after) = replica.position(key) else { return Ok(true) };
        let answer = self.client.get_changes(key, after, replica.epoch()).await;
        let changes = match (key.kind, answer) {
            (JournalKind::Channel, answer) => self.unless_gone(ChannelId(key.id), answer)?,
            (_, answer) => Some(answer?),
        };
        match changes {
            Some(changes) => Ok(!self.take_changes(key, changes)?),
            None => Ok(true),
        }
    }

    async fn subscribe(&mut self, id: ChannelId, level: Level) -> Result<()> {
        let wanted = self.open.contains(&id) == (level == Level::Open);
        let after = self.replica.as_ref().and_then(|replica| replica.position(JournalKey::channel(id)));
        let Some(socket) = self.socket.as_mut().filter(|_| wanted) else { return Ok(()) };
        let command = socket.next_id();
        let after = after.filter(|_| level == Level::Open);
        let channels = vec![Subscription { channel_id: id, level, after }];
        socket.send(&ClientFrame::Subscribe { id: command, channels }).await?;
        self.asked.retain(|(_, asked)| *asked != id);
        self.asked.push((command, id));
        Ok(())
    }

    fn take(&mut self, frame: ServerFrame) -> Result<()> {
        match frame {
            ServerFrame::Event(event) => self.take_event(event),
            ServerFrame::Changes { journal, changes } => {
                if self.take_changes(journal, changes)? {
                    self.plan(Due::CatchUp(journal));
                }
            }
            ServerFrame::Badges { channels } => {
                if let Some(replica) = self.replica.as_mut() {
                    let effects = channels.iter().flat_map(|badge| replica.apply_badge(badge)).collect();
                    self.follow_up(effects);
                }
                self.said.push_back(Update::Badges(channels.into_iter().map(|badge| badge.channel_id).collect()));
            }
            ServerFrame::Typing { channel_id, thread_id, user_id } => {
                self.said.push_back(Update::Typing { channel_id, thread_id, user_id });
            }
            ServerFrame::Presence { updates } => self.said.push_back(Update::Presence(updates)),
            ServerFrame::Result(result) => self.take_result(result)?,
            ServerFrame::Error { id, problem } => {
                let asked = self.asked.iter().position(|(command, _)| Some(*command) == id);
                let error = ClientError::refused(problem);
                match asked.map(|at| self.asked.swap_remove(at).1) {
                    Some(channel) => drop(self.unless_gone(channel, Err::<(), _>(error))?),
                    None => return Err(error),
                }
            }
            ServerFrame::Resync {} => {
                let reason = "this client was too slow".to_owned();
                return Err(ClientError::Closed { code: plexichat_model::gateway::CloseCode::TooSlow.number(), reason });
            }
            ServerFrame::Reconnect { after_ms } => {
                let pause = Duration::from_millis(after_ms);
                self.disconnect();
                self.retry_at = Some(Instant::now() + pause);
                let code = plexichat_model::gateway::CloseCode::GoingAway;
                let error = ClientError::Closed { code: code.number(), reason: code.describe().to_owned() };
                self.said.push_back(Update::Disconnected { error, pause });
            }
            ServerFrame::Hello(_) | ServerFrame::Ready(_) | ServerFrame::Pong {} => {}
        }
        Ok(())
    }

    fn take_event(&mut self, event: JournalEvent) {
        let Some(replica) = self.replica.as_mut() else { return };
        let (outcome, effects) = replica.apply(&event);
        match outcome {
            Outcome::Applied => {
                self.follow_up(effects);
                self.said.push_back(Update::Event(Box::new(event)));
            }
            Outcome::Gap { .. } => self.plan(Due::CatchUp(event.journal)),
            Outcome::Known | Outcome::NotFollowed => {}
        }
    }

    /// Answers whether more has to be asked for.
    fn take_changes(&mut self, key: JournalKey, changes: Changes) -> Result<bool> {
        let Some(replica) = self.replica.as_mut() else { return Ok(false) };
        let (caught, effects) = replica.apply_changes(key, &changes);
        self.follow_up(effects);
        match caught {
            Caught::Reset if key.kind == JournalKind::Channel => {
                self.plan(Due::Channel(ChannelId(key.id)));
                self.plan(Due::Page(ChannelId(key.id)));
                self.plan(Due::Subscribe(ChannelId(key.id)));
                return Ok(false);
            }
            // Nothing less than a snapshot says who is in what.
            Caught::Reset | Caught::EpochChanged => return Err(ClientError::EpochChanged),
            Caught::Up | Caught::More { .. } => {}
        }
        self.said.extend(changes.events.into_iter().map(|event| Update::Event(Box::new(event))));
        Ok(matches!(caught, Caught::More { .. }))
    }

    fn take_result(&mut self, result: CommandResult) -> Result<()> {
        self.asked.retain(|(command, _)| *command != result.id);
        for opened in result.changes {
            let key = JournalKey::channel(opened.channel_id);
            if self.take_changes(key, opened.changes)? {
                self.plan(Due::CatchUp(key));
            }
        }
        Ok(())
    }

    fn follow_up(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::LoadChannel(id) => self.plan(Due::Channel(id)),
                Effect::ChannelDropped(id) => {
                    self.open.remove(&id);
                    self.said.push_back(Update::Dropped(id));
                }
                Effect::LoadWorkspace(id) => self.plan(Due::Workspace(id)),
                Effect::WorkspaceDropped(_) => {}
                Effect::LoadAccount => self.plan(Due::Account),
                Effect::SessionEnded(id) => self.said.push_back(Update::SessionEnded(id)),
            }
        }
    }
}
