//! The realtime protocol from a client's side.

use crate::server::TestServer;
use plexichat_model::UserId;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_socket_begins_with_everything_and_goes_on_live() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let (mut socket, ready) = bob.live().await;
    assert_eq!(ready["resumed"], false);
    assert_eq!(ready["snapshot"]["me"]["handle"], "bob");
    socket.open(server.general, None).await;
    let sent = server.owner.say(server.general, 1, "hello bob").await;
    let event = socket.event(&format!("channel:{}", server.general)).await;
    assert_eq!(event["type"], "message_created");
    assert_eq!(event["data"]["message"]["id"], sent["id"]);
    let answer =
        socket.ask(json!({ "op": "send", "channel_id": server.general, "message": { "nonce": "7", "text": "hi" } })).await;
    assert_eq!(answer["message"]["text"], "hi");
    let refused = socket.ask(json!({ "op": "send", "channel_id": "1", "message": { "nonce": "8", "text": "hi" } })).await;
    assert_eq!((&refused["op"], &refused["problem"]["code"]), (&json!("error"), &json!("not_found")));
}

#[tokio::test]
async fn identify_is_asked_for_and_checked() {
    let server = TestServer::start().await;
    let mut socket = server.owner.connect().await;
    assert_eq!(socket.frame().await["max_open_channels"], 20);
    socket.send(&json!({ "op": "subscribe", "id": 3, "channels": [] })).await;
    let refused = socket.frame().await;
    assert_eq!((&refused["op"], &refused["id"]), (&json!("error"), &json!(3)));
    socket.send(&json!({ "op": "identify", "token": "nonsense" })).await;
    assert_eq!(socket.frame().await["op"], "error");
    assert_eq!(socket.closed().await, 4001);
}

#[tokio::test]
async fn badges_gather_mentions() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let (mut socket, _) = bob.live().await;
    for nonce in 1..=3 {
        server.owner.say(server.general, nonce, "just talk").await;
    }
    let last = server.owner.say(server.general, 4, "@bob look").await;
    let mut mentions = 0;
    loop {
        let frame = socket.until("badges").await;
        let badge = &frame["channels"][0];
        mentions += badge["new_mentions"].as_u64().expect("a number");
        if badge["last_main_number"] == last["number"] {
            break;
        }
    }
    assert_eq!(mentions, 1);
}

#[tokio::test]
async fn typing_and_presence_reach_who_looks() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let (mut olga, _) = server.owner.live().await;
    olga.open(server.general, None).await;
    let asked = olga.ask(json!({ "op": "presence", "user_ids": [bob.id, UserId(12345)] })).await;
    assert_eq!(asked["presence"], json!([{ "user_id": bob.id, "status": "offline" }]), "strangers are not told about");
    let (mut socket, _) = bob.live().await;
    let told = olga.until("presence").await;
    assert_eq!(told["updates"], json!([{ "user_id": bob.id, "status": "online" }]));
    for _ in 0..3 {
        socket.send(&json!({ "op": "typing", "channel_id": server.general })).await;
    }
    let typing = olga.until("typing").await;
    assert_eq!(typing["user_id"], json!(bob.id));
    while let Some(frame) = olga.maybe(Duration::from_millis(500)).await {
        assert_ne!(frame["op"], "typing", "once in three seconds");
    }
}

