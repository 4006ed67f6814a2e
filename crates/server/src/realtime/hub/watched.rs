//! One journal and the sockets that follow it: who gets what of an event.
//!
//! Events pass in version order, and one that ends access takes effect before the next. A frame is encoded once for
//! all who get it. Nothing here waits: a socket whose queue is full is told to load again.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use axum::body::Bytes;
use plexichat_model::channel::ChannelKind;
use plexichat_model::gateway::{Badge, CloseCode, Level};
use plexichat_model::message::{Mention, MessageKind, MessageView};
use plexichat_model::permission::Role;
use plexichat_model::{ChannelId, Event, JournalEvent, JournalKey, JournalKind, UserId, WorkspaceId};

use super::track::Track;
use crate::realtime::encode;
use crate::realtime::socket::handle::{Handle, Outbound};

/// Followers on this node above which a channel shows a badge only to who is mentioned.
const MOST_BADGED: usize = 5_000;
/// Events kept while a follower is still reading its past.
const MOST_RECENT: usize = 256;

/// How a socket follows a journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interest {
    /// How much of it; journals that are no channels are always open.
    pub(crate) level: Level,
    /// The follower's role in the channel's workspace, for mentions of roles.
    pub(crate) role: Option<Role>,
    /// Whether every message of others counts.
    pub(crate) is_conversation: bool,
    /// The channel's workspace.
    pub(crate) workspace: Option<WorkspaceId>,
}

impl Interest {
    /// Everything.
    pub(crate) const OPEN: Self = Self { level: Level::Open, role: None, is_conversation: false, workspace: None };

    /// The interest of somebody with this role in a channel.
    pub(crate) fn in_channel(kind: ChannelKind, workspace: Option<WorkspaceId>, level: Level, role: Option<Role>) -> Self {
        Self { level, role, is_conversation: kind.is_conversation(), workspace }
    }
}

/// Who of the followers may read an event; `None`: all.
pub(super) type Readers = Option<Arc<HashSet<UserId>>>;

#[derive(Debug)]
struct Watcher {
    socket: Arc<Handle>,
    interest: Interest,
    /// The follower holds everything up to here. `None`: it is still reading, events are kept in `recent`.
    after: Option<i64>,
    badge: Option<Badge>,
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
    /// Workspace of a channel.
    pub(super) workspace: Option<WorkspaceId>,
    pub(super) track: Track,
    /// Who may read the next version, once asked.
    pub(super) readers: Readers,
    watchers: Vec<Watcher>,
    recent: VecDeque<Recent>,
}

impl Watched {
    pub(super) fn new(key: JournalKey) -> Self {
        Self { key, workspace: None, track: Track::new(), readers: None, watchers: Vec::new(), recent: VecDeque::new() }
    }

    /// Whether nobody follows any more.
    pub(super) fn is_empty(&self) -> bool {
        self.watchers.is_empty()
    }

    /// Adds a follower, or holds one anew that is about to read its past.
    pub(super) fn hold(&mut self, socket: &Arc<Handle>, interest: Interest) {
        self.workspace = interest.workspace.or(self.workspace);
        match self.watchers.iter_mut().find(|watcher| watcher.socket.id == socket.id) {
            Some(watcher) => {
                watcher.interest = interest;
                watcher.after = None;
            }
            None => self.watchers.push(Watcher { socket: Arc::clone(socket), interest, after: None, badge: None }),
        }
    }

    /// The follower holds everything up to `after`: hands it what was kept, then goes on live.
    pub(super) fn start(&mut self, socket: u64, after: i64) {
        self.track.start(after);
        let Some(watcher) = self.watchers.iter_mut().find(|watcher| watcher.socket.id == socket) else { return };
        watcher.after = Some(after);
        let delivered = self.track.delivered().unwrap_or(after);
        let kept_from = self.recent.front().map_or(delivered + 1, |kept| kept.event.from_version.unwrap_or(kept.event.version));
        if after + 1 < kept_from && after < delivered {
            watcher.socket.lose();
        } else {
            for kept in &self.recent {
                give(self.key, watcher, &kept.event, &mut Frames::default(), kept.readers.as_deref());
            }
        }
        if self.watchers.iter().all(|watcher| watcher.after.is_some()) {
            self.recent.clear();
        }
    }

