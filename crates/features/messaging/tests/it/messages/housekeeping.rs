//! What is forgotten, and when.

use super::world::{World, id};
use plexichat_messaging::PageAt;
use plexichat_model::{JournalKey, channel::ChannelKind, permission::Role};
use plexichat_testkit::engines;

engines! {
    /// Nonces go after seven days, not before, and the page by page walk misses none.
    async fn nonces_go_after_seven_days(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let old = world.message("old");
        world.try_send(&people[0], channel, old.clone()).await.expect("sent");
        let sends = (0..700).map(|n| { let (world, people) = (&world, &people); async move { world.send(&people[0], channel, &format!("{n}")).await } });
        futures_util::future::join_all(sends).await;
        world.days(6);
        world.send(&people[0], channel, "new").await;
        world.messaging.tidy_up().await.expect("tidies");
        assert!(world.second().await.try_send(&people[0], channel, old.clone()).await.expect("answered").duplicate);
        world.days(2);
        world.messaging.tidy_up().await.expect("tidies");
        let (mut left, mut below) = (0, i64::MAX);
        loop {
            let page = world.page(&people[0], channel, PageAt::Before(below), 200).await;
            left += page.messages.iter().filter(|m| m.nonce.is_some()).count();
            if !page.more_before {
                break;
            }
            below = page.messages[0].number;
        }
        assert_eq!(left, 1, "only the newest is remembered");
        world.messaging.tidy_up().await.expect("tidies again");
        assert!(!world.second().await.try_send(&people[0], channel, old).await.expect("sent").duplicate);
    }

    /// Tombstones go after thirty days together with the rise of the floor; who comes from before loads anew.
    async fn tombstones_go_after_thirty_days(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let key = JournalKey::channel(channel);
        let message = world.send(&people[0], channel, "hello").await;
        let m = &world.messaging;
        m.add_reaction(&people[1], channel, message.id, "👍").await.expect("adds");
        m.remove_reaction(&people[1], channel, message.id, "👍").await.expect("removes");
        m.remove_channel_member(&people[0], channel, id(&people[2])).await.expect("removes");
        let last_old = world.send(&people[0], channel, "the last of its day").await;
        world.days(29);
        m.tidy_up().await.expect("tidies");
        assert_eq!(world.head(key).await.resume_floor, 0);
        assert_eq!(world.changes(&people[0], key, message.version).await.len(), 3);
        world.days(2);
        world.send(&people[0], channel, "a new day").await;
        m.tidy_up().await.expect("tidies");
        let head = world.head(key).await;
        assert_eq!(head.resume_floor, last_old.version);
        assert!(world.head(JournalKey::user(id(&people[2]))).await.resume_floor > 0);
        let changes = m.changes(&people[0], key, message.version, None).await.expect("answers");
        assert!(changes.reset && changes.events.is_empty() && changes.up_to == head.version);
        assert_eq!(world.changes(&people[0], key, last_old.version).await.len(), 1);
        m.tidy_up().await.expect("tidies again");
        assert_eq!(world.head(key).await.resume_floor, last_old.version);
    }
}
