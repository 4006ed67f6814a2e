//! The journals of one shard: their order, their followers, and what must be asked before they go on.
//!
//! Waits for nothing and asks nothing itself: commands and answers go in, questions come out, so that a test can give
//! them in any order. Whoever is held later than a question was asked is not touched by its answer: its right is proven
//! by itself. Not here: who runs it (`shard`), the database (`questions`).

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use plexichat_auth::Auth;
use plexichat_kernel::{Clock, Result};
use plexichat_model::gateway::Level;
use plexichat_model::permission::Role;
use plexichat_model::{ChannelId, Event, JournalEvent, JournalKey, JournalKind, UserId, WorkspaceId, limits};
use tokio::sync::oneshot;

use super::badge::Interest;
use super::questions::{About, Answer, Gap, Question};
use super::track::Step;
use super::watched::{Turn, Watched};
use crate::realtime::encode::Frame;
use crate::realtime::socket::handle::Handle;

/// Pause after a failed reading.
const RETRY: Duration = Duration::from_secs(1);
/// A gap wider than this is not read: followers load anew.
const WIDEST_GAP: i64 = 5 * limits::CHANGES_WINDOW;
/// How long a count of members is good.
const COUNTED: Duration = Duration::from_mins(10);

/// What a shard is told.
#[derive(Debug)]
pub(super) enum Command {
    Hold { socket: Arc<Handle>, journals: Vec<(JournalKey, Interest)>, done: oneshot::Sender<()> },
    Start { socket: u64, positions: Vec<(JournalKey, i64)> },
    Undo { socket: u64, journals: Vec<JournalKey> },
    End { socket: u64, journals: Vec<JournalKey> },
    SetLevel { socket: u64, key: JournalKey, level: Level },
    Member { workspace: WorkspaceId, user: UserId, role: Option<Role> },
    Committed { events: Vec<Arc<JournalEvent>> },
    Advanced { key: JournalKey, version: i64 },
    Lagged,
    Void,
    Typing { key: JournalKey, who: UserId, frame: Frame },
}

/// State of one shard.
#[derive(Debug)]
pub(super) struct Journals {
    clock: Clock,
    turn: Turn,
    watched: HashMap<JournalKey, Watched>,
    to_ask: VecDeque<Question>,
    deadlines: BTreeSet<(Duration, JournalKey)>,
    /// Journals with something that is shown once a second.
    with_more: HashSet<JournalKey>,
    to_count: Vec<ChannelId>,
}

