//! Every table through its entity: extremes, absent values, bytes, scripts.

use plexichat_database::entity;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, QueryOrder as _};

/// Astral characters, combining marks, right-to-left, quotes, a backslash, trailing space.
const TEXT: &str = "Zoë 👩‍👩‍👧‍👦 𝒳 e\u{301} שלום 'x' \"y\" \\ % _ \u{1F1E9}\u{1F1EA} ";
const BIG: i64 = i64::MAX;
const SMALL: i64 = i64::MIN + 1;

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| u8::try_from(index % 256).expect("a byte")).collect()
}

fn text() -> String {
    TEXT.to_owned()
}

macro_rules! round_trip {
    ($db:expr, $table:ident, $({ $($row:tt)* }),+) => {
        for row in [$(entity::$table::Model { $($row)* }),+] {
            row.clone().into_active_model().insert($db.writer(0)).await.unwrap_or_else(|e| panic!("{}: {e}", stringify!($table)));
            let found = entity::$table::Entity::find().all($db.reader()).await.unwrap_or_else(|e| panic!("{}: {e}", stringify!($table)));
            assert!(found.contains(&row), "{}: {row:?} is not among {found:?}", stringify!($table));
        }
    };
}

plexichat_testkit::engines! {
    /// What is written is what is read, on every table.
    async fn rows_survive(db: TestDb) {
        let db = db.db();
        accounts(&db).await;
        conversations(&db).await;
        machinery(&db).await;
    }

    /// Names that differ in case, accents or trailing spaces are different; an empty one is not absent.
    async fn names_are_compared_byte_by_byte(db: TestDb) {
        let db = db.db();
        let names = ["anna", "Anna", "anna ", "änna", "a\u{308}nna", " anna", ""];
        for (fence, name) in (1..).zip(names) {
            let row = entity::lease::Model { name: name.to_owned(), holder: String::new(), fence, until_ms: 0 };
            row.into_active_model().insert(db.writer(0)).await.unwrap_or_else(|e| panic!("{name:?}: {e}"));
        }
        for (fence, name) in (1..).zip(names) {
            let found = entity::lease::Entity::find_by_id(name).one(db.reader()).await.unwrap().expect("found");
            assert_eq!((found.fence, found.name.as_str()), (fence, name));
        }
        let mut expected = names.to_vec();
        expected.sort_unstable();
        let order = entity::lease::Entity::find().order_by_asc(entity::lease::Column::Name).all(db.reader()).await.unwrap();
        assert_eq!(order.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), expected, "one order on every engine");
    }

    /// A megabyte of text and of bytes.
    async fn large_values_survive(db: TestDb) {
        let db = db.db();
        round_trip!(db, outbox, { stream: 1, position: 1, created_ms: 1, payload: bytes(1 << 20) });
        let long = "𝒳".repeat(1 << 18);
        round_trip!(db, thread, { root_id: 1, channel_id: 1, title: None, reply_count: 0, last_number: 0, last_reply_ms: 0, participants: long.clone(), version: 1 });
    }
}

async fn accounts(db: &plexichat_database::Db) {
    round_trip!(db, instance, { id: 1, name: text(), journal_epoch: text(), set_up: true, created_ms: BIG, version: SMALL, sealed: Some(bytes(300)) });
    round_trip!(db, sealed_table, { table_name: text(), sealed_ms: BIG });
    round_trip!(db, user,
        { id: BIG, handle: text(), handle_folded: text(), display_name: text(), display_folded: text(), email: Some(text()), email_folded: Some(text()), kind: i16::MAX, status: i16::MIN, instance_role: -1, password_hash: Some(text()), created_ms: BIG, version: BIG, account_version: SMALL, sealed: Some(bytes(300)) },
        { id: SMALL, handle: String::new(), handle_folded: String::new(), display_folded: String::new(), display_name: String::new(), email: None, email_folded: None, kind: 0, status: 0, instance_role: 0, password_hash: None, created_ms: 0, version: 0, account_version: 0, sealed: None });
    round_trip!(db, session,
        { id: BIG, user_id: BIG, token_hash: bytes(32), device_name: text(), transport: 1, created_ms: 1, last_seen_ms: 2, expires_ms: 3, absolute_ms: 4, revoked_ms: Some(BIG), version: BIG, sealed: Some(bytes(200)) },
        { id: 1, user_id: 1, token_hash: vec![0; 32], device_name: String::new(), transport: 0, created_ms: 0, last_seen_ms: 0, expires_ms: 0, absolute_ms: 0, revoked_ms: None, version: 0, sealed: None });
    round_trip!(db, one_time_code,
        { code_hash: bytes(32), purpose: 1, user_id: BIG, created_ms: 1, expires_ms: 2, used_ms: Some(3) },
        { code_hash: vec![255; 32], purpose: 1, user_id: BIG, created_ms: 1, expires_ms: 2, used_ms: None });
    round_trip!(db, login_attempt, { attempt_key: bytes(32), failures: i32::MAX, first_ms: BIG, blocked_until_ms: SMALL });
    round_trip!(db, workspace, { id: BIG, name: text(), description: text(), default_channel_id: BIG, created_by: BIG, created_ms: 1, version: BIG, sealed: Some(bytes(3_000)) });
    round_trip!(db, workspace_member,
        { workspace_id: BIG, user_id: BIG, role: 1, joined_ms: BIG, removed: false, version: BIG, user_version: BIG },
        { workspace_id: BIG, user_id: 2, role: 1, joined_ms: BIG, removed: true, version: BIG, user_version: BIG });
    round_trip!(db, invitation, { id: BIG, workspace_id: BIG, code_hash: bytes(32), role: 1, channel_ids: "[1,2]".to_owned(), created_by: 1, created_ms: 1, expires_ms: BIG, max_uses: i32::MAX, uses: i32::MIN, revoked: true });
}

