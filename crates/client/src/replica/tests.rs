use super::*;
use plexichat_model::{
    MessageId, Nonce, Timestamp,
    channel::{ChannelHead, ChannelKind, ChannelView, Cursor, NotifyLevel},
    event::MembershipView,
    gateway::Badge,
    message::{Mention, MessageKind, ThreadView},
    permission::{InstanceRole, Permissions},
    user::{AccountKind, AccountStatus},
};

const ME: UserId = UserId(10);
const OTHER: UserId = UserId(11);
const DEV: ChannelId = ChannelId(100);
const KEY: JournalKey = JournalKey::channel(DEV);

fn user(id: UserId) -> UserView {
    let (kind, status) = (AccountKind::Person, AccountStatus::Active);
    UserView { id, handle: format!("u{id}"), display_name: String::new(), kind, status, version: 1 }
}

fn channel_state(kind: ChannelKind) -> ChannelState {
    ChannelState {
        channel: ChannelView {
            id: DEV,
            workspace_id: None,
            kind,
            name: "dev".to_owned(),
            topic: String::new(),
            archived: false,
            created_by: OTHER,
            created_at: Timestamp(0),
            version: 1,
            participants: Vec::new(),
        },
        head: ChannelHead { version: 5, last_number: 0, last_main_number: 0, first_number: 1 },
        cursor: Cursor::default(),
        notify: NotifyLevel::default(),
        permissions: Permissions::NONE,
        mention_count: 0,
        counted_to: 5,
        membership_version: 1,
    }
}

fn replica(kind: ChannelKind) -> Replica {
    let me = AccountView { user: user(ME), email: None, instance_role: InstanceRole::Member, created_at: Timestamp(0) };
    let mut replica = Replica::from_snapshot(Snapshot {
        epoch: "e".to_owned(),
        instance: InstanceView { name: "x".to_owned(), version: 1 },
        instance_head: 1,
        me,
        user_head: 3,
        workspaces: Vec::new(),
        channels: vec![channel_state(kind)],
        more_channels: false,
        users: vec![user(OTHER)],
    });
    let head = ChannelHead { version: 5, last_number: 0, last_main_number: 0, first_number: 1 };
    replica.load_page(DEV, MessagePage { messages: Vec::new(), more_before: false, more_after: false, head, users: Vec::new() });
    replica
}

fn message(number: i64, version: i64, text: &str) -> MessageView {
    MessageView {
        id: MessageId(1_000 + number),
        channel_id: DEV,
        number,
        version,
        author_id: OTHER,
        kind: MessageKind::User,
        text: text.to_owned(),
        mentions: Vec::new(),
        thread_id: None,
        created_at: Timestamp(0),
        edited_at: None,
        deleted: false,
        nonce: Some(Nonce(number)),
        reactions: None,
        thread: None,
    }
}

fn entry(version: i64, event: Event) -> JournalEvent {
    JournalEvent { journal: KEY, version, from_version: None, event }
}

fn created(message: MessageView) -> JournalEvent {
    let last_main_number = message.number;
    entry(message.version, Event::MessageCreated { message, thread: None, last_main_number })
}

fn reacted(version: i64, emoji: &str, user_id: UserId, removed: bool, count: u32) -> JournalEvent {
    let event = Event::ReactionUpdated {
        message_id: MessageId(1_001),
        number: 1,
        emoji: emoji.to_owned(),
        user_id,
        removed,
        count,
        version,
    };
    entry(version, event)
}

fn texts(replica: &Replica) -> Vec<&str> {
    replica.timeline(DEV).map(|message| message.text.as_str()).collect()
}

#[test]
fn events_apply_in_order_and_only_once() {
    let mut replica = replica(ChannelKind::Public);
    assert_eq!(replica.apply(&created(message(1, 6, "one"))).0, Outcome::Applied);
    assert_eq!(replica.apply(&created(message(2, 7, "two"))).0, Outcome::Applied);
    assert_eq!(replica.apply(&created(message(1, 6, "one"))).0, Outcome::Known);
    assert_eq!(texts(&replica), ["one", "two"]);
    let head = replica.channel(DEV).expect("joined").head;
    assert_eq!((head.version, head.last_number, head.last_main_number), (7, 2, 2));
    assert!(replica.is_unread(DEV));
}