    /// Changes how much a follower wants.
    pub(super) fn set_level(&mut self, socket: u64, level: Level) {
        if let Some(watcher) = self.watchers.iter_mut().find(|watcher| watcher.socket.id == socket) {
            watcher.interest.level = level;
        }
    }

    /// Changes the role of a person's sockets.
    pub(super) fn set_role(&mut self, user: UserId, role: Role) {
        for watcher in self.watchers.iter_mut().filter(|watcher| watcher.socket.user == user) {
            watcher.interest.role = Some(role);
        }
    }

    /// Ends the following of those for whom `ends` holds.
    pub(super) fn end(&mut self, ends: impl Fn(&Handle) -> bool) {
        self.watchers.retain(|watcher| !ends(&watcher.socket));
    }

    /// Tells those for whom `lost` holds that they missed something, and ends their following.
    pub(super) fn lose(&mut self, lost: impl Fn(&Handle) -> bool) {
        self.watchers.iter().filter(|watcher| lost(&watcher.socket)).for_each(|watcher| watcher.socket.lose());
        self.end(lost);
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
        let mut frames = Frames { is_large: self.watchers.len() > MOST_BADGED, ..Frames::default() };
        let mut has_badges = false;
        let mut is_kept = false;
        let mut has_ended = false;
        for watcher in &mut self.watchers {
            if watcher.after.is_none() {
                is_kept = true;
                continue;
            }
            give(self.key, watcher, event, &mut frames, readers.as_deref());
            has_badges |= watcher.badge.is_some();
            has_ended |= watcher.socket.is_gone();
        }
        if is_kept {
            if self.recent.len() == MOST_RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back(Recent { event: Arc::clone(event), readers: readers.clone() });
        }
        if has_ended {
            self.end(Handle::is_gone);
        }
        has_badges
    }

    /// Shows the badges that gathered.
    pub(super) fn show_badges(&mut self) {
        for watcher in &mut self.watchers {
            if let Some(badge) = watcher.badge.take() {
                watcher.socket.push(Outbound::Badge(badge));
            }
        }
    }

    /// A frame that belongs to no journal, for everybody who shows the channel, except one person.
    pub(super) fn whisper(&self, frame: &Bytes, except: UserId) {
        let shown = |watcher: &&Watcher| watcher.interest.level == Level::Open && watcher.socket.user != except;
        for watcher in self.watchers.iter().filter(shown) {
            watcher.socket.push(Outbound::Frame(frame.clone()));
        }
    }
}

/// The texts of one event, made when first needed.
#[derive(Default)]
struct Frames {
    full: Option<Bytes>,
    nothing: Option<Bytes>,
    is_large: bool,
}

fn give(
    key: JournalKey,
    watcher: &mut Watcher,
    event: &Arc<JournalEvent>,
    frames: &mut Frames,
    readers: Option<&HashSet<UserId>>,
) {
    if watcher.after.is_none_or(|after| event.version <= after) {
        return;
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
        Some(held) => merged(&held, fresh),
        None => fresh,
    });
}

/// Two badges of one channel as one.
pub(crate) fn merged(held: &Badge, fresh: Badge) -> Badge {
    let new_mentions = held.new_mentions.saturating_add(fresh.new_mentions);
    Badge { new_mentions, counted_from: held.counted_from, mention_count: held.mention_count, ..fresh }
}

/// What an event changes about a channel's badge for a person.
pub(crate) fn badge(event: &JournalEvent, user: UserId, interest: &Interest) -> Option<Badge> {
    let (message, last_main_number) = match &event.event {
        Event::MessageCreated { message, last_main_number, .. } => (Some(message), *last_main_number),
        Event::MessageDeleted { last_main_number, .. } => (None, *last_main_number),
        _ => return None,
    };
    let addressed = message.is_some_and(|message| addresses(message, user, interest));
    let is_reply = message.is_some_and(|message| message.thread_id.is_some());
    (addressed || !is_reply).then_some(Badge {
        channel_id: ChannelId(event.journal.id),
        last_main_number,
        version: event.version,
        new_mentions: u32::from(addressed),
        mention_count: None,
        counted_from: event.version - 1,
    })
}

