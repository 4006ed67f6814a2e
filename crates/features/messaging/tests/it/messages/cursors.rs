//! Read positions and what is counted above them.

use super::world::{World, id};
use plexichat_kernel::Caller;
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalKey,
    channel::{ChannelKind, CursorMode, CursorUpdate},
    message::NewMessage,
    permission::Role,
};
use plexichat_testkit::engines;
use std::time::Duration;

/// Waits until the position stands there: relaxed changes are committed behind the caller's back.
async fn settles(world: &World, who: &Caller, channel: ChannelId, number: i64) {
    world.journal.flush().await;
    for _ in 0..100 {
        if world.unread(who, channel).await.0 == number {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(world.unread(who, channel).await.0, number);
}

engines! {
    /// Forward only, exactly there, never beyond the newest message; told on the person's own journal.
    async fn positions_move(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let ada = &people[1];
        for n in 0..5 {
            world.send(&people[0], channel, &format!("@ada {n}")).await;
        }
        let own = JournalKey::user(id(ada));
        let before = world.head(own).await.version;
        assert_eq!(world.unread(ada, channel).await, (0, 5));
        let moved = world.cursor(ada, channel, 3, CursorMode::Advance).await;
        assert_eq!((moved.last_read_number, moved.version), (3, before + 1));
        assert_eq!(world.cursor(ada, channel, 2, CursorMode::Advance).await, moved, "an older number changes nothing");
        assert_eq!(world.unread(ada, channel).await, (3, 2));
        assert_eq!(world.cursor(ada, channel, 99, CursorMode::Advance).await.last_read_number, 5);
        assert_eq!(world.cursor(ada, channel, 1, CursorMode::Set).await.last_read_number, 1);
        assert_eq!(world.unread(ada, channel).await, (1, 4));
        let events = world.changes(ada, own, before).await;
        assert!(matches!(&events[..], [e] if matches!(&e.event,
            Event::CursorUpdated { channel_id, thread_id: None, cursor, mention_count: 4, .. } if *channel_id == channel && cursor.last_read_number == 1)));
        let wrong = CursorUpdate { last_read_number: -1, mode: CursorMode::Set, thread_id: None };
        assert_eq!(world.messaging.update_cursor(ada, channel, wrong).await.expect_err("refused").code(), ErrorCode::Invalid);
    }

    /// A sender has read their own message only if they had read what was before it, or say so.
    async fn sending_reads(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let (owner, ada) = (&people[0], &people[1]);
        for n in 0..3 {
            world.send(ada, channel, &format!("own {n}")).await;
        }
        settles(&world, ada, channel, 3).await;
        world.send(owner, channel, "unread").await;
        world.send(ada, channel, "without looking").await;
        world.journal.flush().await;
        settles(&world, ada, channel, 3).await;
        let looked = NewMessage { read_up_to: Some(5), ..world.message("having looked") };
        world.try_send(ada, channel, looked).await.expect("sent");
        settles(&world, ada, channel, 6).await;
        // A message that went is not in the way.
        let gone = world.send(owner, channel, "oops").await;
        world.delete(owner, &gone).await.expect("deleted");
        world.send(ada, channel, "next").await;
        settles(&world, ada, channel, 8).await;
    }

    /// Reading by the way is gathered; "mark unread from here" is not undone by it.
    async fn reading_by_the_way(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let ada = &people[1];
        for n in 0..9 {
            world.send(&people[0], channel, &format!("{n}")).await;
        }
        let read = |number| CursorUpdate { last_read_number: number, mode: CursorMode::Advance, thread_id: None };
        for number in [2, 7, 4] {
            world.messaging.note_read(ada, channel, read(number)).await.expect("noted");
        }
        settles(&world, ada, channel, 7).await;
        world.messaging.note_read(ada, channel, read(8)).await.expect("noted");
        world.cursor(ada, channel, 1, CursorMode::Set).await;
        world.journal.flush().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        settles(&world, ada, channel, 1).await;
    }

    /// The counting rules, row by row.
    async fn what_is_counted(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Admin), ("gus", Role::Guest)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people[..3]).await;
        let (owner, ada, bob) = (&people[0], &people[1], &people[2]);
        let mut expected = (0, 0);
        for (text, for_ada, for_bob) in [
            ("nothing for anybody", 0, 0),
            ("@ada", 1, 0),
            ("@ada @bob", 1, 1),
            ("@everyone", 1, 1),
            ("@here", 0, 0),
            ("@admins", 0, 1),
            ("@members", 1, 0),
            ("@guests", 0, 0),
            ("@ada @everyone @members", 1, 1),
            ("`@ada`", 0, 0),
        ] {
            world.send(owner, channel, text).await;
            expected = (expected.0 + for_ada, expected.1 + for_bob);
            let found = (world.unread(ada, channel).await.1, world.unread(bob, channel).await.1);
            assert_eq!(found, expected, "after {text:?}");
        }
        assert_eq!(world.unread(owner, channel).await.1, 0, "one's own never count");
        // In a thread as well.
        let root = world.send(owner, channel, "root").await;
        world.reply(owner, channel, root.id, "@ada").await;
        assert_eq!(world.unread(ada, channel).await.1, expected.0 + 1);
        // Who joins later starts there: broadcasts from before never count, also when the position goes back.
        let new = plexichat_model::channel::AddChannelMembers { user_ids: vec![id(&people[3])] };
        world.messaging.add_channel_members(owner, channel, new).await.expect("added");
        world.cursor(&people[3], channel, 0, CursorMode::Set).await;
        assert_eq!(world.unread(&people[3], channel).await.1, 0);
        world.send(owner, channel, "@guests").await;
        world.send(owner, channel, "@everyone").await;
        assert_eq!(world.unread(&people[3], channel).await.1, 2);
    }

    /// Counts stop at 100, each channel for itself.
    async fn counts_are_capped_by_channel(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let loud = world.channel(workspace, "loud", ChannelKind::Public, &people).await;
        let quiet = world.channel(workspace, "quiet", ChannelKind::Public, &people).await;
        let talk = world.conversation(&people[..2]).await;
        let sends = (0..130).flat_map(|n| [(loud, n), (talk, n)]).map(|(channel, n)| {
            let (world, people) = (&world, &people);
            async move { world.send(&people[0], channel, if n % 2 == 0 { "@ada" } else { "@everyone" }).await }
        });
        futures_util::future::join_all(sends).await;
        world.send(&people[0], quiet, "@ada").await;
        world.send(&people[1], talk, "an answer").await;
        assert_eq!(world.unread(&people[1], loud).await.1, 100);
        assert_eq!(world.unread(&people[1], quiet).await.1, 1);
        world.cursor(&people[1], talk, 0, CursorMode::Set).await;
        assert_eq!(world.unread(&people[1], talk).await.1, 100, "in a conversation everything of others counts");
        world.cursor(&people[1], talk, 128, CursorMode::Advance).await;
        assert_eq!(world.unread(&people[1], talk).await.1, 2);
        assert_eq!(world.unread(&people[0], talk).await.1, 1);
        let snapshot = world.messaging.snapshot(&people[1]).await.expect("a snapshot");
        let counts: Vec<u32> = [loud, quiet, talk]
            .iter()
            .map(|id| snapshot.channels.iter().find(|c| c.channel.id == *id).expect("joined").mention_count)
            .collect();
        assert_eq!(counts, [100, 1, 2]);
    }
}
