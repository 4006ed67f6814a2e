//! Access values: what they allow, and that they stop allowing it.

use crate::world::{Person, World};
use plexichat_auth::ChannelAccess;
use plexichat_database::Tx;
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, ErrorCode, JournalKey, Permission as P, Permissions,
    channel::{ChannelKind, OverrideTarget, PermissionOverride},
    permission::{InstanceRole, Role},
    user::{AccountStatus, UserPatch},
};
use plexichat_testkit::engines;

/// What a verb of messaging does with an access value.
struct Send(ChannelAccess);

#[async_trait::async_trait]
impl Change for Send {
    type Output = i64;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::channel(self.0.channel_id())).numbers(1, true)]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.0.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.0.recheck(tx).await
    }

    async fn apply(&mut self, _tx: &Tx, granted: &Granted) -> Result<Applied<i64>> {
        let key = JournalKey::channel(self.0.channel_id());
        Ok(Applied { output: granted.number(key, 0), events: Vec::new() })
    }
}

fn code<T>(result: Result<T>) -> Option<ErrorCode> {
    result.err().map(|error: Error| error.code())
}

async fn presumed(world: &World, person: &Person, id: ChannelId) -> Result<ChannelAccess> {
    world.auth.presume_channel(&person.caller, id, &[P::SendMessages]).await
}

