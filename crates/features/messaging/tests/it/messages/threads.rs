//! Threads: replies, summaries, following.

use super::world::{World, id, numbers};
use plexichat_messaging::PageAt;
use plexichat_model::{
    ErrorCode, Event, JournalKey,
    channel::{ChannelKind, CursorMode, CursorUpdate},
    message::NewMessage,
    permission::Role,
};
use plexichat_testkit::engines;
use sea_orm::ConnectionTrait as _;

engines! {
    /// The summary follows every reply and every deleted reply; the main timeline does not move.
    async fn summaries_follow_replies(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let root = world.send(&people[0], channel, "root").await;
        let first = world.reply(&people[1], channel, root.id, "one").await;
        let second = world.reply(&people[2], channel, root.id, "two").await;
        let third = world.reply(&people[1], channel, root.id, "three").await;
        let summary = |message: plexichat_model::message::MessageView| message.thread.expect("has a thread");
        let read = summary(world.messaging.get_message(&people[0], channel, root.id).await.expect("read"));
        assert_eq!((read.reply_count, read.last_number, read.version), (3, third.number, third.version));
        assert_eq!(read.participants, [id(&people[1]), id(&people[2])]);
        assert_eq!(read.last_reply_at, Some(third.created_at));
        assert_eq!(world.last_main(channel).await, 1);
        assert_eq!(numbers(&world.page(&people[0], channel, PageAt::Newest, 50).await), [1]);

        let replies = world.messaging.list_thread_messages(&people[0], channel, root.id, PageAt::After(0), Some(2)).await.expect("a page");
        assert_eq!((numbers(&replies), replies.more_before, replies.more_after), (vec![first.number, second.number], false, true));
        let replies = world.messaging.list_thread_messages(&people[0], channel, root.id, PageAt::Newest, Some(2)).await.expect("a page");
        assert_eq!((numbers(&replies), replies.more_before, replies.more_after), (vec![second.number, third.number], true, false));

        let position = world.head(JournalKey::channel(channel)).await.version;
        world.delete(&people[1], &third).await.expect("deleted");
        let read = summary(world.messaging.get_message(&people[0], channel, root.id).await.expect("read"));
        assert_eq!((read.reply_count, read.last_number), (2, second.number));
        assert_eq!(read.participants, [id(&people[2]), id(&people[1])]);
        let events = world.changes(&people[0], JournalKey::channel(channel), position).await;
        assert!(matches!(&events[..], [e] if matches!(&e.event, Event::MessageDeleted { thread: Some(thread), .. } if *thread == read)));
        for (who, reply) in [(1, &first), (2, &second)] {
            world.delete(&people[who], reply).await.expect("deleted");
        }
        let read = summary(world.messaging.get_message(&people[0], channel, root.id).await.expect("read"));
        assert_eq!((read.reply_count, read.last_number, read.last_reply_at, read.participants.len()), (0, 0, None, 0));
    }

    /// What may be a root, and that a thread outlives its root.
    async fn roots(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let other = world.channel(workspace, "other", ChannelKind::Public, &people).await;
        let root = world.send(&people[0], channel, "root").await;
        let reply = world.reply(&people[1], channel, root.id, "reply").await;
        let try_reply = |channel, root| {
            let (world, people) = (&world, &people);
            let message = NewMessage { thread_id: Some(root), ..world.message("x") };
            async move { world.try_send(&people[1], channel, message).await.expect_err("refused").code() }
        };
        assert_eq!(try_reply(channel, reply.id).await, ErrorCode::Conflict);
        assert_eq!(try_reply(other, root.id).await, ErrorCode::NotFound);
        world.delete(&people[0], &root).await.expect("deleted");
        assert_eq!(try_reply(channel, root.id).await, ErrorCode::NotFound);
        let page = world.page(&people[1], channel, PageAt::Newest, 10).await;
        assert!(page.messages[0].deleted && page.messages[0].thread.as_ref().is_some_and(|t| t.reply_count == 1));
        let replies = world.messaging.list_thread_messages(&people[1], channel, root.id, PageAt::Newest, None).await.expect("readable");
        assert_eq!(numbers(&replies), [reply.number]);
        let missing = world.messaging.list_thread_messages(&people[1], channel, reply.id, PageAt::Newest, None).await;
        assert_eq!(missing.expect_err("no thread").code(), ErrorCode::NotFound);
    }

    /// Threads by activity, page by page.
    async fn threads_by_activity(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let mut roots = Vec::new();
        for n in 0..5 {
            roots.push(world.send(&people[0], channel, &format!("root {n}")).await.id);
        }
        for n in [3, 0, 4, 0, 2] {
            world.reply(&people[0], channel, roots[n], "reply").await;
        }
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = world.messaging.list_threads(&people[0], channel, after.as_deref(), Some(2)).await.expect("a page");
            found.extend(page.items.iter().map(|t| t.root_id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, [roots[2], roots[0], roots[4], roots[3]]);
    }

    /// An error never stands for a reply that is stored: who follows from then on is found out before, or noted for later.
    async fn a_stored_reply_is_no_error(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let root = world.send(&people[0], channel, "root").await;
        let rename = |from: &str, to: &str| {
            let (db, text) = (world.test_db.db(), format!("alter table {from} rename to {to}"));
            async move { db.maintenance().execute_unprepared(&text).await.map(|_| ()).expect("renamed") }
        };
        // Nobody can say who follows a thread.
        rename("read_cursors", "read_cursors_away").await;
        let reply = NewMessage { thread_id: Some(root.id), ..world.message("reply") };
        let answer = world.try_send(&people[1], channel, reply.clone()).await;
        let stored = world.head(JournalKey::channel(channel)).await.number == root.number + 1;
        assert_eq!(answer.is_ok(), stored, "{answer:?}");
        rename("read_cursors_away", "read_cursors").await;
        let again = world.try_send(&people[1], channel, reply).await.expect("sent");
        assert_eq!((again.duplicate, again.output.number), (stored, root.number + 1));
    }

    /// Who replies and who is replied to has a position in the thread from then on, told on their own journal.
    async fn who_takes_part_follows(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let root = world.send(&people[1], channel, "root").await;
        let mut before = Vec::new();
        for who in &people {
            before.push(world.head(JournalKey::user(id(who))).await.version);
        }
        let reply = world.reply(&people[2], channel, root.id, "reply").await;
        world.journal.flush().await;
        // The same lane has answered once this has committed.
        world.cursor(&people[0], channel, 0, CursorMode::Set).await;
        let follows = |events: Vec<plexichat_model::JournalEvent>| -> Vec<i64> {
            events
                .into_iter()
                .filter_map(|e| match e.event {
                    Event::CursorUpdated { thread_id: Some(thread), cursor, .. } if thread == root.id => Some(cursor.last_read_number),
                    _ => None,
                })
                .collect()
        };
        let mut found = Vec::new();
        for (who, before) in people.iter().zip(&before) {
            for _ in 0..50 {
                if world.head(JournalKey::user(id(who))).await.version > *before || who == &people[0] {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            found.push(follows(world.changes(who, JournalKey::user(id(who)), *before).await));
        }
        assert_eq!(found, [vec![], vec![0], vec![reply.number]]);
        let update = CursorUpdate { last_read_number: 99, mode: CursorMode::Advance, thread_id: Some(root.id) };
        let cursor = world.messaging.update_cursor(&people[1], channel, update).await.expect("moves");
        assert_eq!(cursor.last_read_number, reply.number);
        let update = CursorUpdate { last_read_number: 1, mode: CursorMode::Advance, thread_id: Some(reply.id) };
        assert_eq!(world.messaging.update_cursor(&people[1], channel, update).await.expect_err("no root").code(), ErrorCode::NotFound);
    }
}