#[test]
fn a_gap_is_reported_and_closed_by_changes() {
    let mut replica = replica(ChannelKind::Public);
    assert_eq!(replica.apply(&created(message(3, 8, "three"))).0, Outcome::Gap { after: 5 });
    assert!(texts(&replica).is_empty());
    // Versions 6 and 7 were superseded by 9, so they are holes that up_to covers.
    let mut edited = message(1, 9, "one, edited");
    edited.edited_at = Some(Timestamp(1));
    let events = vec![created(message(3, 8, "three")), entry(9, Event::MessageUpdated { message: edited })];
    let changes = Changes { epoch: "e".to_owned(), up_to: 10, events, more: false, reset: false };
    assert_eq!(replica.apply_changes(KEY, &changes).0, Caught::Up);
    assert_eq!(texts(&replica), ["one, edited", "three"]);
    assert_eq!(replica.position(KEY), Some(10));
}

#[test]
fn runs_of_nothing_move_the_position() {
    let mut replica = replica(ChannelKind::Public);
    let mut nothing = entry(9, Event::Nothing {});
    assert_eq!(replica.apply(&nothing).0, Outcome::Gap { after: 5 });
    nothing.from_version = Some(6);
    assert_eq!(replica.apply(&nothing).0, Outcome::Applied);
    assert_eq!(replica.position(KEY), Some(9));
}

#[test]
fn another_epoch_and_a_reset_drop_what_is_held() {
    let mut replica = replica(ChannelKind::Public);
    replica.apply(&created(message(1, 6, "one")));
    let changes = |epoch: &str, reset| Changes { epoch: epoch.to_owned(), up_to: 50, events: vec![], more: false, reset };
    assert_eq!(replica.apply_changes(KEY, &changes("other", false)).0, Caught::EpochChanged);
    assert_eq!(texts(&replica), ["one"]);
    assert_eq!(replica.apply_changes(KEY, &changes("e", true)).0, Caught::Reset);
    assert!(replica.opened(DEV).is_none());
}

#[test]
fn an_edit_keeps_reactions_and_a_delete_drops_them() {
    let mut replica = replica(ChannelKind::Public);
    replica.apply(&created(message(1, 6, "one")));
    replica.apply(&reacted(7, "👍", ME, false, 1));
    replica.apply(&entry(8, Event::MessageUpdated { message: message(1, 8, "1") }));
    let held = replica.opened(DEV).expect("open").message(MessageId(1_001)).expect("held").clone();
    let reactions = held.reactions.expect("kept");
    assert_eq!((held.text.as_str(), reactions[0].count, reactions[0].me), ("1", 1, true));
    replica.apply(&reacted(9, "👍", ME, true, 0));
    assert_eq!(replica.opened(DEV).expect("open").message(MessageId(1_001)).expect("held").reactions, None);
    replica.apply(&reacted(10, "🎉", OTHER, false, 1));
    let mut deleted = message(1, 11, "must not be kept");
    deleted.deleted = true;
    replica.apply(&entry(11, Event::MessageDeleted { message: deleted, thread: None, last_main_number: 0 }));
    let held = replica.opened(DEV).expect("open").message(MessageId(1_001)).expect("held");
    assert!(held.deleted && held.text.is_empty() && held.reactions.is_none());
    assert!(!replica.is_unread(DEV));
}

#[test]
fn mentions_are_counted_until_read() {
    let mut replica = replica(ChannelKind::Public);
    let mut named = message(1, 6, "@me");
    named.mentions = vec![Mention::User(ME)];
    replica.apply(&created(named.clone()));
    replica.apply(&created(message(2, 7, "nobody")));
    let mut own = message(3, 8, "@everyone");
    (own.author_id, own.mentions) = (ME, vec![Mention::Everyone]);
    replica.apply(&created(own));
    assert_eq!(replica.channel(DEV).expect("joined").mention_count, 1);
    named.deleted = true;
    named.version = 9;
    replica.apply(&entry(9, Event::MessageDeleted { message: named, thread: None, last_main_number: 3 }));
    assert_eq!(replica.channel(DEV).expect("joined").mention_count, 0);
}

