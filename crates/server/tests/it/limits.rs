//! Every bound of `limits::ALL` is passed against a running server, which says so as the table does.
//!
//! A row of the table without a row here fails, and so does one that is met differently. What a client cannot bring
//! about by a few requests names the test that does.

use std::path::Path;

use futures_util::{FutureExt as _, SinkExt as _, future::BoxFuture};
use plexichat_events::JournalOptions;
use plexichat_model::ErrorCode;
use plexichat_model::limits::{self, Beyond, Limit};
use plexichat_testkit::{Engine, TestDb};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait as _, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use serde_json::{Value, json};
use tokio_websockets::Message;

use crate::server::{Actor, TestServer, options};

/// How a bound is passed.
enum Passed {
    /// By these requests; they answer what refused the last one.
    Refused(fn(TestServer) -> BoxFuture<'static, Value>),
    /// By these requests, which check what happens instead.
    Instead(fn(TestServer) -> BoxFuture<'static, ()>),
    /// By a test elsewhere: its file and its name.
    Elsewhere(&'static str, &'static str),
}
use Passed::{Elsewhere, Instead, Refused};

/// A row for every bound.
const ROWS: &[(&str, Passed)] = &[
    ("MESSAGE_CHARS", Refused(|s| async move { say(&s, &"x".repeat(limits::MESSAGE_CHARS + 1)).await }.boxed())),
    ("MESSAGE_MENTIONS", Instead(|s| many_mentions(s).boxed())),
    (
        "MESSAGE_NESTING",
        Refused(|s| async move { say(&s, &format!("{} x", ">".repeat(limits::MESSAGE_NESTING + 1))).await }.boxed()),
    ),
    ("MESSAGE_REACTIONS", Refused(|s| many_reactions(s).boxed())),
    ("EMOJI_BYTES", Refused(|s| async move { react(&s, 1, &"a".repeat(limits::EMOJI_BYTES + 1)).await }.boxed())),
    (
        "HANDLE_CHARS",
        Refused(|s| async move { new_account(&s, json!({ "handle": "h".repeat(limits::HANDLE_CHARS + 1) })).await }.boxed()),
    ),
    (
        "DISPLAY_NAME_CHARS",
        Refused(|s| {
            async move { new_account(&s, json!({ "display_name": "n".repeat(limits::DISPLAY_NAME_CHARS + 1) })).await }.boxed()
        }),
    ),
    (
        "PASSWORD_BYTES",
        Refused(|s| {
            async move { new_account(&s, json!({ "password": "aB3$".repeat(limits::PASSWORD_BYTES / 4 + 1) })).await }.boxed()
        }),
    ),
    (
        "NAME_CHARS",
        Refused(|s| async move { new_channel(&s, json!({ "name": "n".repeat(limits::NAME_CHARS + 1) })).await }.boxed()),
    ),
    (
        "TOPIC_CHARS",
        Refused(|s| async move { new_channel(&s, json!({ "topic": "t".repeat(limits::TOPIC_CHARS + 1) })).await }.boxed()),
    ),
    ("WORKSPACE_CHANNELS", Refused(|s| full_workspace(s).boxed())),
    ("USER_CHANNELS", Refused(|s| in_many_channels(s).boxed())),
    ("USER_WORKSPACES", Refused(|s| in_many_workspaces(s).boxed())),
    ("GROUP_MEMBERS", Refused(|s| large_group(s).boxed())),
    ("ADD_MEMBERS", Refused(|s| many_at_once(s).boxed())),
    ("CHANNEL_OVERRIDES", Refused(|s| many_overrides(s).boxed())),
    ("WORKSPACE_INVITATIONS", Refused(|s| many_invitations(s).boxed())),
    (
        "INVITATION_CHANNELS",
        Refused(|s| {
            async move {
                invite(&s, json!({ "role": "member", "channel_ids": vec![s.general; limits::INVITATION_CHANNELS + 1] })).await
            }
            .boxed()
        }),
    ),
    ("USER_SESSIONS", Instead(|s| many_sessions(s).boxed())),
    ("PAGE_ITEMS", Refused(|s| large_page(s).boxed())),
    ("LOOKUP_IDS", Refused(|s| many_ids(s).boxed())),
    ("BODY_BYTES", Refused(|s| async move { say(&s, &"x".repeat(limits::BODY_BYTES)).await }.boxed())),
    ("FRAME_BYTES", Refused(|s| large_frame(s).boxed())),
    ("READY_BYTES", Instead(|s| large_ready(s).boxed())),
    ("SNAPSHOT_CHANNELS", Instead(|s| many_channels(s).boxed())),
    ("OPEN_CHANNELS", Refused(|s| many_open(s).boxed())),
    ("PRESENCE_USERS", Refused(|s| many_watched(s).boxed())),
    ("SOCKET_QUEUE", Elsewhere("crates/server/tests/it/hostile.rs", "who_is_told_to_resync_begins_again_on_the_same_socket")),
    ("LANE_QUEUE", Elsewhere("crates/server/tests/it/limits.rs", "a_full_lane_is_told_in_http")),
    ("BATCH_CHANGES", Elsewhere("crates/core/events/tests/it/bounds.rs", "a_commit_is_bounded")),
    ("BATCH_JOURNALS", Elsewhere("crates/core/events/tests/it/bounds.rs", "a_commit_is_bounded")),
    ("CHANGES_WINDOW", Instead(|s| many_changes(s).boxed())),
    ("COUNT_CAP", Instead(|s| many_unread(s).boxed())),
    (
        "BROADCAST_CONFIRM",
        Refused(|s| {
            async move {
                crowd(&s, limits::BROADCAST_CONFIRM + 1).await;
                say(&s, "@everyone").await
            }
            .boxed()
        }),
    ),
    (
        "JOIN_EVENT_MEMBERS",
        Elsewhere("crates/features/messaging/tests/it/places/limits.rs", "joins_of_large_channels_are_no_events"),
    ),
];

#[tokio::test]
async fn every_bound_is_met_as_the_table_says() {
    let untested: Vec<&str> =
        limits::ALL.iter().map(|limit| limit.name).filter(|name| !ROWS.iter().any(|(row, _)| row == name)).collect();
    assert_eq!(untested, Vec::<&str>::new(), "bounds without a test");
    for (name, passed) in ROWS {
        let limit = limits::ALL.iter().find(|limit| limit.name == *name);
        let limit = limit.unwrap_or_else(|| panic!("{name} is no bound any more"));
        meet(limit, passed).await;
    }
}

async fn meet(limit: &Limit, passed: &Passed) {
    match (passed, limit.beyond) {
        (Elsewhere(file, test), _) => {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            let source =
                std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{}: {file}: {error}", limit.name));
            let stands = source.contains(&format!("async fn {test}(")) && source.contains(&format!("`{}`", limit.name));
            assert!(stands, "{}: {file} has no test {test} that names it", limit.name);
        }
        (Refused(requests), Beyond::Refused(code)) => {
            let problem = requests(TestServer::start().await).await;
            assert_eq!(problem["code"], json!(code), "{}: {problem}", limit.name);
            assert!(problem["detail"].as_str().is_some_and(|text| !text.is_empty()), "{}: {problem}", limit.name);
        }
        (Instead(requests), Beyond::Instead(_)) => requests(TestServer::start().await).await,
        (_, beyond) => panic!("{}: the table says {beyond:?}, this test does not", limit.name),
    }
}

/// `LANE_QUEUE`, shorter here: whoever finds the lane's queue full is told over HTTP when to come again.
#[tokio::test]
async fn a_full_lane_is_told_in_http() {
    let db = TestDb::new(Engine::Sqlite).await.expect("a database");
    let server = TestServer::on(db, options(), JournalOptions { queue: 4, ..JournalOptions::default() }).await;
    let blocker = server.db.open_again().await.expect("opens");
    let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let held = blocker.writer(0).begin_with_options(options).await.expect("nobody else writes");
    let send = |nonce: i64| {
        let body = json!({ "nonce": nonce.to_string(), "text": "x" });
        let path = format!("/channels/{}/messages", server.general);
        let request = server.owner.request(Method::POST, &path).json(&body);
        async move { request.send().await.expect("an answer") }.boxed()
    };
    let mut waiting: Vec<_> = Vec::new();
    let mut refused = None;
    let mut all = (1..=16).map(send).collect::<futures_util::stream::FuturesUnordered<_>>();
    while refused.is_none() {
        let response = futures_util::StreamExt::next(&mut all).await.expect("some are refused while the lane is held");
        let (status, wait) = (response.status(), response.headers().get("retry-after").cloned());
        let problem: Value = response.json().await.expect("a problem");
        refused = Some((status, wait, problem));
    }
    held.rollback().await.expect("let go");
    waiting.extend(futures_util::StreamExt::collect::<Vec<_>>(all).await);
    let (status, wait, problem) = refused.expect("refused");
    assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(ErrorCode::Overloaded)));
    assert_eq!(wait.expect("when to come again"), "1");
    let created = waiting.iter().filter(|response| response.status() == StatusCode::CREATED).count();
    assert!(created >= 4, "{created} of those that waited were sent");
}

