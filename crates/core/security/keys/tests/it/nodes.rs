//! Nodes that join with a one-time token: let in, refused, carried over to another root key, removed.

use crate::vaults::{node, open, passphrase};
use futures_util::{FutureExt as _, future::join_all};
use plexichat_database::entity::{key_node, node_invitation, root_seal, sealing_key};
use plexichat_events::Journal;
use plexichat_kernel::{Clock, Error, Result};
use plexichat_keys::{
    Contents, KeyKeeper, Keys, Ledger, NewTask, Page,
    nodes::{Admission, Answer, JoinRecord, Joined, NewInvitation, NodeToken, Note, Refusal, Standing, answer, ask, standing},
    recovery::overview,
    reseal,
    vault::{FileVault, KeyVault, NodeVault},
};
use plexichat_model::{
    ChannelId, ErrorCode, UserId, WorkspaceId,
    key_tasks::{KeyTaskKind, KeyTaskTarget},
};
use plexichat_sealing::{Context, Key, KeyId, column};
use plexichat_testkit::{TestDb, engines};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait, IntoActiveModel as _};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const PLACE: Context<'static> = Context::row("messages", "body", 7);
const FIRST: &str = "lantern drifts over ice";

/// Remembers who joined.
#[derive(Default)]
struct Seen(Mutex<Vec<Joined>>);

#[async_trait::async_trait]
impl JoinRecord for Seen {
    async fn note(&self, joined: &Joined) -> Result<Note> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(joined.clone());
        Ok(Arc::new(|_| async { Ok(()) }.boxed()))
    }
}

/// No messages.
struct Nothing;

#[async_trait::async_trait]
impl Contents for Nothing {
    async fn reseal(&self, _: Option<WorkspaceId>, _: ChannelId, _: i64) -> Result<Page> {
        Ok(Page { next: None, changed: 0, end: 0 })
    }

    async fn bury(&self, _: ChannelId, _: i64) -> Result<Page> {
        Ok(Page { next: None, changed: 0, end: 0 })
    }

    fn forget(&self) {}
}

/// A database with a first node, and a machine that is to join it.
struct World {
    clock: Clock,
    first: Journal,
    keys: Keys,
    admission: Admission,
    second: Journal,
    folder: tempfile::TempDir,
}

impl World {
    async fn new(db: &TestDb) -> Self {
        let clock = Clock::adjustable();
        let (first, second) = (node(db, 1, clock.clone()).await, node(db, 2, clock.clone()).await);
        let keys = open(&first, &passphrase(FIRST)).await.expect("opens");
        keys.all_is_sealed().await.expect("nothing was open");
        let admission = Admission::new(keys.clone(), Arc::new(Seen::default()));
        Self { clock, first, keys, admission, second, folder: tempfile::tempdir().expect("a folder") }
    }

    /// The key of the machine of this name.
    fn machine(&self, name: &str) -> NodeVault {
        NodeVault::open_or_make(self.folder.path().join(name).join("node.key")).expect("made or read")
    }

    async fn invite(&self) -> NewInvitation {
        let new = self.keys.invite_node(1, UserId(5)).await.expect("made");
        let row = new.clone();
        let write = self.first.write(move |tx| {
            let row = row.clone();
            Box::pin(async move { row.write(tx).await })
        });
        write.await.expect("written");
        new
    }

    async fn ask(&self, vault: &NodeVault, new: &NewInvitation) -> i64 {
        ask(&self.second, vault, &NodeToken::parse(&new.token).expect("a token")).await.expect("asked")
    }

    async fn answer(&self, id: i64) -> Answer {
        self.admission.round().await.expect("a round");
        answer(self.first.db(), id).await.expect("answered")
    }

    async fn join(&self, name: &str) -> (NodeVault, i64) {
        let vault = self.machine(name);
        let id = self.ask(&vault, &self.invite().await).await;
        assert_eq!(self.answer(id).await, Answer::Joined);
        (vault, id)
    }

    /// The keys as a node with this vault opens them.
    async fn opened(&self, vault: NodeVault) -> Result<Keys> {
        Keys::open(self.second.clone(), Arc::new(vault)).await
    }

