//! Channels and who is in them.

use crate::world::{Node, World, code_of};
use plexichat_messaging::{ChannelQuery, MemberQuery};
use plexichat_model::{
    ErrorCode, Permission, UserId,
    channel::{AddChannelMembers, ChannelKind, ChannelPatch, MembershipPatch, NewChannel, NotifyLevel},
    permission::Role,
};
use plexichat_testkit::engines;

fn new(kind: ChannelKind, name: &str) -> NewChannel {
    NewChannel { kind, name: name.to_owned(), topic: String::new(), member_ids: Vec::new() }
}

engines! {
    /// A name is one of a kind without regard to case and form, archived or private or not.
    async fn names_are_unique(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let caller = &world.owner.caller;
        let state = world.channel(&world.owner, ChannelKind::Private, "  Cafe\u{301} ", &[]).await;
        assert_eq!(state.channel.name, "Café");
        for taken in ["CAFÉ", "general", "ＧＥＮＥＲＡＬ"] {
            let error = messaging.create_channel(caller, world.workspace, new(ChannelKind::Public, taken)).await.expect_err("taken");
            assert_eq!((error.code(), error.field()), (ErrorCode::NameTaken, Some("name")));
        }
        let rename = ChannelPatch { name: Some("General".to_owned()), ..ChannelPatch::default() };
        assert_eq!(code_of(messaging.update_channel(caller, state.channel.id, rename, None).await), ErrorCode::NameTaken);
        let own = ChannelPatch { name: Some("CAFÉ".to_owned()), ..ChannelPatch::default() };
        assert_eq!(messaging.update_channel(caller, state.channel.id, own, None).await.expect("its own name").name, "CAFÉ");
        for kind in [ChannelKind::Direct, ChannelKind::Group] {
            assert_eq!(code_of(messaging.create_channel(caller, world.workspace, new(kind, "x")).await), ErrorCode::Invalid);
        }
    }

    /// Two create the same name at once, at two nodes: one channel.
    async fn of_two_creators_of_a_name_one_succeeds(db: TestDb) {
        let world = World::new(&db).await;
        let other = Node::start(&db, 2).await;
        let caller = &world.owner.caller;
        for name in ["plans", "Pläne", "計画"] {
            let (a, b) = tokio::join!(
                world.messaging().create_channel(caller, world.workspace, new(ChannelKind::Public, name)),
                other.messaging.create_channel(caller, world.workspace, new(ChannelKind::Private, name))
            );
            assert!(a.is_ok() != b.is_ok(), "one of the two: {a:?} {b:?}");
            let refused = a.err().or(b.err()).expect("one was refused");
            assert_eq!(refused.code(), ErrorCode::NameTaken);
        }
    }

    /// Who may find what: listed ones by members, private ones by who is in them.
    async fn lists_show_what_one_may_find(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let ada = world.member("ada").await;
        world.channel(&world.owner, ChannelKind::Private, "secret", &[]).await;
        world.channel(&world.owner, ChannelKind::Private, "shared", &[&ada]).await;
        world.channel(&world.owner, ChannelKind::Announcement, "News", &[]).await;
        let list = async |query: ChannelQuery| {
            let page = messaging.list_channels(&ada.caller, world.workspace, &query).await.expect("a list");
            (page.items.into_iter().map(|c| c.name).collect::<Vec<_>>(), page.next)
        };
        let (first, next) = list(ChannelQuery { limit: Some(2), ..ChannelQuery::default() }).await;
        assert_eq!(first, ["general", "News"]);
        assert_eq!(list(ChannelQuery { after: next, ..ChannelQuery::default() }).await, (vec!["shared".to_owned()], None));
        assert_eq!(list(ChannelQuery { q: Some("NE".to_owned()), ..ChannelQuery::default() }).await.0, ["News"]);
        assert!(list(ChannelQuery { archived: Some(true), ..ChannelQuery::default() }).await.0.is_empty());
        let wrong = ChannelQuery { limit: Some(201), ..ChannelQuery::default() };
        assert_eq!(code_of(messaging.list_channels(&ada.caller, world.workspace, &wrong).await), ErrorCode::InvalidQuery);
    }

    /// Joining and leaving twice is doing it once; what was said before the joining is read.
    async fn people_join_and_leave(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let ada = world.member("ada").await;
        let news = world.channel(&world.owner, ChannelKind::Announcement, "News", &[]).await.channel.id;
        let found = messaging.get_channel(&ada.caller, news).await.expect("listed");
        assert!(!found.permissions.has(Permission::SendMessages) && found.permissions.has(Permission::JoinPublicChannels));
        let joined = messaging.join_channel(&ada.caller, news).await.expect("joins");
        let again = messaging.join_channel(&ada.caller, news).await.expect("is in");
        assert_eq!((joined.membership_version, joined.head.version), (again.membership_version, again.head.version));
        assert!(joined.permissions.has(Permission::AddReactions) && !joined.permissions.has(Permission::SendMessages));
        messaging.leave_channel(&ada.caller, news).await.expect("leaves");
        assert_eq!(code_of(messaging.leave_channel(&ada.caller, news).await), ErrorCode::Forbidden);
        assert_eq!(code_of(messaging.leave_channel(&ada.caller, world.general).await), ErrorCode::Conflict);
        let secret = world.channel(&world.owner, ChannelKind::Private, "secret", &[]).await.channel.id;
        assert_eq!(code_of(messaging.join_channel(&ada.caller, secret).await), ErrorCode::NotFound);
        assert_eq!(code_of(messaging.leave_channel(&ada.caller, secret).await), ErrorCode::NotFound);
    }

    /// Only people of the workspace are added, only by who may; who is removed sees nothing any more.
    async fn people_are_added_and_removed(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let (ada, bob) = (world.member("ada").await, world.member("bob").await);
        let room = world.channel(&ada, ChannelKind::Private, "room", &[]).await.channel.id;
        let add = |ids: &[UserId]| AddChannelMembers { user_ids: ids.to_vec() };
        let page = messaging.add_channel_members(&ada.caller, room, add(&[bob.id, ada.id, bob.id])).await.expect("added");
        assert_eq!(page.items.len(), 2);
        assert_eq!(code_of(messaging.add_channel_members(&bob.caller, room, add(&[world.owner.id])).await), ErrorCode::MissingPermission);
        assert_eq!(code_of(messaging.add_channel_members(&world.owner.caller, room, add(&[ada.id])).await), ErrorCode::NotFound);
        let stranger = messaging.add_channel_members(&ada.caller, room, add(&[UserId(99)])).await.expect_err("nobody");
        assert_eq!((stranger.code(), stranger.field()), (ErrorCode::NotFound, Some("user_ids")));
        assert_eq!(code_of(messaging.remove_channel_member(&bob.caller, room, ada.id).await), ErrorCode::MissingPermission);
        messaging.remove_channel_member(&ada.caller, room, bob.id).await.expect("removed");
        assert_eq!(code_of(messaging.get_channel(&bob.caller, room).await), ErrorCode::NotFound);
        assert_eq!(code_of(messaging.remove_channel_member(&ada.caller, room, bob.id).await), ErrorCode::NotFound);
        let left = messaging.list_channel_members(&ada.caller, room, &MemberQuery::default()).await.expect("a list");
        assert_eq!(left.items.into_iter().map(|m| m.user.handle).collect::<Vec<_>>(), ["ada"]);
    }

    /// More people than one change takes are let in by several.
    async fn many_people_are_added_at_once(db: TestDb) {
        let world = World::new(&db).await;
        let code = world.invite(Role::Member, 200, &[]).await;
        let mut people = Vec::new();
        for n in 0..70 {
            people.push(world.accept(&code, &format!("person-{n}")).await.expect("joins"));
        }
        let members: Vec<_> = people.iter().collect();
        let state = world.channel(&world.owner, ChannelKind::Private, "crowd", &members).await;
        let page = MemberQuery { limit: Some(200), ..MemberQuery::default() };
        let list = world.messaging().list_channel_members(&world.owner.caller, state.channel.id, &page).await.expect("a list");
        assert_eq!(list.items.len(), 71);
        assert_eq!(state.head.version, 72, "one for the channel, one a person");
    }

    /// An archived channel is read-only on every path until it is restored.
    async fn archived_channels_are_read_only(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let (caller, ada) = (&world.owner.caller, world.member("ada").await);
        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[]).await.channel;
        let archive = |archived| ChannelPatch { archived: Some(archived), ..ChannelPatch::default() };
        let topic = ChannelPatch { topic: Some("new".to_owned()), ..ChannelPatch::default() };
        assert_eq!(code_of(messaging.update_channel(&ada.caller, room.id, archive(true), None).await), ErrorCode::MissingPermission);
        let view = messaging.update_channel(caller, room.id, archive(true), Some(room.version)).await.expect("archived");
        assert!(view.archived && view.version > room.version);
        assert_eq!(code_of(messaging.update_channel(caller, room.id, topic.clone(), None).await), ErrorCode::ChannelArchived);
        assert_eq!(code_of(messaging.join_channel(&ada.caller, room.id).await), ErrorCode::ChannelArchived);
        let add = AddChannelMembers { user_ids: vec![ada.id] };
        assert_eq!(code_of(messaging.add_channel_members(caller, room.id, add).await), ErrorCode::ChannelArchived);
        assert_eq!(code_of(messaging.update_channel(caller, room.id, archive(false), Some(room.version)).await), ErrorCode::VersionMismatch);
        messaging.update_channel(caller, room.id, archive(false), None).await.expect("restored");
        assert_eq!(messaging.update_channel(caller, room.id, topic, None).await.expect("changed").topic, "new");
        assert_eq!(code_of(messaging.update_channel(caller, world.general, archive(true), None).await), ErrorCode::Conflict);
    }

    /// What notifies is everybody's own and outlives leaving.
    async fn settings_are_ones_own(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let ada = world.member("ada").await;
        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[&ada]).await.channel.id;
        let muted = MembershipPatch { notify: NotifyLevel::Muted };
        let view = messaging.update_membership(&ada.caller, room, muted.clone()).await.expect("muted");
        let state = messaging.get_channel(&ada.caller, room).await.expect("readable");
        assert_eq!((state.notify, state.membership_version), (NotifyLevel::Muted, view.version));
        assert_eq!(messaging.get_channel(&world.owner.caller, room).await.expect("readable").notify, NotifyLevel::Mentions);
        messaging.leave_channel(&ada.caller, room).await.expect("leaves");
        assert_eq!(code_of(messaging.update_membership(&ada.caller, room, muted).await), ErrorCode::Forbidden);
        assert_eq!(messaging.join_channel(&ada.caller, room).await.expect("joins").notify, NotifyLevel::Muted);
    }
}