#[tokio::test]
async fn a_vector_resumes_with_what_was_missed() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let other = server.channel("other", &[&bob]).await;
    let (_, ready) = bob.live().await;
    let snapshot = &ready["snapshot"];
    let head = |id: &str| {
        let states = snapshot["channels"].as_array().expect("channels");
        states.iter().find(|state| state["channel"]["id"] == id).expect("is there")["head"]["version"].clone()
    };
    let general = server.general.to_string();
    let vector = json!({
        "epoch": snapshot["epoch"],
        "instance": snapshot["instance_head"],
        "user": snapshot["user_head"],
        "workspaces": { (server.workspace.to_string()): snapshot["workspaces"][0]["head"] },
        "channels": { (general.clone()): head(&general) },
    });
    for nonce in 1..=5 {
        server.owner.say(server.general, nonce, "missed").await;
    }
    server.owner.say(other, 9, "@bob missed too").await;
    let (mut socket, ready) = bob.resume(vector.clone()).await;
    assert_eq!((&ready["resumed"], ready.get("snapshot")), (&json!(true), None));
    let changes = socket.until("changes").await;
    assert_eq!(changes["journal"], format!("channel:{general}"));
    assert_eq!(changes["events"].as_array().map(Vec::len), Some(5));
    let badges = socket.until("badges").await;
    let badge = badges["channels"].as_array().expect("badges").iter().find(|badge| badge["channel_id"] == json!(other));
    assert_eq!(badge.expect("is there")["mention_count"], 1);
    server.owner.say(server.general, 6, "live again").await;
    let event = socket.event(&format!("channel:{general}")).await;
    assert_eq!(event["version"].as_i64(), changes["up_to"].as_i64().map(|version| version + 1));
    let mut stale = vector;
    stale["epoch"] = json!("another");
    let (_, ready) = bob.resume(stale).await;
    assert_eq!(ready["resumed"], false);
}

#[tokio::test]
async fn joined_channels_are_followed_by_themselves() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let (mut socket, _) = bob.live().await;
    let channel = server.channel("later", &[]).await;
    bob.post(&format!("/channels/{channel}/join"), json!({})).await;
    let joined = socket.event(&format!("user:{}", bob.id)).await;
    assert_eq!(joined["type"], "membership_updated");
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.owner.say(channel, 1, "welcome").await;
    let badges = socket.until("badges").await;
    assert_eq!(badges["channels"][0]["channel_id"], json!(channel));
}

#[tokio::test]
async fn opening_with_a_position_tells_what_came_since() {
    let server = TestServer::start().await;
    let (mut socket, _) = server.owner.live().await;
    for nonce in 1..=3 {
        server.owner.say(server.general, nonce, "before").await;
    }
    let answer = socket.open(server.general, Some(0)).await;
    let changes = &answer["changes"][0];
    let up_to = changes["up_to"].as_i64().expect("a position");
    assert!(changes["events"].as_array().expect("events").len() >= 3);
    server.owner.say(server.general, 4, "after").await;
    let event = socket.event(&format!("channel:{}", server.general)).await;
    assert_eq!(event["version"].as_i64(), Some(up_to + 1));
}

#[tokio::test]
async fn what_is_no_frame_is_refused_and_what_is_no_json_ends_it() {
    let server = TestServer::start().await;
    let (mut socket, _) = server.owner.live().await;
    socket.send(&json!({ "op": "dance", "id": 4 })).await;
    let refused = socket.until("error").await;
    assert_eq!((&refused["problem"]["code"], &refused["id"]), (&json!("frame_invalid"), &json!(4)));
    socket.send(&json!({ "op": "ping" })).await;
    assert_eq!(socket.until("pong").await, json!({ "op": "pong" }));
    socket.send(&Value::String("not an object".into())).await;
    assert_eq!(socket.until("error").await["problem"]["code"], "frame_invalid");
}

/// The next live event of a channel must follow the position without a gap; answers the new position.
async fn follows_on(socket: &mut crate::server::Socket, channel: plexichat_model::ChannelId, position: i64) -> i64 {
    let event = socket.event(&format!("channel:{channel}")).await;
    let version = event["version"].as_i64().expect("a version");
    assert_eq!(event["from_version"].as_i64().unwrap_or(version), position + 1, "a gap or a repetition: {event}");
    version
}

