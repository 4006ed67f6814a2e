use super::*;
use crate::realtime::socket::handle::Outlet;
use plexichat_model::channel::ChannelMemberView;
use plexichat_model::message::{Mention, MessageKind, MessageView};
use plexichat_model::user::{AccountKind, AccountStatus, UserView};
use plexichat_model::{ChannelId, MessageId, SessionId, Timestamp};

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

fn socket(id: u64) -> (Arc<Handle>, Outlet) {
    Handle::new(id, UserId(i64::try_from(id).expect("small")), SessionId(1))
}

fn frames(queue: &mut Outlet) -> usize {
    std::iter::from_fn(|| queue.try_recv()).filter(|item| matches!(item, Outbound::Frame(_))).count()
}

#[test]
fn a_follower_gets_what_came_while_it_read_its_past() {
    let mut watched = Watched::new(KEY, 0);
    let (early, mut early_queue) = socket(1);
    watched.hold(&early, Interest::OPEN, 1);
    watched.start(1, 10);
    let (late, mut late_queue) = socket(2);
    watched.hold(&late, Interest::OPEN, 1);
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
    let mut watched = Watched::new(KEY, 0);
    let (early, _early_queue) = socket(1);
    watched.hold(&early, Interest::OPEN, 1);
    watched.start(1, 0);
    let (late, _late_queue) = socket(2);
    watched.hold(&late, Interest::OPEN, 1);
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
    let mut watched = Watched::new(JournalKey::INSTANCE, 0);
    let (one, mut queue) = socket(1);
    watched.hold(&one, Interest::OPEN, 1);
    watched.start(1, 0);
    watched.deliver(&message(1, vec![]), &Some(Arc::new(HashSet::new())));
    let Some(Outbound::Frame(frame)) = queue.try_recv() else { panic!("a frame") };
    assert!(frame.json().to_string().contains("\"type\":\"nothing\""));
}

#[test]
fn badges_gather_and_count_mentions() {
    let mut watched = Watched::new(KEY, 0);
    let (one, mut queue) = socket(1);
    watched.hold(&one, Interest { level: Level::Badge, role: Some(Role::Admin), is_conversation: false, workspace: None }, 1);
    watched.start(1, 0);
    let mentions = [vec![], vec![Mention::User(UserId(1))], vec![Mention::Here], vec![Mention::Role(Role::Admin)]];
    for (version, mentions) in (1..).zip(mentions) {
        assert!(watched.deliver(&message(version, mentions), &None));
    }
    watched.show_badges();
    let Some(Outbound::Badge(badge)) = queue.try_recv() else { panic!("a badge") };
    assert_eq!((badge.last_main_number, badge.version, badge.new_mentions), (4, 4, 2));
    assert!(queue.try_recv().is_none());
}

fn interest(level: Level) -> Interest {
    Interest { level, role: None, is_conversation: false, workspace: None }
}

fn removal(version: i64, user: i64) -> Arc<JournalEvent> {
    let user_id = UserId(user);
    let member = ChannelMemberView {
        channel_id: ChannelId(1),
        user_id,
        joined_at: Timestamp(0),
        joined_number: 0,
        removed: true,
        version,
    };
    let user = UserView {
        id: user_id,
        handle: "bob".into(),
        display_name: "Bob".into(),
        kind: AccountKind::Person,
        status: AccountStatus::Active,
        version: 1,
    };
    let event = Event::ChannelMemberUpdated { member, user };
    Arc::new(JournalEvent { journal: KEY, version, from_version: None, event })
}

/// Hands out an event as the shard does.
fn hand_out(watched: &mut Watched, event: &Arc<JournalEvent>) {
    watched.track.jump(event.version);
    watched.deliver(event, &None);
    watched.remove(event);
}

/// What a socket got: versions of frames, and where it was told that it ended.
fn got(queue: &mut Outlet) -> (Vec<i64>, Option<i64>) {
    let (mut versions, mut ended) = (Vec::new(), None);
    while let Some(item) = queue.try_recv() {
        match item {
            Outbound::Frame(frame) => {
                let frame = frame.json();
                versions.push(frame["version"].as_i64().expect("a version"));
            }
            Outbound::Ended(key, at) => {
                assert_eq!((key, ended.replace(at)), (KEY, None));
            }
            Outbound::Badge(_) | Outbound::Own(_) => {}
        }
    }
    (versions, ended)
}

#[test]
fn a_reading_that_fails_leaves_everything_as_it_was() {
    let mut watched = Watched::new(KEY, 0);
    let (old, mut old_queue) = socket(1);
    watched.hold(&old, Interest::OPEN, 1);
    watched.start(1, 10);
    hand_out(&mut watched, &message(11, vec![]));
    let (new, mut new_queue) = socket(2);
    watched.hold(&old, interest(Level::Badge), 2);
    watched.hold(&new, Interest::OPEN, 2);
    hand_out(&mut watched, &message(12, vec![]));
    watched.undo(1);
    watched.undo(2);
    hand_out(&mut watched, &message(13, vec![]));
    assert_eq!(got(&mut old_queue), (vec![11, 12, 13], None), "open as before, without gap or repetition");
    assert_eq!(got(&mut new_queue), (vec![], None));
    assert_eq!((watched.followers(), watched.recent.len()), (1, 0));
    watched.undo(1);
    assert_eq!(watched.followers(), 1, "nothing is held any more");
}