async fn refused(who: &Actor, method: Method, path: &str, body: Option<Value>) -> Value {
    let (status, problem) = who.call(method, path, body).await;
    assert!(status.is_client_error(), "{path}: {status} {problem}");
    problem
}

async fn say(server: &TestServer, text: &str) -> Value {
    let body = json!({ "nonce": "1", "text": text });
    refused(&server.owner, Method::POST, &format!("/channels/{}/messages", server.general), Some(body)).await
}

async fn new_channel(server: &TestServer, change: Value) -> Value {
    let body = changed(json!({ "kind": "public", "name": "room" }), change);
    refused(&server.owner, Method::POST, &format!("/workspaces/{}/channels", server.workspace), Some(body)).await
}

async fn invite(server: &TestServer, body: Value) -> Value {
    refused(&server.owner, Method::POST, &format!("/workspaces/{}/invitations", server.workspace), Some(body)).await
}

/// An account that does not come to be.
async fn new_account(server: &TestServer, change: Value) -> Value {
    let invited = server.owner.post(&format!("/workspaces/{}/invitations", server.workspace), json!({ "role": "member" })).await;
    let account = json!({ "handle": "ada", "display_name": "Ada", "password": "correct horse battery staple" });
    let body = json!({ "code": invited["code"], "account": changed(account, change), "transport": "bearer" });
    refused(&server.anonymous(), Method::POST, "/invitations/accept", Some(body)).await
}

