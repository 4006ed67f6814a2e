use super::*;
use crate::realtime::socket::handle::{Outbound, Outlet};
use plexichat_kernel::Error;
use plexichat_model::SessionId;

const KEY: JournalKey = JournalKey::channel(ChannelId(1));

/// A shard's journals and a socket; the test is the database.
struct World {
    journals: Journals,
    socket: Arc<Handle>,
    queue: Outlet,
}

impl World {
    fn new() -> Self {
        let (socket, queue) = Handle::new(1, UserId(1), SessionId(1));
        Self { journals: Journals::new(Clock::manual(0)), socket, queue }
    }

    fn hold(&mut self, key: JournalKey) {
        let (done, _held) = oneshot::channel();
        let interest = Interest { workspace: Some(WorkspaceId(5)), ..Interest::OPEN };
        self.journals.obey(Command::Hold { socket: Arc::clone(&self.socket), journals: vec![(key, interest)], done });
    }

    fn start(&mut self, key: JournalKey, after: i64) {
        self.journals.obey(Command::Start { socket: 1, positions: vec![(key, after)] });
    }

    fn end(&mut self, key: JournalKey) {
        self.journals.obey(Command::End { socket: 1, journals: vec![key] });
    }

    fn commit(&mut self, event: JournalEvent) {
        self.journals.obey(Command::Committed { events: vec![Arc::new(event)] });
    }

    fn say(&mut self, version: i64) {
        self.commit(nothing(KEY, version));
    }

    fn question(&mut self) -> Question {
        self.journals.question().expect("something is asked")
    }

    /// Versions of the frames the socket got, and where it was told that something ended.
    fn got(&mut self) -> (Vec<i64>, Vec<(JournalKey, i64)>) {
        let (mut versions, mut ended) = (Vec::new(), Vec::new());
        while let Some(item) = self.queue.try_recv() {
            match item {
                Outbound::Frame(frame) => {
                    let frame = frame.json();
                    versions.push(frame["version"].as_i64().expect("a version"));
                }
                Outbound::Ended(key, at) => ended.push((key, at)),
                Outbound::Badge(_) | Outbound::Own(_) => {}
            }
        }
        (versions, ended)
    }
}

fn nothing(journal: JournalKey, version: i64) -> JournalEvent {
    JournalEvent { journal, version, from_version: None, event: Event::Nothing {} }
}

fn overrides(version: i64) -> JournalEvent {
    let event = Event::OverridesUpdated { channel_id: ChannelId(1), overrides: Vec::new(), version };
    JournalEvent { journal: KEY, version, from_version: None, event }
}

/// The watch of a journal ends and another begins while a question about the first is open.
fn watched_again_while_asked() -> (World, Question) {
    let mut world = World::new();
    world.hold(KEY);
    world.start(KEY, 10);
    world.commit(overrides(11));
    let early = world.question();
    world.end(KEY);
    world.hold(KEY);
    world.start(KEY, 11);
    world.commit(overrides(12));
    world.say(13);
    assert_eq!(world.got(), (vec![11, 12], vec![]), "13 waits for the answer about 12");
    (world, early)
}

fn followers(question: Question, outcome: Result<HashSet<UserId>>) -> Answer {
    let Question::Followers { about, people } = question else { panic!("who may follow is asked: {question:?}") };
    Answer::Followers { about, people, outcome }
}

#[test]
fn an_answer_about_an_earlier_watch_lets_nothing_go_on() {
    let (mut world, early) = watched_again_while_asked();
    let late = world.question();
    world.journals.learn(followers(early, Ok(HashSet::from([UserId(1)]))));
    assert_eq!(world.got(), (vec![], vec![]), "the later question is still open");
    world.journals.learn(followers(late, Ok(HashSet::new())));
    world.say(14);
    assert_eq!(world.got(), (vec![], vec![(KEY, 12)]), "and its answer counts");
}

#[test]
fn an_answer_about_an_earlier_watch_ends_nothing() {
    for outcome in [Ok(HashSet::new()), Err(Error::unavailable("too late"))] {
        let (mut world, early) = watched_again_while_asked();
        let late = world.question();
        world.journals.learn(followers(early, outcome));
        assert!(!world.socket.has_lost());
        world.journals.learn(followers(late, Ok(HashSet::from([UserId(1)]))));
        assert_eq!(world.got(), (vec![13], vec![]));
    }
}

#[test]
fn a_gap_of_an_earlier_watch_fills_nothing() {
    let mut world = World::new();
    world.hold(KEY);
    world.start(KEY, 10);
    world.journals.obey(Command::Advanced { key: KEY, version: 12 });
    let Question::Gap { about, after, people, .. } = world.question() else { panic!("the gap is read") };
    world.end(KEY);
    world.hold(KEY);
    world.start(KEY, 20);
    world.journals.obey(Command::Advanced { key: KEY, version: 21 });
    assert!(matches!(world.question(), Question::Gap { after: 20, .. }));
    let gap = Gap { events: vec![nothing(KEY, 11), nothing(KEY, 12)], allowed: HashSet::new() };
    world.journals.learn(Answer::Gap { about, after, people, outcome: Ok(gap) });
    world.say(21);
    assert_eq!(world.got(), (vec![], vec![]), "21 is being read");
}

#[test]
fn who_came_after_the_question_is_not_judged_by_its_answer() {
    let mut world = World::new();
    world.hold(KEY);
    world.start(KEY, 10);
    world.commit(overrides(11));
    let question = world.question();
    // The same person reads again: the right to it is proven by that.
    world.hold(KEY);
    world.start(KEY, 11);
    world.journals.learn(followers(question, Ok(HashSet::new())));
    world.say(12);
    assert_eq!(world.got(), (vec![11, 12], vec![]));
}

#[test]
fn who_leaves_a_workspace_follows_none_of_its_channels() {
    let other = JournalKey::channel(ChannelId(2));
    let mut world = World::new();
    for key in [KEY, other] {
        world.hold(key);
        world.start(key, 10);
    }
    world.journals.obey(Command::Member { workspace: WorkspaceId(5), user: UserId(1), role: None });
    world.say(11);
    world.commit(nothing(other, 11));
    let (versions, mut ended) = world.got();
    ended.sort_unstable();
    assert_eq!((versions, ended), (vec![], vec![(KEY, 10), (other, 10)]));
    assert!(world.journals.watched.is_empty());
}

#[test]
fn leaving_heard_of_in_the_own_journal_is_told_to_all_shards() {
    let key = JournalKey::user(UserId(1));
    let mut world = World::new();
    world.hold(key);
    world.start(key, 1);
    let membership = plexichat_model::event::WorkspaceMembershipView {
        workspace_id: WorkspaceId(5),
        role: Role::Member,
        removed: true,
        version: 2,
    };
    let event = Event::WorkspaceMembershipUpdated { membership };
    world.commit(JournalEvent { journal: key, version: 2, from_version: None, event });
    assert!(matches!(world.question(), Question::Leave { workspace: WorkspaceId(5), user: UserId(1) }));
}
