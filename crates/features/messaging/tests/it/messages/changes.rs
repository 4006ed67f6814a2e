//! State + changes = state, from every position.

use super::world::{World, id};
use plexichat_messaging::PageAt;
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalEvent, JournalKey, MessageId,
    channel::ChannelKind,
    message::{MessageView, ReactionView, ThreadView},
    permission::Role,
};
use plexichat_testkit::engines;
use std::collections::BTreeMap;

/// What a client holds of a channel, by the rules of the contract.
#[derive(Clone, Debug, Default, PartialEq)]
struct Held {
    position: i64,
    last_main_number: i64,
    messages: BTreeMap<i64, MessageView>,
    threads: BTreeMap<MessageId, ThreadView>,
}

impl Held {
    fn put(&mut self, mut message: MessageView) {
        if let Some(thread) = message.thread.take() {
            self.summary(thread);
        }
        if let Some(held) = self.messages.get(&message.number) {
            if held.version > message.version {
                return;
            }
            if !message.deleted {
                message.reactions = message.reactions.or_else(|| held.reactions.clone());
            }
        }
        self.messages.insert(message.number, message);
    }

    fn summary(&mut self, thread: ThreadView) {
        if self.threads.get(&thread.root_id).is_none_or(|held| held.version <= thread.version) {
            self.threads.insert(thread.root_id, thread);
        }
    }

    fn apply(&mut self, event: JournalEvent) {
        match event.event {
            Event::MessageCreated { message, thread, last_main_number }
            | Event::MessageDeleted { message, thread, last_main_number } => {
                self.put(message);
                if let Some(thread) = thread {
                    self.summary(thread);
                }
                self.last_main_number = last_main_number;
            }
            Event::MessageUpdated { message } => self.put(message),
            Event::ThreadUpdated { thread } => self.summary(thread),
            Event::ReactionUpdated { number, emoji, user_id, removed, count, .. } => {
                let Some(message) = self.messages.get_mut(&number).filter(|m| !m.deleted) else { return };
                let list = message.reactions.get_or_insert_default();
                let at = list.iter().position(|r| r.emoji == emoji).unwrap_or_else(|| {
                    list.push(ReactionView { emoji, count, user_ids: Vec::new(), me: false });
                    list.len() - 1
                });
                list[at].count = count;
                list[at].user_ids.retain(|held| *held != user_id);
                if !removed {
                    list[at].user_ids.push(user_id);
                }
                list.retain(|r| r.count > 0);
                if list.is_empty() {
                    message.reactions = None;
                }
            }
            _ => {}
        }
    }

    /// With what may differ by the order in which it was learned put into one order.
    fn in_order(mut self) -> Self {
        for message in self.messages.values_mut() {
            for reaction in message.reactions.iter_mut().flatten() {
                reaction.user_ids.sort();
                reaction.me = false;
            }
            if let Some(list) = &mut message.reactions {
                list.sort_by(|a, b| a.emoji.cmp(&b.emoji));
            }
        }
        self
    }
}

/// The server's state, page by page.
async fn loaded(world: &World, who: &plexichat_kernel::Caller, channel: ChannelId) -> Held {
    let mut held = Held::default();
    let page = world.page(who, channel, PageAt::After(0), 200).await;
    (held.position, held.last_main_number) = (page.head.version, page.head.last_main_number);
    for mut message in page.messages {
        if let Some(thread) = message.thread.take() {
            let replies = world
                .messaging
                .list_thread_messages(who, channel, message.id, PageAt::After(0), Some(200))
                .await
                .expect("a page");
            for reply in replies.messages {
                held.messages.insert(reply.number, reply);
            }
            held.threads.insert(thread.root_id, thread);
        }
        held.messages.insert(message.number, message);
    }
    held.in_order()
}

/// One step of somebody: what it is follows from `n` alone.
async fn step(world: &World, people: &[plexichat_kernel::Caller], channel: ChannelId, n: usize, sent: &mut Vec<MessageView>) {
    let who = &people[n % people.len()];
    let any = |sent: &[MessageView]| sent[(n * 7919 + n / 3) % sent.len()].clone();
    match ((n * 2_654_435_761) >> 7) % 10 {
        0..=3 => sent.push(world.send(who, channel, &format!("message {n}")).await),
        _ if sent.is_empty() => sent.push(world.send(who, channel, "first").await),
        4 | 5 => {
            let root = sent.iter().filter(|m| m.thread_id.is_none()).nth(n % 3);
            if let Some(root) = root.cloned() {
                let message =
                    plexichat_model::message::NewMessage { thread_id: Some(root.id), ..world.message(&format!("reply {n}")) };
                sent.extend(world.try_send(who, channel, message).await.ok().map(|c| c.output));
            }
        }
        6 => {
            let message = any(sent);
            let _ = world.edit(who, &message, &format!("edited {n}")).await;
        }
        7 => {
            let message = any(sent);
            let _ = world.delete(who, &message).await;
        }
        other => {
            let (message, emoji) = (any(sent), ["👍", "🎉", ":wave:"][n % 3]);
            let m = &world.messaging;
            let _ = if other == 8 || !n.is_multiple_of(4) {
                m.add_reaction(who, channel, message.id, emoji).await
            } else {
                m.remove_reaction(who, channel, message.id, emoji).await
            };
        }
    }
}

