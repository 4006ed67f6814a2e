//! Who sees whom, who follows what.

use crate::world::{Person, World};
use plexichat_model::{
    Event, JournalEvent, JournalKey, SessionId, Timestamp, UserId,
    channel::{ChannelKind, ChannelView},
    permission::Role,
};
use plexichat_testkit::engines;
use std::collections::HashSet;

async fn sees(world: &World, viewer: &Person, other: &Person) -> bool {
    let visible = world.auth.visible(&viewer.caller, &[other.id]).await.expect("answers");
    let listed = world.auth.find_users(&viewer.caller, "", None, 200).await.expect("answers");
    let found = listed.items.iter().any(|user| user.id == other.id);
    assert_eq!(visible.contains(&other.id), found, "the list and the look-up differ");
    assert_eq!(world.auth.user(&viewer.caller, other.id).await.is_ok(), found, "the profile and the look-up differ");
    found
}

engines! {
    async fn people_see_whom_they_share_something_with(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob, guest) = (world.person("alice").await, world.person("bob").await, world.person("guest").await);
        let (eve, root) = (world.person("eve").await, world.person_with("root", plexichat_model::permission::InstanceRole::Owner).await);
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member), (&guest, Role::Guest)]).await;
        let room = world.channel(Some(space), ChannelKind::Private, &alice, &[&alice, &guest]).await;
        assert!(sees(&world, &alice, &bob).await && sees(&world, &bob, &alice).await);
        assert!(sees(&world, &guest, &alice).await && sees(&world, &alice, &guest).await);
        assert!(!sees(&world, &guest, &bob).await && !sees(&world, &bob, &guest).await, "a guest's membership does not count");
        assert!(!sees(&world, &eve, &alice).await && !sees(&world, &root, &alice).await && !sees(&world, &alice, &eve).await);
        assert!(sees(&world, &eve, &eve).await);

        let talk = world.channel(None, ChannelKind::Group, &eve, &[&eve, &bob]).await;
        assert!(sees(&world, &eve, &bob).await && !sees(&world, &eve, &alice).await);
        world.leave(talk, &bob).await;
        assert!(!sees(&world, &eve, &bob).await);
        world.leave(room, &guest).await;
        assert!(!sees(&world, &guest, &alice).await);
        world.leave_workspace(space, &bob).await;
        assert!(!sees(&world, &bob, &alice).await && !sees(&world, &alice, &bob).await);
    }

    async fn people_are_found_by_the_beginning_of_their_names(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        let mut members = vec![(alice.clone(), Role::Owner)];
        for handle in ["albert", "al_x", "bob", "hidden"] {
            members.push((world.person(handle).await, Role::Member));
        }
        let hidden = members.pop().expect("just made").0;
        let list: Vec<(&Person, Role)> = members.iter().map(|(p, r)| (p, *r)).collect();
        world.workspace(&list).await;
        let find = async |prefix: &str, after: Option<&str>, limit| {
            let page = world.auth.find_users(&alice.caller, prefix, after, limit).await.expect("answers");
            (page.items.into_iter().map(|user| user.handle).collect::<Vec<_>>(), page.next)
        };
        assert_eq!(find("AL", None, 50).await.0, ["alice", "albert", "al_x"]);
        assert_eq!(find("@alb", None, 50).await.0, ["albert"]);
        assert_eq!(find("al_", None, 50).await.0, ["al_x"], "an underscore is no wildcard");
        assert_eq!(find("%", None, 50).await.0, Vec::<String>::new());
        assert_eq!(find("the B", None, 50).await.0, ["bob"], "by display name");
        assert_eq!(find("hid", None, 50).await.0, Vec::<String>::new());
        let (first, next) = find("", None, 3).await;
        let (second, end) = find("", next.as_deref(), 3).await;
        assert_eq!((first.len(), second.len(), end), (3, 1, None));
        assert!(world.auth.user(&alice.caller, hidden.id).await.is_err());
        assert!(world.auth.find_users(&alice.caller, "", Some("x"), 3).await.is_err());
        let many: Vec<UserId> = (1..=201).map(UserId).collect();
        assert!(world.auth.visible(&alice.caller, &many).await.is_err(), "the bound of a look-up");
    }

    async fn who_may_follow_a_journal(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob, guest, eve) =
            (world.person("alice").await, world.person("bob").await, world.person("guest").await, world.person("eve").await);
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member), (&guest, Role::Guest)]).await;
        let public = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice]).await;
        let private = world.channel(Some(space), ChannelKind::Private, &alice, &[&alice, &guest]).await;
        let everybody = [alice.id, bob.id, guest.id, eve.id];
        let followers = async |key: JournalKey| {
            let mut found: Vec<UserId> = world.auth.who_may_follow(key, &everybody).await.expect("answers").into_iter().collect();
            found.sort();
            found
        };
        assert_eq!(followers(JournalKey::INSTANCE).await, everybody);
        assert_eq!(followers(JournalKey::workspace(space)).await, [alice.id, bob.id, guest.id]);
        assert_eq!(followers(JournalKey::channel(public)).await, [alice.id, bob.id]);
        assert_eq!(followers(JournalKey::channel(private)).await, [alice.id, guest.id]);
        assert_eq!(followers(JournalKey::user(bob.id)).await, [bob.id]);
        assert!(followers(JournalKey { kind: plexichat_model::JournalKind::Channel, id: 99 }).await.is_empty());

        let session = bob.caller.session_id().expect("a session");
        let key = JournalKey::channel(public);
        assert!(world.auth.may_follow(bob.id, session, key).await.expect("answers"));
        assert!(!world.auth.may_follow(bob.id, SessionId(3), key).await.expect("answers"));
        assert!(!world.auth.may_follow(alice.id, session, key).await.expect("answers"), "another's session");
        world.auth.logout(&bob.caller).await.expect("ends");
        assert!(!world.auth.may_follow(bob.id, session, key).await.expect("answers"));
    }

    async fn guests_read_only_what_they_share(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob, guest) = (world.person("alice").await, world.person("bob").await, world.person("guest").await);
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member), (&guest, Role::Guest)]).await;
        let room = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice, &guest]).await;
        let other = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice]).await;
        let everybody = [alice.id, bob.id, guest.id];
        let readers = async |journal: JournalKey, event: Event| {
            let event = JournalEvent { journal, version: 9, from_version: None, event };
            world.auth.who_may_read(&event, &everybody).await.expect("answers")
        };
        let profile = |person: &Person| {
            let id = person.id;
            let auth = world.auth.clone();
            async move { auth.profiles(&[id]).await.expect("reads").remove(0) }
        };
        let listed = |id| {
            let channel = ChannelView {
                id,
                workspace_id: Some(space),
                kind: ChannelKind::Public,
                name: "room".to_owned(),
                topic: String::new(),
                archived: false,
                created_by: alice.id,
                created_at: Timestamp(1),
                version: 1,
                participants: Vec::new(),
            };
            Event::ChannelListed { channel }
        };
        let key = JournalKey::workspace(space);
        assert_eq!(readers(key, listed(room)).await, HashSet::from(everybody));
        assert_eq!(readers(key, listed(other)).await, HashSet::from([alice.id, bob.id]));
        let of_bob = Event::UserUpdated { user: profile(&bob).await };
        assert_eq!(readers(JournalKey::INSTANCE, of_bob).await, HashSet::from([alice.id, bob.id]));
        let of_alice = Event::UserUpdated { user: profile(&alice).await };
        assert_eq!(readers(JournalKey::INSTANCE, of_alice).await, HashSet::from(everybody));
        assert_eq!(readers(JournalKey::channel(room), Event::Nothing {}).await, HashSet::from(everybody));
    }
}
