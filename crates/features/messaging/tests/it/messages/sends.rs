//! Sending: exactly once, in order, by whom, to whom.

use super::world::{World, id, numbers};
use futures_util::future::join_all;
use plexichat_messaging::PageAt;
use plexichat_model::{
    ErrorCode, JournalKey,
    channel::{AddChannelMembers, ChannelKind, CursorMode, CursorUpdate},
    message::{Mention, NewMessage},
    permission::Role,
};
use plexichat_testkit::engines;

engines! {
    /// Numbers and versions have no gap and no double, whoever sends at the same time.
    async fn numbers_and_versions_are_gapless(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let other = world.channel(workspace, "other", ChannelKind::Public, &people).await;
        let before = world.head(JournalKey::channel(channel)).await;
        let sends = (0..120).map(|n| {
            let (world, who) = (&world, &people[n % 3]);
            async move { world.send(who, if n % 4 == 0 { other } else { channel }, &format!("message {n}")).await }
        });
        let mut sent: Vec<_> = join_all(sends).await.into_iter().filter(|m| m.channel_id == channel).collect();
        sent.sort_by_key(|m| m.number);
        let count = i64::try_from(sent.len()).expect("small");
        assert_eq!(sent.iter().map(|m| m.number).collect::<Vec<_>>(), (1..=count).collect::<Vec<_>>());
        assert_eq!(sent.iter().map(|m| m.version - before.version).collect::<Vec<_>>(), (1..=count).collect::<Vec<_>>());
        let page = world.page(&people[1], channel, PageAt::Newest, 200).await;
        assert_eq!(page.messages.iter().map(|m| &m.text).collect::<Vec<_>>(), sent.iter().map(|m| &m.text).collect::<Vec<_>>());
        assert_eq!((page.head.last_number, page.head.last_main_number), (count, count));
        assert_eq!(page.users.len(), 3);
    }

    /// One nonce is one message: in one batch, later, on another node, after an edit and after a delete.
    async fn a_nonce_is_one_message(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let ada = &people[1];
        let message = world.message("once");
        let sends = (0..6).map(|_| world.try_send(ada, channel, message.clone()));
        let answers: Vec<_> = join_all(sends).await.into_iter().map(|a| a.expect("answered")).collect();
        assert_eq!(answers.iter().filter(|a| !a.duplicate).count(), 1);
        assert!(answers.iter().all(|a| a.output == answers[0].output), "all are told the same");
        let later = world.try_send(ada, channel, message.clone()).await.expect("answered");
        assert!(later.duplicate && later.output == answers[0].output);
        let other = NewMessage { text: "twice".to_owned(), ..message.clone() };
        assert_eq!(world.try_send(ada, channel, other.clone()).await.expect_err("refused").code(), ErrorCode::NonceReused);
        // Another person's nonce is another nonce.
        assert!(!world.try_send(&people[0], channel, message.clone()).await.expect("sent").duplicate);

        // A node that has never heard of it asks the database.
        let second = world.second().await;
        let again = second.try_send(ada, channel, message.clone()).await.expect("answered");
        assert!(again.duplicate && again.output.id == answers[0].output.id && again.output.number == answers[0].output.number);
        assert_eq!(second.try_send(ada, channel, other.clone()).await.expect_err("refused").code(), ErrorCode::NonceReused);

        // What the first one made is told as it is now, by the node that made it, by one that has answered it before and
        // by one that never heard of it.
        let edited = world.edit(ada, &answers[0].output, "once, better").await.expect("edited");
        for node in [&world, &second, &world.second().await] {
            let answer = node.try_send(ada, channel, message.clone()).await.expect("answered");
            assert_eq!((answer.duplicate, &answer.output), (true, &edited));
            // What was first asked is no longer known: the nonce alone decides, everywhere.
            let answer = node.try_send(ada, channel, other.clone()).await.expect("answered");
            assert_eq!((answer.duplicate, &answer.output), (true, &edited));
        }
        world.delete(ada, &answers[0].output).await.expect("deleted");
        for node in [&world, &second, &world.second().await] {
            let answer = node.try_send(ada, channel, message.clone()).await.expect("answered");
            assert!(answer.duplicate && answer.output.deleted && answer.output.text.is_empty(), "{answer:?}");
            assert_eq!(answer.output.id, answers[0].output.id);
        }
        assert_eq!(numbers(&world.page(ada, channel, PageAt::Newest, 50).await), [1, 2]);
    }

    /// A known nonce does not disturb the others of its batch.
    async fn duplicates_leave_the_batch_alone(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let known: Vec<NewMessage> = (0..5).map(|n| world.message(&format!("known {n}"))).collect();
        for message in &known {
            world.try_send(&people[0], channel, message.clone()).await.expect("sent");
        }
        let second = world.second().await;
        let mixed: Vec<NewMessage> = (0..40).map(|n| if n % 8 == 0 { known[n / 8].clone() } else { second.message(&format!("new {n}")) }).collect();
        let answers = join_all(mixed.into_iter().map(|message| second.try_send(&people[0], channel, message))).await;
        let duplicates = answers.iter().filter(|a| a.as_ref().expect("answered").duplicate).count();
        assert_eq!(duplicates, 5);
        let head = world.head(JournalKey::channel(channel)).await;
        assert_eq!(head.number, 40);
        assert_eq!(numbers(&world.page(&people[0], channel, PageAt::Newest, 200).await), (1..=40).collect::<Vec<i64>>());
    }

    /// The longest texts in the widest characters, many in one batch.
    async fn long_messages_together(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let text = "\u{1f600}".repeat(12_000);
        let sends = (0..100).map(|_| world.send(&people[0], channel, &text));
        assert!(join_all(sends).await.iter().all(|m| m.text == text));
        let page = world.page(&people[0], channel, PageAt::Newest, 200).await;
        assert!(page.messages.len() == 100 && page.messages.iter().all(|m| m.text == text));
    }

    /// Who may send where; strangers do not learn that a private channel exists.
    async fn permissions_of_sending(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("gus", Role::Guest)]).await;
        let news = world.channel(workspace, "news", ChannelKind::Announcement, &people).await;
        let secret = world.channel(workspace, "secret", ChannelKind::Private, &people[..1]).await;
        for who in &people[1..] {
            let refused = world.try_send(who, news, world.message("hello")).await.expect_err("refused");
            assert_eq!(refused.code(), ErrorCode::MissingPermission);
            assert_eq!(world.try_send(who, secret, world.message("hello")).await.expect_err("refused").code(), ErrorCode::NotFound);
        }
        let root = world.send(&people[0], news, "news").await;
        world.reply(&people[2], news, root.id, "thanks").await;
        let empty = world.try_send(&people[0], news, world.message(" \n")).await.expect_err("refused");
        assert_eq!((empty.code(), empty.field()), (ErrorCode::Invalid, Some("text")));
        let head = world.head(JournalKey::channel(news)).await;
        assert_eq!((head.number, head.main_number), (2, 1), "refusals use up nothing");
    }

    /// Who was removed on one node can neither write nor read on another, whatever that one has heard; who was let
    /// in again can.
    async fn removal_counts_on_every_node(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "secret", ChannelKind::Private, &people).await;
        let (owner, ada) = (&people[0], &people[1]);
        let sent = world.send(ada, channel, "hello").await;
        let second = world.second().await;
        second.messaging.remove_channel_member(owner, channel, id(ada)).await.expect("removes");
        let m = &world.messaging;
        assert_eq!(world.try_send(ada, channel, world.message("still here?")).await.expect_err("refused").code(), ErrorCode::NotFound);
        assert_eq!(world.edit(ada, &sent, "changed").await.expect_err("refused").code(), ErrorCode::NotFound);
        assert_eq!(world.delete(ada, &sent).await.expect_err("refused").code(), ErrorCode::NotFound);
        assert_eq!(m.add_reaction(ada, channel, sent.id, "👍").await.expect_err("refused").code(), ErrorCode::NotFound);
        assert_eq!(m.list_messages(ada, channel, PageAt::Newest, None).await.expect_err("refused").code(), ErrorCode::NotFound);
        assert_eq!(m.changes(ada, JournalKey::channel(channel), 0, None).await.expect_err("refused").code(), ErrorCode::NotFound);
        let update = CursorUpdate { last_read_number: 1, mode: CursorMode::Advance, thread_id: None };
        assert_eq!(m.update_cursor(ada, channel, update.clone()).await.expect_err("refused").code(), ErrorCode::NotFound);
        let add = AddChannelMembers { user_ids: vec![id(ada)] };
        second.messaging.add_channel_members(owner, channel, add).await.expect("adds");
        m.update_cursor(ada, channel, update).await.expect("moves");
        assert_eq!(world.send(ada, channel, "back").await.number, 2);
    }

    /// Names become mentions of people who are in the channel or may join it.
    async fn mentions_name_people_and_groups(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member), ("bob", Role::Member), ("gus", Role::Guest)]).await;
        let public = world.channel(workspace, "public", ChannelKind::Public, &people[..2]).await;
        let private = world.channel(workspace, "private", ChannelKind::Private, &people[..2]).await;
        let talk = world.conversation(&people[..2]).await;
        let user = |n: usize| Mention::User(id(&people[n]));
        for (channel, text, expected) in [
            (public, "@ada, @BOB and @nobody: `@owner`", vec![user(1), user(2)]),
            (public, "@gus may not join", vec![]),
            (private, "@ada @bob", vec![user(1)]),
            (private, "@everyone @here @admins @guests", vec![Mention::Everyone, Mention::Here, Mention::Role(Role::Admin), Mention::Role(Role::Guest)]),
            (talk, "@admins @ada @everyone", vec![user(1), Mention::Everyone]),
        ] {
            assert_eq!(world.send(&people[0], channel, text).await.mentions, expected, "{text}");
        }
    }

    /// A broadcast to many needs the permission and the confirmation.
    async fn broadcasts_to_many_are_confirmed(db: TestDb) {
        let world = World::new(db).await;
        let names: Vec<String> = (0..51).map(|n| format!("person{n}")).collect();
        let list: Vec<(&str, Role)> = names.iter().map(|name| (name.as_str(), Role::Member)).collect();
        let (workspace, people) = world.workspace(&list).await;
        let channel = world.channel(workspace, "all", ChannelKind::Public, &people).await;
        let few = world.channel(workspace, "few", ChannelKind::Public, &people[..20]).await;
        for text in ["@everyone", "@here", "@members"] {
            let refused = world.try_send(&people[1], channel, world.message(text)).await.expect_err("refused");
            assert_eq!(refused.code(), ErrorCode::MissingPermission, "{text}");
            let asked = world.try_send(&people[0], channel, world.message(text)).await.expect_err("asked");
            assert_eq!(asked.code(), ErrorCode::ConfirmationNeeded, "{text}");
            let confirmed = NewMessage { confirm_broadcast: true, ..world.message(text) };
            world.try_send(&people[0], channel, confirmed).await.expect("sent");
            world.send(&people[1], few, text).await;
        }
        world.send(&people[1], channel, "@admins reach few").await;
        let quiet = world.send(&people[1], channel, "nobody").await;
        let refused = world.edit(&people[1], &quiet, "@everyone").await.expect_err("refused");
        assert_eq!(refused.code(), ErrorCode::MissingPermission);
    }
}
