//! One journal and the sockets that follow it: who gets what of an event.
//!
//! Events pass in version order, and one that ends access takes effect before the next. A frame is encoded once for
//! all who get it. A follower that reads its past again goes back to where it was when the reading fails. Whom the
//! hub stops following for is told so, in order with the frames. Nothing here waits: a socket whose queue is full is
//! told to load again. Not here: reactions of a crowd (`crowd`), what an event means for a badge (`badge`).

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use plexichat_model::gateway::{Badge, CloseCode, Level};
use plexichat_model::permission::Role;
use plexichat_model::{Event, JournalEvent, JournalKey, JournalKind, UserId, WorkspaceId};

use super::badge::{Interest, badge, merged};
use super::track::Track;
use crate::realtime::encode::{self, Frame};
use crate::realtime::socket::handle::{Handle, Outbound};

/// Events kept while a follower is still reading its past.
const MOST_RECENT: usize = 256;
/// People of a channel who are shown as typing at once.
const MOST_TYPING: usize = 5;
/// How long clients show somebody as typing.
const TYPING: Duration = Duration::from_secs(6);

/// Who of the followers may read an event; `None`: all.
pub(super) type Readers = Option<Arc<HashSet<UserId>>>;

/// A moment in the life of a shard: holds and questions, in the order in which they came.
pub(super) type Turn = u64;

#[derive(Debug)]
struct Watcher {
    socket: Arc<Handle>,
    interest: Interest,
    standing: Standing,
    /// When it was held. Its right to follow is proven after that; an answer to an older question is not about it.
    since: Turn,
    badge: Option<Badge>,
}

/// Where a follower stands.
#[derive(Debug)]
enum Standing {
    /// It gets what lies above this version.
    Live(i64),
    /// It reads its past; events are kept in `recent`.
    Held(Box<Reading>),
}

/// A follower that reads its past.
#[derive(Debug, Default)]
struct Reading {
    /// How it followed before.
    before: Option<Before>,
    /// It lost its right meanwhile: it ends when the reading does.
    is_refused: bool,
}

/// How a follower goes on when its reading fails.
#[derive(Clone, Copy, Debug)]
struct Before {
    interest: Interest,
    after: i64,
    since: Turn,
    is_refused: bool,
}

#[derive(Debug)]
struct Recent {
    event: Arc<JournalEvent>,
    readers: Readers,
}

/// One followed journal.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) key: JournalKey,
    /// When it was first followed. An answer to an older question is about an earlier watch of the same journal.
    pub(super) since: Turn,
    /// Workspace of a channel.
    pub(super) workspace: Option<WorkspaceId>,
    pub(super) track: Track,
    /// Who may read the next version, once asked.
    pub(super) readers: Readers,
    /// Whether the channel has so many members that only who is mentioned is shown a badge.
    pub(super) is_large: bool,
    /// When its members were counted last.
    pub(super) counted: Option<Duration>,
    watchers: Vec<Watcher>,
    recent: VecDeque<Recent>,
    /// Reactions that are handed out, but not yet shown.
    pub(super) reactions: Vec<Arc<JournalEvent>>,
    typing: Vec<(UserId, Duration)>,
}

impl Watched {
    pub(super) fn new(key: JournalKey, since: Turn) -> Self {
        Self {
            key,
            since,
            workspace: None,
            track: Track::new(),
            readers: None,
            is_large: false,
            counted: None,
            watchers: Vec::new(),
            recent: VecDeque::new(),
            reactions: Vec::new(),
            typing: Vec::new(),
        }
    }

    /// Whether nobody follows any more.
    pub(super) fn is_empty(&self) -> bool {
        self.watchers.is_empty()
    }

    /// Followers, those included that read their past.
    pub(super) fn followers(&self) -> usize {
        self.watchers.len()
    }

