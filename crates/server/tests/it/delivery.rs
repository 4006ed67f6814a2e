//! Order and permission: every version once and in order, nothing above the version that ended access.

use crate::server::{PASSWORD, TestServer};
use plexichat_model::ChannelId;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Sends many messages at once.
async fn burst(server: &TestServer, channel: ChannelId, from: i64, count: i64) {
    let sends = (from..from + count).map(|nonce| server.owner.say(channel, nonce, "burst"));
    futures_util::future::join_all(sends).await;
}

#[tokio::test]
async fn versions_arrive_in_order_without_gap() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let (mut socket, _) = bob.live().await;
    let opened = socket.open(server.general, Some(0)).await;
    let mut position = opened["changes"][0]["up_to"].as_i64().expect("a position");
    burst(&server, server.general, 1, 200).await;
    let mut seen = 0;
    while seen < 200 {
        let event = socket.event(&format!("channel:{}", server.general)).await;
        let from = event["from_version"].as_i64().unwrap_or_else(|| event["version"].as_i64().expect("a version"));
        assert_eq!(from, position + 1, "{event}");
        position = event["version"].as_i64().expect("a version");
        seen += i32::from(event["type"] == "message_created");
    }
}

#[tokio::test]
async fn who_is_removed_receives_nothing_above() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let channel = server.channel("secret", &[&bob]).await;
    let ((mut socket, _), (mut elsewhere, _)) = (bob.live().await, bob.live().await);
    socket.open(channel, None).await;
    // On the other device the channel is not open: badges tell of it.
    server.owner.say(channel, 1_000, "first").await;
    assert_eq!(elsewhere.until("badges").await["channels"][0]["channel_id"], json!(channel));
    let sending = burst(&server, channel, 1, 60);
    let path = format!("/channels/{channel}/members/{}", bob.id);
    let removing = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        server.owner.delete(&path).await;
        burst(&server, channel, 100, 40).await;
    };
    tokio::join!(sending, removing);
    let changes = server.owner.get(&format!("/channels/{channel}/changes?after=0")).await;
    let removed_at = |events: &Value| {
        let events = events.as_array().expect("events").clone();
        let removal = events
            .into_iter()
            .find(|event| event["type"] == "channel_member_updated" && event["data"]["member"]["removed"] == true);
        removal.expect("the removal")["version"].as_i64().expect("a version")
    };
    let k = removed_at(&changes["events"]);
    let mut highest = 0;
    while let Some(frame) = socket.maybe(Duration::from_millis(700)).await {
        if frame["journal"] == format!("channel:{channel}") {
            highest = highest.max(frame["version"].as_i64().expect("a version"));
        }
    }
    assert!(highest > 0 && highest <= k, "saw {highest}, was removed at {k}");
    while let Some(frame) = elsewhere.maybe(Duration::from_millis(700)).await {
        for badge in frame["channels"].as_array().into_iter().flatten() {
            assert!(badge["version"].as_i64().expect("a version") <= k, "was removed at {k}: {frame}");
        }
    }
    let answer = socket.ask(json!({ "op": "subscribe", "channels": [{ "channel_id": channel, "level": "open" }] })).await;
    assert_eq!(answer["op"], "result", "a public channel may be looked at again: {answer}");
}

#[tokio::test]
async fn who_leaves_the_workspace_hears_nothing_more() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let (mut socket, _) = bob.live().await;
    socket.open(server.general, None).await;
    server.owner.delete(&format!("/workspaces/{}/members/{}", server.workspace, bob.id)).await;
    server.owner.say(server.general, 1, "now that bob is gone").await;
    while let Some(frame) = socket.maybe(Duration::from_millis(1_500)).await {
        assert!(!frame.to_string().contains("bob is gone"), "{frame}");
    }
    let answer = socket.ask(json!({ "op": "subscribe", "channels": [{ "channel_id": server.general, "level": "open" }] })).await;
    assert_eq!(answer["problem"]["code"], "not_found", "{answer}");
}

#[tokio::test]
async fn a_denied_view_ends_what_was_open() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let channel = server.channel("open", &[&bob]).await;
    let (mut socket, _) = bob.live().await;
    socket.open(channel, None).await;
    let deny = json!({ "overrides": [{ "target": { "user": bob.id }, "allow": [], "deny": ["view_channel"] }] });
    server.owner.put(&format!("/channels/{channel}/overrides"), deny).await;
    server.owner.say(channel, 1, "not for bob").await;
    while let Some(frame) = socket.maybe(Duration::from_millis(1_500)).await {
        assert!(!frame.to_string().contains("not for bob"), "{frame}");
    }
}