fn changed(mut body: Value, change: Value) -> Value {
    let (Value::Object(held), Value::Object(change)) = (&mut body, change) else { panic!("objects") };
    held.extend(change);
    body
}

fn ids(count: usize) -> Vec<String> {
    (1..=count).map(|id| id.to_string()).collect()
}

async fn react(server: &TestServer, message: i64, emoji: &str) -> Value {
    let sent = server.owner.say(server.general, message, "look").await;
    let path = format!("/channels/{}/messages/{}/reactions/{emoji}", server.general, sent["id"].as_str().expect("an id"));
    refused(&server.owner, Method::PUT, &path, None).await
}

async fn many_reactions(server: TestServer) -> Value {
    let sent = server.owner.say(server.general, 1, "look").await;
    let path = format!("/channels/{}/messages/{}/reactions", server.general, sent["id"].as_str().expect("an id"));
    let emoji = |nth: usize| char::from_u32(0x1F600 + u32::try_from(nth).expect("few")).expect("an emoji");
    for nth in 0..limits::MESSAGE_REACTIONS {
        server.owner.put(&format!("{path}/{}", emoji(nth)), Value::Null).await;
    }
    refused(&server.owner, Method::PUT, &format!("{path}/{}", emoji(limits::MESSAGE_REACTIONS)), None).await
}

