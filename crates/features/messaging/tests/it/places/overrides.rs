//! Overrides.

use crate::world::{Node, World, code_of};
use plexichat_model::{
    ErrorCode, Permission as P, Permissions, UserId,
    channel::{ChannelKind, NewConversation, OverrideList, OverrideTarget, PermissionOverride},
    permission::Role,
};
use plexichat_testkit::engines;

fn list(of: &[(OverrideTarget, &[P], &[P])]) -> OverrideList {
    let one = |(target, allow, deny): &(OverrideTarget, &[P], &[P])| PermissionOverride {
        target: *target,
        allow: Permissions::of(allow),
        deny: Permissions::of(deny),
    };
    OverrideList { overrides: of.iter().map(one).collect() }
}

engines! {
    /// An override changes what people may do at once, and reads back as it was written.
    async fn overrides_change_what_people_may_do(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let (ada, bob) = (world.member("ada").await, world.member("bob").await);
        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[&ada, &bob]).await.channel.id;
        let members = OverrideTarget::Role(Role::Member);
        let set = list(&[(members, &[], &[P::SendMessages]), (OverrideTarget::User(ada.id), &[P::SendMessages, P::EditChannel], &[])]);
        let got = messaging.replace_overrides(&world.owner.caller, room, set.clone()).await.expect("set");
        assert_eq!(got, set);
        assert_eq!(messaging.get_overrides(&bob.caller, room).await.expect("readable"), set);
        let may = async |who: &crate::world::Person| messaging.get_channel(&who.caller, room).await.expect("readable").permissions;
        assert!(may(&ada).await.contains(Permissions::of(&[P::SendMessages, P::EditChannel])));
        assert!(!may(&bob).await.has(P::SendMessages));
        messaging.replace_overrides(&world.owner.caller, room, OverrideList { overrides: vec![] }).await.expect("cleared");
        assert!(may(&bob).await.has(P::SendMessages));
        // Who may not see a channel is not told of it.
        let hide = list(&[(OverrideTarget::User(bob.id), &[], &[P::ViewChannel])]);
        messaging.replace_overrides(&world.owner.caller, room, hide).await.expect("set");
        assert_eq!(code_of(messaging.get_channel(&bob.caller, room).await), ErrorCode::NotFound);
    }

    /// Nobody grants or takes what they lack; what others set before stays possible to keep.
    async fn nobody_grants_what_they_lack(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let ada = world.member("ada").await;
        let room = world.channel(&ada, ChannelKind::Public, "room", &[]).await.channel.id;
        let members = OverrideTarget::Role(Role::Member);
        let error = messaging.replace_overrides(&ada.caller, room, list(&[(members, &[P::DeleteMessages], &[])])).await;
        assert_eq!(code_of(error), ErrorCode::MissingPermission);
        messaging.replace_overrides(&world.owner.caller, room, list(&[(members, &[P::DeleteMessages], &[])])).await.expect("the owner has it");
        // Now every member has it, so the creator may take it again.
        let both = list(&[(members, &[P::DeleteMessages], &[P::AddReactions])]);
        messaging.replace_overrides(&ada.caller, room, both).await.expect("only what the creator has changes");
        let target = OverrideTarget::User(UserId(77));
        let stranger = list(&[(members, &[P::DeleteMessages], &[P::AddReactions]), (target, &[P::SendMessages], &[])]);
        assert_eq!(code_of(messaging.replace_overrides(&ada.caller, room, stranger).await), ErrorCode::NotFound);
        // What was taken from oneself is for somebody above to give back.
        assert_eq!(code_of(messaging.replace_overrides(&ada.caller, room, list(&[])).await), ErrorCode::MissingPermission);
        let bob = world.member("bob").await;
        assert_eq!(code_of(messaging.replace_overrides(&bob.caller, room, list(&[])).await), ErrorCode::MissingPermission);
        let talk = messaging.open_conversation(&ada.caller, NewConversation { user_ids: vec![bob.id] }).await.expect("opened");
        assert_eq!(code_of(messaging.replace_overrides(&ada.caller, talk.state.channel.id, list(&[])).await), ErrorCode::Conflict);
    }

    /// Two replace at once, at two nodes: the later one is planned anew and wins whole.
    async fn two_who_replace_at_once_both_succeed(db: TestDb) {
        let world = World::new(&db).await;
        let other = Node::start(&db, 2).await;
        let adam = world.person("adam", Role::Admin, &[]).await;
        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[&adam]).await.channel.id;
        let (guests, members) = (OverrideTarget::Role(Role::Guest), OverrideTarget::Role(Role::Member));
        for deny in [P::SendMessages, P::AddReactions, P::ReplyInThreads] {
            let (one, two) = (list(&[(guests, &[], &[deny])]), list(&[(members, &[], &[deny])]));
            let (a, b) = tokio::join!(
                world.messaging().replace_overrides(&world.owner.caller, room, one.clone()),
                other.messaging.replace_overrides(&adam.caller, room, two.clone())
            );
            assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
            let now = world.messaging().get_overrides(&adam.caller, room).await.expect("readable");
            assert!(now == one || now == two, "{now:?}");
        }
    }
}