    /// Adds a follower, or holds one anew that is about to read its past.
    pub(super) fn hold(&mut self, socket: &Arc<Handle>, interest: Interest, turn: Turn) {
        self.show_reactions();
        self.workspace = interest.workspace.or(self.workspace);
        let Some(index) = self.index(socket.id) else {
            let standing = Standing::Held(Box::default());
            self.watchers.push(Watcher { socket: Arc::clone(socket), interest, standing, since: turn, badge: None });
            return;
        };
        let delivered = self.track.delivered();
        let watcher = &mut self.watchers[index];
        if let Standing::Live(after) = watcher.standing {
            let after = delivered.map_or(after, |delivered| delivered.max(after));
            let before = Before { interest: watcher.interest, after, since: watcher.since, is_refused: false };
            watcher.standing = Standing::Held(Box::new(Reading { before: Some(before), is_refused: false }));
        }
        watcher.interest = interest;
        watcher.since = turn;
    }

    /// The follower holds everything up to `after`: hands it what was kept, then goes on live. Answers whether a
    /// badge is waiting to be shown.
    pub(super) fn start(&mut self, socket: u64, after: i64) -> bool {
        let Some(index) = self.index(socket) else { return false };
        let Standing::Held(reading) = &self.watchers[index].standing else { return false };
        let is_refused = reading.is_refused;
        self.track.start(after);
        self.go_live(index, after, is_refused)
    }

    /// The follower could not read its past: it follows as before, from where it was; who did not follow before does
    /// not now. Answers whether a badge is waiting to be shown.
    pub(super) fn undo(&mut self, socket: u64) -> bool {
        let Some(index) = self.index(socket) else { return false };
        let watcher = &mut self.watchers[index];
        let Standing::Held(reading) = &watcher.standing else { return false };
        if let Some(before) = reading.before {
            watcher.interest = before.interest;
            watcher.since = before.since;
            return self.go_live(index, before.after, before.is_refused);
        }
        self.watchers.swap_remove(index);
        self.forget_recent();
        false
    }

    fn go_live(&mut self, index: usize, after: i64, is_refused: bool) -> bool {
        self.show_reactions();
        let delivered = self.track.delivered().unwrap_or(after);
        let kept_from = self.recent.front().map_or(delivered + 1, |kept| first(&kept.event));
        let watcher = &mut self.watchers[index];
        watcher.standing = Standing::Live(after);
        let mut ended = is_refused.then_some(after);
        if ended.is_none() && after + 1 < kept_from && after < delivered {
            watcher.socket.lose();
        } else if ended.is_none() {
            for kept in &self.recent {
                give(self.key, watcher, &kept.event, &mut Frames::default(), kept.readers.as_deref());
                if kept.event.version > after && removed(&kept.event) == Some(watcher.socket.user) {
                    ended = Some(kept.event.version);
                    break;
                }
            }
        }
        let has_badge = watcher.badge.is_some();
        if let Some(position) = ended {
            watcher.socket.push(Outbound::Ended(self.key, position));
            self.watchers.swap_remove(index);
        }
        self.forget_recent();
        has_badge
    }

    /// Changes how much a follower wants.
    pub(super) fn set_level(&mut self, socket: u64, level: Level) {
        self.show_reactions();
        if let Some(index) = self.index(socket) {
            self.watchers[index].interest.level = level;
        }
    }

    /// Changes the role of a person's sockets.
    pub(super) fn set_role(&mut self, user: UserId, role: Role) {
        for watcher in self.watchers.iter_mut().filter(|watcher| watcher.socket.user == user) {
            watcher.interest.role = Some(role);
            if let Standing::Held(reading) = &mut watcher.standing
                && let Some(before) = &mut reading.before
            {
                before.interest.role = Some(role);
            }
        }
    }

    /// Ends the following of those for whom `ends` holds, who know it.
    pub(super) fn end(&mut self, ends: impl Fn(&Handle) -> bool) {
        self.show_reactions();
        self.watchers.retain(|watcher| !ends(&watcher.socket));
        self.forget_recent();
    }

    /// Ends the following of those whom this event removes: they got the version itself, and look again only by
    /// asking. Who stands above it has come back since; who reads its past meets the event when it goes on.
    pub(super) fn remove(&mut self, event: &JournalEvent) {
        let Some(user) = removed(event) else { return };
        let version = event.version;
        let is_below = |watcher: &Watcher| matches!(watcher.standing, Standing::Live(after) if after < version);
        self.expel(|watcher| watcher.socket.user == user && is_below(watcher), version);
    }

