//! The first run.

use crate::world::{Node, World, account, code_of, setup};
use plexichat_kernel::Caller;
use plexichat_model::{
    ErrorCode, JournalKey,
    permission::{InstanceRole, Role},
};
use plexichat_testkit::engines;

engines! {
    /// The owner is signed in, owns the instance and the workspace, and has something to read that is not unread.
    async fn the_code_makes_owner_workspace_and_channel(db: TestDb) {
        let world = World::new(&db).await;
        let snapshot = world.messaging().snapshot(&world.owner.caller).await.expect("a snapshot");
        assert_eq!(snapshot.me.instance_role, InstanceRole::Owner);
        assert_eq!(snapshot.me.user.handle, "olga");
        assert_eq!(snapshot.instance.name, "Acme");
        assert_eq!((snapshot.workspaces.len(), snapshot.workspaces[0].role), (1, Role::Owner));
        assert_eq!(snapshot.workspaces[0].workspace.default_channel_id, world.general);
        let general = &snapshot.channels[0];
        assert_eq!((general.channel.id, general.channel.name.as_str()), (world.general, "general"));
        assert_eq!(general.head.last_number, 4, "the welcome is there to read");
        assert_eq!(general.head.last_main_number, 0, "and is not unread");
        assert!(!snapshot.more_channels);
        assert!(!world.node.auth.setup_needed().await.expect("readable"));
        assert!(world.node.auth.ensure_setup_code().await.expect("readable").is_none());
    }

    /// Whoever comes second learns so; nothing of theirs exists.
    async fn a_second_set_up_is_refused(db: TestDb) {
        let node = Node::start(&db, 1).await;
        let link = node.auth.ensure_setup_code().await.expect("a code").expect("needed");
        assert_eq!(code_of(node.messaging.complete_setup(&Caller::anonymous(), setup("wrong"), None).await), ErrorCode::SetupLinkInvalid);
        node.messaging.complete_setup(&Caller::anonymous(), setup(&link.code), None).await.expect("set up");
        let again = node.messaging.complete_setup(&Caller::anonymous(), setup(&link.code), None).await;
        assert_eq!(code_of(again), ErrorCode::AlreadySetUp);
    }

    /// Two at once, on two nodes: one owner, one workspace.
    async fn of_two_set_ups_at_once_one_succeeds(db: TestDb) {
        let (one, two) = (Node::start(&db, 1).await, Node::start(&db, 2).await);
        let link = one.auth.ensure_setup_code().await.expect("a code").expect("needed");
        let before = one.journal.head(JournalKey::INSTANCE).await.expect("readable").expect("exists");
        let mut other = setup(&link.code);
        other.owner = account("otto");
        let nobody = Caller::anonymous();
        let (a, b) = tokio::join!(
            one.messaging.complete_setup(&nobody, setup(&link.code), None),
            two.messaging.complete_setup(&nobody, other, None)
        );
        assert!(a.is_ok() != b.is_ok(), "one of the two: {a:?} {b:?}");
        let refused = a.as_ref().err().or(b.as_ref().err()).expect("one was refused");
        assert_eq!(refused.code(), ErrorCode::AlreadySetUp);
        let head = one.journal.head(JournalKey::INSTANCE).await.expect("readable").expect("exists");
        assert_eq!(head.version, before.version + 2, "one owner, one name");
    }

    /// What is wrong with the request is told before anything is written.
    async fn mistakes_in_the_request_are_told(db: TestDb) {
        let node = Node::start(&db, 1).await;
        let link = node.auth.ensure_setup_code().await.expect("a code").expect("needed");
        let nobody = Caller::anonymous();
        let mut nameless = setup(&link.code);
        "  ".clone_into(&mut nameless.workspace_name);
        let error = node.messaging.complete_setup(&nobody, nameless, None).await.expect_err("no name");
        assert_eq!(error.field(), Some("workspace_name"));
        let mut weak = setup(&link.code);
        "short".clone_into(&mut weak.owner.password);
        let error = node.messaging.complete_setup(&nobody, weak, None).await.expect_err("weak");
        assert_eq!((error.code(), error.field()), (ErrorCode::PasswordTooWeak, Some("owner.password")));
        assert!(node.messaging.complete_setup(&nobody, setup(&link.code), None).await.is_ok(), "the code was not spent");
    }
}