#[test]
fn everything_counts_in_a_conversation_and_cursors_reset_it() {
    let mut replica = replica(ChannelKind::Direct);
    replica.apply(&created(message(1, 6, "hi")));
    replica.apply(&created(message(2, 7, "there")));
    assert_eq!(replica.channel(DEV).expect("joined").mention_count, 2);
    let cursor = Cursor { last_read_number: 2, version: 4 };
    let event = Event::CursorUpdated { channel_id: DEV, thread_id: None, cursor, mention_count: 0, counted_to: 7 };
    let entry = JournalEvent { journal: JournalKey::user(ME), version: 4, from_version: None, event };
    assert_eq!(replica.apply(&entry).0, Outcome::Applied);
    assert!(!replica.is_unread(DEV));
    assert_eq!(replica.channel(DEV).expect("joined").mention_count, 0);
}

fn moved(version: i64, last_read_number: i64, mention_count: u32, counted_to: i64) -> JournalEvent {
    let cursor = Cursor { last_read_number, version };
    let event = Event::CursorUpdated { channel_id: DEV, thread_id: None, cursor, mention_count, counted_to };
    JournalEvent { journal: JournalKey::user(ME), version, from_version: None, event }
}

fn count(replica: &Replica) -> u32 {
    replica.channel(DEV).expect("joined").mention_count
}

#[test]
fn a_count_holds_up_to_its_version_whichever_journal_is_faster() {
    let mut late = message(2, 8, "late");
    late.deleted = true;
    let events = [
        created(message(1, 6, "one")),
        created(message(2, 7, "two")),
        entry(8, Event::MessageDeleted { message: late, thread: None, last_main_number: 1 }),
        created(message(3, 9, "three")),
    ];
    // The position was moved to 0 when the channel stood at 7: two messages count. Deleted at 8, one more at 9.
    for before in 0..=events.len() {
        let mut replica = replica(ChannelKind::Direct);
        let mut seen = Vec::new();
        for event in &events[..before] {
            replica.apply(event);
        }
        assert_eq!(replica.apply(&moved(4, 0, 2, 7)), (Outcome::Applied, vec![]));
        seen.push(count(&replica));
        for event in &events[before..] {
            replica.apply(event);
            seen.push(count(&replica));
        }
        let expected: &[u32] = match before {
            0 => &[2, 2, 2, 1, 2],
            1 => &[2, 2, 1, 2],
            2 => &[2, 1, 2],
            3 => &[1, 2],
            _ => &[2],
        };
        assert_eq!(seen, expected, "{before} events before the position");
    }
}

#[test]
fn a_late_count_from_before_what_is_remembered_is_asked_for_again() {
    let mut replica = replica(ChannelKind::Direct);
    assert_eq!(replica.apply(&moved(4, 0, 1, 4)).1, [Effect::LoadChannel(DEV)]);
    let state = ChannelState { mention_count: 1, counted_to: 5, ..channel_state(ChannelKind::Direct) };
    replica.put_channel_state(ChannelState { cursor: Cursor { last_read_number: 0, version: 4 }, ..state });
    assert_eq!(count(&replica), 1);
}

#[test]
fn badges_add_what_no_count_holds_yet() {
    let mut replica = replica(ChannelKind::Public);
    replica.close(DEV);
    let badge = |counted_from, version, new_mentions, mention_count| Badge {
        channel_id: DEV,
        last_main_number: version,
        version,
        new_mentions,
        mention_count,
        counted_from,
    };
    assert_eq!(replica.apply_badge(&badge(5, 8, 2, None)), []);
    assert_eq!(count(&replica), 2);
    assert_eq!(replica.apply(&moved(4, 3, 1, 12)).1, []);
    assert_eq!(replica.apply_badge(&badge(8, 12, 3, None)), [], "all of it is in the count that came with the position");
    assert_eq!((count(&replica), replica.channel(DEV).expect("joined").head.version), (1, 12));
    assert_eq!(replica.apply_badge(&badge(11, 14, 2, None)), [Effect::LoadChannel(DEV)], "some of it is");
    assert_eq!(replica.apply_badge(&badge(20, 18, 0, Some(7))), []);
    assert_eq!(count(&replica), 7);
    assert_eq!(replica.apply_badge(&badge(18, 20, 1, None)), [], "the whole count was newer");
    assert_eq!(count(&replica), 7);
    // Late, but everything above its version is remembered.
    assert_eq!(replica.apply_badge(&badge(20, 23, 2, None)), []);
    assert_eq!(replica.apply(&moved(5, 4, 6, 20)).1, []);
    assert_eq!(count(&replica), 8);
}

