//! Invitations.

use crate::world::{Node, World, account, code_of};
use plexichat_kernel::Caller;
use plexichat_messaging::{ChannelQuery, MemberQuery};
use plexichat_model::{
    ErrorCode,
    auth::{AcceptInvitation, InvitationCode, NewInvitation, TokenTransport},
    channel::ChannelKind,
    permission::Role,
};
use plexichat_testkit::engines;

fn new(role: Role) -> NewInvitation {
    NewInvitation { role, max_uses: None, expires_in_hours: None, channel_ids: Vec::new() }
}

fn accept(code: &str, handle: Option<&str>) -> AcceptInvitation {
    AcceptInvitation { code: code.to_owned(), account: handle.map(account), transport: TokenTransport::Cookie }
}

engines! {
    /// A link shows what it leads to, makes an account, and lets into the default and the named channels.
    async fn a_link_leads_into_the_workspace(db: TestDb) {
        let world = World::new(&db).await;
        let plans = world.channel(&world.owner, ChannelKind::Private, "Plans", &[]).await.channel.id;
        let code = world.invite(Role::Member, 2, &[plans]).await;
        let preview = world.messaging().preview_invitation(&InvitationCode { code: code.clone() }).await.expect("valid");
        assert_eq!((preview.workspace_name.as_str(), preview.invited_by.as_str()), ("Acme", "olga Example"));
        assert_eq!(preview.channels, ["general", "Plans"]);
        let ada = world.accept(&code, "ada").await.expect("joins");
        let snapshot = world.messaging().snapshot(&ada.caller).await.expect("a snapshot");
        let mut names: Vec<_> = snapshot.channels.iter().map(|c| c.channel.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Plans", "general"]);
        assert_eq!(snapshot.workspaces[0].role, Role::Member);
        // Members are nobody's inviters by default.
        assert_eq!(code_of(world.messaging().create_invitation(&ada.caller, world.workspace, new(Role::Member)).await), ErrorCode::MissingPermission);
        // Signed in and a member already: nothing is spent.
        let again = world.messaging().accept_invitation(&ada.caller, accept(&code, None), None).await.expect("in already");
        assert_eq!((again.joined.channel_id, again.token), (world.general, None));
        let page = world.messaging().list_invitations(&world.owner.caller, world.workspace, None, None).await.expect("a list");
        assert_eq!((page.items[0].uses, page.items[0].max_uses), (1, 2));
    }

    /// Unknown, used up, revoked: one refusal for all.
    async fn a_link_that_is_over_reads_like_none(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let code = world.invite(Role::Member, 1, &[]).await;
        world.accept(&code, "ada").await.expect("joins");
        let revoked = messaging.create_invitation(&world.owner.caller, world.workspace, new(Role::Member)).await.expect("made");
        messaging.revoke_invitation(&world.owner.caller, world.workspace, revoked.invitation.id).await.expect("revoked");
        messaging.revoke_invitation(&world.owner.caller, world.workspace, revoked.invitation.id).await.expect("twice is once");
        for code in [code.as_str(), revoked.code.as_str(), "nonsense", "", &"x".repeat(5_000)] {
            let preview = messaging.preview_invitation(&InvitationCode { code: code.to_owned() }).await;
            assert_eq!(code_of(preview), ErrorCode::InvitationInvalid, "{code}");
            assert_eq!(code_of(world.accept(code, "bob").await), ErrorCode::InvitationInvalid, "{code}");
        }
        let invited = accept(&code, None);
        assert_eq!(code_of(messaging.accept_invitation(&Caller::anonymous(), invited, None).await), ErrorCode::Unauthenticated);
    }

    /// Many come for the last uses at once, at two nodes: as many get in as there are uses.
    async fn uses_are_counted_exactly(db: TestDb) {
        let world = World::new(&db).await;
        let other = Node::start(&db, 2).await;
        let code = world.invite(Role::Member, 2, &[]).await;
        let nobody = Caller::anonymous();
        let come = |node: &Node, handle: &str| {
            let (messaging, nobody, invited) = (node.messaging.clone(), nobody.clone(), accept(&code, Some(handle)));
            async move { messaging.accept_invitation(&nobody, invited, None).await }
        };
        let (a, b, c, d) = tokio::join!(come(&world.node, "ada"), come(&other, "bob"), come(&world.node, "cy"), come(&other, "dan"));
        let results = [a, b, c, d];
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 2);
        for refused in results.into_iter().filter_map(Result::err) {
            assert_eq!(refused.code(), ErrorCode::InvitationInvalid, "{refused:?}");
        }
        let page = world.messaging().list_invitations(&world.owner.caller, world.workspace, None, None).await.expect("a list");
        assert_eq!(page.items[0].uses, 2);
        let members = world.messaging().list_workspace_members(&world.owner.caller, world.workspace, &MemberQuery::default()).await.expect("a list");
        assert_eq!(members.items.len(), 3);
    }

    /// A refusal for another reason spends nothing.
    async fn a_taken_handle_spends_no_use(db: TestDb) {
        let world = World::new(&db).await;
        let code = world.invite(Role::Member, 1, &[]).await;
        let error = world.accept(&code, "OLGA").await.expect_err("taken");
        assert_eq!((error.code(), error.field()), (ErrorCode::NameTaken, Some("account.handle")));
        world.accept(&code, "ada").await.expect("the use is still there");
    }

    /// Nobody invites above themselves; guests need a channel and see no more than it.
    async fn guests_see_only_their_channels(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let admin = world.person("adam", Role::Admin, &[]).await;
        assert_eq!(code_of(messaging.create_invitation(&admin.caller, world.workspace, new(Role::Owner)).await), ErrorCode::Forbidden);
        let error = messaging.create_invitation(&admin.caller, world.workspace, new(Role::Guest)).await.err().expect("no channel");
        assert_eq!(error.field(), Some("channel_ids"));
        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[]).await.channel.id;
        let guest = world.person("gus", Role::Guest, &[room]).await;
        let snapshot = messaging.snapshot(&guest.caller).await.expect("a snapshot");
        assert_eq!(snapshot.channels.iter().map(|c| c.channel.id).collect::<Vec<_>>(), [room]);
        assert_eq!(code_of(messaging.get_channel(&guest.caller, world.general).await), ErrorCode::NotFound);
        assert_eq!(code_of(messaging.join_channel(&guest.caller, world.general).await), ErrorCode::NotFound);
        let listed = messaging.list_channels(&guest.caller, world.workspace, &ChannelQuery::default()).await.expect("a list");
        assert_eq!(listed.items.len(), 1);
        assert!(messaging.list_workspace_members(&guest.caller, world.workspace, &MemberQuery::default()).await.is_err());
        // Private channels of others are no channels to invite into.
        let hidden = world.channel(&world.owner, ChannelKind::Private, "hidden", &[]).await.channel.id;
        let into = NewInvitation { channel_ids: vec![hidden], ..new(Role::Member) };
        assert_eq!(code_of(messaging.create_invitation(&admin.caller, world.workspace, into).await), ErrorCode::NotFound);
    }
}