engines! {
    async fn a_channel_is_there_only_for_who_may_see_it(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob, eve) = (world.person("alice").await, world.person("bob").await, world.person("eve").await);
        let root = world.person_with("root", InstanceRole::Owner).await;
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member)]).await;
        let public = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice]).await;
        let private = world.channel(Some(space), ChannelKind::Private, &alice, &[&alice]).await;
        let talk = world.channel(None, ChannelKind::Direct, &alice, &[&alice, &eve]).await;

        let seen = world.auth.channel(&bob.caller, public).await.expect("bob may find it");
        assert_eq!(code(seen.clone().require(P::SendMessages)), Some(ErrorCode::MissingPermission));
        assert!(seen.membership().is_none());
        assert_eq!(code(seen.require_member()), Some(ErrorCode::Forbidden));
        for (person, id) in [(&bob, private), (&eve, public), (&eve, private), (&bob, talk), (&root, private), (&root, talk), (&root, public)] {
            let hidden = world.auth.channel(&person.caller, id).await.expect_err("hidden");
            let absent = world.auth.channel(&person.caller, ChannelId(12_345)).await.expect_err("absent");
            assert_eq!(hidden.code(), ErrorCode::NotFound);
            assert_eq!(hidden.message().replace(&id.to_string(), "12345"), absent.message());
        }
        assert!(world.auth.channel(&eve.caller, talk).await.expect("hers").require(P::SendMessages).is_ok());
        let own = world.auth.channel(&alice.caller, private).await.expect("hers");
        assert_eq!((own.role(), own.membership().map(|m| m.joined_number)), (Some(Role::Owner), Some(5)));
        assert_eq!(code(world.auth.channel(&Caller::anonymous(), public).await), Some(ErrorCode::Unauthenticated));
        assert!(world.auth.channel(&Caller::system("test"), private).await.expect("the system").require(P::SendMessages).is_ok());
    }

    async fn a_commit_is_refused_once_the_access_is_gone(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob) = (world.person("alice").await, world.person("bob").await);
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member)]).await;
        let room = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice, &bob]).await;
        let access = presumed(&world, &bob, room).await.expect("bob is in it");
        assert_eq!(world.journal.commit(Send(access.clone())).await.expect("sends").output, 1);

        world.leave(room, &bob).await;
        assert_eq!(code(world.journal.commit(Send(access.clone())).await), Some(ErrorCode::MissingPermission));
        assert_eq!(code(access.confirm().await), Some(ErrorCode::MissingPermission));
        assert_eq!(code(presumed(&world, &bob, room).await), Some(ErrorCode::MissingPermission));
        world.join(room, &bob).await;
        let again = presumed(&world, &bob, room).await.expect("a refusal is not presumed");
        assert!(world.journal.commit(Send(again.clone())).await.is_ok());

        world.leave_workspace(space, &bob).await;
        assert_eq!(code(world.journal.commit(Send(again.clone())).await), Some(ErrorCode::NotFound));
        assert_eq!(code(again.confirm().await), Some(ErrorCode::NotFound));
        assert_eq!(code(world.auth.channel(&bob.caller, room).await), Some(ErrorCode::NotFound));
    }

    async fn a_change_that_does_not_concern_the_permission_is_let_through(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob) = (world.person("alice").await, world.person("bob").await);
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member)]).await;
        let room = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice, &bob]).await;
        let access = presumed(&world, &bob, room).await.expect("bob is in it");
        let deny = PermissionOverride {
            target: OverrideTarget::User(bob.id),
            allow: Permissions::NONE,
            deny: Permissions::of(&[P::AddReactions]),
        };
        world.set_overrides(room, &[deny]).await;
        assert!(world.journal.commit(Send(access.clone())).await.is_ok(), "rechecked and permitted");
        access.confirm().await.expect("still permitted");
        let fresh = world.auth.channel(&bob.caller, room).await.expect("visible");
        assert_eq!(code(fresh.require(P::AddReactions)), Some(ErrorCode::MissingPermission));

        world.set_overrides(room, &[PermissionOverride { deny: Permissions::of(&[P::SendMessages]), ..deny }]).await;
        assert_eq!(code(world.journal.commit(Send(access)).await), Some(ErrorCode::MissingPermission));
    }

    async fn a_presumed_access_that_needs_more_asks_the_database(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob) = (world.person("alice").await, world.person("bob").await);
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member)]).await;
        let room = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice]).await;
        let seen = async || world.auth.presume_channel(&bob.caller, room, &[P::ViewChannel]).await.expect("visible");
        assert_eq!(code(seen().await.demand_member().await), Some(ErrorCode::Forbidden));
        assert_eq!(code(seen().await.demand(P::SendMessages).await), Some(ErrorCode::MissingPermission));
        let before = seen().await;
        world.join(room, &bob).await;
        assert_eq!(code(before.clone().require_member()), Some(ErrorCode::Forbidden), "what it was presumed with");
        assert!(before.clone().demand_member().await.is_ok());
        let sends = before.demand(P::SendMessages).await.expect("decided anew");
        assert_eq!(sends.membership().map(|m| m.joined_number), Some(5));
        assert!(world.journal.commit(Send(sends)).await.is_ok());
        world.join_workspace(space, &bob, Role::Admin).await;
        assert!(seen().await.demand(P::DeleteMessages).await.is_ok(), "promoted meanwhile");
    }

    async fn an_archived_channel_says_so(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob) = (world.person("alice").await, world.person("bob").await);
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member)]).await;
        let room = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice, &bob]).await;
        let access = presumed(&world, &bob, room).await.expect("open");
        world.archive(room, true).await;
        assert_eq!(code(world.journal.commit(Send(access)).await), Some(ErrorCode::ChannelArchived));
        let seen = world.auth.channel(&bob.caller, room).await.expect("readable");
        assert!(seen.channel().archived);
        assert_eq!(code(seen.clone().require(P::SendMessages)), Some(ErrorCode::ChannelArchived));
        assert_eq!(code(seen.require(P::ArchiveChannel)), Some(ErrorCode::MissingPermission));
        assert!(world.auth.channel(&alice.caller, room).await.expect("hers").require(P::ArchiveChannel).is_ok());
        world.archive(room, false).await;
        assert!(presumed(&world, &bob, room).await.is_ok());
    }

    async fn a_suspended_account_may_nothing_at_once(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob) = (world.person("alice").await, world.person("bob").await);
        let root = world.person_with("root", InstanceRole::Owner).await;
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Member)]).await;
        let room = world.channel(Some(space), ChannelKind::Public, &alice, &[&alice, &bob]).await;
        let access = presumed(&world, &bob, room).await.expect("active");
        let (home, admin) = (world.auth.workspace(&bob.caller, space).await.expect("a member"), world.auth.admin(&bob.caller).await);
        assert!(admin.is_ok());
        let patch = UserPatch { status: Some(AccountStatus::Suspended), instance_role: None };
        world.auth.update_user(&root.caller, bob.id, patch, None).await.expect("suspends");
        assert_eq!(code(world.journal.commit(Send(access.clone())).await), Some(ErrorCode::AccountSuspended));
        assert_eq!(code(access.confirm().await), Some(ErrorCode::AccountSuspended));
        assert_eq!(code(home.confirm().await), Some(ErrorCode::AccountSuspended));
        assert_eq!(code(world.auth.channel(&bob.caller, room).await), Some(ErrorCode::AccountSuspended));
        assert_eq!(code(world.auth.workspace(&bob.caller, space).await), Some(ErrorCode::AccountSuspended));
        assert_eq!(code(world.auth.admin(&bob.caller).await), Some(ErrorCode::AccountSuspended));
        assert_eq!(code(world.auth.authenticate(&bob.token).await), Some(ErrorCode::SessionExpired));
    }

    async fn another_node_refuses_too_without_any_bus(db: TestDb) {
        let one = World::new(&db).await;
        let two = World::node(db.open_again().await.expect("opens"), 2, crate::world::cheap()).await;
        let (alice, bob) = (one.person("alice").await, one.person("bob").await);
        let space = one.workspace(&[(&alice, Role::Owner), (&bob, Role::Member)]).await;
        let room = one.channel(Some(space), ChannelKind::Private, &alice, &[&alice, &bob]).await;
        let access = presumed(&two, &bob, room).await.expect("in it");
        assert!(two.journal.commit(Send(access.clone())).await.is_ok());
        one.leave(room, &bob).await;
        let stale = presumed(&two, &bob, room).await.expect("presumed from the cache");
        assert_eq!(code(stale.confirm().await), Some(ErrorCode::NotFound));
        assert_eq!(code(two.journal.commit(Send(access)).await), Some(ErrorCode::NotFound));
        assert_eq!(code(two.auth.channel(&bob.caller, room).await), Some(ErrorCode::NotFound));
    }

    async fn workspaces_and_the_instance(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, bob, eve) = (world.person("alice").await, world.person("bob").await, world.person("eve").await);
        let root = world.person_with("root", InstanceRole::Admin).await;
        let space = world.workspace(&[(&alice, Role::Owner), (&bob, Role::Guest)]).await;
        let of = async |person: &Person| world.auth.workspace(&person.caller, space).await;
        let hers = of(&alice).await.expect("a member").require(P::EditWorkspace).expect("an owner");
        assert!(hers.may_name(Role::Owner));
        assert_eq!(code(of(&bob).await.expect("a guest").require(P::CreateInvitations)), Some(ErrorCode::MissingPermission));
        assert_eq!(code(of(&eve).await), Some(ErrorCode::NotFound));
        let administers = of(&root).await.expect("an admin of the instance");
        assert!(administers.clone().require(P::ManageMembers).is_ok());
        assert!(administers.may_name(Role::Admin) && !administers.may_name(Role::Owner));
        assert_eq!(code(administers.clone().require(P::CreatePublicChannels)), Some(ErrorCode::MissingPermission));
        assert_eq!(code(administers.require_member()), Some(ErrorCode::Forbidden));

        let admin = world.auth.admin(&root.caller).await.expect("signed in");
        assert!(admin.require(P::ManageAccounts).is_ok());
        let plain = world.auth.admin(&alice.caller).await.expect("signed in");
        let refused = plain.require(P::ManageAccounts).expect_err("not hers");
        assert_eq!(refused.code(), ErrorCode::MissingPermission);
        assert_eq!(refused.details().and_then(|d| d["permission"].as_str()), Some("manage_accounts"));
    }
}
