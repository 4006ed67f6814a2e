//! Whoever changes the database is found, and where.

use crate::world::Node;
use plexichat_audit::{
    AuditKeys, EntryQuery,
    checkpoint::Trusted,
    export::{self, Exporter},
    hash_of,
    verify::{self, Finding, FindingKind, Kept},
};
use plexichat_sealing::Key;

async fn finding(node: &Node, kept: &[Kept]) -> Option<Finding> {
    verify::database(&node.db, None, kept).await.expect("walks").finding
}

async fn located(node: &Node) -> (FindingKind, u64) {
    let found = finding(node, &[]).await.expect("something is wrong");
    assert_eq!(found.first, found.last, "{found}");
    (found.kind, found.first)
}

async fn body_of(node: &Node, number: u64) -> String {
    node.log().entry(number).await.expect("there").body.expect("a body")
}

async fn kept(node: &Node) -> Kept {
    let signed = node.log().checkpoint().await.expect("reads").expect("signed");
    Kept { source: "the kept checkpoint".to_owned(), note: signed }
}

plexichat_testkit::engines! {
    /// One letter of one entry, on its own and with the listing beside it.
    async fn an_altered_entry_is_named(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(600, 100).await;
        assert_eq!(finding(&node, &[]).await, None);
        let changed = body_of(&node, 437).await.replace("channel.archive", "channel.restore");
        node.execute("update audit_entries set body = ? where number = 437", vec![changed.clone().into()]).await;
        node.execute("update audit_entries set action = 'channel.restore' where number = 437", vec![]).await;
        assert_eq!(located(&node).await, (FindingKind::Altered, 437));
    }

    /// Who changes the entry together with its leaf, and with every hash above, still cannot sign.
    async fn an_entry_altered_with_its_hashes_is_found(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(600, 100).await;
        let changed = body_of(&node, 137).await.replace("channel.archive", "channel.restore");
        node.execute("update audit_entries set body = ?, action = 'channel.restore' where number = 137", vec![changed.clone().into()]).await;
        // The whole tree anew, as the attacker would.
        let mut tiles = plexichat_audit::tiles::Tiles::default();
        let all = node.log().entries(&EntryQuery { limit: 1_000, ..EntryQuery::default() }).await.expect("lists");
        let leaves: Vec<_> = all.iter().rev().map(|entry| hash_of(entry.body.as_deref().expect("a body"))).collect();
        for id in tiles.append(0, &leaves) {
            let index = i64::try_from(id.index).expect("small");
            let values = vec![tiles.bytes(id).expect("a row").into(), i16::from(id.level).into(), index.into()];
            node.execute("update audit_tiles set hashes = ? where level = ? and idx = ?", values).await;
        }
        let found = finding(&node, &[]).await.expect("found");
        assert_eq!((found.kind, found.first, found.last), (FindingKind::Altered, 100, 199), "between two checkpoints: {found}");
        // With keys of his own, under which he signs everything anew.
        let (trusted, kept) = (Trusted::from(&node.verifier().await), kept(&node).await);
        let other = AuditKeys::from_seed(&Key::from_bytes(&[6; 32])).signer;
        let resign = async |size: u64| {
            let signed = other.sign(size, tiles.range(0, size).expect("there"));
            let values = vec![signed.into(), i64::try_from(size).expect("small").into()];
            node.execute("update audit_checkpoints set note = ? where size = ?", values).await;
        };
        resign(200).await;
        assert_eq!(finding(&node, &[]).await.expect("found").kind, FindingKind::Checkpoint);
        node.execute("update audit_log set public_key = ?", vec![other.verifier().to_bytes().into()]).await;
        assert_eq!(finding(&node, &[]).await.expect("the origin is not theirs").kind, FindingKind::Key);
        node.execute("update audit_log set origin = ?", vec![other.verifier().origin().into()]).await;
        for size in [100, 300, 400, 500, 600] {
            resign(size).await;
        }
        assert_eq!(finding(&node, &[]).await, None, "a log of its own, that holds together");
        let report = verify::database(&node.db, Some(&trusted), &[]).await.expect("walks");
        assert_eq!(report.finding.expect("it is not the one that is trusted").kind, FindingKind::Key);
        assert_eq!(finding(&node, &[kept]).await.expect("nor the one of the kept checkpoint").kind, FindingKind::Key);
    }

    /// One entry less, at the beginning, in the middle; all moved up so that numbers have no gap.
    async fn a_deleted_entry_is_named(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(300, 100).await;
        node.execute("delete from audit_entries where number = 123", vec![]).await;
        assert_eq!(located(&node).await, (FindingKind::Deleted, 123));
        for number in 124_i64..300 {
            node.execute("update audit_entries set number = number - 1 where number = ?", vec![number.into()]).await;
        }
        assert_eq!(located(&node).await, (FindingKind::Reordered, 123));
        node.execute("delete from audit_entries where number = 0", vec![]).await;
        assert_eq!(located(&node).await, (FindingKind::Deleted, 0));
    }

    /// A body that is gone although retention did not take it.
    async fn an_emptied_entry_is_named(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(30, 10).await;
        node.execute("update audit_entries set body = null where number = 11", vec![]).await;
        assert_eq!(located(&node).await, (FindingKind::Deleted, 11));
    }

    /// Two entries under each other's numbers.
    async fn reordered_entries_are_named(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(300, 100).await;
        for (from, to) in [(41_i64, 1_000_000_i64), (42, 41), (1_000_000, 42)] {
            node.execute("update audit_entries set number = ? where number = ?", vec![to.into(), from.into()]).await;
        }
        assert_eq!(located(&node).await, (FindingKind::Reordered, 41));
    }

    /// A log that was cut: with its checkpoints only who kept one notices.
    async fn a_cut_log_is_found(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(300, 100).await;
        let kept = kept(&node).await;
        node.execute("delete from audit_entries where number >= 200", vec![]).await;
        let found = finding(&node, &[]).await.expect("found");
        assert_eq!((found.kind, found.first, found.last), (FindingKind::Truncated, 200, 299));
        node.execute("delete from audit_checkpoints where size > 200", vec![]).await;
        assert_eq!(finding(&node, &[]).await.expect("its own count says it").kind, FindingKind::Truncated);
        node.execute("update audit_log set size = 200", vec![]).await;
        assert_eq!(finding(&node, &[]).await, None, "as if it had never been longer");
        let found = finding(&node, &[kept]).await.expect("found");
        assert_eq!((found.kind, found.first, found.last), (FindingKind::Truncated, 200, 299));
    }

    /// Entries that nobody signed, and a listing that says something else than the entry.
    async fn forged_entries_and_listings_are_found(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(30, 10).await;
        node.execute("update audit_entries set actor_id = 1 where number = 5", vec![]).await;
        assert_eq!(located(&node).await, (FindingKind::Listing, 5));
        node.execute("update audit_entries set actor_id = ? where number = 5", vec![105_i64.into()]).await;
        assert_eq!(finding(&node, &[]).await, None);
        node.execute("insert into audit_entries select 30, time_ms, action, actor_id, target_kind, target_id, workspace_id, body from audit_entries where number = 3", vec![]).await;
        assert_eq!(located(&node).await, (FindingKind::Tree, 30));
    }
}