#[tokio::test]
async fn a_refused_subscribe_tells_later_what_it_had_read() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let body = json!({ "kind": "private", "name": "hidden", "member_ids": [] });
    let hidden = server.owner.post(&format!("/workspaces/{}/channels", server.workspace), body).await;
    let second = server.second_node().await;
    let (mut socket, _) = bob.live().await;
    let opened = socket.open(server.general, Some(0)).await;
    let position = opened["changes"][0]["up_to"].as_i64().expect("a position");
    // This node does not know of it yet when it reads for the command.
    server.owner.at(&second).say(server.general, 1, "from elsewhere").await;
    let channels = json!([
        { "channel_id": server.general, "level": "open", "after": position },
        { "channel_id": hidden["channel"]["id"], "level": "open" },
    ]);
    let refused = socket.ask(json!({ "op": "subscribe", "channels": channels })).await;
    assert_eq!((&refused["op"], &refused["problem"]["code"]), (&json!("error"), &json!("not_found")));
    let position = follows_on(&mut socket, server.general, position).await;
    server.owner.say(server.general, 2, "from here").await;
    follows_on(&mut socket, server.general, position).await;
}

#[tokio::test]
async fn a_subscribe_that_fails_in_the_middle_leaves_everything_as_it_was() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let other = server.channel("other", &[]).await;
    let (mut socket, _) = bob.live().await;
    let opened = socket.open(server.general, Some(0)).await;
    let position = opened["changes"][0]["up_to"].as_i64().expect("a position");
    server.db.take_away("messages").await.expect("taken away");
    let channels = json!([
        { "channel_id": other, "level": "open" },
        { "channel_id": server.general, "level": "open", "after": 0 },
    ]);
    let failed = socket.ask(json!({ "op": "subscribe", "channels": channels })).await;
    assert_eq!((&failed["op"], &failed["problem"]["code"]), (&json!("error"), &json!("internal")));
    server.db.put_back("messages").await.expect("put back");
    server.owner.say(other, 1, "not asked for").await;
    server.owner.say(server.general, 2, "still open").await;
    follows_on(&mut socket, server.general, position).await;
    while let Some(frame) = socket.maybe(Duration::from_millis(700)).await {
        assert_ne!(frame["journal"], json!(format!("channel:{other}")), "it is not followed: {frame}");
    }
    let opened = socket.open(other, Some(0)).await;
    assert_eq!(
        opened["changes"][0]["events"].as_array().map(|events| events.iter().any(|e| e["type"] == "message_created")),
        Some(true)
    );
}

#[test]
fn leaving_and_coming_back_while_a_command_runs_is_heard() {
    plexichat_testkit::run_on(plexichat_testkit::Engine::Postgres, |db| async move {
        let server = TestServer::on(db, crate::server::options(), plexichat_events::JournalOptions::default()).await;
        let bob = server.join("bob", "member").await;
        let room = server.channel("room", &[&bob]).await;
        let (mut socket, _) = bob.live().await;
        // The command waits for the lock; what the own journal asks for waits for the command.
        let lock = server.db.lock_table("reactions").await.expect("locked");
        let subscription = json!([{ "channel_id": server.general, "level": "open", "after": 0 }]);
        socket.send(&json!({ "op": "subscribe", "id": 77, "channels": subscription })).await;
        assert_eq!(bob.call(reqwest::Method::POST, &format!("/channels/{room}/leave"), None).await.0, 204);
        bob.post(&format!("/channels/{room}/join"), json!({})).await;
        let own = format!("user:{}", bob.id);
        while socket.event(&own).await["data"]["membership"]["removed"] != false {}
        lock.rollback().await.expect("unlocked");
        assert_eq!(socket.until("result").await["id"], 77);
        server.owner.say(room, 1, "welcome back").await;
        assert_eq!(socket.until("badges").await["channels"][0]["channel_id"], json!(room));
    });
}

#[tokio::test]
async fn hello_says_what_all_live_nodes_can_do() {
    let server = TestServer::start().await;
    server.db.add_node(77, 0).await.expect("an older node");
    let deadline = tokio::time::Instant::now() + crate::server::PATIENCE * 3;
    loop {
        let mut socket = server.owner.connect().await;
        if socket.frame().await["cluster_level"] == 0 {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the older node is not seen");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
