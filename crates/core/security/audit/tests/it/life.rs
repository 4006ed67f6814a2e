//! Acts, numbers, proofs, erasure, retention, two nodes, a crash.

use crate::world::{Node, SEED, caller};
use plexichat_audit::{
    Action, Days, EntryQuery, LEASE, Mark, Retention, decode,
    export::{self, Exporter},
    merkle::is_consistent,
    verify,
};
use plexichat_kernel::Error;
use plexichat_model::UserId;
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
        let mut before = None;
        for count in [1, 3, 300, 1] {
            for _ in 0..count {
                node.act(9).await;
            }
            assert_eq!(node.sequence().await, Some(count));
            let now = node.log().signed_checkpoint(before.as_ref().map(|c: &plexichat_audit::note::Checkpoint| c.size)).await.expect("signed");
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
            assert_eq!(export::check_proof(&proof, Some(&verifier)).expect("holds").size, 305);
            let mut other = proof.clone();
            other.number ^= 1;
            assert!(export::check_proof(&other, Some(&verifier)).is_err(), "{number}");
        }
        assert!(node.log().prove(305).await.is_err());
        let report = verify::database(&node.db, Some(&verifier), &[]).await.expect("walks");
        assert_eq!((report.entries, report.checkpoints, &report.finding), (305, 4, &None));
        let entry = node.log().entry(4).await.expect("there").entry().expect("readable");
        assert_eq!((entry.action.as_str(), entry.actor_id(), entry.target_id(), entry.workspace_id()), ("channel.archive", 9, 77, 5));
        assert_eq!(node.auditor.reveal(&entry).await.expect("open").get("address"), Some(&"192.0.2.7".into()));
        let found = node.log().entries(&EntryQuery { action: Some("channel.archive".into()), actor: Some(9), target: Some(77), before: Some(300), limit: 2, ..EntryQuery::default() }).await.expect("lists");
        assert_eq!(found.iter().map(|e| e.number).collect::<Vec<_>>(), [299, 298]);
        assert_eq!(node.log().entries(&EntryQuery { actor: Some(8), limit: 2, ..EntryQuery::default() }).await.expect("lists"), []);
        let text = exported(&node).await;
        let report = export::verify(text.as_bytes(), Some(&verifier), &[]).expect("reads");
        assert_eq!((report.entries, report.checkpoints, report.finding), (305, 4, None));
        let offline = export::prove(text.as_bytes(), Some(&verifier), 256).expect("proves");
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
        let wrong = Node::with(db.db(), 2, Some([1; 32]), None).await;
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
        export::check_proof(&proof, Some(&node.verifier().await)).expect("still holds");
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
        let node = Node::with(db.db(), 1, Some(SEED), Some(mark.clone())).await;
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
        let next = Node::with(db.db(), 2, Some(SEED), Some(mark)).await;
        next.clock.advance(LEASE * 2);
        assert_eq!(next.sequence().await, Some(1));
        let noted = next.log().entry(5).await.expect("there").entry().expect("readable");
        assert_eq!((noted.action.as_str(), &noted.after["seen_size"]), ("audit.went_back", &10.into()));
        assert_eq!(verify::database(&next.db, None, &[]).await.expect("walks").finding, None);
    }
}