async fn conversations(db: &plexichat_database::Db) {
    round_trip!(db, channel,
        { id: BIG, workspace_id: Some(BIG), kind: 1, name: text(), name_folded: Some(text()), topic: text(), archived: true, conversation_key: Some(text()), created_by: 1, created_ms: 1, version: BIG, list_version: BIG, overrides_version: BIG, sealed: Some(bytes(3_000)) },
        { id: 1, workspace_id: None, kind: 1, name: String::new(), name_folded: None, topic: String::new(), archived: false, conversation_key: None, created_by: 1, created_ms: 1, version: 1, list_version: 1, overrides_version: 1, sealed: None },
        { id: 2, workspace_id: None, kind: 1, name: String::new(), name_folded: None, topic: String::new(), archived: false, conversation_key: None, created_by: 1, created_ms: 1, version: 1, list_version: 1, overrides_version: 1, sealed: None });
    round_trip!(db, channel_member, { channel_id: BIG, user_id: BIG, joined_ms: 1, joined_number: BIG, removed: true, version: BIG, notify: -1, user_version: BIG });
    round_trip!(db, channel_override, { channel_id: BIG, target_kind: 1, target_id: BIG, allow_bits: i64::MIN, deny_bits: -1 });
    round_trip!(db, read_cursor, { user_id: BIG, channel_id: BIG, thread_id: 0, last_read_number: BIG, version: BIG });
    round_trip!(db, message,
        { id: BIG, channel_id: BIG, number: BIG, version: BIG, author_id: BIG, nonce: Some(BIG), thread_id: Some(BIG), kind: 1, flags: -1, body: bytes(4096), created_ms: BIG, edited_ms: Some(BIG), deleted: true },
        { id: 1, channel_id: 1, number: 1, version: 1, author_id: 1, nonce: None, thread_id: None, kind: 0, flags: 0, body: Vec::new(), created_ms: 0, edited_ms: None, deleted: false },
        { id: 2, channel_id: 1, number: 2, version: 1, author_id: 1, nonce: None, thread_id: None, kind: 0, flags: 0, body: vec![0], created_ms: 0, edited_ms: None, deleted: false });
    round_trip!(db, thread,
        { root_id: BIG, channel_id: BIG, title: Some(text()), reply_count: BIG, last_number: BIG, last_reply_ms: BIG, participants: text(), version: BIG },
        { root_id: 1, channel_id: 1, title: None, reply_count: 0, last_number: 0, last_reply_ms: 0, participants: String::new(), version: 1 });
    round_trip!(db, reaction,
        { message_id: BIG, emoji: "👩‍👩‍👧‍👦".to_owned(), user_id: BIG, channel_id: BIG, number: BIG, created_ms: 1, removed: false, version: BIG },
        { message_id: BIG, emoji: "👩‍👩‍👧".to_owned(), user_id: BIG, channel_id: BIG, number: BIG, created_ms: 1, removed: true, version: BIG });
    round_trip!(db, mention, { channel_id: BIG, number: BIG, kind: 1, target_id: BIG, message_id: BIG, author_id: BIG });
}

