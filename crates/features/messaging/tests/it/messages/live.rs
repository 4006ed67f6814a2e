//! What is told live is what the rows say.

use super::world::{World, id};
use futures_util::future::join_all;
use plexichat_events::Signal;
use plexichat_messaging::PageAt;
use plexichat_model::{
    Event, JournalEvent, JournalKey,
    channel::{ChannelKind, CursorMode},
    permission::Role,
};
use plexichat_testkit::engines;
use std::collections::BTreeMap;

/// What an event says, without what is learned only later: a row's event tells the present of what stands beside it.
fn essence(event: &Event) -> Event {
    let mut event = event.clone();
    match &mut event {
        Event::MessageCreated { message, thread, last_main_number }
        | Event::MessageDeleted { message, thread, last_main_number } => {
            (message.reactions, message.thread) = (None, None);
            (*thread, *last_main_number) = (None, 0);
        }
        Event::MessageUpdated { message } => (message.reactions, message.thread) = (None, None),
        Event::ReactionUpdated { count, .. } => *count = 0,
        Event::CursorUpdated { mention_count, counted_to, .. } => (*mention_count, *counted_to) = (0, 0),
        _ => {}
    }
    event
}

engines! {
    /// Every version is published once and in order; rows that have not changed since say the same.
    async fn rows_repeat_what_was_told(db: TestDb) {
        let world = World::new(db).await;
        let mut heard = world.journal.bus().subscribe();
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let m = &world.messaging;
        let mut sent = Vec::new();
        for n in 0..12 {
            sent.push(world.send(&people[n % 3], channel, &format!("@ada {n}")).await);
        }
        for n in 0..4 {
            sent.push(world.reply(&people[n % 3], channel, sent[2].id, "reply").await);
            m.add_reaction(&people[n % 3], channel, sent[n].id, "👍").await.expect("adds");
        }
        m.remove_reaction(&people[0], channel, sent[0].id, "👍").await.expect("removes");
        world.edit(&people[1], &sent[4], "@bob").await.expect("edits");
        for n in [11, 3, 13] {
            world.delete(&people[0], &sent[n]).await.expect("deletes");
        }
        world.cursor(&people[1], channel, 5, CursorMode::Advance).await;
        world.journal.flush().await;
        world.cursor(&people[1], channel, 3, CursorMode::Set).await;

        let mut told: BTreeMap<JournalKey, Vec<JournalEvent>> = BTreeMap::new();
        let keys = [
            JournalKey::INSTANCE,
            JournalKey::workspace(workspace),
            JournalKey::channel(channel),
            JournalKey::user(id(&people[1])),
        ];
        let mut heads = BTreeMap::new();
        for key in keys {
            heads.insert(key, world.head(key).await.version);
        }
        while keys.iter().any(|key| told.get(key).and_then(|list| list.last()).is_none_or(|e| e.version < heads[key])) {
            match heard.recv().await {
                Some(Signal::Committed(published)) => {
                    for event in published.events.iter() {
                        told.entry(event.journal).or_default().push(event.as_ref().clone());
                    }
                }
                Some(_) => {}
                None => panic!("the bus ended"),
            }
        }
        for key in keys {
            let live = &told[&key];
            assert!(live.is_sorted_by_key(|e| e.version), "{key} in order");
            let first = live[0].version;
            for row in m.read_journal(key, first - 1, heads[&key]).await.expect("reads") {
                if row.event == (Event::Nothing {}) {
                    continue;
                }
                let said = live.iter().filter(|e| e.version == row.version).any(|e| essence(&e.event) == essence(&row.event));
                // A thread whose last reply has changed since is told alone, at the version of that reply.
                let folded = matches!(&row.event, Event::ThreadUpdated { thread } if live.iter().any(|e| e.version == row.version
                    && matches!(&e.event, Event::MessageCreated { thread: Some(t), .. } | Event::MessageDeleted { thread: Some(t), .. } if t == thread)));
                // Positions that begin with a membership have no event of their own when told live.
                let begun = matches!(&row.event, Event::CursorUpdated { .. }) && live.iter().any(|e| e.version == row.version && matches!(e.event, Event::MembershipUpdated { .. }));
                assert!(said || folded || begun, "{key} {}: {:?}\ntold {:?}", row.version, row.event, live.iter().filter(|e| e.version == row.version).collect::<Vec<_>>());
            }
        }
    }

    /// Two nodes write to one channel, every message by both with the same nonce: each is stored once, both say the same.
    async fn two_nodes_and_their_twins(db: TestDb) {
        let first = World::new(db).await;
        let (workspace, people) = first.workspace(&[("ada", Role::Member)]).await;
        let channel = first.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let second = first.second().await;
        let messages: Vec<_> = (0..60).map(|n| (first.message(&format!("twin {n}")), n % 2)).collect();
        let send = |world| {
            let (messages, people) = (&messages, &people);
            join_all(messages.iter().map(move |(message, who)| {
                let world: &World = world;
                async move { world.try_send(&people[*who], channel, message.clone()).await.expect("answered") }
            }))
        };
        let (one, two) = tokio::join!(send(&first), send(&second));
        for (one, two) in one.iter().zip(&two) {
            assert_eq!((one.output.id, one.output.number, one.output.version), (two.output.id, two.output.number, two.output.version));
            assert!(one.duplicate != two.duplicate);
        }
        let head = first.head(JournalKey::channel(channel)).await;
        assert_eq!(head.number, 60);
        let (left, right) = (first.page(&people[0], channel, PageAt::Newest, 200).await, second.page(&people[0], channel, PageAt::Newest, 200).await);
        assert_eq!(left.messages, right.messages);
        assert_eq!(left.messages.iter().map(|m| m.number).collect::<Vec<_>>(), (1..=60).collect::<Vec<i64>>());
    }
}
