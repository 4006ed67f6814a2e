//! One shard of the hub: a part of the journals, their order and their followers, in one task.
//!
//! The task never waits for the database: questions run beside it, a journal is held until its answer is in,
//! all others go on. Bounded: the mailbox, the questions under way, the events that wait per journal.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use plexichat_auth::Auth;
use plexichat_kernel::{Clock, Result, Shutdown};
use plexichat_messaging::Messaging;
use plexichat_model::gateway::Level;
use plexichat_model::permission::Role;
use plexichat_model::{Event, JournalEvent, JournalKey, UserId, WorkspaceId, limits};
use tokio::sync::{mpsc, oneshot};

use super::questions::{Answer, Gap, Question, ask};
use super::track::Step;
use super::watched::{Interest, Watched};
use crate::realtime::socket::handle::Handle;

/// Questions under way at once; more would only queue for the database's connections.
const MOST_ASKED: usize = 8;
/// Badges are shown this often.
const BADGES: Duration = Duration::from_secs(1);
/// Pause after a failed reading.
const RETRY: Duration = Duration::from_secs(1);
/// A gap wider than this is not read: followers load anew.
const WIDEST_GAP: i64 = 5 * limits::CHANGES_WINDOW;
/// Commands taken from the mailbox at once.
const BATCH: usize = 64;

/// What a shard is told.
#[derive(Debug)]
pub(super) enum Command {
    Hold { socket: Arc<Handle>, journals: Vec<(JournalKey, Interest)>, done: oneshot::Sender<()> },
    Start { socket: u64, positions: Vec<(JournalKey, i64)> },
    End { socket: u64, journals: Vec<JournalKey> },
    SetLevel { socket: u64, key: JournalKey, level: Level },
    Member { workspace: WorkspaceId, user: UserId, role: Option<Role> },
    Expel { key: JournalKey, user: UserId },
    Committed { events: Vec<Arc<JournalEvent>> },
    Advanced { key: JournalKey, version: i64 },
    Lagged,
    Void,
    Whisper { key: JournalKey, except: UserId, frame: Bytes },
}

/// State of one shard.
pub(super) struct Shard {
    messaging: Messaging,
    auth: Auth,
    clock: Clock,
    watched: HashMap<JournalKey, Watched>,
    asked: FuturesUnordered<BoxFuture<'static, Answer>>,
    to_ask: VecDeque<Question>,
    deadlines: BTreeSet<(Duration, JournalKey)>,
    with_badges: Vec<JournalKey>,
}

impl Shard {
    pub(super) fn new(messaging: Messaging, auth: Auth, clock: Clock) -> Self {
        Self {
            messaging,
            auth,
            clock,
            watched: HashMap::new(),
            asked: FuturesUnordered::new(),
            to_ask: VecDeque::new(),
            deadlines: BTreeSet::new(),
            with_badges: Vec::new(),
        }
    }