impl Journals {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            turn: 0,
            watched: HashMap::new(),
            to_ask: VecDeque::new(),
            deadlines: BTreeSet::new(),
            with_more: HashSet::new(),
            to_count: Vec::new(),
        }
    }

    /// The next question, if there is one.
    pub(super) fn question(&mut self) -> Option<Question> {
        self.to_ask.pop_front()
    }

    /// When to [look](Self::look_at_due) again.
    pub(super) fn due(&self) -> Option<Duration> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Hold { socket, journals, done } => {
                let turn = self.next_turn();
                for (key, interest) in journals {
                    self.watched.entry(key).or_insert_with(|| Watched::new(key, turn)).hold(&socket, interest, turn);
                }
                // Who asked may be gone.
                let _ = done.send(());
            }
            Command::Start { socket, positions } => {
                for (key, after) in positions {
                    self.resume(key, |watched| watched.start(socket, after));
                }
            }
            Command::Undo { socket, journals } => {
                for key in journals {
                    self.resume(key, |watched| watched.undo(socket));
                }
            }
            Command::End { socket, journals } => {
                for key in journals {
                    self.with(key, |watched| watched.end(|handle| handle.id == socket));
                    self.drop_empty(key);
                }
            }
            Command::SetLevel { socket, key, level } => self.with(key, |watched| watched.set_level(socket, level)),
            Command::Member { workspace, user, role } => self.member(workspace, user, role),
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
            Command::Void => self.watched.drain().for_each(|(_, mut watched)| watched.lose(Turn::MAX, |_| true)),
            Command::Typing { key, who, frame } => {
                let now = self.clock.monotonic();
                self.with(key, |watched| watched.type_on(&frame, who, now));
            }
        }
    }

    fn next_turn(&mut self) -> Turn {
        self.turn += 1;
        self.turn
    }

    fn about(&mut self, key: JournalKey) -> About {
        About { key, turn: self.next_turn() }
    }

    fn with(&mut self, key: JournalKey, act: impl FnOnce(&mut Watched)) {
        if let Some(watched) = self.watched.get_mut(&key) {
            act(watched);
        }
    }

    /// The watch that a question was about; `None` when that one is over, also if there is another by now.
    fn asked_about(&mut self, about: About) -> Option<&mut Watched> {
        self.watched.get_mut(&about.key).filter(|watched| watched.since < about.turn)
    }

    fn drop_empty(&mut self, key: JournalKey) {
        if self.watched.get(&key).is_some_and(Watched::is_empty) {
            self.watched.remove(&key);
        }
    }

    /// Lets a follower go on; `act` answers whether there is something to show.
    fn resume(&mut self, key: JournalKey, act: impl FnOnce(&mut Watched) -> bool) {
        let Some(watched) = self.watched.get_mut(&key) else { return };
        if act(watched) {
            self.with_more.insert(key);
        }
        self.advance(key);
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
                let (event, people) = (Arc::clone(event), watched.people());
                watched.track.hold();
                let about = self.about(key);
                self.to_ask.push_back(Question::Readers { about, event, people });
                return;
            }
            match watched.track.step(now) {
                Step::Deliver(events) => {
                    if self.deliver(key, &events, now) {
                        return;
                    }
                }
                Step::Read { after, up_to } if up_to - after > WIDEST_GAP => {
                    let known = watched.track.known();
                    watched.track.release();
                    watched.track.jump(known);
                    watched.lose(Turn::MAX, |_| true);
                }
                Step::Read { after, up_to } => {
                    let up_to = up_to.min(after + limits::CHANGES_WINDOW);
                    metrics::counter!("plexichat_hub_gap_reads_total").increment(1);
                    let people = watched.people();
                    let about = self.about(key);
                    self.to_ask.push_back(Question::Gap { about, after, up_to, people });
                    return;
                }
                Step::Wait(due) => {
                    self.deadlines.insert((due, key));
                    return;
                }
                Step::Rest => break,
            }
        }
        self.drop_empty(key);
    }

    /// Hands out the events of one version. Answers whether the journal must wait for an answer now.
    fn deliver(&mut self, key: JournalKey, events: &[Arc<JournalEvent>], now: Duration) -> bool {
        let Some(watched) = self.watched.get_mut(&key) else { return true };
        let readers = watched.readers.take();
        if watched.gather(events) {
            self.with_more.insert(key);
            return false;
        }
        let mut has_badges = false;
        for event in events {
            has_badges |= watched.deliver(event, if Auth::is_for_all_followers(event) { &None } else { &readers });
        }
        for event in events {
            watched.remove(event);
        }
        if has_badges {
            self.with_more.insert(key);
            if watched.counted.is_none_or(|counted| now >= counted + COUNTED) {
                watched.counted = Some(now);
                self.to_count.push(ChannelId(key.id));
            }
        }
        if key.kind == JournalKind::User {
            self.to_ask.extend(events.iter().filter_map(|event| left(event)));
        }
        let people = concerned(watched, events);
        if people.is_empty() {
            return false;
        }
        watched.track.hold();
        let about = self.about(key);
        self.to_ask.push_back(Question::Followers { about, people });
        true
    }

    pub(super) fn learn(&mut self, answer: Answer) {
        match answer {
            Answer::Gap { about, after, people, outcome } => self.learn_gap(about, after, &people, outcome),
            Answer::Readers { about, outcome } => {
                let Some(watched) = self.asked_about(about) else { return };
                match outcome {
                    Ok(readers) => watched.readers = Some(Arc::new(readers)),
                    Err(_) => watched.lose(about.turn, |_| true),
                }
                self.go_on(about.key);
            }
            Answer::Followers { about, people, outcome } => {
                let Some(watched) = self.asked_about(about) else { return };
                match outcome {
                    Ok(allowed) => watched.refuse(about.turn, |handle| lacks(handle.user, &people, &allowed)),
                    // Not knowing is not being allowed; who is allowed comes back by identifying anew.
                    Err(_) => watched.lose(about.turn, |handle| people.contains(&handle.user)),
                }
                self.go_on(about.key);
            }
            Answer::Heads { outcome } => match outcome {
                Ok(heads) => {
                    for (key, head) in heads {
                        self.obey(Command::Advanced { key, version: head.version });
                    }
                }
                Err(_) => self.obey(Command::Void),
            },
            Answer::Counts { channels, outcome } => {
                for id in channels {
                    self.with(JournalKey::channel(id), |watched| match &outcome {
                        Ok(large) => watched.is_large = large.contains(&id),
                        Err(_) => watched.counted = None,
                    });
                }
            }
            Answer::Told => {}
        }
    }

    fn learn_gap(&mut self, about: About, after: i64, people: &[UserId], outcome: Result<Gap>) {
        let now = self.clock.monotonic();
        let key = about.key;
        let Some(watched) = self.asked_about(about) else { return };
        let read = outcome.as_ref().ok().and_then(|gap| gap.events.last()).map(|event| event.version);
        match (outcome, read) {
            (Ok(gap), Some(up_to)) if up_to > after => {
                watched.refuse(about.turn, |handle| lacks(handle.user, people, &gap.allowed));
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
        let turn = self.next_turn();
        let mut held = Vec::new();
        let itself = JournalKey::workspace(workspace);
        for watched in self.watched.values_mut().filter(|watched| watched.workspace == Some(workspace) || watched.key == itself) {
            match role {
                _ if !watched.has(user) => {}
                None => watched.refuse(turn, |handle| handle.user == user),
                Some(role) => {
                    watched.set_role(user, role);
                    watched.track.hold();
                    held.push(watched.key);
                }
            }
        }
        let people = vec![user];
        self.to_ask
            .extend(held.into_iter().map(|key| Question::Followers { about: About { key, turn }, people: people.clone() }));
        self.watched.retain(|_, watched| !watched.is_empty());
    }

    fn go_on(&mut self, key: JournalKey) {
        self.with(key, |watched| watched.track.release());
        self.advance(key);
    }

    pub(super) fn look_at_due(&mut self) {
        let now = self.clock.monotonic();
        while let Some(first) = self.deadlines.first().copied().filter(|(due, _)| *due <= now) {
            self.deadlines.remove(&first);
            self.advance(first.1);
        }
    }

    /// Shows what is shown once a second.
    pub(super) fn show_more(&mut self) {
        for key in std::mem::take(&mut self.with_more) {
            self.with(key, |watched| {
                watched.show_reactions();
                watched.show_badges();
            });
        }
        let to_count = std::mem::take(&mut self.to_count);
        self.to_ask.extend(to_count.chunks(limits::LOOKUP_IDS).map(|ids| Question::Counts { channels: ids.to_vec() }));
    }
}

fn lacks(user: UserId, asked: &[UserId], allowed: &HashSet<UserId>) -> bool {
    asked.contains(&user) && !allowed.contains(&user)
}

/// Who left a workspace follows nothing of it any more, also where its channels do not say so.
fn left(event: &JournalEvent) -> Option<Question> {
    match &event.event {
        Event::WorkspaceMembershipUpdated { membership } if membership.removed => {
            Some(Question::Leave { workspace: membership.workspace_id, user: event.journal.id.into() })
        }
        _ => None,
    }
}

/// Who must be asked about, because these events may have ended their access.
fn concerned(watched: &Watched, events: &[Arc<JournalEvent>]) -> Vec<UserId> {
    let changes =
        |event: &Arc<JournalEvent>| matches!(event.event, Event::OverridesUpdated { .. } | Event::ChannelUpdated { .. });
    if events.iter().any(changes) { watched.people() } else { Vec::new() }
}

#[cfg(test)]
mod tests;
