//! Names in the database: sealed, unique, listed in order, sealed anew, and destroyed with their key.

use super::{
    rotated::{anew, finish, keys_of, make_keeper, new, open_ledger, order, task},
    world::World,
};
use plexichat_database::entity::{channel, instance, sealing_key, workspace};
use plexichat_kernel::Caller;
use plexichat_messaging::{ChannelQuery, Messaging};
use plexichat_model::{
    ChannelId, ErrorCode, WorkspaceId,
    channel::{ChannelKind, ChannelPatch, NewChannel},
    key_tasks::{KeyTaskKind, KeyTaskState, KeyTaskTarget},
    permission::{InstanceRole, Role},
    workspace::{NewWorkspace, WorkspacePatch},
};
use plexichat_sealing::key_id;
use plexichat_testkit::{TestDb, engines};
use sea_orm::EntityTrait;

/// The kind of names keys in SQL.
const NAMES: i16 = 4;

async fn channels(db: &TestDb) -> Vec<channel::Model> {
    channel::Entity::find().all(db.db().reader()).await.expect("reads")
}

async fn workspaces(db: &TestDb) -> Vec<workspace::Model> {
    workspace::Entity::find().all(db.db().reader()).await.expect("reads")
}

/// Everything that a names key seals.
async fn sealed(db: &TestDb) -> Vec<Vec<u8>> {
    let instance = instance::Entity::find().all(db.db().reader()).await.expect("reads");
    let all = channels(db).await.into_iter().map(|row| row.sealed).chain(workspaces(db).await.into_iter().map(|row| row.sealed));
    all.chain(instance.into_iter().map(|row| row.sealed)).flatten().collect()
}

async fn listed(messaging: &Messaging, who: &Caller, workspace: WorkspaceId, query: &ChannelQuery) -> Vec<String> {
    let page = messaging.list_channels(who, workspace, query).await.expect("a list");
    page.items.into_iter().map(|channel| format!("{}|{}", channel.name, channel.topic)).collect()
}

async fn name_of(messaging: &Messaging, who: &Caller, workspace: WorkspaceId) -> (String, String) {
    let view = messaging.get_workspace(who, workspace).await.expect("exists").workspace;
    (view.name, view.description)
}

async fn rename(messaging: &Messaging, who: &Caller, channel: ChannelId, name: &str) -> String {
    let patch = ChannelPatch { name: Some(name.to_owned()), topic: Some(format!("about {name}")), archived: None };
    messaging.update_channel(who, channel, patch, None).await.expect("is renamed").name
}

async fn describe(messaging: &Messaging, who: &Caller, workspace: WorkspaceId, text: &str) {
    let patch = WorkspacePatch { name: None, description: Some(text.to_owned()) };
    messaging.update_workspace(who, workspace, patch, None).await.expect("is described");
}

fn private(name: &str) -> NewChannel {
    NewChannel { kind: ChannelKind::Private, name: name.to_owned(), topic: String::new(), member_ids: Vec::new() }
}