    async fn refused(&self, vault: NodeVault) -> String {
        self.opened(vault).await.expect_err("is refused").message().to_owned()
    }

    async fn remove(&self, id: i64) -> Result<()> {
        let keys = self.keys.clone();
        self.first
            .write(move |tx| {
                let keys = keys.clone();
                Box::pin(async move { keys.remove_node(tx, id).await })
            })
            .await
    }

    fn keeper(&self, keys: &Keys) -> KeyKeeper {
        let ledger = Arc::new(Ledger::open(self.folder.path().join("shredded")).expect("opens"));
        KeyKeeper::new(keys.clone(), Arc::new(Nothing), ledger, Duration::from_mins(2))
    }

    async fn order_root(&self) {
        let keys = self.keys.clone();
        let task = NewTask {
            kind: KeyTaskKind::Rotate,
            target: KeyTaskTarget::Root {},
            workspace: None,
            month: None,
            asked_by: UserId(1),
            due_ms: 0,
            needs_approval: false,
        };
        let ordered = self.first.write(move |tx| {
            let (keys, task) = (keys.clone(), task.clone());
            Box::pin(async move { keys.order(tx, &task).await })
        });
        ordered.await.expect("is taken");
    }

    /// Replaces the root key, by the first node.
    async fn rotate_root(&self) {
        let before = self.keys.status().version;
        self.order_root().await;
        let keeper = self.keeper(&self.keys);
        for _ in 0..200 {
            if !keeper.round().await.expect("a round") && self.keys.tasks().await.expect("reads").iter().all(IsOver::is_over) {
                break;
            }
            self.clock.advance(Duration::from_secs(30));
        }
        assert_eq!(self.keys.status().version, before + 1);
    }
}

/// Whether a task has ended.
trait IsOver {
    fn is_over(&self) -> bool;
}

impl IsOver for plexichat_model::key_tasks::KeyTaskView {
    fn is_over(&self) -> bool {
        self.state == plexichat_model::key_tasks::KeyTaskState::Done
    }
}

async fn seals(db: &TestDb) -> Vec<root_seal::Model> {
    root_seal::Entity::find().all(db.db().reader()).await.expect("reads")
}

fn is_conflict(error: &Error, why: &str) {
    assert_eq!(error.code(), ErrorCode::Conflict);
    assert!(error.message().contains(why), "{error}");
}