/// The id before those of crowds, far below generated ones.
const BEFORE: u64 = 1_000_000;

/// A crowd, written as rows: what a bound is about takes too long to be made by requests. `n` are its ids.
async fn rows(server: &TestServer, count: u64, insert: &str) {
    let (first, last) = (BEFORE + 1, BEFORE + count);
    let text = format!("with recursive t(n) as (select {first} union all select n + 1 from t where n < {last}) {insert}");
    server.db.db().maintenance().execute_unprepared(&text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
}

const CHANNELS: &str = "insert into channels (id, workspace_id, kind, name, name_folded, topic, archived, conversation_key, created_by, \
    created_ms, version, list_version, overrides_version)";

/// Channels of the workspace with this topic, and their heads.
async fn channels(server: &TestServer, count: u64, topic: &str) {
    let (workspace, owner) = (server.workspace, server.owner.id);
    let select =
        format!("{CHANNELS} select n, {workspace}, 0, 'c' || n, 'c' || n, '{topic}', 0, null, {owner}, 1, 1, 1, 0 from t");
    rows(server, count, &select).await;
    let heads = "insert into journals (kind, id, version, number, main_number, first_number, access_version, resume_floor) \
                 select 2, n, 1, 0, 0, 1, 1, 0 from t";
    rows(server, count, heads).await;
}

/// Memberships of the owner in channels with these ids.
async fn memberships(server: &TestServer, count: u64) {
    let owner = server.owner.id;
    let insert = format!(
        "insert into channel_members (channel_id, user_id, joined_ms, joined_number, removed, version, notify, user_version) \
         select n, {owner}, 1, 0, 0, 1, 1, 1 from t"
    );
    rows(server, count, &insert).await;
}

/// So many people of the default channel, called `p1` and so on, besides the owner.
async fn crowd(server: &TestServer, count: u64) {
    let (workspace, general) = (server.workspace, server.general);
    let people = "insert into users (id, handle, handle_folded, display_name, display_folded, kind, status, instance_role, \
                  created_ms, version, account_version) select n, 'p' || (n - 1000000), 'p' || (n - 1000000), 'P', 'p', 0, 0, 2, 1, 1, 1 from t";
    rows(server, count, people).await;
    let handles: Vec<String> = (1..=count).map(|nth| format!("p{nth}")).collect();
    let indexes = server.messaging.auth().handle_indexes(&handles).await.expect("indexes");
    for (id, index) in (BEFORE + 1..).zip(indexes) {
        let text = format!("update users set handle_folded = '{index}' where id = {id}");
        server.db.db().maintenance().execute_unprepared(&text).await.expect("they can be mentioned");
    }
    let members = format!(
        "insert into workspace_members (workspace_id, user_id, role, joined_ms, removed, version, user_version) \
         select {workspace}, n, 2, 1, 0, 1, 1 from t"
    );
    rows(server, count, &members).await;
    let members = format!(
        "insert into channel_members (channel_id, user_id, joined_ms, joined_number, removed, version, notify, user_version) \
         select {general}, n, 1, 0, 0, 1, 1, 1 from t"
    );
    rows(server, count, &members).await;
}

/// Ids of so many people of the workspace.
async fn people(server: &TestServer, count: usize) -> Vec<String> {
    crowd(server, u64::try_from(count).expect("few")).await;
    (BEFORE + 1..).take(count).map(|id| id.to_string()).collect()
}

async fn many_mentions(server: TestServer) {
    let most = limits::MESSAGE_MENTIONS;
    crowd(&server, u64::try_from(most).expect("few") + 1).await;
    let names: Vec<String> = (1..=most + 1).map(|nth| format!("@p{nth}")).collect();
    let sent = server.owner.say(server.general, 1, &names.join(" ")).await;
    assert_eq!(sent["mentions"].as_array().map(Vec::len), Some(most));
    assert!(sent["text"].as_str().is_some_and(|text| text.ends_with(names[most].as_str())), "it stays as text");
}

async fn full_workspace(server: TestServer) -> Value {
    // The default channel is one.
    channels(&server, limits::WORKSPACE_CHANNELS - 2, "").await;
    server.channel("last", &[]).await;
    new_channel(&server, json!({})).await
}

async fn in_many_channels(server: TestServer) -> Value {
    memberships(&server, limits::USER_CHANNELS - 2).await;
    server.channel("last", &[]).await;
    new_channel(&server, json!({})).await
}

async fn in_many_workspaces(server: TestServer) -> Value {
    let owner = server.owner.id;
    let insert = format!(
        "insert into workspaces (id, name, description, default_channel_id, created_by, created_ms, version) \
         select n, 'w', '', 1, {owner}, 1, 1 from t"
    );
    rows(&server, limits::USER_WORKSPACES - 2, &insert).await;
    let insert = format!(
        "insert into workspace_members (workspace_id, user_id, role, joined_ms, removed, version, user_version) \
         select n, {owner}, 2, 1, 0, 1, 1 from t"
    );
    rows(&server, limits::USER_WORKSPACES - 2, &insert).await;
    server.owner.post("/workspaces", json!({ "name": "last" })).await;
    refused(&server.owner, Method::POST, "/workspaces", Some(json!({ "name": "more" }))).await
}

async fn many_overrides(server: TestServer) -> Value {
    let one = |id: &String| json!({ "target": { "user": id }, "allow": [], "deny": ["add_reactions"] });
    let list: Vec<Value> = ids(limits::CHANNEL_OVERRIDES + 1).iter().map(one).collect();
    let path = format!("/channels/{}/overrides", server.general);
    refused(&server.owner, Method::PUT, &path, Some(json!({ "overrides": list }))).await
}

async fn many_invitations(server: TestServer) -> Value {
    let (workspace, owner) = (server.workspace, server.owner.id);
    let insert = format!(
        "insert into invitations (id, workspace_id, code_hash, role, channel_ids, created_by, created_ms, expires_ms, max_uses, uses, revoked) \
         select n, {workspace}, cast(n as blob), 2, '', {owner}, 1, {}, 1, 0, 0 from t",
        i64::MAX
    );
    rows(&server, limits::WORKSPACE_INVITATIONS - 1, &insert).await;
    let path = format!("/workspaces/{}/invitations", server.workspace);
    server.owner.post(&path, json!({ "role": "member" })).await;
    invite(&server, json!({ "role": "member" })).await
}

async fn many_sessions(server: TestServer) {
    let login = json!({ "login": "olga", "password": crate::server::PASSWORD, "transport": "bearer" });
    for _ in 1..limits::USER_SESSIONS {
        server.anonymous().post("/auth/login", login.clone()).await;
    }
    server.owner.get("/users/me").await;
    let answer = server.anonymous().post("/auth/login", login).await;
    let newest = Actor { token: answer["token"].as_str().expect("a token").to_owned(), ..server.owner.clone() };
    assert_eq!(newest.get("/users/me").await["handle"], "olga");
    let (status, _) = server.owner.call(Method::GET, "/users/me", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the oldest has ended");
}

async fn large_frame(server: TestServer) -> Value {
    let (mut socket, _) = server.owner.live().await;
    // The server may be gone before all of it is written.
    drop(socket.socket.send(Message::text("z".repeat(limits::FRAME_BYTES + 1))).await);
    loop {
        let frame = socket.frame().await;
        assert!(frame.get("close").is_none(), "closed without a word: {frame}");
        if frame["op"] == "error" {
            return frame["problem"].clone();
        }
    }
}

async fn large_ready(server: TestServer) {
    let count = 450;
    channels(&server, count, &"t".repeat(limits::TOPIC_CHARS)).await;
    memberships(&server, count).await;
    let mut socket = server.owner.connect().await;
    assert_eq!(socket.frame().await["op"], "hello");
    socket.send(&json!({ "op": "identify", "token": server.owner.token })).await;
    let (text, ready) = loop {
        let message = futures_util::StreamExt::next(&mut socket.socket).await.expect("a frame").expect("a frame");
        let text = message.as_text().expect("text").to_owned();
        let frame: Value = serde_json::from_str(&text).expect("JSON");
        if frame["op"] == "ready" {
            break (text, frame);
        }
    };
    assert!(text.len() <= limits::READY_BYTES + 1024, "{} bytes", text.len());
    assert!(text.len() > limits::READY_BYTES / 2, "it is used: {} bytes", text.len());
    assert_eq!(ready["snapshot"]["more_channels"], true);
}

async fn many_channels(server: TestServer) {
    let count = u64::try_from(limits::SNAPSHOT_CHANNELS).expect("few");
    channels(&server, count, "").await;
    memberships(&server, count).await;
    let snapshot = server.owner.get("/sync").await;
    assert_eq!(snapshot["channels"].as_array().map(Vec::len), Some(limits::SNAPSHOT_CHANNELS));
    assert_eq!(snapshot["more_channels"], true);
}

async fn large_group(server: TestServer) -> Value {
    // With oneself one too many.
    let people = people(&server, limits::GROUP_MEMBERS).await;
    refused(&server.owner, Method::POST, "/conversations", Some(json!({ "user_ids": people }))).await
}

async fn many_at_once(server: TestServer) -> Value {
    let body = json!({ "user_ids": ids(limits::ADD_MEMBERS + 1) });
    refused(&server.owner, Method::POST, &format!("/channels/{}/members", server.general), Some(body)).await
}

async fn large_page(server: TestServer) -> Value {
    let path = format!("/channels/{}/messages?limit={}", server.general, limits::PAGE_ITEMS + 1);
    refused(&server.owner, Method::GET, &path, None).await
}

async fn many_ids(server: TestServer) -> Value {
    let list = ids(limits::LOOKUP_IDS + 1).join(",");
    refused(&server.owner, Method::GET, &format!("/users?ids={list}"), None).await
}

async fn many_watched(server: TestServer) -> Value {
    let (mut socket, _) = server.owner.live().await;
    socket.ask(json!({ "op": "presence", "user_ids": ids(limits::PRESENCE_USERS + 1) })).await["problem"].clone()
}

async fn many_open(server: TestServer) -> Value {
    let (mut socket, _) = server.owner.live().await;
    let mut wanted = Vec::new();
    for nth in 0..=limits::OPEN_CHANNELS {
        let id = server.channel(&format!("room{nth}"), &[]).await;
        wanted.push(json!({ "channel_id": id, "level": "open" }));
    }
    let last = wanted.pop().expect("one too many");
    assert_eq!(socket.ask(json!({ "op": "subscribe", "channels": wanted })).await["op"], "result");
    socket.ask(json!({ "op": "subscribe", "channels": [last] })).await["problem"].clone()
}

async fn many_changes(server: TestServer) {
    for nonce in 1..=limits::CHANGES_WINDOW {
        server.owner.say(server.general, nonce, "x").await;
    }
    let path = format!("/channels/{}/changes", server.general);
    let first = server.owner.get(&format!("{path}?after=0")).await;
    assert_eq!((&first["up_to"], &first["more"]), (&json!(limits::CHANGES_WINDOW), &json!(true)));
    let rest = server.owner.get(&format!("{path}?after={}", limits::CHANGES_WINDOW)).await;
    assert_eq!(rest["more"], false);
}

async fn many_unread(server: TestServer) {
    let ada = server.join("ada", "member").await;
    for nonce in 1..=i64::from(limits::COUNT_CAP) + 5 {
        server.owner.say(server.general, nonce, "@ada").await;
    }
    let state = ada.get(&format!("/channels/{}", server.general)).await;
    assert_eq!(state["mention_count"], limits::COUNT_CAP);
}