#[test]
fn replies_stay_out_of_the_main_timeline() {
    let mut replica = replica(ChannelKind::Public);
    replica.apply(&created(message(1, 6, "root")));
    let mut reply = message(2, 7, "reply");
    reply.thread_id = Some(MessageId(1_001));
    let thread = ThreadView {
        root_id: MessageId(1_001),
        channel_id: DEV,
        reply_count: 1,
        last_number: 2,
        last_reply_at: Some(Timestamp(0)),
        participants: vec![OTHER],
        version: 7,
    };
    replica.apply(&entry(7, Event::MessageCreated { message: reply, thread: Some(thread), last_main_number: 1 }));
    assert_eq!(texts(&replica), ["root"]);
    let root = replica.opened(DEV).expect("open").message(MessageId(1_001)).expect("held");
    assert_eq!(root.thread.as_ref().expect("a thread").reply_count, 1);
    assert_eq!(replica.opened(DEV).expect("open").replies(MessageId(1_001)).count(), 1);
    assert_eq!(replica.channel(DEV).expect("joined").head.last_main_number, 1);
}

#[test]
fn memberships_come_and_go() {
    let mut replica = replica(ChannelKind::Public);
    let own = |version: i64, channel_id: ChannelId, removed: bool| {
        let membership = MembershipView { channel_id, notify: NotifyLevel::All, removed, version };
        let event = Event::MembershipUpdated { membership };
        JournalEvent { journal: JournalKey::user(ME), version, from_version: None, event }
    };
    assert_eq!(replica.apply(&own(4, ChannelId(101), false)).1, [Effect::LoadChannel(ChannelId(101))]);
    assert_eq!(replica.apply(&own(5, DEV, false)).1, []);
    assert_eq!(replica.channel(DEV).expect("joined").notify, NotifyLevel::All);
    assert_eq!(replica.apply(&own(6, DEV, true)).1, [Effect::ChannelDropped(DEV)]);
    assert!(replica.opened(DEV).is_none() && replica.channel(DEV).is_none());
    // The journal of a channel that is gone is not followed any more.
    assert_eq!(replica.apply(&created(message(1, 6, "one"))).0, Outcome::NotFollowed);
}

#[test]
fn pages_must_touch_what_is_held() {
    let mut replica = replica(ChannelKind::Public);
    replica.close(DEV);
    let head = ChannelHead { version: 50, last_number: 20, last_main_number: 20, first_number: 1 };
    let page = |numbers: std::ops::RangeInclusive<i64>, more_before, more_after| MessagePage {
        messages: numbers.map(|number| message(number, number + 5, "x")).collect(),
        more_before,
        more_after,
        head,
        users: Vec::new(),
    };
    replica.load_page(DEV, page(11..=20, true, false));
    replica.load_page(DEV, page(1..=3, false, true));
    assert_eq!(replica.timeline(DEV).count(), 10, "a page with a hole before what is held is not kept");
    replica.load_page(DEV, page(1..=10, false, true));
    assert_eq!(replica.timeline(DEV).map(|m| m.number).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    assert!(!replica.opened(DEV).expect("open").more_before());
    // An old row is not put back behind what was left out.
    assert_eq!(replica.vector().channels.get(&DEV), Some(&50));
}

#[test]
fn what_is_held_is_bounded() {
    let mut replica = replica(ChannelKind::Public);
    let most = i64::try_from(MESSAGES_HELD).expect("small");
    for number in 1..=most + 10 {
        replica.apply(&created(message(number, number + 5, "x")));
    }
    assert_eq!(replica.timeline(DEV).count(), MESSAGES_HELD);
    assert_eq!(replica.timeline(DEV).next().expect("held").number, 11);
    assert!(replica.opened(DEV).expect("open").more_before());
}
