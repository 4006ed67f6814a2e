//! Editing and deleting.

use super::world::World;
use plexichat_messaging::PageAt;
use plexichat_model::{
    ErrorCode, Event, JournalKey,
    channel::{ChannelKind, CursorMode},
    permission::Role,
};
use plexichat_testkit::engines;

engines! {
    /// An edit changes text, mentions, time and version; number, author and thread stay.
    async fn an_edit_keeps_its_place(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let sent = world.send(&people[1], channel, "hello").await;
        world.send(&people[2], channel, "later").await;
        let edited = world.edit(&people[1], &sent, "hello *all*").await.expect("edited");
        assert_eq!((edited.number, edited.id, edited.author_id, edited.created_at), (sent.number, sent.id, sent.author_id, sent.created_at));
        assert!(edited.edited_at.is_some() && edited.version > sent.version);
        let read = world.messaging.get_message(&people[2], channel, sent.id).await.expect("read");
        assert_eq!(read, edited);
        // The same text again is no change.
        assert_eq!(world.edit(&people[1], &edited, "hello *all*").await.expect("fine"), edited);
        assert_eq!(world.edit(&people[2], &sent, "no").await.expect_err("refused").code(), ErrorCode::Forbidden);
        assert_eq!(world.edit(&people[0], &sent, "no").await.expect_err("refused").code(), ErrorCode::Forbidden);
        assert_eq!(world.edit(&people[1], &sent, " ").await.expect_err("refused").code(), ErrorCode::Invalid);
        let patch = plexichat_model::message::MessagePatch { text: "x".to_owned() };
        let stale = world.messaging.edit_message(&people[1], channel, sent.id, patch, Some(sent.version)).await.expect_err("refused");
        assert_eq!((stale.code(), &stale.details().expect("facts")["version"]), (ErrorCode::VersionMismatch, &edited.version.into()));
    }

    /// A tombstone keeps id, number and author and loses everything said.
    async fn a_tombstone_says_nothing(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let sent = world.send(&people[1], channel, "@bob look").await;
        world.messaging.add_reaction(&people[2], channel, sent.id, "👍").await.expect("reacts");
        assert_eq!(world.unread(&people[2], channel).await, (0, 1));
        assert_eq!(world.delete(&people[2], &sent).await.expect_err("refused").code(), ErrorCode::MissingPermission);
        let before = world.head(JournalKey::channel(channel)).await;
        let stale = world.messaging.delete_message(&people[1], channel, sent.id, Some(sent.version + 7)).await;
        assert_eq!(stale.expect_err("refused").code(), ErrorCode::VersionMismatch);
        world.delete(&people[1], &sent).await.expect("deleted");
        let read = world.messaging.get_message(&people[2], channel, sent.id).await.expect("read");
        assert!(read.deleted && read.text.is_empty() && read.mentions.is_empty() && read.reactions.is_none());
        assert_eq!((read.number, read.author_id, read.version), (1, sent.author_id, before.version + 1));
        assert_eq!(world.unread(&people[2], channel).await, (0, 0), "what is gone is not counted");
        // Again: no error, no version.
        world.delete(&people[1], &sent).await.expect("nothing to do");
        assert_eq!(world.head(JournalKey::channel(channel)).await.version, before.version + 1);
        assert_eq!(world.edit(&people[1], &sent, "back").await.expect_err("refused").code(), ErrorCode::NotFound);
        assert_eq!(world.messaging.add_reaction(&people[2], channel, sent.id, "👍").await.expect_err("refused").code(), ErrorCode::NotFound);
        // With the permission anybody's.
        let other = world.send(&people[2], channel, "mine").await;
        world.delete(&people[0], &other).await.expect("deleted");
    }

    /// The newest visible number goes back when the newest message goes, over tombstones and replies.
    async fn the_newest_visible_number_goes_back(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let ada = &people[1];
        let mut sent = Vec::new();
        for n in 0..4 {
            sent.push(world.send(ada, channel, &format!("m{n}")).await);
        }
        world.reply(ada, channel, sent[0].id, "reply").await;
        assert_eq!(world.last_main(channel).await, 4);
        world.delete(ada, &sent[2]).await.expect("deleted");
        assert_eq!(world.last_main(channel).await, 4);
        let position = world.head(JournalKey::channel(channel)).await.version;
        world.delete(ada, &sent[3]).await.expect("deleted");
        assert_eq!(world.last_main(channel).await, 2);
        let events = world.changes(ada, JournalKey::channel(channel), position).await;
        assert!(matches!(&events[..], [e] if matches!(&e.event, Event::MessageDeleted { last_main_number: 2, message, .. } if message.id == sent[3].id)));
        world.delete(ada, &sent[0]).await.expect("deleted");
        world.delete(ada, &sent[1]).await.expect("deleted");
        assert_eq!(world.last_main(channel).await, 0);
        assert_eq!(world.send(ada, channel, "again").await.number, 6);
        assert_eq!(world.last_main(channel).await, 6);
    }

    /// Edits notify only the newly named; who is no longer named no longer counts it.
    async fn an_edit_names_anew(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member), ("eve", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let sent = world.send(&people[0], channel, "@ada @bob").await;
        assert_eq!((world.unread(&people[1], channel).await.1, world.unread(&people[2], channel).await.1), (1, 1));
        world.cursor(&people[1], channel, 1, CursorMode::Advance).await;
        let edited = world.edit(&people[0], &sent, "@ada @eve").await.expect("edited");
        assert_eq!(edited.mentions.len(), 2);
        let counts = [world.unread(&people[1], channel).await.1, world.unread(&people[2], channel).await.1, world.unread(&people[3], channel).await.1];
        assert_eq!(counts, [0, 0, 1]);
        let page = world.page(&people[3], channel, PageAt::Newest, 10).await;
        assert_eq!(page.messages[0].mentions, edited.mentions);
    }
}
