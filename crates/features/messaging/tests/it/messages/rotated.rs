//! Keys that are replaced while people write, and keys that are destroyed.

use super::world::World;
use plexichat_database::entity::{key_task, message, root_seal, sealing_key};
use plexichat_kernel::Caller;
use plexichat_keys::{KeyKeeper, Keys, Ledger, NewTask};
use plexichat_messaging::{Messaging, PageAt};
use plexichat_model::{
    ChannelId, ErrorCode, KeyTaskId, UserId, WorkspaceId,
    channel::ChannelKind,
    key_tasks::{KeyTaskKind, KeyTaskState, KeyTaskTarget, KeyTaskView},
    permission::Role,
};
use plexichat_testkit::{TestDb, engines};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

const QUIET: Duration = Duration::from_mins(2);
/// More rounds than anything here takes.
const ROUNDS: usize = 2_000;

pub(super) fn open_ledger(folder: &Path) -> Arc<Ledger> {
    Arc::new(Ledger::open(folder.join("shredded")).expect("opens"))
}

pub(super) fn make_keeper(messaging: &Messaging, ledger: &Arc<Ledger>) -> KeyKeeper {
    KeyKeeper::new(messaging.keys().clone(), Arc::new(messaging.clone()), Arc::clone(ledger), QUIET)
}

pub(super) fn new(kind: KeyTaskKind, target: KeyTaskTarget, workspace: Option<WorkspaceId>) -> NewTask {
    NewTask { kind, target, workspace, month: None, asked_by: UserId(1), due_ms: 0, needs_approval: false }
}

pub(super) async fn order(world: &World, task: NewTask) -> KeyTaskId {
    let keys = world.messaging.keys().clone();
    let ordered = world.journal.write(move |tx| {
        let (keys, task) = (keys.clone(), task.clone());
        Box::pin(async move { keys.order(tx, &task).await })
    });
    ordered.await.expect("is taken").id
}

pub(super) async fn task(world: &World, id: KeyTaskId) -> KeyTaskView {
    let tasks = world.messaging.keys().tasks().await.expect("reads");
    tasks.into_iter().find(|task| task.id == id).expect("is listed")
}

/// Rounds until this task is done; time passes when nothing else can be done.
pub(super) async fn finish(world: &World, keeper: &KeyKeeper, id: KeyTaskId) -> KeyTaskView {
    for _ in 0..ROUNDS {
        let more = keeper.round().await.expect("a round");
        let now = task(world, id).await;
        if now.state == KeyTaskState::Done {
            return now;
        }
        if !more {
            world.clock.advance(Duration::from_secs(30));
        }
    }
    panic!("the task does not end: {:?}", task(world, id).await);
}

pub(super) async fn keys_of(db: &TestDb, kind: i16) -> Vec<sealing_key::Model> {
    sealing_key::Entity::find().filter(sealing_key::Column::Kind.eq(kind)).all(db.db().reader()).await.expect("reads")
}

async fn bodies(db: &TestDb, channel: ChannelId) -> Vec<message::Model> {
    message::Entity::find().filter(message::Column::ChannelId.eq(channel.get())).all(db.db().reader()).await.expect("reads")
}

pub(super) async fn anew(world: &World) -> Messaging {
    Messaging::new(world.journal.clone(), world.auth.clone(), crate::world::keys(&world.journal).await)
}

async fn texts(messaging: &Messaging, who: &Caller, channel: ChannelId) -> Vec<String> {
    let (mut texts, mut after) = (Vec::new(), 0);
    loop {
        let page = messaging.list_messages(who, channel, PageAt::After(after), Some(100)).await.expect("a page");
        let Some(last) = page.messages.last() else { return texts };
        after = last.number;
        texts.extend(page.messages.into_iter().map(|message| message.text));
    }
}