engines! {
    /// A node joins without the first one's secret, opens what the first sealed, and goes on through a rotation of the root
    /// key, running and started again; the first one's vault stays what it was.
    async fn a_node_joins_and_stays(db: TestDb) {
        let world = World::new(&db).await;
        let sealed = world.keys.of_channel(None, ChannelId(1)).await.expect("a key");
        let (id, sealed) = (sealed.id(), sealed.seal(&PLACE, b"secret").expect("seals"));
        let vault = world.machine("b");
        assert_eq!(standing(&db.db(), &vault, world.clock.now_ms()).await.expect("reads"), Standing::Stranger);
        assert!(world.refused(world.machine("b")).await.contains("keys invite-node"), "says how to join");
        let new = world.invite().await;
        let request = world.ask(&vault, &new).await;
        assert_eq!(answer(&db.db(), request).await.expect("reads"), Answer::Waiting);
        assert_eq!(standing(&db.db(), &vault, world.clock.now_ms()).await.expect("reads"), Standing::Asked { id: request });
        assert_eq!(world.answer(request).await, Answer::Joined);
        assert_eq!(standing(&db.db(), &vault, world.clock.now_ms()).await.expect("reads"), Standing::Joined { id: request });
        assert!(world.keys.node_invitations().await.expect("reads").is_empty(), "it was used up");

        let joined = world.opened(vault).await.expect("opens");
        let loaded = joined.load(&[id]).await.expect("is there");
        assert_eq!(loaded[0].open(&PLACE, &sealed).expect("opens")[..], *b"secret");
        open(&world.first, &passphrase(FIRST)).await.expect("the first one's vault is as it was");
        let seen = overview(&db.db(), &passphrase(FIRST)).await.expect("reads").expect("a root key");
        assert_eq!((seen.vaults.as_slice(), seen.nodes.len()), (&["passphrase".to_owned()][..], 1));
        assert_eq!(seen.nodes, world.keys.nodes().await.expect("reads"));
        assert_eq!(seen.nodes[0].fingerprint, world.machine("b").fingerprint());

        // The node that joined cannot make a root key that the vault keeps: it leaves that to one that can.
        world.order_root().await;
        world.keeper(&joined).round().await.expect("a round");
        assert_eq!(joined.status().version, 1);
        let task = world.keys.tasks().await.expect("reads")[0].id;
        let keys = world.keys.clone();
        let cancel = world.first.write(move |tx| { let keys = keys.clone(); Box::pin(async move { keys.cancel(tx, task).await }) });
        cancel.await.expect("given up");
        world.rotate_root().await;
        assert!(joined.refresh().await.expect("reads"));
        assert_eq!(joined.status().version, 2);
        let again = world.opened(world.machine("b")).await.expect("starts again");
        assert_eq!(again.load(&[id]).await.expect("is there")[0].open(&PLACE, &sealed).expect("opens")[..], *b"secret");
        assert_eq!(seals(&db).await.len(), 2, "one of the vault and one of the node, of the new root key");
    }

    /// Each token admits one node, however many ask at once and however many nodes answer.
    async fn a_token_is_good_for_one_node(db: TestDb) {
        let world = World::new(&db).await;
        let new = world.invite().await;
        let machines: Vec<NodeVault> = (0..6).map(|number| world.machine(&format!("m{number}"))).collect();
        let asked = join_all(machines.iter().map(|vault| world.ask(vault, &new))).await;
        let other = open(&world.second, &passphrase(FIRST)).await.expect("opens");
        let others: Vec<Admission> = [&world.keys, &other, &other].map(|keys| Admission::new(keys.clone(), Arc::new(Seen::default()))).into();
        for round in join_all(others.iter().map(Admission::round)).await {
            round.expect("a round");
        }
        world.admission.round().await.expect("those that came too late");
        let mut answers = Vec::new();
        for id in &asked {
            answers.push(answer(&db.db(), *id).await.expect("reads"));
        }
        assert_eq!(answers.iter().filter(|answer| **answer == Answer::Joined).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == Answer::Refused(Refusal::Used)).count(), 5, "{answers:?}");
        assert_eq!(seals(&db).await.len(), 2);
        let error = ask(&world.second, &world.machine("late"), &NodeToken::parse(&new.token).expect("a token")).await;
        is_conflict(&error.expect_err("used"), "another node has joined");
        let row = node_invitation::Entity::find().one(db.db().reader()).await.expect("reads").expect("is kept, to say so");
        assert!(row.sealed.is_empty(), "the token is gone");
    }

    /// A token ends, is revoked, or was never made here; each is said, before anything is written and by the server.
    async fn tokens_end(db: TestDb) {
        let world = World::new(&db).await;
        let (new, late) = (world.invite().await, world.machine("late"));
        let request = world.ask(&late, &new).await;
        world.clock.step(3_600_000);
        assert_eq!(world.answer(request).await, Answer::Refused(Refusal::Expired));
        let token = NodeToken::parse(&new.token).expect("a token");
        is_conflict(&ask(&world.second, &late, &token).await.expect_err("ended"), "time is over");

        let new = world.invite().await;
        let request = world.ask(&late, &new).await;
        let (keys, id) = (world.keys.clone(), new.invitation.id);
        let revoke = world.first.write(move |tx| { let keys = keys.clone(); Box::pin(async move { keys.revoke_node_invitation(tx, id).await }) });
        revoke.await.expect("revoked");
        assert_eq!(world.answer(request).await, Answer::Refused(Refusal::Unknown));
        let token = NodeToken::parse(&new.token).expect("a token");
        is_conflict(&ask(&world.second, &late, &token).await.expect_err("revoked"), "knows no such token");

        let mut mistyped = new.token.to_string();
        mistyped.replace_range(30..31, if &mistyped[30..31] == "A" { "B" } else { "A" });
        let error = NodeToken::parse(&mistyped).expect_err("mistyped");
        assert!(error.message().contains("mistyped") && !error.message().contains(&mistyped[20..]), "{error}");
        for hours in [0, 169] {
            assert_eq!(world.keys.invite_node(hours, UserId(0)).await.expect_err("refused").field(), Some("hours"));
        }
        for _ in 0..16 {
            world.invite().await;
        }
        let many = world.keys.invite_node(1, UserId(0)).await.expect("made");
        let write = world.first.write(move |tx| { let many = many.clone(); Box::pin(async move { many.write(tx).await }) });
        assert!(write.await.expect_err("too many").message().contains("16 invitations"));
    }

    /// Whoever can write to the database, but has neither token nor keys, gets nothing.
    async fn what_was_planted_is_refused(db: TestDb) {
        let world = World::new(&db).await;
        let handle = db.db();
        let conn = handle.maintenance();
        // A request with a key of his own and the proof of another, or of a token of his own.
        let new = world.invite().await;
        let honest = world.ask(&world.machine("b"), &new).await;
        let row = key_node::Entity::find_by_id(honest).one(conn).await.expect("reads").expect("exists");
        let theirs = world.machine("theirs");
        let foreign = world.ask(&theirs, &new).await;
        let stolen = key_node::Entity::find_by_id(foreign).one(conn).await.expect("reads").expect("exists");
        key_node::Entity::delete_by_id(honest).exec(conn).await.expect("gone");
        let mut planted = stolen.clone().into_active_model();
        planted.proof = Set(row.proof.clone());
        planted.update(conn).await.expect("written");
        assert_eq!(world.answer(foreign).await, Answer::Refused(Refusal::Proof));
        let mut renamed = stolen.clone();
        (renamed.id, renamed.name) = (77, row.name.clone());
        key_node::Entity::insert(renamed.into_active_model()).exec_without_returning(conn).await.expect("written");
        assert_eq!(world.answer(77).await, Answer::Refused(Refusal::Proof), "another id and name than were proven");
        assert_eq!(world.keys.node_invitations().await.expect("reads").len(), 1, "what is refused uses nothing up");

        // An invitation that ends later than it was made to.
        let mut longer = node_invitation::Entity::find().one(conn).await.expect("reads").expect("exists").into_active_model();
        longer.expires_ms = Set(new.invitation.expires_ms + 1);
        longer.update(conn).await.expect("written");
        let request = world.ask(&world.machine("b"), &new).await;
        assert_eq!(world.answer(request).await, Answer::Refused(Refusal::Changed));

        // A node that has "joined", by hand.
        let (mut vault, id) = world.join("c").await;
        let own = key_node::Entity::find_by_id(id).one(conn).await.expect("reads").expect("exists");
        let planted = key_node::Model { id: 99, name: stolen.name.clone(), recipient: stolen.recipient.clone(), ..own };
        key_node::Entity::insert(planted.into_active_model()).exec_without_returning(conn).await.expect("written");
        world.rotate_root().await;
        assert!(world.refused(theirs).await.contains("not sealed for the node key"));
        assert_eq!(seals(&db).await.len(), 2, "the vault's and one node's");

        // A root key of his own, sealed for the node's public key as anybody can, with a proof that fits it.
        let root = Key::random();
        let mut seal = seals(&db).await.into_iter().find(|seal| seal.vault == vault.name()).expect("is there");
        let recipient = plexichat_sealing::Recipient::from_bytes(
            &key_node::Entity::find_by_id(id).one(conn).await.expect("reads").expect("exists").recipient,
        );
        let label = format!("plexichat root key {}", seal.version);
        let inner = plexichat_sealing::envelope::seal(&format!("node, {label}"), &[&recipient.expect("a key")], None, root.expose());
        let bound = format!("{label}\0{}", vault.name());
        let context = Context { table: "root_seals", column: "sealed", row: plexichat_sealing::Row::Bytes(bound.as_bytes()) };
        seal.sealed = column::seal(&Key::random(), KeyId::new(1).expect("positive"), &context, &inner.expect("sealed"));
        let proof = sealing_key::Entity::find().all(conn).await.expect("reads");
        let proof = proof.into_iter().find(|row| row.kind == 0 && row.period == seal.version).expect("a proof");
        let (proof_id, place) = (KeyId::new(proof.id).expect("positive"), Context::row("sealing_keys", "sealed", proof.id));
        let mut proof = proof.into_active_model();
        proof.sealed = Set(column::seal(&root, proof_id, &place, b"plexichat root key"));
        proof.update(conn).await.expect("written");
        seal.into_active_model().reset_all().update(conn).await.expect("written");
        let error = world.refused(vault).await;
        assert!(error.contains("not sealed by a server that knows it"), "{error}");
        vault = world.machine("c");
        assert_eq!(vault.name(), world.machine("c").name());
    }

    /// A node that was removed starts no more, before and after the next root key; it may join again.
    async fn a_node_is_removed(db: TestDb) {
        let world = World::new(&db).await;
        let (vault, id) = world.join("b").await;
        let (_, stays) = world.join("c").await;
        let running = world.opened(vault).await.expect("opens");
        world.remove(id).await.expect("removed");
        assert_eq!(world.remove(id).await.expect_err("gone").code(), ErrorCode::NotFound);
        assert!(world.refused(world.machine("b")).await.contains("was removed"));
        world.rotate_root().await;
        running.refresh().await.expect("reads");
        assert_eq!(running.status().version, 1, "it does not learn the next one");
        assert!(world.refused(world.machine("b")).await.contains("was removed"));
        assert_eq!(world.keys.nodes().await.expect("reads").iter().map(|node| node.id).collect::<Vec<_>>(), [stays]);
        world.opened(world.machine("c")).await.expect("the other goes on");
        let (vault, _) = world.join("b").await;
        assert_eq!(world.opened(vault).await.expect("joined again").status().version, 2);
        // Once more, as after an older copy of the database: it takes its own place.
        let (vault, _) = world.join("b").await;
        world.opened(vault).await.expect("opens");
        assert_eq!(world.keys.nodes().await.expect("reads").len(), 2);
    }

    /// Moving to another vault leaves the nodes as they are; and a node saves what the vault has lost.
    async fn vaults_move_beside_nodes(db: TestDb) {
        let world = World::new(&db).await;
        let (vault, _) = world.join("b").await;
        let file = FileVault::new(world.folder.path().join("vault.key"));
        let openers: Vec<Arc<dyn KeyVault>> = vec![Arc::new(passphrase(FIRST))];
        let moved = reseal(&world.first, &file, &openers, |_| async { Ok(()) }.boxed()).await.expect("moved");
        assert_eq!((moved.is_changed, moved.before.as_slice()), (true, &["passphrase".to_owned()][..]));
        assert_eq!(seals(&db).await.len(), 2);
        world.opened(world.machine("b")).await.expect("the node goes on");
        // The key file is lost. The node that joined has the root key.
        let other = FileVault::new(world.folder.path().join("other.key"));
        let error = reseal(&world.first, &other, &[], |_| async { Ok(()) }.boxed()).await.expect_err("nothing opens it");
        assert!(!error.message().contains("node:"), "{error}");
        let openers: Vec<Arc<dyn KeyVault>> = vec![Arc::new(vault)];
        reseal(&world.second, &other, &openers, |_| async { Ok(()) }.boxed()).await.expect("saved");
        open(&world.first, &other).await.expect("opens");
        // It cannot be the vault that is moved to, nor make the first root key.
        let error = reseal(&world.first, &world.machine("b"), &openers, |_| async { Ok(()) }.boxed()).await.expect_err("cannot");
        assert!(error.message().contains("cannot keep a root key"), "{error}");
    }

    /// A node key is made once and read by its owner alone; what is wrong with it is said.
    async fn the_key_of_a_node(db: TestDb) {
        let world = World::new(&db).await;
        let path = world.folder.path().join("b/node.key");
        assert!(NodeVault::open(&path).expect_err("missing").message().contains("is missing. Join again"));
        let name = world.machine("b").name().to_owned();
        assert_eq!(NodeVault::open(&path).expect("reads").name(), name, "it is made once");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).expect("exists").permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("changed");
            assert!(NodeVault::open(&path).expect_err("open to others").message().contains("chmod 600"));
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("changed");
        }
        std::fs::write(&path, "plexi-identity1damaged\n").expect("written");
        assert!(NodeVault::open(&path).expect_err("damaged").message().contains("Remove the file"));
    }
}
