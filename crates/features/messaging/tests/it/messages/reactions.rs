//! Reactions.

use super::world::{World, id};
use plexichat_messaging::PageAt;
use plexichat_model::{ErrorCode, Event, JournalKey, channel::ChannelKind, permission::Role};
use plexichat_testkit::engines;

engines! {
    /// Adding and removing is idempotent; the event tells the number of people.
    async fn adding_twice_is_once(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let key = JournalKey::channel(channel);
        let message = world.send(&people[0], channel, "hello").await;
        let start = world.head(key).await.version;
        let m = &world.messaging;
        m.remove_reaction(&people[1], channel, message.id, "👍").await.expect("nothing to remove");
        m.add_reaction(&people[1], channel, message.id, "👍").await.expect("adds");
        m.add_reaction(&people[1], channel, message.id, "👍").await.expect("is there");
        m.add_reaction(&people[2], channel, message.id, "👍").await.expect("adds");
        m.add_reaction(&people[2], channel, message.id, ":wave:").await.expect("adds");
        assert_eq!(world.head(key).await.version, start + 3, "what changes nothing takes no version");
        let shown = |list: Vec<plexichat_model::message::ReactionView>| -> Vec<(String, u32, Vec<i64>, bool)> {
            list.into_iter().map(|r| (r.emoji, r.count, r.user_ids.iter().map(|u| u.0).collect(), r.me)).collect()
        };
        let (ada, bob) = (id(&people[1]).0, id(&people[2]).0);
        let read = m.get_message(&people[1], channel, message.id).await.expect("read");
        assert_eq!(shown(read.reactions.expect("some")), [("👍".to_owned(), 2, vec![ada, bob], true), (":wave:".to_owned(), 1, vec![bob], false)]);
        m.remove_reaction(&people[1], channel, message.id, "👍").await.expect("removes");
        m.remove_reaction(&people[1], channel, message.id, "👍").await.expect("is gone");
        let page = world.page(&people[1], channel, PageAt::Newest, 5).await;
        let list = page.messages[0].reactions.clone().expect("some");
        assert_eq!(shown(list), [("👍".to_owned(), 1, vec![bob], false), (":wave:".to_owned(), 1, vec![bob], false)]);
        let events = world.changes(&people[0], key, start).await;
        let told: Vec<(String, bool, u32)> = events
            .into_iter()
            .map(|e| match e.event {
                Event::ReactionUpdated { emoji, removed, count, .. } => (emoji, removed, count),
                other => panic!("unexpected {other:?}"),
            })
            .collect();
        assert_eq!(told, [("👍".to_owned(), false, 1), (":wave:".to_owned(), false, 1), ("👍".to_owned(), true, 1)]);
        // All gone, then again: it begins anew behind the others.
        m.remove_reaction(&people[2], channel, message.id, "👍").await.expect("removes");
        m.add_reaction(&people[1], channel, message.id, "👍").await.expect("adds");
        let read = m.get_message(&people[0], channel, message.id).await.expect("read");
        assert_eq!(shown(read.reactions.expect("some")), [(":wave:".to_owned(), 1, vec![bob], false), ("👍".to_owned(), 1, vec![ada], false)]);
    }

    /// What may be a reaction, and how many.
    async fn bounds_of_reactions(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let message = world.send(&people[0], channel, "hello").await;
        for n in 0..50 {
            world.messaging.add_reaction(&people[0], channel, message.id, &format!(":e{n}:")).await.expect("adds");
        }
        let over = world.messaging.add_reaction(&people[0], channel, message.id, ":one-more:").await.expect_err("refused");
        assert_eq!(over.code(), ErrorCode::LimitReached);
        world.messaging.add_reaction(&people[1], channel, message.id, ":e7:").await.expect("one that is there");
        let bad = world.messaging.add_reaction(&people[1], channel, message.id, "hello").await.expect_err("refused");
        assert_eq!((bad.code(), bad.field()), (ErrorCode::Invalid, Some("emoji")));
        world.messaging.remove_reaction(&people[0], channel, message.id, ":e3:").await.expect("removes");
        world.messaging.add_reaction(&people[0], channel, message.id, ":one-more:").await.expect("room again");
        let read = world.messaging.get_message(&people[1], channel, message.id).await.expect("read");
        assert_eq!(read.reactions.expect("some").len(), 50);
    }
}
