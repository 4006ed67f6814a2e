//! Acts, numbers, proofs, erasure, retention, two nodes, a crash.

use crate::world::{INSTANCE, Instance, Node, caller};
use plexichat_audit::{
    Action, AuditKeys, Days, EntryQuery, LEASE, Mark, Retention,
    checkpoint::{Checkpoint, Trusted},
    decode,
    export::{self, Exporter},
    merkle::is_consistent,
    open, verify,
};
use plexichat_kernel::{Condition, Error, Worker as _};
use plexichat_model::UserId;
use plexichat_sealing::{Key, key_id};
use std::time::Duration;

async fn exported(node: &Node) -> String {
    let (mut exporter, mut text) = (Exporter::start(node.db.clone()).await.expect("starts"), String::new());
    while let Some(page) = exporter.page().await.expect("a page") {
        text += &page;
    }
    text
}

plexichat_testkit::engines! {
    /// Every act has its number, every number its proof, each checkpoint continues the one before.
    async fn acts_are_numbered_and_proven(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        let verifier = node.verifier().await;
        let trusted = Trusted::from(&verifier);
        let mut before = None;
        for count in [1, 3, 300, 1] {
            for _ in 0..count {
                node.act(9).await;
            }
            assert_eq!(node.sequence().await, Some(count));
            let now = node.log().signed_checkpoint(before.as_ref().map(|c: &Checkpoint| c.size)).await.expect("signed");
            let checkpoint = verifier.open(&now.checkpoint).expect("genuine");
            if let Some(before) = &before {
                let proof: Vec<_> = now.consistency.iter().map(|h| decode(h).expect("a hash")).collect();
                assert!(is_consistent(before.size, &before.root, checkpoint.size, &checkpoint.root, &proof));
            }
            before = Some(checkpoint);
        }
        assert_eq!(node.sequence().await, Some(0), "nothing new, nothing written");
        for number in [0, 1, 3, 255, 256, 303, 304] {
            let proof = node.log().prove(number).await.expect("proven");
            assert_eq!(export::check_proof(&proof, Some(&trusted)).expect("holds").size, 305);
            let mut other = proof.clone();
            other.number ^= 1;
            assert!(export::check_proof(&other, Some(&trusted)).is_err(), "{number}");
        }
        assert!(node.log().prove(305).await.is_err());
        let report = verify::database(&node.db, Some(&trusted), &[]).await.expect("walks");
        assert_eq!((report.entries, report.checkpoints, &report.finding), (305, 4, &None));
        let entry = node.log().entry(4).await.expect("there").entry().expect("readable");
        assert_eq!((entry.action.as_str(), entry.actor_id(), entry.target_id(), entry.workspace_id()), ("channel.archive", 9, 77, 5));
        assert_eq!(node.auditor.reveal(&entry).await.expect("open").get("address"), Some(&"192.0.2.7".into()));
        let found = node.log().entries(&EntryQuery { action: Some("channel.archive".into()), actor: Some(9), target: Some(77), before: Some(300), limit: 2, ..EntryQuery::default() }).await.expect("lists");
        assert_eq!(found.iter().map(|e| e.number).collect::<Vec<_>>(), [299, 298]);
        assert_eq!(node.log().entries(&EntryQuery { actor: Some(8), limit: 2, ..EntryQuery::default() }).await.expect("lists"), []);
        let text = exported(&node).await;
        let report = export::verify(text.as_bytes(), Some(&trusted), &[]).expect("reads");
        assert_eq!((report.entries, report.checkpoints, report.finding), (305, 4, None));
        let offline = export::prove(text.as_bytes(), Some(&trusted), 256).expect("proves");
        assert_eq!(offline, node.log().prove(256).await.expect("proven"), "the same with and without the server");
    }

    /// An act that is refused leaves no entry; one that is committed leaves one, whoever dies before it is numbered.
    async fn an_entry_lives_and_dies_with_its_act(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        let record = node.record(9).await;
        let refused: Result<(), Error> = node.journal.write(move |tx| {
            let record = record.clone();
            Box::pin(async move { record.write(tx).await?; Err(Error::forbidden("not this time")) })
        }).await;
        assert!(refused.is_err());
        assert_eq!(node.sequence().await, Some(0));
        for _ in 0..20 {
            node.act(9).await;
        }
        // The node is gone before it numbered anything: no shutdown, no release.
        drop(node);
        let next = Node::new(db.db(), 2).await;
        assert_eq!(next.sequence().await, Some(20));
        let report = verify::database(&next.db, None, &[]).await.expect("walks");
        assert_eq!((report.entries, report.finding), (20, None));
    }

    /// One node numbers; another takes over when the lease of the dead one is over, and goes on where it stopped.
    async fn one_node_numbers_and_another_takes_over(db: TestDb) {
        let (one, two) = (Node::new(db.db(), 1).await, Node::new(db.db(), 2).await);
        one.act(9).await;
        assert_eq!(one.sequence().await, Some(1));
        two.act(9).await;
        assert_eq!(two.sequence().await, None, "the first one holds the lease");
        assert_eq!(one.sequence().await, Some(1), "and numbers what others wrote");
        two.act(9).await;
        drop(one);
        two.clock.advance(LEASE + Duration::from_secs(1));
        assert_eq!(two.sequence().await, Some(1));
        let report = verify::database(&two.db, None, &[]).await.expect("walks");
        assert_eq!((report.entries, report.checkpoints, report.finding), (3, 3, None));
    }

    /// Who has another secret, or none, writes entries but numbers none.
    async fn without_the_secret_nothing_is_numbered(db: TestDb) {
        let right = Node::new(db.db(), 1).await;
        let wrong = Node::with(db.db(), 2, None, None).await;
        wrong.auditor.unlock(AuditKeys::from_seed(&Key::from_bytes(&[1; 32])));
        let none = Node::with(db.db(), 3, None, None).await;
        none.act(9).await;
        assert_eq!((wrong.sequence().await, none.sequence().await), (None, None));
        assert_eq!(right.sequence().await, Some(1));
        let entry = right.log().entry(0).await.expect("there").entry().expect("readable");
        assert_eq!(entry.sealed.len(), 1);
        assert_eq!(entry.sealed[0].data, None, "what is personal is not written in the open");
        let body = right.log().entry(0).await.expect("there").body.expect("a body");
        assert!(!body.contains("192.0.2.7"));
    }

    /// The log is the same one on every node and after the instance's key was rotated, and needs the older key no more.
    async fn rotating_the_instances_key_leaves_the_log_what_it_is(db: TestDb) {
        let before = Node::new(db.db(), 1).await;
        before.act(9).await;
        assert_eq!(before.sequence().await, Some(1));
        let verifier = before.verifier().await;
        let rotated = Node::with(db.db(), 2, Some(Instance { oldest: 1, newest: 2 }), None).await;
        assert_eq!(rotated.verifier().await, verifier);
        before.act(9).await;
        assert_eq!(before.sequence().await, Some(1), "who opened it before goes on");
        drop(before);
        let destroyed = Instance { oldest: 2, newest: 2 };
        let after = Node::with(db.db(), 3, Some(destroyed), None).await;
        after.clock.advance(LEASE + Duration::from_secs(1));
        after.act(9).await;
        assert_eq!(after.sequence().await, Some(1));
        let report = verify::database(&after.db, Some(&Trusted::from(&verifier)), &[]).await.expect("walks");
        assert_eq!((report.entries, report.finding), (3, None));
        let entry = after.log().entry(0).await.expect("there").entry().expect("readable");
        assert_eq!(after.auditor.reveal(&entry).await.expect("open").get("address"), Some(&"192.0.2.7".into()));

        // A seed that was changed, or put back from before the rotation, is refused and named.
        let sealed = after.seed().await;
        assert_eq!(key_id(&sealed).expect("a blob").get(), 2);
        assert!(open(&after.journal, &Instance { oldest: 3, newest: 3 }).await.is_err(), "its key is gone");
        let mut changed = sealed.clone();
        *changed.last_mut().expect("bytes") ^= 1;
        after.execute("update audit_log set sealed_seed = ?", vec![changed.into()]).await;
        let error = open(&after.journal, &destroyed).await.expect_err("changed");
        assert!(error.message().contains("audit_log.sealed_seed, was changed"), "{error}");
        after.execute("update audit_log set sealed_seed = ?", vec![sealed.into()]).await;
        let other = AuditKeys::from_seed(&Key::from_bytes(&[1; 32])).signer.verifier().to_bytes();
        after.execute("update audit_log set public_key = ?", vec![other.into()]).await;
        let error = open(&after.journal, &destroyed).await.expect_err("another public key");
        assert!(error.message().contains("does not belong to the public key"), "{error}");
    }

    /// Nodes that start at the same moment begin one log.
    async fn two_nodes_begin_one_log(db: TestDb) {
        let one = Node::with(db.db(), 1, None, None).await;
        let two = Node::with(db.db(), 2, None, None).await;
        let (first, second) = tokio::join!(open(&one.journal, &INSTANCE), open(&two.journal, &INSTANCE));
        let (first, second) = (first.expect("opens"), second.expect("opens"));
        assert_eq!(first.signer.verifier(), second.signer.verifier());
        assert_eq!(*first.signer.verifier(), one.verifier().await);
    }

    /// Erasing somebody makes what is personal unreadable and changes no hash.
    async fn erasure_keeps_every_proof(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        let subject = node.auditor.subject(UserId(50)).await.expect("a subject");
        let record = node.record(9).await.personal_change(&subject, "email", "old@example.org", "new@example.org");
        node.auditor.write(record).await.expect("written");
        node.act(50).await;
        node.sequence().await;
        let read = async |number| {
            let entry = node.log().entry(number).await.expect("there").entry().expect("readable");
            node.auditor.reveal(&entry).await.expect("reveals")
        };
        let before = read(0).await;
        assert_eq!(before["before.email"], "old@example.org");
        assert_eq!(before["address"], "192.0.2.7");
        let proof = node.log().prove(0).await.expect("proven");
        let root = verify::database(&node.db, None, &[]).await.expect("walks").root;
        node.auditor.erase(&caller(9), UserId(50)).await.expect("erased");
        let after = read(0).await;
        assert_eq!(after.len(), 1, "the address of who acted stays: {after:?}");
        assert!(read(1).await.is_empty());
        assert_eq!(verify::database(&node.db, None, &[]).await.expect("walks").root, root);
        export::check_proof(&proof, Some(&Trusted::from(&node.verifier().await))).expect("still holds");
        node.act(50).await;
        node.sequence().await;
        assert!(read(3).await.is_empty(), "nothing personal is written about who was erased");
        let report = verify::database(&node.db, None, &[]).await.expect("walks");
        assert_eq!((report.entries, report.finding), (4, None));
        let erased = node.log().entry(2).await.expect("there").entry().expect("readable");
        assert_eq!((erased.action.as_str(), erased.target_id()), ("audit.erased", 50));
    }

    /// Old bodies go, hashes stay: the whole is still verified, and old entries still proven.
    async fn retention_keeps_the_tree(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(300, 100).await;
        node.clock.advance(Duration::from_hours(48));
        node.fill(5, 5).await;
        let root = verify::database(&node.db, None, &[]).await.expect("walks").root;
        let forever = Retention::new(node.auditor.clone(), Days::default);
        assert_eq!(forever.sweep().await.expect("sweeps"), 0);
        let retention = Retention::new(node.auditor.clone(), || Days { entries: 1, telemetry: 0 });
        assert_eq!(retention.sweep().await.expect("sweeps"), 300);
        assert_eq!(retention.sweep().await.expect("sweeps"), 0);
        let report = verify::database(&node.db, None, &[]).await.expect("walks");
        assert_eq!((report.entries, report.dropped, &report.root, &report.finding), (305, 300, &root, &None));
        let proof = node.log().prove(17).await.expect("proven");
        assert_eq!(proof.body, None);
        export::check_proof(&proof, None).expect("holds");
        node.sequence().await;
        let dropped = node.log().entry(305).await.expect("there").entry().expect("readable");
        assert_eq!((dropped.action.as_str(), &dropped.after["until"]), (Action::AuditDropped.as_str(), &300.into()));
        let report = export::verify(exported(&node).await.as_bytes(), None, &[]).expect("reads");
        assert_eq!((report.entries, report.dropped, report.finding), (306, 300, None));
    }

    /// Of checkpoints older than a day one an hour stays, which still proves everything before it.
    async fn checkpoints_become_fewer(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        // Five an hour, for three hours; the third is not over a day old as a whole.
        for _ in 0..15 {
            node.fill(2, 2).await;
            node.clock.advance(Duration::from_mins(12));
        }
        let kept = async || verify::database(&node.db, None, &[]).await.expect("walks");
        assert_eq!(kept().await.checkpoints, 15);
        let retention = Retention::new(node.auditor.clone(), Days::default);
        assert_eq!(retention.thin().await.expect("thins"), 0, "nothing is a day old");
        node.clock.advance(Duration::from_hours(24));
        let gone = retention.thin().await.expect("thins");
        let report = kept().await;
        assert_eq!((report.entries, report.finding, report.checkpoints), (30, None, 15 - gone as u64));
        assert!((8..=12).contains(&gone), "{gone}");
        assert_eq!(retention.thin().await.expect("thins"), 0, "once");
        let again = Retention::new(node.auditor.clone(), Days::default);
        assert_eq!(again.thin().await.expect("thins"), 0, "by whom ever");
        node.clock.advance(Duration::from_hours(24));
        retention.thin().await.expect("thins");
        node.fill(1, 1).await;
        let report = kept().await;
        assert_eq!((report.entries, report.finding), (31, None), "the last one stays, whatever its age");
        export::check_proof(&node.log().prove(3).await.expect("proven"), None).expect("holds");
    }

    /// What waits for long is told, by the node that numbers and to who looks from outside; so is a node that cannot.
    async fn entries_that_wait_are_told(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.act(9).await;
        assert_eq!(node.sequence().await, Some(1));
        let written_ms = node.clock.now_ms();
        node.act(9).await;
        node.clock.advance(Duration::from_secs(90));
        let standing = node.log().standing().await.expect("reads").expect("begun");
        assert_eq!((standing.size, standing.waiting), (1, 1));
        assert!(standing.signed_ms.is_some());
        let since_ms = standing.waiting_since_ms.expect("it waits");
        assert!(since_ms >= written_ms && since_ms <= node.clock.now_ms() - 90_000);
        let none = Node::with(db.db(), 3, None, None).await;
        assert_eq!(none.sequence().await, None);
        assert!(matches!(none.sequencer.status(), Condition::Degraded(why) if why.contains("does not number")));
        assert_eq!(node.sequence().await, Some(1));
        assert!(matches!(node.sequencer.status(), Condition::Degraded(why) if why.contains("has waited")));
        assert_eq!(node.sequence().await, Some(0));
        assert_eq!(node.sequencer.status(), Condition::Healthy);
        assert_eq!(node.log().standing().await.expect("reads").expect("begun").waiting_since_ms, None);
    }

    /// A flood of refusals is a few rows and one entry a minute.
    async fn floods_are_counted(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        let now = node.clock.now_ms();
        let flood = |sources: u32, each: u32| {
            for source in 0..sources {
                for _ in 0..each {
                    let address = std::net::Ipv4Addr::from(0x0a00_0000 + source).into();
                    node.auditor.telemetry().count(now, "login.refused", Some(address));
                }
            }
        };
        flood(3_000, 3);
        node.auditor.write_telemetry(false).await.expect("writes");
        node.clock.advance(Duration::from_mins(1));
        node.auditor.write_telemetry(false).await.expect("writes");
        assert_eq!(node.sequence().await, Some(1), "one entry");
        let rows = node.auditor.counts_since(0, 10_000).await.expect("reads");
        assert_eq!(rows.len(), plexichat_audit::telemetry::SOURCES + 1);
        assert_eq!(rows.iter().map(|row| row.count).sum::<i64>(), 9_000, "nothing is lost");
        let entry = node.log().entry(0).await.expect("there").entry().expect("readable");
        assert_eq!(entry.after["count.login.refused"], 9_000);
        let mut sorted = rows.clone();
        sorted.sort_by(|a, b| (&a.kind, &a.source).cmp(&(&b.kind, &b.source)));
        assert_eq!(entry.after["hash"], plexichat_audit::telemetry::hash_of(&sorted).as_str());
        node.clock.advance(Duration::from_hours(72));
        Retention::new(node.auditor.clone(), || Days { entries: 0, telemetry: 1 }).sweep().await.expect("sweeps");
        assert!(node.auditor.counts_since(0, 10).await.expect("reads").is_empty());
    }

    /// A node that has seen more than the database has says so in the log itself.
    async fn a_log_that_went_back_is_noted(db: TestDb) {
        let directory = tempfile::tempdir().expect("a directory");
        let mark = Mark::of(directory.path());
        let node = Node::with(db.db(), 1, Some(INSTANCE), Some(mark.clone())).await;
        node.fill(10, 5).await;
        let seen = mark.load().expect("kept");
        let size = node.verifier().await.open(&seen).expect("genuine").size;
        assert_eq!(size, 10);
        // As a backup from when there were five would have it.
        node.execute("delete from audit_entries where number >= 5", vec![]).await;
        node.execute("delete from audit_checkpoints where size > 5", vec![]).await;
        node.execute("update audit_log set size = 5", vec![]).await;
        let five = plexichat_audit::tiles::TileId { level: 0, index: 0 };
        let leaf = |n: u64| plexichat_audit::hash_of(&format!("{n}"));
        let mut tiles = plexichat_audit::tiles::Tiles::default();
        let mut kept = Vec::new();
        for number in 0..5 {
            kept.push(decode(&node.log().prove(number).await.expect("proven").leaf).expect("a hash"));
        }
        tiles.append(0, &kept);
        assert_ne!(leaf(0), kept[0]);
        node.execute("update audit_tiles set hashes = ? where level = 0", vec![tiles.bytes(five).expect("a row").into()]).await;
        let next = Node::with(db.db(), 2, Some(INSTANCE), Some(mark)).await;
        next.clock.advance(LEASE * 2);
        assert_eq!(next.sequence().await, Some(1));
        let noted = next.log().entry(5).await.expect("there").entry().expect("readable");
        assert_eq!((noted.action.as_str(), &noted.after["seen_size"]), ("audit.went_back", &10.into()));
        assert_eq!(verify::database(&next.db, None, &[]).await.expect("walks").finding, None);
    }
}
