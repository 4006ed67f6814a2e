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