engines! {
    /// Rows say nothing of names; lists, pages and searches are what they were.
    async fn names_stand_nowhere_open(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        describe(&world.messaging, &people[0], workspace, "what we describe").await;
        for name in ["Zebra", "äpfel", "Apple", "apricot", "100%_"] {
            let channel = world.channel(workspace, name, ChannelKind::Public, &people).await;
            rename(&world.messaging, &people[0], channel, name).await;
        }
        world.conversation(&people).await;
        for row in channels(&world.test_db).await {
            assert!(row.name.is_empty() && row.topic.is_empty(), "{row:?}");
            assert_eq!(row.sealed.is_some(), row.workspace_id.is_some(), "a conversation has no name: {row:?}");
            assert!(row.name_folded.is_none_or(|index| index.len() == 64));
        }
        for row in workspaces(&world.test_db).await {
            assert!(row.name.is_empty() && row.description.is_empty() && row.sealed.is_some(), "{row:?}");
        }
        let fresh = anew(&world).await;
        let all = listed(&fresh, &people[1], workspace, &ChannelQuery::default()).await;
        let names: Vec<&str> = all.iter().map(|line| line.split('|').next().unwrap_or_default()).collect();
        assert_eq!(names, ["100%_", "Apple", "apricot", "general", "Zebra", "äpfel"]);
        assert!(all.contains(&"Zebra|about Zebra".to_owned()));
        let some = ChannelQuery { q: Some("AP".to_owned()), limit: Some(1), ..ChannelQuery::default() };
        let page = fresh.list_channels(&people[1], workspace, &some).await.expect("a list");
        assert_eq!((page.items[0].name.as_str(), page.items.len()), ("Apple", 1));
        let next = ChannelQuery { after: page.next, ..some };
        assert_eq!(listed(&fresh, &people[1], workspace, &next).await, ["apricot|about apricot"]);
        let percent = ChannelQuery { q: Some("1%".to_owned()), ..ChannelQuery::default() };
        assert!(listed(&fresh, &people[1], workspace, &percent).await.is_empty(), "a wildcard is a letter");
        assert_eq!(name_of(&fresh, &people[1], workspace).await, ("Acme".to_owned(), "what we describe".to_owned()));
    }

    /// A name is taken in its workspace alone, and nobody sees that two workspaces use the same.
    async fn equal_names_of_two_workspaces_look_different(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[]).await;
        let messaging = &world.messaging;
        messaging.create_channel(&people[0], workspace, private("Zebra")).await.expect("is created");
        let refused = messaging.create_channel(&people[0], workspace, private("ZEBRA")).await.expect_err("is taken");
        assert_eq!(refused.code(), ErrorCode::NameTaken);
        assert!(refused.message().contains("ZEBRA"), "{refused}");
        let founder = world.account("founder", InstanceRole::Owner).await;
        let another = NewWorkspace { name: "Acme".to_owned(), description: String::new() };
        let another = messaging.create_workspace(&founder, another).await.expect("is created").workspace.id;
        messaging.create_channel(&founder, another, private("Zebra")).await.expect("in another workspace it is free");
        let mut indexes: Vec<String> = channels(&world.test_db).await.into_iter().filter_map(|row| row.name_folded).collect();
        indexes.sort_unstable();
        indexes.dedup();
        assert_eq!(indexes.len(), 4, "two names in each of two workspaces");
    }

    /// Names keys are replaced with those of workspace and instance: everything reads as before, also on a node that held
    /// the old ones and seals by them meanwhile.
    async fn names_are_sealed_anew(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let mut rooms = Vec::new();
        for number in 0..230 {
            rooms.push(world.channel(workspace, &format!("room {number}"), ChannelKind::Public, &people[..1]).await);
        }
        world.messaging.keys().seal_open_names().await.expect("the instance is sealed");
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open_ledger(folder.path());
        let (keeper, other) = (make_keeper(&world.messaging, &ledger), anew(&world).await);
        let query = ChannelQuery { limit: Some(200), ..ChannelQuery::default() };
        let before = listed(&other, &people[0], workspace, &query).await;
        let old: Vec<i64> = keys_of(&world.test_db, NAMES).await.iter().map(|key| key.id).collect();
        assert_eq!(old.len(), 2);
        for target in [KeyTaskTarget::Workspace { id: workspace }, KeyTaskTarget::Instance {}] {
            let task_id = order(&world, new(KeyTaskKind::Rotate, target, None)).await;
            keeper.round().await.expect("a round");
            assert_ne!(task(&world, task_id).await.state, KeyTaskState::Done);
            describe(&other, &people[0], workspace, &format!("during {target:?}")).await;
            assert!(finish(&world, &keeper, task_id).await.changed > 0);
        }
        assert!(sealed(&world.test_db).await.len() > 230);
        for blob in sealed(&world.test_db).await {
            assert!(!old.contains(&key_id(&blob).expect("names its key").get()), "an old key seals still");
        }
        let emptied = |key: &sealing_key::Model| key.state == 5 && key.sealed.is_empty();
        let keys = keys_of(&world.test_db, NAMES).await;
        assert!(keys.iter().filter(|key| old.contains(&key.id)).all(emptied), "an old key is left: {keys:?}");
        other.keys().refresh().await.expect("asks");
        let expected = ("Acme".to_owned(), "during Instance".to_owned());
        for messaging in [&world.messaging, &other, &anew(&world).await] {
            assert_eq!(listed(messaging, &people[0], workspace, &query).await, before);
            assert_eq!(name_of(messaging, &people[0], workspace).await, expected);
        }
        assert_eq!(rename(&other, &people[0], rooms[0], "ROOM 0").await, "ROOM 0", "it is its own name still");
        let taken = ChannelPatch { name: Some("room 1".to_owned()), ..ChannelPatch::default() };
        assert_eq!(other.update_channel(&people[0], rooms[0], taken, None).await.expect_err("taken").code(), ErrorCode::NameTaken);
    }

    /// With a workspace's keys its names are destroyed: ids stand for them, nothing fails, and new ones can be given.
    async fn names_are_destroyed_with_their_workspace(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        describe(&world.messaging, &people[0], workspace, "what we describe").await;
        let folder = tempfile::tempdir().expect("a folder");
        let keeper = make_keeper(&world.messaging, &open_ledger(folder.path()));
        let shred = new(KeyTaskKind::Shred, KeyTaskTarget::Workspace { id: workspace }, Some(workspace));
        let shred = order(&world, shred).await;
        finish(&world, &keeper, shred).await;
        for messaging in [&world.messaging, &anew(&world).await] {
            assert_eq!(name_of(messaging, &people[1], workspace).await, (workspace.to_string(), String::new()));
            let state = messaging.get_channel(&people[1], channel).await.expect("is there");
            assert_eq!((state.channel.name, state.channel.topic), (channel.to_string(), String::new()));
            assert_eq!(listed(messaging, &people[1], workspace, &ChannelQuery::default()).await.len(), 2);
            messaging.snapshot(&people[1]).await.expect("a snapshot");
        }
        assert_eq!(rename(&world.messaging, &people[0], channel, "talk again").await, "talk again");
        let named = WorkspacePatch { name: Some("Acme again".to_owned()), description: None };
        world.messaging.update_workspace(&people[0], workspace, named, None).await.expect("is named");
        let fresh = anew(&world).await;
        assert_eq!(name_of(&fresh, &people[1], workspace).await.0, "Acme again");
        assert_eq!(fresh.get_channel(&people[1], channel).await.expect("is there").channel.name, "talk again");
    }
}
