//! Bounds of places: what is one above is refused with the code of the table, what is at the bound is fine.

use super::rows;
use crate::world::{World, code_of};
use plexichat_events::{Published, Signal};
use plexichat_messaging::UserQuery;
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalKey, UserId,
    auth::NewInvitation,
    channel::{AddChannelMembers, ChannelKind, NewChannel},
    limits,
    permission::Role,
    workspace::NewWorkspace,
};
use plexichat_testkit::engines;

fn count(bound: u64) -> i64 {
    i64::try_from(bound).expect("a small number")
}

fn new(name: &str) -> NewChannel {
    NewChannel { kind: ChannelKind::Public, name: name.to_owned(), topic: String::new(), member_ids: Vec::new() }
}

engines! {
    /// `JOIN_EVENT_MEMBERS`: in a large channel a join takes a version that says nothing; a removal always speaks.
    async fn joins_of_large_channels_are_no_events(db: TestDb) {
        let world = World::new(&db).await;
        let (ada, bob) = (world.member("ada").await, world.member("bob").await);
        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[]).await.channel.id;
        let crowd = rows::ids(count(limits::JOIN_EVENT_MEMBERS) - 1);
        rows::people(&world, &crowd).await;
        rows::members(&world, room, &crowd).await;
        let mut receiver = world.node.journal.bus().subscribe();
        let mut next = async || match receiver.recv().await {
            Some(Signal::Committed(Published { events })) => {
                let of_room = events.iter().find(|e| e.journal == JournalKey::channel(room)).expect("the room advanced");
                let of_person = events.iter().any(|e| matches!(e.event, Event::MembershipUpdated { .. }));
                (of_room.event.type_name(), of_person)
            }
            other => panic!("unexpected: {other:?}"),
        };
        world.messaging().join_channel(&ada.caller, room).await.expect("the 501st joins");
        assert_eq!(next().await, ("channel_member_updated", true));
        world.messaging().join_channel(&bob.caller, room).await.expect("the 502nd joins");
        assert_eq!(next().await, ("nothing", true));
        world.messaging().leave_channel(&bob.caller, room).await.expect("leaves");
        assert_eq!(next().await, ("channel_member_updated", true));
    }

    /// What a node asks to know which channels are large: living members above the bound, not at it.
    async fn large_channels_are_told_apart(db: TestDb) {
        let world = World::new(&db).await;
        let (small, large) = (
            world.channel(&world.owner, ChannelKind::Public, "small", &[]).await.channel.id,
            world.channel(&world.owner, ChannelKind::Public, "large", &[]).await.channel.id,
        );
        let crowd = rows::ids(10);
        rows::people(&world, &crowd).await;
        rows::members(&world, small, &crowd[..9]).await;
        rows::members(&world, large, &crowd).await;
        let above = world.messaging().channels_above(&[small, large, small], 10).await.expect("counted");
        assert_eq!(above.into_iter().collect::<Vec<_>>(), [large]);
        assert!(world.messaging().channels_above(&[], 10).await.expect("counted").is_empty());
    }

    /// `SNAPSHOT_CHANNELS`: unread ones first, the rest by pages.
    async fn snapshots_hold_the_channels_that_matter(db: TestDb) {
        let world = World::new(&db).await;
        let ada = world.member("ada").await;
        let all = rows::ids(i64::try_from(limits::SNAPSHOT_CHANNELS).expect("small") + 10);
        rows::channels(&world, &all).await;
        rows::memberships(&world, ada.id, &all).await;
        let snapshot = world.messaging().snapshot(&ada.caller).await.expect("a snapshot");
        assert_eq!(snapshot.channels.len(), limits::SNAPSHOT_CHANNELS);
        assert!(snapshot.more_channels);
        // All but the first of the crowd have something unread; it and the default channel have not.
        assert!(snapshot.channels.iter().all(|c| c.head.last_main_number > c.cursor.last_read_number));
        let mut seen = 0;
        let mut after = None;
        loop {
            let page = world.messaging().channel_states(&ada.caller, after, Some(200)).await.expect("a page");
            seen += page.channels.len();
            after = page.channels.last().map(|c| c.channel.id);
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, all.len() + 1);
    }

    /// `USER_CHANNELS`.
    async fn one_can_be_in_so_many_channels(db: TestDb) {
        let world = World::new(&db).await;
        let ada = world.member("ada").await;
        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[]).await.channel.id;
        rows::memberships(&world, ada.id, &rows::ids(count(limits::USER_CHANNELS) - 2)).await;
        world.messaging().join_channel(&ada.caller, room).await.expect("the last one");
        assert_eq!(code_of(world.messaging().create_channel(&ada.caller, world.workspace, new("more")).await), ErrorCode::LimitReached);
        let other = world.channel(&world.owner, ChannelKind::Public, "other", &[]).await.channel.id;
        assert_eq!(code_of(world.messaging().join_channel(&ada.caller, other).await), ErrorCode::LimitReached);
        let add = AddChannelMembers { user_ids: vec![ada.id] };
        assert_eq!(code_of(world.messaging().add_channel_members(&world.owner.caller, other, add).await), ErrorCode::LimitReached);
    }

    /// `USER_WORKSPACES`.
    async fn one_can_be_in_so_many_workspaces(db: TestDb) {
        let world = World::new(&db).await;
        rows::workspaces(&world, world.owner.id, &rows::ids(count(limits::USER_WORKSPACES) - 2)).await;
        let new = |name: &str| NewWorkspace { name: name.to_owned(), description: String::new() };
        world.messaging().create_workspace(&world.owner.caller, new("last")).await.expect("the last one");
        assert_eq!(code_of(world.messaging().create_workspace(&world.owner.caller, new("more")).await), ErrorCode::LimitReached);
        assert_eq!(world.messaging().list_workspaces(&world.owner.caller).await.expect("a list").len(), 2, "those with a head");
    }

    /// `WORKSPACE_INVITATIONS`, `INVITATION_CHANNELS`.
    async fn invitations_are_bounded(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let invite = |channels: Vec<ChannelId>| NewInvitation { role: Role::Member, max_uses: None, expires_in_hours: None, channel_ids: channels };
        let channels = vec![world.general; limits::INVITATION_CHANNELS + 1];
        let caller = &world.owner.caller;
        assert_eq!(code_of(messaging.create_invitation(caller, world.workspace, invite(channels)).await), ErrorCode::LimitReached);
        rows::invitations(&world, world.workspace, &rows::ids(count(limits::WORKSPACE_INVITATIONS) - 1)).await;
        messaging.create_invitation(caller, world.workspace, invite(Vec::new())).await.expect("the last one");
        assert_eq!(code_of(messaging.create_invitation(caller, world.workspace, invite(Vec::new())).await), ErrorCode::LimitReached);
        let page = messaging.list_invitations(caller, world.workspace, None, Some(200)).await.expect("a page");
        assert_eq!((page.items.len(), page.next.is_some()), (200, true));
        let page = messaging.list_invitations(caller, world.workspace, page.next.as_deref(), Some(200)).await.expect("a page");
        assert_eq!(page.items.len(), 200);
    }

    /// `ADD_MEMBERS`, `LOOKUP_IDS`.
    async fn lists_in_requests_are_bounded(db: TestDb) {
        let world = World::new(&db).await;
        let many: Vec<UserId> = rows::ids(i64::try_from(limits::ADD_MEMBERS).expect("small") + 1).into_iter().map(UserId).collect();
        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[]).await.channel.id;
        let add = AddChannelMembers { user_ids: many.clone() };
        assert_eq!(code_of(world.messaging().add_channel_members(&world.owner.caller, room, add).await), ErrorCode::LimitReached);
        let create = NewChannel { member_ids: many.clone(), ..new("crowd") };
        assert_eq!(code_of(world.messaging().create_channel(&world.owner.caller, world.workspace, create).await), ErrorCode::LimitReached);
        let asked = UserQuery { ids: Some(many), ..UserQuery::default() };
        assert_eq!(code_of(world.messaging().list_users(&world.owner.caller, &asked).await), ErrorCode::InvalidQuery);
    }
}

/// `WORKSPACE_CHANNELS`; the count is the same statement on every engine, the crowd takes too long elsewhere.
#[test]
fn a_workspace_has_so_many_channels() {
    plexichat_testkit::run_on(plexichat_testkit::Engine::Sqlite, async |db| {
        let world = World::new(&db).await;
        rows::channels(&world, &rows::ids(count(limits::WORKSPACE_CHANNELS) - 2)).await;
        let caller = &world.owner.caller;
        world.messaging().create_channel(caller, world.workspace, new("last")).await.expect("the last one");
        assert_eq!(
            code_of(world.messaging().create_channel(caller, world.workspace, new("more")).await),
            ErrorCode::LimitReached
        );
    });
}