engines! {
    /// Root, workspace and channel keys are replaced one after the other: everything reads as before, also on a node that
    /// held the old keys, and none of the old keys is left.
    async fn every_level_is_replaced(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let direct = world.conversation(&people).await;
        for number in 0..450 {
            world.send(&people[0], channel, &format!("in the room {number}")).await;
        }
        world.send(&people[1], direct, "between us").await;
        world.messaging.keys().all_is_sealed().await.expect("is noted");
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open_ledger(folder.path());
        let (keeper, other) = (make_keeper(&world.messaging, &ledger), anew(&world).await);
        let before = texts(&other, &people[0], channel).await;
        let old: Vec<sealing_key::Model> = [keys_of(&world.test_db, 0).await, keys_of(&world.test_db, 1).await].concat();
        let old_channel: Vec<i64> =
            keys_of(&world.test_db, 2).await.iter().filter(|key| key.scope_id == channel.get()).map(|key| key.id).collect();

        let root = order(&world, new(KeyTaskKind::Rotate, KeyTaskTarget::Root {}, None)).await;
        finish(&world, &keeper, root).await;
        assert_eq!(world.messaging.keys().status().version, 2);
        for target in [KeyTaskTarget::Instance {}, KeyTaskTarget::Workspace { id: workspace }] {
            let id = order(&world, new(KeyTaskKind::Rotate, target, None)).await;
            assert!(finish(&world, &keeper, id).await.changed > 0);
        }
        let whole = new(KeyTaskKind::Rotate, KeyTaskTarget::Channel { id: channel }, Some(workspace));
        let id = order(&world, whole).await;
        // It is new keys that seal from the first step on, on a node that was not told as well.
        keeper.round().await.expect("a round");
        assert_eq!(task(&world, id).await.state, KeyTaskState::Settling);
        let during = world.send(&people[1], channel, "meanwhile").await;
        assert!(finish(&world, &keeper, id).await.changed >= 450);

        let (seals, left) = (root_seal::Entity::find().all(world.test_db.db().reader()).await.expect("reads"), keys_of(&world.test_db, 0).await);
        assert_eq!((seals.len(), seals[0].version, left.len()), (1, 2, 1));
        let all: Vec<i64> =
            sealing_key::Entity::find().all(world.test_db.db().reader()).await.expect("reads").iter().map(|key| key.id).collect();
        assert!(old.iter().all(|key| !all.contains(&key.id)), "an old key is left");
        let keys_by_id: BTreeMap<i64, sealing_key::Model> =
            keys_of(&world.test_db, 2).await.into_iter().map(|key| (key.id, key)).collect();
        let emptied = |id: &i64| keys_by_id.get(id).is_some_and(|key| key.state == 5 && key.sealed.is_empty());
        assert!(old_channel.iter().all(emptied), "an old key of the channel is left");

        other.keys().refresh().await.expect("asks");
        for messaging in [&world.messaging, &other, &anew(&world).await] {
            let now = texts(messaging, &people[0], channel).await;
            assert_eq!(now[..before.len()], before[..]);
            assert_eq!(now.last().map(String::as_str), Some("meanwhile"));
            assert_eq!(texts(messaging, &people[0], direct).await, ["between us"]);
        }
        world.edit(&people[1], &during, "and after it").await.expect("edited");
        assert!(ledger.ids().is_empty(), "nothing was destroyed");
    }

    /// Two keepers of two nodes, and people who write, at once: nothing is lost.
    async fn two_nodes_replace_keys_while_people_write(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let second = world.second().await;
        world.messaging.keys().all_is_sealed().await.expect("is noted");
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open_ledger(folder.path());
        let keepers = [make_keeper(&world.messaging, &ledger), make_keeper(&second.messaging, &ledger)];
        let targets = [
            KeyTaskTarget::Root {},
            KeyTaskTarget::Workspace { id: workspace },
            KeyTaskTarget::Channel { id: channel },
            KeyTaskTarget::Root {},
        ];
        let mut sent = Vec::new();
        for target in targets {
            let id = order(&world, new(KeyTaskKind::Rotate, target, Some(workspace))).await;
            for round in 0.. {
                assert!(round < ROUNDS, "it does not end");
                let node = [&world, &second][round % 2];
                let text = format!("{target:?} {round}");
                let (one, two, _) =
                    tokio::join!(keepers[0].round(), keepers[1].round(), node.send(&people[0], channel, &text));
                sent.push(text);
                let more = one.expect("a round") | two.expect("a round");
                if task(&world, id).await.state == KeyTaskState::Done {
                    break;
                }
                if !more {
                    world.clock.advance(Duration::from_secs(9));
                    second.clock.advance(Duration::from_secs(9));
                }
            }
        }
        for messaging in [&anew(&world).await, &second.messaging] {
            messaging.keys().refresh().await.expect("asks");
            assert_eq!(texts(messaging, &people[1], channel).await, sent);
        }
    }

    /// A month of a channel is destroyed: what was written in it is gone for everybody, the rest stays; a database that is
    /// restored from before loses it again.
    async fn a_month_is_destroyed_and_a_restore_does_not_bring_it_back(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let other = world.channel(workspace, "other", ChannelKind::Public, &people).await;
        world.send(&people[0], channel, "in January").await;
        world.send(&people[0], other, "elsewhere in January").await;
        world.clock.advance(Duration::from_hours(24 * 35));
        world.send(&people[0], channel, "in February").await;
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open_ledger(folder.path());
        let (keeper, second) = (make_keeper(&world.messaging, &ledger), anew(&world).await);
        assert_eq!(texts(&second, &people[1], channel).await, ["in January", "in February"]);
        let backup = (keys_of(&world.test_db, 2).await, bodies(&world.test_db, channel).await);

        let month = NewTask { month: Some(202_601), ..new(KeyTaskKind::Shred, KeyTaskTarget::Channel { id: channel }, Some(workspace)) };
        let id = order(&world, month).await;
        finish(&world, &keeper, id).await;
        assert_eq!(ledger.ids().len(), 1);
        for messaging in [&world.messaging, &anew(&world).await] {
            assert_eq!(texts(messaging, &people[1], channel).await, ["", "in February"]);
            assert_eq!(texts(messaging, &people[1], other).await, ["elsewhere in January"]);
        }
        // A node that had it in memory learns of it with its next look.
        second.keys().refresh().await.expect("asks");
        assert_eq!(texts(&second, &people[1], channel).await, ["", "in February"]);
        let destroyed: Vec<sealing_key::Model> =
            keys_of(&world.test_db, 2).await.into_iter().filter(|key| key.state == 4).collect();
        assert!(destroyed.len() == 1 && destroyed[0].sealed.is_empty());

        // The tables as they were before.
        let conn = world.test_db.db();
        for key in &backup.0 {
            let put = sealing_key::Entity::update_many()
                .col_expr(sealing_key::Column::Sealed, Expr::value(key.sealed.clone()))
                .col_expr(sealing_key::Column::State, Expr::value(key.state));
            put.filter(sealing_key::Column::Id.eq(key.id)).exec(conn.maintenance()).await.expect("restored");
        }
        for row in &backup.1 {
            let put = message::Entity::update_many()
                .col_expr(message::Column::Body, Expr::value(row.body.clone()))
                .col_expr(message::Column::Deleted, Expr::value(false));
            put.filter(message::Column::Id.eq(row.id)).exec(conn.maintenance()).await.expect("restored");
        }
        let restored = anew(&world).await;
        assert_eq!(texts(&restored, &people[1], channel).await, ["in January", "in February"], "the backup does hold it");
        let restored = anew(&world).await;
        let fresh = Arc::new(Ledger::open(ledger.path()).expect("opens"));
        assert_eq!(restored.keys().apply_ledger(&fresh).await.expect("is applied"), 1);
        assert_eq!(texts(&restored, &people[1], channel).await, ["", "in February"]);
        assert_eq!(restored.keys().apply_ledger(&fresh).await.expect("is applied"), 0);
        let keeper = make_keeper(&restored, &fresh);
        let burial = restored.keys().tasks().await.expect("reads")[0].id;
        finish(&world, &keeper, burial).await;
        assert!(bodies(&world.test_db, channel).await.iter().any(|row| row.deleted), "the row says so too");
    }

    /// A workspace is destroyed: all its channels, and nothing of others; people may go on writing in it.
    async fn a_workspace_is_destroyed(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let rooms = [
            world.channel(workspace, "talk", ChannelKind::Public, &people).await,
            world.channel(workspace, "other", ChannelKind::Public, &people).await,
        ];
        let direct = world.conversation(&people).await;
        for room in rooms {
            for number in 0..210 {
                world.send(&people[0], room, &format!("text {number}")).await;
            }
        }
        world.send(&people[1], direct, "between us").await;
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open_ledger(folder.path());
        let keeper = make_keeper(&world.messaging, &ledger);
        // A copy of the database from now on has keys that will have been replaced when it comes to destroying.
        let before: Vec<i64> = keys_of(&world.test_db, 2).await.iter().map(|key| key.id).collect();
        let rotated = new(KeyTaskKind::Rotate, KeyTaskTarget::Channel { id: rooms[1] }, Some(workspace));
        let rotated = order(&world, rotated).await;
        finish(&world, &keeper, rotated).await;
        let id = order(&world, new(KeyTaskKind::Shred, KeyTaskTarget::Workspace { id: workspace }, Some(workspace))).await;
        keeper.round().await.expect("a round");
        // Sealed by new keys since the task has begun.
        world.send(&people[1], rooms[0], "after it").await;
        let done = finish(&world, &keeper, id).await;
        assert!(done.changed >= 420, "{done:?}");
        let of_rooms: Vec<i64> = keys_of(&world.test_db, 2).await.iter().filter(|key| key.scope_id != direct.get()).map(|key| key.id).collect();
        let listed = ledger.ids();
        assert!(before.iter().filter(|id| of_rooms.contains(id)).all(|id| listed.contains(id)), "a copy from before would be read");
        let fresh = anew(&world).await;
        let now = texts(&fresh, &people[1], rooms[0]).await;
        assert!(now[..210].iter().all(String::is_empty) && now[210] == "after it", "{now:?}");
        assert!(texts(&fresh, &people[1], rooms[1]).await.iter().all(String::is_empty));
        assert_eq!(texts(&fresh, &people[1], direct).await, ["between us"]);
        world.send(&people[0], rooms[1], "a new beginning").await;
        assert_eq!(texts(&anew(&world).await, &people[1], rooms[1]).await.last().map(String::as_str), Some("a new beginning"));
    }

    /// Not before its time, not without the second person, not twice, not of everything; what waits can be given up.
    async fn a_shredding_waits_for_time_and_approval(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        world.send(&people[0], channel, "still here").await;
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open_ledger(folder.path());
        let keeper = make_keeper(&world.messaging, &ledger);
        let target = KeyTaskTarget::Channel { id: channel };
        let due_ms = world.clock.now_ms() + 3_600_000;
        let new = NewTask { due_ms, needs_approval: true, ..new(KeyTaskKind::Shred, target, Some(workspace)) };
        let id = order(&world, new.clone()).await;
        let keys = world.messaging.keys().clone();
        let attempt = |what: fn(Keys, NewTask, KeyTaskId) -> Attempt| what(keys.clone(), new.clone(), id);
        let again = attempt(|keys, new, id| Attempt { keys, new, id, act: Act::Order });
        assert_eq!(run(&world, again).await, Err(ErrorCode::Conflict));
        let root = attempt(|keys, new, id| Attempt { keys, new: NewTask { target: KeyTaskTarget::Root {}, ..new }, id, act: Act::Order });
        assert_eq!(run(&world, root).await, Err(ErrorCode::Invalid));
        let month = attempt(|keys, new, id| Attempt { keys, new: NewTask { month: Some(202_613), ..new }, id, act: Act::Order });
        assert_eq!(run(&world, month).await, Err(ErrorCode::Invalid));
        let own = attempt(|keys, new, id| Attempt { keys, new, id, act: Act::Approve(UserId(1)) });
        assert_eq!(run(&world, own).await, Err(ErrorCode::Forbidden));
        world.clock.advance(Duration::from_hours(2));
        keeper.round().await.expect("a round");
        assert_eq!(task(&world, id).await.state, KeyTaskState::Unapproved, "time alone is not enough");
        let two = attempt(|keys, new, id| Attempt { keys, new, id, act: Act::Approve(UserId(2)) });
        assert_eq!(run(&world, two).await.expect("approved").approved_by, Some(UserId(2)));
        let give_up = attempt(|keys, new, id| Attempt { keys, new, id, act: Act::Cancel });
        assert_eq!(run(&world, give_up).await.expect("given up").state, KeyTaskState::Cancelled);
        keeper.round().await.expect("a round");
        assert_eq!(texts(&anew(&world).await, &people[1], channel).await, ["still here"]);

        // Begun, it cannot be given up.
        let due_ms = world.clock.now_ms() + 60_000;
        let id = order(&world, NewTask { due_ms, needs_approval: false, ..new.clone() }).await;
        keeper.round().await.expect("a round");
        assert_eq!(task(&world, id).await.state, KeyTaskState::Waiting, "it is not due");
        world.clock.advance(Duration::from_mins(2));
        keeper.round().await.expect("a round");
        let late = Attempt { keys: keys.clone(), new: new.clone(), id, act: Act::Cancel };
        assert_eq!(run(&world, late).await, Err(ErrorCode::Conflict));
        finish(&world, &keeper, id).await;
        assert_eq!(texts(&anew(&world).await, &people[1], channel).await, [""]);
        let rows = key_task::Entity::find().all(world.test_db.db().reader()).await.expect("reads");
        assert_eq!(rows.len(), 2, "what was refused left nothing");
    }
}

enum Act {
    Order,
    Approve(UserId),
    Cancel,
}

struct Attempt {
    keys: Keys,
    new: NewTask,
    id: KeyTaskId,
    act: Act,
}

async fn run(world: &World, attempt: Attempt) -> Result<KeyTaskView, ErrorCode> {
    let attempt = Arc::new(attempt);
    let done = world.journal.write(move |tx| {
        let attempt = Arc::clone(&attempt);
        Box::pin(async move {
            match &attempt.act {
                Act::Order => attempt.keys.order(tx, &attempt.new).await,
                Act::Approve(by) => attempt.keys.approve(tx, attempt.id, *by).await,
                Act::Cancel => attempt.keys.cancel(tx, attempt.id).await,
            }
        })
    });
    done.await.map_err(|error| error.code())
}