    /// Ends the following of those for whom `lacks` holds and whose right was not proven since this turn.
    pub(super) fn refuse(&mut self, turn: Turn, lacks: impl Fn(&Handle) -> bool) {
        self.show_reactions();
        for watcher in self.watchers.iter_mut().filter(|watcher| lacks(&watcher.socket)) {
            if let Standing::Held(reading) = &mut watcher.standing {
                reading.is_refused |= watcher.since < turn;
                if let Some(before) = &mut reading.before {
                    before.is_refused |= before.since < turn;
                }
            }
        }
        let delivered = self.track.delivered().unwrap_or(0);
        let is_live = |watcher: &Watcher| matches!(watcher.standing, Standing::Live(_));
        self.expel(|watcher| lacks(&watcher.socket) && watcher.since < turn && is_live(watcher), delivered);
    }

    fn expel(&mut self, ends: impl Fn(&Watcher) -> bool, delivered: i64) {
        let key = self.key;
        self.watchers.retain(|watcher| {
            let is_over = ends(watcher);
            if let (true, Standing::Live(after)) = (is_over, &watcher.standing) {
                watcher.socket.push(Outbound::Ended(key, delivered.max(*after)));
            }
            !is_over
        });
        self.forget_recent();
    }

    /// Tells those for whom `lost` holds, and who followed before this turn, that they missed something, and ends
    /// their following.
    pub(super) fn lose(&mut self, turn: Turn, lost: impl Fn(&Handle) -> bool) {
        let before = |watcher: &Watcher| match &watcher.standing {
            Standing::Held(reading) => reading.before.map(|before| before.since),
            Standing::Live(_) => None,
        };
        let concerned = |watcher: &Watcher| before(watcher).unwrap_or(watcher.since) < turn;
        self.watchers.retain(|watcher| {
            let is_lost = concerned(watcher) && lost(&watcher.socket);
            if is_lost {
                watcher.socket.lose();
            }
            !is_lost
        });
        self.forget_recent();
    }

    /// The people who follow, each once.
    pub(super) fn people(&self) -> Vec<UserId> {
        let mut people: Vec<UserId> = self.watchers.iter().map(|watcher| watcher.socket.user).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Whether this person follows.
    pub(super) fn has(&self, user: UserId) -> bool {
        self.watchers.iter().any(|watcher| watcher.socket.user == user)
    }

    /// Hands an event out. Answers whether a badge is waiting to be shown.
    pub(super) fn deliver(&mut self, event: &Arc<JournalEvent>, readers: &Readers) -> bool {
        self.show_reactions();
        let mut frames = Frames { is_large: self.is_large, ..Frames::default() };
        let mut has_badges = false;
        let mut is_kept = false;
        let mut has_ended = false;
        for watcher in &mut self.watchers {
            has_ended |= watcher.socket.is_gone();
            if matches!(watcher.standing, Standing::Held(_)) {
                is_kept = true;
                continue;
            }
            give(self.key, watcher, event, &mut frames, readers.as_deref());
            has_badges |= watcher.badge.is_some();
        }
        if is_kept {
            self.keep(event, readers);
        }
        if has_ended {
            self.end(Handle::is_gone);
        }
        has_badges
    }

    /// Hands out several events of which only `shown` need be seen by who takes part in none and holds none of them.
    pub(super) fn deliver_gathered(
        &mut self,
        events: &[Arc<JournalEvent>],
        shown: &[Arc<JournalEvent>],
        actors: &HashSet<UserId>,
    ) {
        let Some(begin) = events.first().map(|event| first(event)) else { return };
        let texts = |count: usize| std::iter::repeat_with(Frames::default).take(count).collect::<Vec<_>>();
        let (mut each, mut few) = (texts(events.len()), texts(shown.len()));
        let mut is_kept = false;
        for watcher in &mut self.watchers {
            let Standing::Live(after) = watcher.standing else {
                is_kept = true;
                continue;
            };
            let is_apart = after >= begin || actors.contains(&watcher.socket.user);
            let (events, frames) = if is_apart { (events, &mut each) } else { (shown, &mut few) };
            for (event, frames) in events.iter().zip(frames) {
                give(self.key, watcher, event, frames, None);
            }
        }
        if is_kept {
            for event in events {
                self.keep(event, &None);
            }
        }
    }

    fn keep(&mut self, event: &Arc<JournalEvent>, readers: &Readers) {
        if self.recent.len() == MOST_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Recent { event: Arc::clone(event), readers: readers.clone() });
    }