async fn machinery(db: &plexichat_database::Db) {
    round_trip!(db, node, { node: 1023, holder: text(), fence: BIG, level: i32::MAX, address: text(), started_ms: BIG, lease_until_ms: BIG });
    round_trip!(db, lease, { name: text(), holder: text(), fence: BIG, until_ms: BIG });
    round_trip!(db, journal, { kind: i16::MAX, id: BIG, version: BIG, number: BIG, main_number: BIG, first_number: BIG, access_version: BIG, resume_floor: BIG });
    round_trip!(db, gate, { id: i16::MAX });
    round_trip!(db, certificate,
        { id: "a".to_owned(), names: text(), chain: Some(bytes(70_000)), private_key: Some(bytes(5_000)), not_after_ms: BIG, renew_at_ms: SMALL, failures: i32::MAX, last_error: Some(text()), updated_ms: BIG },
        { id: "b".to_owned(), names: String::new(), chain: None, private_key: None, not_after_ms: 0, renew_at_ms: 0, failures: 0, last_error: None, updated_ms: 0 });
    round_trip!(db, acme_account, { id: "a".to_owned(), directory: text(), credentials: bytes(5_000), created_ms: BIG });
    round_trip!(db, acme_challenge, { id: text(), answer: bytes(300), expires_ms: BIG });
    round_trip!(db, outbox, { stream: BIG, position: BIG, created_ms: BIG, payload: bytes(70_000) });
    round_trip!(db, consumer, { consumer: text(), stream: BIG, position: BIG, state: 1, updated_ms: BIG });
    round_trip!(db, job,
        { id: BIG, kind: text(), payload: bytes(70_000), state: 1, attempts: i32::MAX, max_attempts: 1, run_at_ms: BIG, leased_by: Some(text()), lease_until_ms: BIG, dedup_key: Some(text()), last_error: Some(text()), created_ms: BIG },
        { id: 1, kind: text(), payload: Vec::new(), state: 1, attempts: 0, max_attempts: 1, run_at_ms: 0, leased_by: None, lease_until_ms: 0, dedup_key: None, last_error: None, created_ms: 0 },
        { id: 2, kind: text(), payload: Vec::new(), state: 1, attempts: 0, max_attempts: 1, run_at_ms: 0, leased_by: None, lease_until_ms: 0, dedup_key: None, last_error: None, created_ms: 0 });
    round_trip!(db, idempotency_key,
        { user_id: BIG, operation: "a".to_owned(), idempotency_key: "b".to_owned(), request_hash: bytes(32), status: 201, response: Some(bytes(70_000)), created_ms: BIG },
        { user_id: BIG, operation: "a".to_owned(), idempotency_key: "c".to_owned(), request_hash: bytes(32), status: 201, response: None, created_ms: BIG });
    audit(db).await;
    round_trip!(db, recovery_kit,
        { id: BIG, form: 1, needed: 2, total: 3, recipient: bytes(1_217), share_set: Some(bytes(600)), root_version: i32::MAX, envelope: bytes(2_048), tag: bytes(32), created_ms: BIG, proven_ms: Some(BIG) },
        { id: 1, form: 0, needed: 1, total: 1, recipient: Vec::new(), share_set: None, root_version: 0, envelope: Vec::new(), tag: Vec::new(), created_ms: 0, proven_ms: None });
    round_trip!(db, node_invitation,
        { id: BIG, lookup: bytes(32), sealed: bytes(61), created_by: BIG, created_ms: BIG, expires_ms: BIG, used_by: BIG },
        { id: 1, lookup: Vec::new(), sealed: Vec::new(), created_by: 0, created_ms: 0, expires_ms: 0, used_by: 0 });
    round_trip!(db, key_node,
        { id: BIG, name: "node:a".to_owned(), recipient: bytes(1_217), invitation_id: BIG, proof: bytes(256), state: 1, reason: i16::MAX, secret: Some(bytes(256)), created_ms: BIG, joined_ms: Some(BIG) },
        { id: 1, name: String::new(), recipient: Vec::new(), invitation_id: 0, proof: Vec::new(), state: 0, reason: 0, secret: None, created_ms: 0, joined_ms: None });
}

async fn audit(db: &plexichat_database::Db) {
    round_trip!(db, audit_pending, { id: BIG, body: text() }, { id: 1, body: String::new() });
    round_trip!(db, audit_entry,
        { number: BIG, time_ms: BIG, action: "channel.archived".to_owned(), actor_id: SMALL, target_kind: "channel".to_owned(), target_id: BIG, workspace_id: BIG, body: Some(text()) },
        { number: 0, time_ms: 0, action: String::new(), actor_id: 0, target_kind: String::new(), target_id: 0, workspace_id: 0, body: None });
    round_trip!(db, audit_tile, { level: 7, idx: BIG, hashes: bytes(8_192) }, { level: 0, idx: 0, hashes: bytes(32) });
    round_trip!(db, audit_checkpoint, { size: BIG, time_ms: BIG, note: text() });
    round_trip!(db, audit_log, { id: 1, origin: text(), public_key: bytes(2_017), sealed_seed: bytes(69), size: BIG, dropped: BIG });
    round_trip!(db, audit_subject,
        { subject_id: BIG, wrapped_key: bytes(61), created_ms: BIG, erased_ms: Some(BIG) },
        { subject_id: 1, wrapped_key: Vec::new(), created_ms: 0, erased_ms: None });
    round_trip!(db, audit_telemetry, { minute_ms: BIG, kind: "a".to_owned(), source: "b".to_owned(), node: 1, count: BIG });
}