#[tokio::test]
async fn a_revoked_session_ends_its_socket_within_a_second() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let (mut socket, _) = bob.live().await;
    let (status, _) = bob.call(Method::POST, "/auth/logout", None).await;
    assert_eq!(status, 204);
    let code = tokio::time::timeout(Duration::from_secs(1), socket.closed()).await.expect("within a second");
    assert_eq!(code, 4001);
}

#[tokio::test]
async fn a_socket_goes_on_with_a_new_token_of_its_account() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let login = json!({ "login": "bob", "password": PASSWORD, "transport": "bearer" });
    let fresh = server.signed(&server.anonymous().post("/auth/login", login).await);
    let (mut socket, _) = bob.live().await;
    // Refusals leave the socket as it was.
    for (token, code) in [(server.owner.token.as_str(), "forbidden"), ("no token", "session_expired")] {
        let answer = socket.ask(json!({ "op": "reauthenticate", "token": token })).await;
        assert_eq!(answer["problem"]["code"], code, "{answer}");
        socket.open(server.general, None).await;
    }
    let answer = socket.ask(json!({ "op": "reauthenticate", "token": fresh.token })).await;
    assert_eq!(answer["op"], "result", "{answer}");
    // The session it began with does not matter any more; the new one does.
    assert_eq!(bob.call(Method::POST, "/auth/logout", None).await.0, 204);
    server.owner.say(server.general, 1, "still here").await;
    let event = socket.event(&format!("channel:{}", server.general)).await;
    assert_eq!(event["data"]["message"]["text"], "still here");
    assert_eq!(fresh.call(Method::POST, "/auth/logout", None).await.0, 204);
    assert_eq!(socket.closed().await, 4001);
    // A token whose session has ended is none.
    let (mut socket, _) = server.owner.live().await;
    let answer = socket.ask(json!({ "op": "reauthenticate", "token": fresh.token })).await;
    assert_eq!(answer["problem"]["code"], "session_expired", "{answer}");
}

#[tokio::test]
async fn the_oldest_socket_of_an_account_gives_way() {
    let mut options = crate::server::options();
    options.gateway.user_sockets = 2;
    let server = TestServer::with(options).await;
    let (mut first, _) = server.owner.live().await;
    let (mut second, _) = server.owner.live().await;
    let (_third, _) = server.owner.live().await;
    assert_eq!(first.closed().await, 4003);
    assert!(second.maybe(Duration::from_millis(200)).await.is_none());
}

#[tokio::test]
async fn two_nodes_without_a_bus_show_the_same_order() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let second = server.second_node().await;
    let (mut here, _) = bob.live().await;
    let (mut there, _) = bob.at(&second).live().await;
    let journal = format!("channel:{}", server.general);
    for socket in [&mut here, &mut there] {
        socket.open(server.general, None).await;
    }
    let other = server.owner.at(&second);
    for nonce in 0..20 {
        server.owner.say(server.general, 2 * nonce + 1, "from the first").await;
        other.say(server.general, 2 * nonce + 2, "from the second").await;
    }
    let mut orders = Vec::new();
    for socket in [&mut here, &mut there] {
        let mut order = Vec::new();
        let mut position = None;
        while order.len() < 40 {
            let event = socket.event(&journal).await;
            let version = event["version"].as_i64().expect("a version");
            let from = event["from_version"].as_i64().unwrap_or(version);
            assert!(position.is_none_or(|position| from == position + 1), "a gap at {event}");
            position = Some(version);
            if event["type"] == "message_created" {
                order.push(event["data"]["message"]["id"].clone());
            }
        }
        orders.push(order);
    }
    assert_eq!(orders[0], orders[1]);
}

#[tokio::test]
async fn who_is_removed_on_one_node_hears_nothing_on_the_other() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let second = server.second_node().await;
    let channel = server.channel("secret", &[&bob]).await;
    let (mut socket, _) = bob.at(&second).live().await;
    socket.open(channel, None).await;
    server.owner.say(channel, 1, "while bob was in").await;
    assert_eq!(socket.event(&format!("channel:{channel}")).await["type"], "message_created");
    server.owner.delete(&format!("/channels/{channel}/members/{}", bob.id)).await;
    server.owner.say(channel, 2, "now that bob is out").await;
    server.owner.at(&second).say(channel, 3, "now that bob is out").await;
    while let Some(frame) = socket.maybe(Duration::from_millis(1_500)).await {
        assert!(!frame.to_string().contains("bob is out"), "{frame}");
    }
    let (status, _) = bob.call(Method::POST, "/auth/logout", None).await;
    assert_eq!(status, 204);
    let code = tokio::time::timeout(Duration::from_secs(1), socket.closed()).await.expect("within a second");
    assert_eq!(code, 4001);
}
