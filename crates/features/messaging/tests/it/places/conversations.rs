//! Direct and group conversations, and who sees whom.

use crate::world::{Node, World, code_of};
use plexichat_messaging::UserQuery;
use plexichat_model::{
    ErrorCode, UserId,
    channel::{AddChannelMembers, ChannelKind, ChannelPatch, NewConversation, NotifyLevel},
    permission::Role,
};
use plexichat_testkit::engines;

fn with(ids: &[UserId]) -> NewConversation {
    NewConversation { user_ids: ids.to_vec() }
}

engines! {
    /// The same people get the same conversation, whoever opens it; it has fixed people and nothing else.
    async fn the_same_people_share_one_conversation(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let (ada, bob) = (world.member("ada").await, world.member("bob").await);
        let one = messaging.open_conversation(&ada.caller, with(&[bob.id])).await.expect("opened");
        assert!(one.created);
        assert_eq!((one.state.channel.kind, one.state.notify), (ChannelKind::Direct, NotifyLevel::All));
        let mut people = vec![ada.id, bob.id];
        people.sort_unstable();
        assert_eq!(one.state.channel.participants, people);
        let two = messaging.open_conversation(&bob.caller, with(&[ada.id, bob.id, ada.id])).await.expect("found");
        assert_eq!((two.created, two.state.channel.id), (false, one.state.channel.id));
        let group = messaging.open_conversation(&ada.caller, with(&[bob.id, world.owner.id])).await.expect("opened");
        assert_eq!((group.created, group.state.channel.kind), (true, ChannelKind::Group));
        let id = one.state.channel.id;
        assert_eq!(code_of(messaging.get_channel(&world.owner.caller, id).await), ErrorCode::NotFound);
        assert_eq!(code_of(messaging.leave_channel(&ada.caller, id).await), ErrorCode::Conflict);
        let add = AddChannelMembers { user_ids: vec![world.owner.id] };
        assert_eq!(code_of(messaging.add_channel_members(&ada.caller, id, add).await), ErrorCode::Conflict);
        let named = ChannelPatch { name: Some("us".to_owned()), ..ChannelPatch::default() };
        assert_eq!(code_of(messaging.update_channel(&ada.caller, id, named, None).await), ErrorCode::Forbidden);
    }

    /// Both write first at the same moment, at two nodes: one conversation.
    async fn two_who_open_at_once_meet(db: TestDb) {
        let world = World::new(&db).await;
        let other = Node::start(&db, 2).await;
        let (ada, bob) = (world.member("ada").await, world.member("bob").await);
        let (a, b) = tokio::join!(
            world.messaging().open_conversation(&ada.caller, with(&[bob.id])),
            other.messaging.open_conversation(&bob.caller, with(&[ada.id]))
        );
        let (a, b) = (a.expect("open"), b.expect("open"));
        assert_eq!(a.state.channel.id, b.state.channel.id);
        assert!(a.created != b.created);
    }

    /// One converses with whom one sees: a workspace, a channel, a conversation in common.
    async fn strangers_are_not_there(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let (blue, red) = (
            world.channel(&world.owner, ChannelKind::Private, "blue", &[]).await.channel.id,
            world.channel(&world.owner, ChannelKind::Private, "red", &[]).await.channel.id,
        );
        let (gus, gil) = (world.person("gus", Role::Guest, &[blue]).await, world.person("gil", Role::Guest, &[red]).await);
        assert_eq!(code_of(messaging.get_user(&gus.caller, gil.id).await), ErrorCode::NotFound);
        assert_eq!(code_of(messaging.open_conversation(&gus.caller, with(&[gil.id])).await), ErrorCode::NotFound);
        assert_eq!(code_of(messaging.open_conversation(&gus.caller, with(&[UserId(4242)])).await), ErrorCode::NotFound);
        let asked = UserQuery { ids: Some(vec![gil.id, world.owner.id, gus.id]), ..UserQuery::default() };
        let seen: Vec<_> = messaging.list_users(&gus.caller, &asked).await.expect("a list").items.into_iter().map(|u| u.handle).collect();
        assert_eq!(seen, ["olga", "gus"]);
        let found = UserQuery { q: Some("g".to_owned()), ..UserQuery::default() };
        let found: Vec<_> = messaging.list_users(&gus.caller, &found).await.expect("a list").items.into_iter().map(|u| u.handle).collect();
        assert_eq!(found, ["gus"]);
        let all = messaging.open_conversation(&world.owner.caller, with(&[gus.id, gil.id])).await.expect("opened");
        assert_eq!(all.state.channel.kind, ChannelKind::Group);
        assert!(messaging.get_user(&gus.caller, gil.id).await.is_ok(), "now they share a conversation");
        assert!(messaging.open_conversation(&gus.caller, with(&[gil.id])).await.is_ok());
    }

    /// Two to twenty.
    async fn conversations_have_a_size(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let caller = &world.owner.caller;
        assert_eq!(code_of(messaging.open_conversation(caller, with(&[world.owner.id])).await), ErrorCode::Conflict);
        assert_eq!(code_of(messaging.open_conversation(caller, with(&[])).await), ErrorCode::Invalid);
        let code = world.invite(Role::Member, 30, &[]).await;
        let mut ids = Vec::new();
        for n in 0..20 {
            ids.push(world.accept(&code, &format!("person-{n}")).await.expect("joins").id);
        }
        assert_eq!(code_of(messaging.open_conversation(caller, with(&ids)).await), ErrorCode::LimitReached);
        let opened = messaging.open_conversation(caller, with(&ids[..19])).await.expect("twenty people");
        assert_eq!(opened.state.channel.participants.len(), 20);
    }
}