    /// Works until the signal.
    pub(super) async fn run(&mut self, mailbox: &mut mpsc::Receiver<Command>, shutdown: &Shutdown) {
        let mut commands = Vec::with_capacity(BATCH);
        let mut badges = tokio::time::interval(BADGES);
        badges.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let due = self.deadlines.first().map(|(due, _)| *due);
            tokio::select! {
                biased;
                () = shutdown.triggered() => return,
                Some(answer) = self.asked.next(), if !self.asked.is_empty() => self.learn(answer),
                count = mailbox.recv_many(&mut commands, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    commands.drain(..).for_each(|command| self.obey(command));
                }
                () = sleep_until(&self.clock, due), if due.is_some() => self.look_at_due(),
                _ = badges.tick() => self.show_badges(),
            }
            self.ask_more();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Hold { socket, journals, done } => {
                for (key, interest) in journals {
                    self.watched.entry(key).or_insert_with(|| Watched::new(key)).hold(&socket, interest);
                }
                // Who asked may be gone.
                let _ = done.send(());
            }
            Command::Start { socket, positions } => {
                for (key, after) in positions {
                    if let Some(watched) = self.watched.get_mut(&key) {
                        watched.start(socket, after);
                        self.advance(key);
                    }
                }
            }
            Command::End { socket, journals } => {
                for key in journals {
                    self.end(key, |handle| handle.id == socket);
                }
            }
            Command::SetLevel { socket, key, level } => self.with(key, |watched| watched.set_level(socket, level)),
            Command::Member { workspace, user, role } => self.member(workspace, user, role),
            Command::Expel { key, user } => self.end(key, |handle| handle.user == user),
            Command::Committed { events } => self.take(events),
            Command::Advanced { key, version } => {
                if let Some(watched) = self.watched.get_mut(&key) {
                    watched.track.hint(version);
                    self.advance(key);
                }
            }
            Command::Lagged => {
                let keys: Vec<JournalKey> = self.watched.keys().copied().collect();
                self.to_ask.extend(keys.chunks(500).map(|keys| Question::Heads { keys: keys.to_vec() }));
            }
            Command::Void => self.watched.drain().for_each(|(_, mut watched)| watched.lose(|_| true)),
            Command::Whisper { key, except, frame } => self.with(key, |watched| watched.whisper(&frame, except)),
        }
    }

    fn with(&mut self, key: JournalKey, act: impl FnOnce(&mut Watched)) {
        if let Some(watched) = self.watched.get_mut(&key) {
            act(watched);
        }
    }

    fn end(&mut self, key: JournalKey, ends: impl Fn(&Handle) -> bool) {
        self.with(key, |watched| watched.end(ends));
        if self.watched.get(&key).is_some_and(Watched::is_empty) {
            self.watched.remove(&key);
        }
    }

    fn take(&mut self, events: Vec<Arc<JournalEvent>>) {
        let mut last = None;
        for event in events {
            let key = event.journal;
            if last != Some(key)
                && let Some(last) = last.replace(key)
            {
                self.advance(last);
            }
            self.with(key, |watched| watched.track.push(event));
        }
        if let Some(last) = last {
            self.advance(last);
        }
    }

    /// Hands out what can be handed out of a journal.
    fn advance(&mut self, key: JournalKey) {
        let now = self.clock.monotonic();
        while let Some(watched) = self.watched.get_mut(&key) {
            if watched.readers.is_none()
                && let Some(event) =
                    watched.track.peek().and_then(|events| events.iter().find(|event| !Auth::is_for_all_followers(event)))
            {
                let question = Question::Readers { event: Arc::clone(event), people: watched.people() };
                watched.track.hold();
                self.to_ask.push_back(question);
                return;
            }
            match watched.track.step(now) {
                Step::Deliver(events) => {
                    let readers = watched.readers.take();
                    let mut has_badges = false;
                    for event in &events {
                        has_badges |= watched.deliver(event, if Auth::is_for_all_followers(event) { &None } else { &readers });
                    }
                    remove(watched, &events);
                    let people = concerned(watched, &events);
                    if has_badges && !self.with_badges.contains(&key) {
                        self.with_badges.push(key);
                    }
                    if !people.is_empty() {
                        watched.track.hold();
                        self.to_ask.push_back(Question::Followers { key, people });
                        return;
                    }
                }
                Step::Read { after, up_to } if up_to - after > WIDEST_GAP => {
                    let known = watched.track.known();
                    watched.track.release();
                    watched.track.jump(known);
                    watched.lose(|_| true);
                }
                Step::Read { after, up_to } => {
                    let up_to = up_to.min(after + limits::CHANGES_WINDOW);
                    metrics::counter!("plexichat_hub_gap_reads_total").increment(1);
                    let people = watched.people();
                    self.to_ask.push_back(Question::Gap { key, after, up_to, people });
                    return;
                }
                Step::Wait(due) => {
                    self.deadlines.insert((due, key));
                    return;
                }
                Step::Rest => break,
            }
        }
        if self.watched.get(&key).is_some_and(Watched::is_empty) {
            self.watched.remove(&key);
        }
    }

    fn ask_more(&mut self) {
        while self.asked.len() < MOST_ASKED
            && let Some(question) = self.to_ask.pop_front()
        {
            self.asked.push(Box::pin(ask(self.messaging.clone(), self.auth.clone(), question)));
        }
    }

    fn learn(&mut self, answer: Answer) {
        match answer {
            Answer::Gap { key, after, people, outcome } => self.learn_gap(key, after, &people, outcome),
            Answer::Readers { key, outcome } => {
                self.with(key, |watched| match outcome {
                    Ok(readers) => watched.readers = Some(Arc::new(readers)),
                    Err(_) => watched.lose(|_| true),
                });
                self.go_on(key);
            }
            Answer::Followers { key, people, outcome } => {
                self.with(key, |watched| match outcome {
                    Ok(allowed) => watched.end(|handle| people.contains(&handle.user) && !allowed.contains(&handle.user)),
                    // Not knowing is not being allowed; who is allowed comes back by identifying anew.
                    Err(_) => watched.lose(|handle| people.contains(&handle.user)),
                });
                self.go_on(key);
            }
            Answer::Heads { outcome } => match outcome {
                Ok(heads) => {
                    for (key, head) in heads {
                        self.obey(Command::Advanced { key, version: head.version });
                    }
                }
                Err(_) => self.obey(Command::Void),
            },
        }
    }

    fn learn_gap(&mut self, key: JournalKey, after: i64, people: &[UserId], outcome: Result<Gap>) {
        let now = self.clock.monotonic();
        let Some(watched) = self.watched.get_mut(&key) else { return };
        let read = outcome.as_ref().ok().and_then(|gap| gap.events.last()).map(|event| event.version);
        match (outcome, read) {
            (Ok(gap), Some(up_to)) if up_to > after => {
                watched.end(|handle| people.contains(&handle.user) && !gap.allowed.contains(&handle.user));
                watched.track.fill(gap.events, key, up_to);
                self.go_on(key);
            }
            (outcome, _) => {
                tracing::warn!(%key, after, error = ?outcome.err(), "a gap could not be read; trying again");
                watched.track.defer(now, RETRY);
                self.deadlines.insert((now + RETRY, key));
            }
        }
    }

    /// Somebody's membership of a workspace changed: who left follows none of its channels from here on, whose
    /// role changed is asked about.
    fn member(&mut self, workspace: WorkspaceId, user: UserId, role: Option<Role>) {
        let concerned = |watched: &&mut Watched| watched.workspace == Some(workspace) && watched.has(user);
        let mut held = Vec::new();
        for watched in self.watched.values_mut().filter(|watched| concerned(watched)) {
            match role {
                None => watched.end(|handle| handle.user == user),
                Some(role) => {
                    watched.set_role(user, role);
                    watched.track.hold();
                    held.push(watched.key);
                }
            }
        }
        self.to_ask.extend(held.into_iter().map(|key| Question::Followers { key, people: vec![user] }));
        self.watched.retain(|_, watched| !watched.is_empty());
    }

    fn go_on(&mut self, key: JournalKey) {
        self.with(key, |watched| watched.track.release());
        self.advance(key);
    }

    fn look_at_due(&mut self) {
        let now = self.clock.monotonic();
        while let Some(first) = self.deadlines.first().copied().filter(|(due, _)| *due <= now) {
            self.deadlines.remove(&first);
            self.advance(first.1);
        }
    }

    fn show_badges(&mut self) {
        for key in std::mem::take(&mut self.with_badges) {
            self.with(key, Watched::show_badges);
        }
    }
}

/// Ends the following of those whom these events remove: they got the version itself, and look again only by asking.
fn remove(watched: &mut Watched, events: &[Arc<JournalEvent>]) {
    for event in events {
        match &event.event {
            Event::ChannelMemberUpdated { member, .. } if member.removed => watched.end(|handle| handle.user == member.user_id),
            Event::WorkspaceMemberUpdated { member, .. } if member.removed => watched.end(|handle| handle.user == member.user_id),
            _ => {}
        }
    }
}

/// Who must be asked about, because these events may have ended their access.
fn concerned(watched: &Watched, events: &[Arc<JournalEvent>]) -> Vec<UserId> {
    let changes =
        |event: &Arc<JournalEvent>| matches!(event.event, Event::OverridesUpdated { .. } | Event::ChannelUpdated { .. });
    if events.iter().any(changes) { watched.people() } else { Vec::new() }
}

async fn sleep_until(clock: &Clock, due: Option<Duration>) {
    match due {
        Some(due) => tokio::time::sleep(due.saturating_sub(clock.monotonic()).max(Duration::from_millis(1))).await,
        None => std::future::pending().await,
    }
}