#[test]
fn holding_twice_remembers_where_it_was_first() {
    let mut watched = Watched::new(KEY, 0);
    let (old, mut queue) = socket(1);
    watched.hold(&old, Interest::OPEN, 1);
    watched.start(1, 10);
    watched.hold(&old, Interest::OPEN, 2);
    hand_out(&mut watched, &message(11, vec![]));
    watched.hold(&old, Interest::OPEN, 3);
    hand_out(&mut watched, &message(12, vec![]));
    watched.undo(1);
    assert_eq!(got(&mut queue), (vec![11, 12], None));
}

#[test]
fn who_is_removed_gets_nothing_above_even_when_it_reads_meanwhile() {
    let mut watched = Watched::new(KEY, 0);
    let (live, mut live_queue) = socket(1);
    let (reading, mut reading_queue) = socket(2);
    let (undone, mut undone_queue) = socket(3);
    watched.hold(&live, Interest::OPEN, 1);
    watched.start(1, 10);
    watched.hold(&undone, Interest::OPEN, 1);
    watched.start(3, 10);
    watched.hold(&reading, Interest::OPEN, 2);
    watched.hold(&undone, Interest::OPEN, 2);
    for event in [message(11, vec![]), removal(12, 1), removal(13, 2), removal(14, 3), message(15, vec![])] {
        hand_out(&mut watched, &event);
    }
    watched.start(2, 11);
    watched.undo(3);
    hand_out(&mut watched, &message(16, vec![]));
    assert_eq!(got(&mut live_queue), (vec![11, 12], Some(12)));
    assert_eq!(got(&mut reading_queue), (vec![12, 13], Some(13)));
    assert_eq!(got(&mut undone_queue), (vec![11, 12, 13, 14], Some(14)));
    assert!(watched.is_empty());
}

#[test]
fn who_came_back_above_the_removal_stays() {
    let mut watched = Watched::new(KEY, 0);
    let (other, _other_queue) = socket(9);
    watched.hold(&other, Interest::OPEN, 1);
    watched.start(9, 10);
    let (back, mut queue) = socket(1);
    watched.hold(&back, Interest::OPEN, 2);
    watched.start(1, 13);
    for event in [message(11, vec![]), removal(12, 1), message(13, vec![]), message(14, vec![])] {
        hand_out(&mut watched, &event);
    }
    assert_eq!(got(&mut queue), (vec![14], None));
}

#[test]
fn an_answer_is_about_those_who_were_there_when_it_was_asked() {
    let mut watched = Watched::new(KEY, 0);
    let (early, mut early_queue) = socket(1);
    let (held, mut held_queue) = socket(2);
    let (again, mut again_queue) = socket(3);
    for socket in [&early, &again] {
        watched.hold(socket, Interest::OPEN, 1);
        watched.start(socket.id, 10);
    }
    watched.hold(&held, Interest::OPEN, 2);
    // Asked in turn 3; one came later, and one reads again since.
    let (late, mut late_queue) = socket(4);
    watched.hold(&late, Interest::OPEN, 4);
    watched.start(4, 10);
    watched.hold(&again, Interest::OPEN, 4);
    watched.refuse(3, |_| true);
    watched.start(2, 10);
    watched.undo(3);
    hand_out(&mut watched, &message(11, vec![]));
    assert_eq!(got(&mut early_queue), (vec![], Some(10)));
    assert_eq!(got(&mut held_queue), (vec![], Some(10)), "it ends when its reading does");
    assert_eq!(got(&mut again_queue), (vec![], Some(10)), "it does not go back to what it lost");
    assert_eq!(got(&mut late_queue), (vec![11], None));
}

#[test]
fn a_large_channel_shows_badges_for_mentions_alone() {
    let mut watched = Watched::new(KEY, 0);
    let (one, mut queue) = socket(1);
    watched.hold(&one, interest(Level::Badge), 1);
    watched.start(1, 0);
    watched.is_large = true;
    assert!(!watched.deliver(&message(1, vec![]), &None));
    assert!(watched.deliver(&message(2, vec![Mention::User(UserId(1))]), &None));
    watched.show_badges();
    assert!(matches!(queue.try_recv(), Some(Outbound::Badge(badge)) if badge.version == 2));
}

#[test]
fn a_badge_that_was_kept_is_shown() {
    let mut watched = Watched::new(KEY, 0);
    let (one, _queue) = socket(1);
    watched.hold(&one, interest(Level::Badge), 1);
    watched.deliver(&message(1, vec![]), &None);
    assert!(watched.start(1, 0), "a badge is waiting");
}

#[test]
fn at_most_five_are_shown_as_typing() {
    let mut watched = Watched::new(KEY, 0);
    let (one, mut queue) = socket(1);
    watched.hold(&one, Interest::OPEN, 1);
    watched.start(1, 0);
    let frame = Frame::of(&serde_json::json!({}));
    for who in 2..=10 {
        watched.type_on(&frame, UserId(who), Duration::ZERO);
    }
    assert_eq!(frames(&mut queue), MOST_TYPING);
    watched.type_on(&frame, UserId(2), Duration::from_secs(3));
    watched.type_on(&frame, UserId(10), Duration::from_secs(3));
    assert_eq!(frames(&mut queue), 1, "who is shown goes on, others wait");
    watched.type_on(&frame, UserId(10), Duration::from_secs(7));
    watched.type_on(&frame, UserId(1), Duration::from_secs(7));
    assert_eq!(frames(&mut queue), 1, "nobody is told of themselves");
}
