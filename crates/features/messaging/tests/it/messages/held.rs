//! Pages served from memory are what a node that holds nothing reads from the rows.

use super::world::{World, id, numbers};
use plexichat_kernel::Caller;
use plexichat_messaging::{Messaging, PageAt};
use plexichat_model::{ChannelId, ErrorCode, channel::ChannelKind, page::MessagePage, permission::Role};
use plexichat_testkit::engines;

const PLACES: [PageAt; 7] = [
    PageAt::Newest,
    PageAt::Before(1),
    PageAt::Before(65),
    PageAt::Before(100),
    PageAt::After(0),
    PageAt::After(63),
    PageAt::Around(64),
];

/// Every place of a channel as this node shows it.
async fn pages(messaging: &Messaging, who: &Caller, channel: ChannelId) -> Vec<MessagePage> {
    let mut pages = Vec::new();
    for at in PLACES {
        for limit in [1, 40, 200] {
            let page = messaging.list_messages(who, channel, at, Some(limit)).await.expect("a page");
            let json = messaging.list_messages_as_json(who, channel, at, Some(limit)).await.expect("a page");
            assert_eq!(String::from_utf8(json).expect("text"), serde_json::to_string(&page).expect("JSON"));
            pages.push(page);
        }
    }
    pages
}

/// What both nodes hold must be what a handle without memory over the same journal reads.
async fn compare(nodes: [&World; 2], who: &Caller, channel: ChannelId, after: &str) {
    let anew = Messaging::new(nodes[0].journal.clone(), nodes[0].auth.clone(), nodes[0].messaging.keys().clone());
    let expected = pages(&anew, who, channel).await;
    for (place, node) in ["the node itself", "the other node"].iter().zip(nodes) {
        assert_eq!(pages(&node.messaging, who, channel).await, expected, "{place}, after {after}");
    }
}

engines! {
    /// Whatever changes, here or on another node.
    async fn what_is_held_follows_every_change(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let (owner, ada) = (&people[0], &people[1]);
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let mut sent = Vec::new();
        for n in 0..150 {
            sent.push(world.send(&people[usize::from(n % 3 == 0)], channel, &format!("m{n}")).await);
        }
        // The embedded database has one node.
        let second = if world.test_db.engine() == plexichat_testkit::Engine::Sqlite { None } else { Some(world.second().await) };
        let nodes = [&world, second.as_ref().unwrap_or(&world)];
        compare(nodes, ada, channel, "nothing").await;
        let authored = |n: usize| &people[usize::from(n.is_multiple_of(3))];

        for (nth, node) in nodes.into_iter().enumerate() {
            let at = nth * 3;
            node.edit(authored(60 + at), &sent[60 + at], "edited").await.expect("edited");
            compare(nodes, ada, channel, "an edit").await;
            node.delete(authored(61 + at), &sent[61 + at]).await.expect("deleted");
            compare(nodes, ada, channel, "a delete").await;
            for who in [owner, ada] {
                node.messaging.add_reaction(who, channel, sent[62 + at].id, "👍").await.expect("reacts");
                compare(nodes, ada, channel, "a reaction").await;
            }
            node.messaging.remove_reaction(ada, channel, sent[62 + at].id, "👍").await.expect("takes it back");
            compare(nodes, ada, channel, "a reaction taken back").await;
            let reply = node.reply(ada, channel, sent[20 + at].id, "a reply").await;
            compare(nodes, ada, channel, "a reply").await;
            node.delete(ada, &reply).await.expect("deleted");
            compare(nodes, ada, channel, "a reply deleted").await;
            node.send(owner, channel, "newest").await;
            compare(nodes, ada, channel, "a message").await;
        }
        // More versions than are taken over at once.
        for n in 0..230 {
            world.send(owner, channel, &format!("many {n}")).await;
        }
        compare(nodes, ada, channel, "many messages").await;
        let newest = world.page(ada, channel, PageAt::Newest, 200).await;
        assert_eq!(numbers(&newest).last(), Some(&newest.head.last_number));
    }

    /// Who is removed at the other node sees nothing more of what this one holds.
    async fn what_is_held_is_not_shown_to_who_was_removed(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "secret", ChannelKind::Private, &people).await;
        world.send(&people[0], channel, "held").await;
        world.page(&people[1], channel, PageAt::Newest, 50).await;
        world.page(&people[1], channel, PageAt::Newest, 50).await;
        let second = if world.test_db.engine() == plexichat_testkit::Engine::Sqlite { None } else { Some(world.second().await) };
        let other = second.as_ref().unwrap_or(&world);
        other.messaging.remove_channel_member(&people[0], channel, id(&people[1])).await.expect("removed");
        let refused = world.messaging.list_messages(&people[1], channel, PageAt::Newest, Some(50)).await;
        assert_eq!(refused.expect_err("removed").code(), ErrorCode::NotFound);
    }
}