async fn export(node: &Node) -> Vec<String> {
    let (mut exporter, mut text) = (Exporter::start(node.db.clone()).await.expect("starts"), String::new());
    while let Some(page) = exporter.page().await.expect("a page") {
        text += &page;
    }
    text.lines().map(|line| format!("{line}\n")).collect()
}

plexichat_testkit::engines! {
    /// The same in a file, without a server.
    async fn a_changed_export_is_found(db: TestDb) {
        let node = Node::new(db.db(), 1).await;
        node.fill(300, 100).await;
        let (lines, key) = (export(&node).await, Trusted::from(&node.verifier().await));
        let found = |lines: &[String], key: Option<&Trusted>| export::verify(lines.concat().as_bytes(), key, &[]).map(|report| report.finding);
        assert_eq!(found(&lines, Some(&key)).expect("reads"), None);
        let at = |number: u64| lines.iter().position(|line| line.starts_with(&format!("{{\"number\":{number},"))).expect("there");
        let with = |change: &dyn Fn(&mut Vec<String>)| {
            let mut changed = lines.clone();
            change(&mut changed);
            found(&changed, Some(&key)).expect("reads").map(|found| (found.kind, found.first, found.last))
        };
        assert_eq!(with(&|l| l[at(150)] = l[at(150)].replace("archive", "restore")), Some((FindingKind::Altered, 150, 150)));
        assert_eq!(with(&|l| drop(l.remove(at(150)))), Some((FindingKind::Deleted, 150, 150)));
        assert_eq!(with(&|l| l.swap(at(150), at(151))), Some((FindingKind::Deleted, 150, 150)));
        assert_eq!(with(&|l| l.truncate(at(250))), Some((FindingKind::Truncated, 250, 299)));
        let forged = |l: &mut Vec<String>| {
            let body = r#"{"action":"x.y"}"#;
            let leaf = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, hash_of(body));
            l[at(150)] = serde_json::json!({"number": 150, "leaf": leaf, "body": body}).to_string() + "\n";
        };
        assert_eq!(with(&forged), Some((FindingKind::Altered, 100, 199)), "between two checkpoints");
        let other = Trusted::from(AuditKeys::from_seed(&Key::from_bytes(&[5; 32])).signer.verifier());
        assert_eq!(found(&lines, Some(&other)).expect("reads").expect("found").kind, FindingKind::Key);
        assert!(found(&lines[1..], None).is_err(), "no header");
        assert!(export::verify(&b"{\"x\":1}\n"[..], None, &[]).is_err());
    }
}