engines! {
    /// Whoever stopped anywhere, and asks what changed, ends where the server is.
    async fn changes_lead_from_any_state_to_the_present(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let key = JournalKey::channel(channel);
        let (mut sent, mut states) = (Vec::new(), vec![loaded(&world, &people[0], channel).await]);
        for n in 0..160 {
            step(&world, &people, channel, n, &mut sent).await;
            if n % 11 == 0 {
                states.push(loaded(&world, &people[0], channel).await);
            }
        }
        let present = loaded(&world, &people[0], channel).await;
        assert!(present.messages.values().any(|m| m.deleted) && present.messages.values().any(|m| m.reactions.is_some()));
        assert!(!present.threads.is_empty() && present.messages.values().any(|m| m.edited_at.is_some()));
        for state in states {
            let from = state.position;
            let mut held = state;
            for event in world.changes(&people[1], key, from).await {
                held.apply(event);
            }
            held.position = world.head(key).await.version;
            let held = held.in_order();
            for (number, message) in &present.messages {
                assert_eq!(held.messages.get(number), Some(message), "from {from}");
            }
            assert_eq!(held.threads, present.threads, "from {from}");
            assert!(held == present, "from {from}: the rest differs");
        }
    }

    /// A node that fills a gap gets every version, also those whose row has changed since.
    async fn a_node_reads_every_version(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let mut sent = Vec::new();
        for n in 0..60 {
            step(&world, &people, channel, n, &mut sent).await;
        }
        for key in [JournalKey::channel(channel), JournalKey::INSTANCE, JournalKey::workspace(workspace), JournalKey::user(id(&people[1]))] {
            let head = world.head(key).await.version;
            for (after, up_to) in [(0, head), (0, head + 50), (3, 9), (head - 1, head), (head, head)] {
                let events = world.messaging.read_journal(key, after, up_to).await.expect("reads");
                let mut next = after + 1;
                for event in &events {
                    let from = event.from_version.unwrap_or(event.version);
                    assert!(from == next || event.version == next - 1, "{key}: {from} after {next}");
                    next = next.max(event.version + 1);
                }
                assert_eq!(next, up_to.min(head) + 1, "{key} {after}..{up_to}");
            }
        }
    }

    /// Positions that mean nothing here are reset; journals of others are not shown.
    async fn resets_and_refusals(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("gus", Role::Guest)]).await;
        let channel = world.channel(workspace, "secret", ChannelKind::Private, &people[..1]).await;
        let key = JournalKey::channel(channel);
        world.send(&people[0], channel, "hello").await;
        let head = world.head(key).await.version;
        let m = &world.messaging;
        let epoch = m.changes(&people[0], key, 0, None).await.expect("answers").epoch;
        assert!(m.changes(&people[0], key, head + 1, None).await.expect("answers").reset);
        let other = m.changes(&people[0], key, head, Some("another epoch")).await.expect("answers");
        assert!(other.reset && other.up_to == head && other.epoch == epoch);
        let same = m.changes(&people[0], key, head, Some(&epoch)).await.expect("answers");
        assert!(!same.reset && same.events.is_empty() && !same.more);
        for hidden in [key, JournalKey::user(id(&people[0])), JournalKey { kind: plexichat_model::JournalKind::Instance, id: 5 }] {
            assert_eq!(m.changes(&people[1], hidden, 0, None).await.expect_err("hidden").code(), ErrorCode::NotFound);
        }
        assert_eq!(m.changes(&people[0], key, -1, None).await.expect_err("refused").code(), ErrorCode::InvalidQuery);
        // A guest hears of neither strangers nor channels they are not in.
        let public = world.channel(workspace, "public", ChannelKind::Public, &people[..2]).await;
        let told = |events: Vec<JournalEvent>| events.iter().any(|e| matches!(&e.event, Event::ChannelListed { channel } if channel.id == public));
        assert!(told(world.changes(&people[1], JournalKey::workspace(workspace), 0).await));
        assert!(!told(world.changes(&people[2], JournalKey::workspace(workspace), 0).await));
        let stranger = world.account("stranger", plexichat_model::permission::InstanceRole::Member).await;
        let profiles = world.changes(&stranger, JournalKey::INSTANCE, 0).await;
        let seen: Vec<_> = profiles.iter().filter_map(|e| if let Event::UserUpdated { user } = &e.event { Some(user.id) } else { None }).collect();
        assert!(seen.contains(&id(&stranger)) && !seen.contains(&id(&people[0])));
    }

    /// A window ends where it says, and says that there is more.
    async fn windows_are_bounded(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let sends = (0..450).map(|n| { let (world, people) = (&world, &people); async move { world.send(&people[0], channel, &format!("{n}")).await } });
        futures_util::future::join_all(sends).await;
        let key = JournalKey::channel(channel);
        let first = world.messaging.changes(&people[0], key, 0, None).await.expect("answers");
        assert!(first.more && first.up_to == 200 && first.events.len() <= 201);
        assert_eq!(world.changes(&people[0], key, 0).await.iter().filter(|e| matches!(e.event, Event::MessageCreated { .. })).count(), 450);
    }
}
