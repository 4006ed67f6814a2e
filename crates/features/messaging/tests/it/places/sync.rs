//! The snapshot.

use crate::world::World;
use plexichat_model::{
    JournalKey,
    channel::{ChannelKind, NewConversation},
    permission::Role,
};
use plexichat_testkit::engines;

engines! {
    /// It names everything held, with the heads it stands under.
    async fn a_snapshot_holds_what_one_has(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        let ada = world.member("ada").await;
        let room = world.channel(&ada, ChannelKind::Private, "room", &[]).await.channel.id;
        world.channel(&world.owner, ChannelKind::Private, "hidden", &[]).await;
        let talk = NewConversation { user_ids: vec![world.owner.id] };
        let talk = messaging.open_conversation(&ada.caller, talk).await.expect("opened").state;
        let snapshot = messaging.snapshot(&ada.caller).await.expect("a snapshot");
        let mut ids: Vec<_> = snapshot.channels.iter().map(|c| c.channel.id).collect();
        ids.sort_unstable();
        let mut expected = vec![world.general, room, talk.channel.id];
        expected.sort_unstable();
        assert_eq!(ids, expected);
        for state in &snapshot.channels {
            let one = messaging.get_channel(&ada.caller, state.channel.id).await.expect("readable");
            assert_eq!(&one, state, "one by one they read the same");
        }
        let head = async |key| world.node.journal.head(key).await.expect("readable").expect("exists").version;
        assert_eq!(snapshot.user_head, head(JournalKey::user(ada.id)).await);
        assert_eq!(snapshot.instance_head, head(JournalKey::INSTANCE).await);
        assert_eq!(snapshot.workspaces[0].head, head(JournalKey::workspace(world.workspace)).await);
        assert_eq!(snapshot.workspaces[0].role, Role::Member);
        assert_eq!(&*snapshot.epoch, &*world.node.journal.epoch());
        let mut handles: Vec<_> = snapshot.users.iter().map(|u| u.handle.as_str()).collect();
        handles.sort_unstable();
        assert_eq!(handles, ["ada", "olga"]);
    }

    /// Further channels come in id order, page by page, each once.
    async fn further_channels_are_paged(db: TestDb) {
        let world = World::new(&db).await;
        let messaging = world.messaging();
        for n in 0..5 {
            world.channel(&world.owner, ChannelKind::Public, &format!("room {n}"), &[]).await;
        }
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = messaging.channel_states(&world.owner.caller, after, Some(2)).await.expect("a page");
            seen.extend(page.channels.iter().map(|c| c.channel.id));
            after = seen.last().copied();
            if !page.more {
                break;
            }
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
