//! Workspaces and their members.

use crate::world::{Node, Person, World, code_of};
use plexichat_events::jobs::{self, JobRunner};
use plexichat_messaging::MemberQuery;
use plexichat_model::{
    ErrorCode,
    auth::{AcceptInvitation, TokenTransport},
    channel::ChannelKind,
    permission::Role,
    workspace::{NewWorkspace, WorkspaceMemberPatch, WorkspacePatch},
};
use plexichat_testkit::engines;

async fn make(world: &World, by: &Person, who: &Person, role: Role) -> Result<(), ErrorCode> {
    let patch = WorkspaceMemberPatch { role };
    let changed = world.messaging().update_workspace_member(&by.caller, world.workspace, who.id, patch, None).await;
    changed.map(drop).map_err(|e| e.code())
}

engines! {
    /// Whoever runs the instance founds workspaces; others do not see them.
    async fn workspaces_are_founded_and_changed(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let ada = world.member("ada").await;
        let new = NewWorkspace { name: " Second ".to_owned(), description: "more".to_owned() };
        assert_eq!(code_of(messaging.create_workspace(&ada.caller, new.clone()).await), ErrorCode::MissingPermission);
        let state = messaging.create_workspace(&world.owner.caller, new).await.expect("founded");
        assert_eq!((state.workspace.name.as_str(), state.role), ("Second", Role::Owner));
        let id = state.workspace.id;
        assert_eq!(code_of(messaging.get_workspace(&ada.caller, id).await), ErrorCode::NotFound);
        assert_eq!(messaging.list_workspaces(&world.owner.caller).await.expect("a list").len(), 2);
        assert_eq!(messaging.list_workspaces(&ada.caller).await.expect("a list").len(), 1);
        let patch = WorkspacePatch { name: Some("Renamed".to_owned()), description: None };
        let view = messaging.update_workspace(&world.owner.caller, id, patch.clone(), Some(state.workspace.version)).await.expect("renamed");
        assert_eq!((view.name.as_str(), view.description.as_str()), ("Renamed", "more"));
        let stale = messaging.update_workspace(&world.owner.caller, id, patch, Some(state.workspace.version)).await;
        let stale = stale.expect_err("refused");
        assert_eq!((stale.code(), &stale.details().expect("facts")["version"]), (ErrorCode::VersionMismatch, &view.version.into()));
        let state = messaging.get_workspace(&world.owner.caller, id).await.expect("readable");
        assert_eq!((state.workspace.version, state.head), (view.version, view.version));
        assert_eq!(code_of(messaging.update_workspace(&ada.caller, world.workspace, WorkspacePatch::default(), None).await), ErrorCode::MissingPermission);
    }

    /// Pages follow handles; prefixes meet handles and display names.
    async fn members_are_listed_by_handle(db: TestDb) {
        let world = World::new(&db).await;
        for handle in ["zoe", "bert", "anna"] {
            world.member(handle).await;
        }
        let list = async |q: Option<&str>, after: Option<String>, limit| {
            let query = MemberQuery { q: q.map(str::to_owned), after, limit: Some(limit) };
            let page = world.messaging().list_workspace_members(&world.owner.caller, world.workspace, &query).await.expect("a list");
            (page.items.into_iter().map(|m| m.user.handle).collect::<Vec<_>>(), page.next)
        };
        let (first, next) = list(None, None, 3).await;
        assert_eq!(first, ["anna", "bert", "olga"]);
        assert_eq!(list(None, next, 3).await, (vec!["zoe".to_owned()], None));
        assert_eq!(list(Some("@BE"), None, 3).await.0, ["bert"]);
        assert_eq!(list(Some("zoe exa"), None, 3).await.0, ["zoe"]);
        assert!(list(Some("%"), None, 3).await.0.is_empty());
    }

    /// Nobody acts above themselves, nobody gives what they are not.
    async fn roles_are_given_from_above(db: TestDb) {
        let world = World::new(&db).await;
        let (adam, eve) = (world.person("adam", Role::Admin, &[]).await, world.member("eve").await);
        assert_eq!(make(&world, &eve, &adam, Role::Member).await, Err(ErrorCode::MissingPermission));
        assert_eq!(make(&world, &adam, &world.owner, Role::Member).await, Err(ErrorCode::Forbidden));
        assert_eq!(make(&world, &adam, &eve, Role::Owner).await, Err(ErrorCode::Forbidden));
        assert_eq!(make(&world, &adam, &eve, Role::Admin).await, Ok(()));
        let state = world.messaging().get_workspace(&eve.caller, world.workspace).await.expect("readable");
        assert_eq!(state.role, Role::Admin);
        assert_eq!(make(&world, &world.owner, &eve, Role::Guest).await, Ok(()));
        assert!(world.messaging().remove_workspace_member(&adam.caller, world.workspace, world.owner.id).await.is_err());
    }

    /// The last owner stays, also when two step down at once.
    async fn a_workspace_keeps_an_owner(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let owner = &world.owner;
        assert_eq!(make(&world, owner, owner, Role::Member).await, Err(ErrorCode::LastOwner));
        assert_eq!(code_of(messaging.remove_workspace_member(&owner.caller, world.workspace, owner.id).await), ErrorCode::LastOwner);
        let second = world.person("otto", Role::Owner, &[]).await;
        let (a, b) = tokio::join!(
            messaging.remove_workspace_member(&owner.caller, world.workspace, owner.id),
            make(&world, &second, &second, Role::Member)
        );
        assert!(a.is_ok() != b.is_ok(), "one of the two: {a:?} {b:?}");
        let refused = a.err().map(|e| e.code()).or(b.err()).expect("one was refused");
        assert_eq!(refused, ErrorCode::LastOwner);
    }

    /// Two owners demote each other at once, at two nodes: one stays owner.
    async fn of_two_who_demote_each_other_one_stays(db: TestDb) {
        let world = World::new(&db).await;
        let other = Node::start(&db, 2).await;
        let second = world.person("otto", Role::Owner, &[]).await;
        let demoted = WorkspaceMemberPatch { role: Role::Member };
        let (a, b) = tokio::join!(
            world.messaging().update_workspace_member(&world.owner.caller, world.workspace, second.id, demoted.clone(), None),
            other.messaging.update_workspace_member(&second.caller, world.workspace, world.owner.id, demoted, None)
        );
        assert!(a.is_ok() != b.is_ok(), "one of the two: {a:?} {b:?}");
        let refused = a.err().or(b.err()).expect("one was refused");
        assert!(matches!(refused.code(), ErrorCode::MissingPermission | ErrorCode::LastOwner | ErrorCode::Forbidden), "{refused:?}");
    }

    /// Leaving ends every channel of the workspace with the same commit; coming back is coming anew.
    async fn leaving_ends_all_channels(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let ada = world.member("ada").await;
        let room = world.channel(&world.owner, ChannelKind::Private, "room", &[&ada]).await.channel.id;
        assert!(messaging.get_channel(&ada.caller, room).await.is_ok());
        messaging.remove_workspace_member(&ada.caller, world.workspace, ada.id).await.expect("leaves");
        for id in [room, world.general] {
            assert_eq!(code_of(messaging.get_channel(&ada.caller, id).await), ErrorCode::NotFound);
            let members = messaging.list_channel_members(&world.owner.caller, id, &MemberQuery::default()).await.expect("a list");
            assert_eq!(members.items.len(), 1, "only the owner is left");
        }
        assert_eq!(code_of(messaging.get_workspace(&ada.caller, world.workspace).await), ErrorCode::NotFound);
        let snapshot = messaging.snapshot(&ada.caller).await.expect("a snapshot");
        assert!(snapshot.channels.is_empty() && snapshot.workspaces.is_empty());
        let code = world.invite(Role::Member, 1, &[]).await;
        let again = AcceptInvitation { code, account: None, transport: TokenTransport::Cookie };
        messaging.accept_invitation(&ada.caller, again, None).await.expect("comes back");
        let snapshot = messaging.snapshot(&ada.caller).await.expect("a snapshot");
        assert_eq!(snapshot.channels.iter().map(|c| c.channel.id).collect::<Vec<_>>(), [world.general]);
    }

    /// Somebody in very many channels is out at once; the rows follow by a job.
    async fn many_channels_are_ended_by_a_job(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let ada = world.member("ada").await;
        let mut last = world.general;
        for n in 0..60 {
            last = world.channel(&ada, ChannelKind::Public, &format!("room {n}"), &[]).await.channel.id;
        }
        messaging.remove_workspace_member(&world.owner.caller, world.workspace, ada.id).await.expect("removed");
        assert_eq!(code_of(messaging.get_channel(&ada.caller, last).await), ErrorCode::NotFound);
        assert!(messaging.snapshot(&ada.caller).await.expect("a snapshot").channels.is_empty());
        let left = async || {
            let members = messaging.list_channel_members(&world.owner.caller, last, &MemberQuery::default()).await;
            members.expect("a list").items.len()
        };
        assert_eq!(left().await, 1, "the row is still there");
        let runner = JobRunner::new(world.node.journal.clone(), messaging.job_handlers());
        assert_eq!(runner.run_due().await.expect("runs"), 1);
        assert_eq!(left().await, 0);
        assert_eq!(jobs::waiting(world.node.journal.db()).await.expect("readable"), 0);
    }
}
