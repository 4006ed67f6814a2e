//! What a change tells, and on which journal.

use crate::world::World;
use plexichat_events::{Published, Signal, bus::BusReceiver};
use plexichat_model::{
    ChannelId, Event, JournalEvent, JournalKey,
    channel::{ChannelKind, ChannelPatch, NewConversation},
};
use plexichat_testkit::engines;
use std::{sync::Arc, time::Duration};

async fn told(receiver: &mut BusReceiver) -> Vec<Arc<JournalEvent>> {
    let mut out = Vec::new();
    while let Ok(signal) = tokio::time::timeout(Duration::from_millis(100), receiver.recv()).await {
        match signal {
            Some(Signal::Committed(Published { events })) => out.extend(events.iter().cloned()),
            other => panic!("unexpected: {other:?}"),
        }
    }
    out
}

fn names(events: &[Arc<JournalEvent>], key: JournalKey) -> Vec<&'static str> {
    events.iter().filter(|e| e.journal == key).map(|e| e.event.type_name()).collect()
}

engines! {
    /// Each change tells both sides with one commit; versions have no gaps; nothing is told to the wrong journal.
    async fn every_change_tells_its_journals(db: TestDb) {
        let world = World::new(&db).await;
        let ada = world.member("ada").await;
        let messaging = world.messaging();
        let mut receiver = world.node.journal.bus().subscribe();
        // A commit is answered before it is published: what is left of the joining is not asked about here.
        told(&mut receiver).await;
        let (workspace, own, olga) =
            (JournalKey::workspace(world.workspace), JournalKey::user(ada.id), JournalKey::user(world.owner.id));

        let room = world.channel(&world.owner, ChannelKind::Public, "room", &[&ada]).await.channel.id;
        let events = told(&mut receiver).await;
        let key = JournalKey::channel(room);
        assert_eq!(names(&events, key), ["channel_updated", "channel_member_updated", "channel_member_updated"]);
        assert_eq!(names(&events, workspace), ["channel_listed"]);
        assert_eq!((names(&events, own), names(&events, olga)), (vec!["membership_updated"], vec!["membership_updated"]));
        check(&events);

        let secret = world.channel(&world.owner, ChannelKind::Private, "secret", &[]).await.channel.id;
        assert!(names(&told(&mut receiver).await, workspace).is_empty(), "a private channel is not listed");

        let patch = ChannelPatch { topic: Some("t".to_owned()), ..ChannelPatch::default() };
        messaging.update_channel(&world.owner.caller, room, patch.clone(), None).await.expect("changed");
        messaging.update_channel(&world.owner.caller, room, patch.clone(), None).await.expect("the same again");
        messaging.update_channel(&world.owner.caller, secret, patch, None).await.expect("changed");
        let events = told(&mut receiver).await;
        assert_eq!(names(&events, key), ["channel_updated", "nothing"]);
        assert_eq!(names(&events, workspace), ["channel_listed", "nothing"]);
        check(&events);

        messaging.remove_channel_member(&world.owner.caller, room, ada.id).await.expect("removed");
        let events = told(&mut receiver).await;
        assert_eq!((names(&events, key), names(&events, own)), (vec!["channel_member_updated"], vec!["membership_updated"]));
        let removed = events.iter().any(|e| matches!(&e.event, Event::MembershipUpdated { membership } if membership.removed));
        assert!(removed);
        check(&events);

        let talk = NewConversation { user_ids: vec![world.owner.id] };
        let talk: ChannelId = messaging.open_conversation(&ada.caller, talk).await.expect("opened").state.channel.id;
        let events = told(&mut receiver).await;
        assert_eq!(names(&events, JournalKey::channel(talk)).len(), 3);
        assert!(names(&events, workspace).is_empty());

        messaging.remove_workspace_member(&ada.caller, world.workspace, ada.id).await.expect("leaves");
        let events = told(&mut receiver).await;
        assert_eq!(names(&events, workspace), ["workspace_member_updated"]);
        assert_eq!(names(&events, JournalKey::channel(world.general)), ["channel_member_updated"]);
        assert_eq!(names(&events, own), ["workspace_membership_updated", "membership_updated"]);
        check(&events);
    }
}

/// Rows carry the version of their event; journals carry only their own kinds, gapless.
fn check(events: &[Arc<JournalEvent>]) {
    for event in events {
        if let Some(kind) = event.event.journal_kind() {
            assert_eq!(kind, event.journal.kind, "{event:?}");
        }
        let version = match &event.event {
            Event::ChannelUpdated { channel } => channel.version,
            Event::ChannelMemberUpdated { member, .. } => member.version,
            Event::WorkspaceMemberUpdated { member, .. } => member.version,
            Event::MembershipUpdated { membership } => membership.version,
            Event::WorkspaceMembershipUpdated { membership } => membership.version,
            _ => event.version,
        };
        assert_eq!(version, event.version, "{event:?}");
    }
    for pair in events.windows(2) {
        if pair[0].journal == pair[1].journal {
            assert_eq!(pair[0].version + 1, pair[1].version);
        }
    }
}