    fn forget_recent(&mut self) {
        if !self.recent.is_empty() && self.watchers.iter().all(|watcher| matches!(watcher.standing, Standing::Live(_))) {
            self.recent.clear();
        }
    }

    /// Shows the badges that gathered.
    pub(super) fn show_badges(&mut self) {
        for watcher in &mut self.watchers {
            if let Some(badge) = watcher.badge.take() {
                watcher.socket.push(Outbound::Badge(Box::new(badge)));
            }
        }
    }

    /// Somebody is typing: told to everybody else who shows the channel, unless enough others are.
    pub(super) fn type_on(&mut self, frame: &Frame, who: UserId, now: Duration) {
        self.typing.retain(|(_, until)| now < *until);
        let until = now + TYPING;
        match self.typing.iter().position(|(user, _)| *user == who) {
            Some(index) => self.typing[index].1 = until,
            None if self.typing.len() < MOST_TYPING => self.typing.push((who, until)),
            None => return,
        }
        let shows = |watcher: &&Watcher| watcher.interest.level == Level::Open && watcher.socket.user != who;
        for watcher in self.watchers.iter().filter(shows) {
            watcher.socket.push(Outbound::Frame(frame.clone()));
        }
    }

    fn index(&self, socket: u64) -> Option<usize> {
        self.watchers.iter().position(|watcher| watcher.socket.id == socket)
    }
}

/// First version an event covers.
fn first(event: &JournalEvent) -> i64 {
    event.from_version.unwrap_or(event.version)
}

/// Whose following of the journal ends with this event.
fn removed(event: &JournalEvent) -> Option<UserId> {
    match &event.event {
        Event::ChannelMemberUpdated { member, .. } if member.removed => Some(member.user_id),
        Event::WorkspaceMemberUpdated { member, .. } if member.removed => Some(member.user_id),
        _ => None,
    }
}

/// The texts of one event, made when first needed.
#[derive(Default)]
struct Frames {
    full: Option<Frame>,
    nothing: Option<Frame>,
    is_large: bool,
}

fn give(
    key: JournalKey,
    watcher: &mut Watcher,
    event: &Arc<JournalEvent>,
    frames: &mut Frames,
    readers: Option<&HashSet<UserId>>,
) {
    match watcher.standing {
        Standing::Live(after) if event.version > after => {}
        Standing::Live(_) | Standing::Held(_) => return,
    }
    let socket = &watcher.socket;
    if key.kind == JournalKind::User {
        let frame = frames.full.get_or_insert_with(|| encode::event(event)).clone();
        socket.push(Outbound::Own(Box::new((frame, Arc::clone(event)))));
        if matches!(event.event, Event::SessionRevoked { session_id } if session_id == socket.session()) {
            socket.close(CloseCode::Unauthenticated);
        }
        return;
    }
    match watcher.interest.level {
        Level::Open => {
            let frame = if readers.is_none_or(|readers| readers.contains(&socket.user)) {
                frames.full.get_or_insert_with(|| encode::event(event))
            } else {
                frames.nothing.get_or_insert_with(|| encode::nothing(key, event.version, event.from_version))
            };
            socket.push(Outbound::Frame(frame.clone()));
        }
        Level::Badge => note(watcher, event, frames.is_large),
        Level::None => {}
    }
}

/// Adds an event to the badge that gathers for a follower.
fn note(watcher: &mut Watcher, event: &JournalEvent, is_large: bool) {
    let Some(fresh) = badge(event, watcher.socket.user, &watcher.interest) else { return };
    if is_large && fresh.new_mentions == 0 {
        return;
    }
    watcher.badge = Some(match watcher.badge.take() {
        Some(held) => merged(&held, &fresh),
        None => fresh,
    });
}

#[cfg(test)]
mod tests;