/// Whether a message counts for a person who does not have the channel open.
fn addresses(message: &MessageView, user: UserId, interest: &Interest) -> bool {
    if message.author_id == user || message.kind == MessageKind::System {
        return false;
    }
    interest.is_conversation
        || message.mentions.iter().any(|mention| match mention {
            Mention::User(id) => *id == user,
            Mention::Everyone => true,
            Mention::Role(role) => interest.role == Some(*role),
            // Notifies who is present, never counts.
            Mention::Here => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::{MessageId, SessionId, Timestamp};
    use tokio::sync::mpsc::Receiver;

    const KEY: JournalKey = JournalKey::channel(ChannelId(1));

    fn message(version: i64, mentions: Vec<Mention>) -> Arc<JournalEvent> {
        let message = MessageView {
            id: MessageId(version),
            channel_id: ChannelId(1),
            number: version,
            version,
            author_id: UserId(99),
            kind: MessageKind::User,
            text: "x".into(),
            mentions,
            thread_id: None,
            created_at: Timestamp(0),
            edited_at: None,
            deleted: false,
            nonce: None,
            reactions: None,
            thread: None,
        };
        let event = Event::MessageCreated { message, thread: None, last_main_number: version };
        Arc::new(JournalEvent { journal: KEY, version, from_version: None, event })
    }

    fn socket(id: u64) -> (Arc<Handle>, Receiver<Outbound>) {
        Handle::new(id, UserId(i64::try_from(id).expect("small")), SessionId(1))
    }

    fn frames(queue: &mut Receiver<Outbound>) -> usize {
        std::iter::from_fn(|| queue.try_recv().ok()).filter(|item| matches!(item, Outbound::Frame(_))).count()
    }

    #[test]
    fn a_follower_gets_what_came_while_it_read_its_past() {
        let mut watched = Watched::new(KEY);
        let (early, mut early_queue) = socket(1);
        watched.hold(&early, Interest::OPEN);
        watched.start(1, 10);
        let (late, mut late_queue) = socket(2);
        watched.hold(&late, Interest::OPEN);
        for version in 11..=14 {
            watched.deliver(&message(version, vec![]), &None);
            watched.track.jump(version);
        }
        assert_eq!((frames(&mut early_queue), frames(&mut late_queue)), (4, 0));
        watched.start(2, 12);
        assert_eq!(frames(&mut late_queue), 2);
        assert!(watched.recent.is_empty());
    }

    #[test]
    fn what_was_not_kept_is_told_as_lost() {
        let mut watched = Watched::new(KEY);
        let (early, _early_queue) = socket(1);
        watched.hold(&early, Interest::OPEN);
        watched.start(1, 0);
        let (late, _late_queue) = socket(2);
        watched.hold(&late, Interest::OPEN);
        for version in 1..=300 {
            watched.deliver(&message(version, vec![]), &None);
            watched.track.jump(version);
        }
        assert!(watched.recent.len() <= MOST_RECENT);
        watched.start(2, 0);
        assert!(late.has_lost());
    }

    #[test]
    fn who_may_not_read_gets_the_version_alone() {
        let mut watched = Watched::new(JournalKey::INSTANCE);
        let (one, mut queue) = socket(1);
        watched.hold(&one, Interest::OPEN);
        watched.start(1, 0);
        watched.deliver(&message(1, vec![]), &Some(Arc::new(HashSet::new())));
        let Ok(Outbound::Frame(frame)) = queue.try_recv() else { panic!("a frame") };
        assert!(std::str::from_utf8(&frame).expect("text").contains("\"type\":\"nothing\""));
    }

    #[test]
    fn badges_gather_and_count_mentions() {
        let mut watched = Watched::new(KEY);
        let (one, mut queue) = socket(1);
        watched.hold(&one, Interest { level: Level::Badge, role: Some(Role::Admin), is_conversation: false, workspace: None });
        watched.start(1, 0);
        let mentions = [vec![], vec![Mention::User(UserId(1))], vec![Mention::Here], vec![Mention::Role(Role::Admin)]];
        for (version, mentions) in (1..).zip(mentions) {
            assert!(watched.deliver(&message(version, mentions), &None));
        }
        watched.show_badges();
        let Ok(Outbound::Badge(badge)) = queue.try_recv() else { panic!("a badge") };
        assert_eq!((badge.last_main_number, badge.version, badge.new_mentions, badge.counted_from), (4, 4, 2, 0));
        assert!(queue.try_recv().is_err());
    }
}
