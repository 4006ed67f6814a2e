//! Peers that mean no good: each costs a bounded amount of memory and nobody else's time.

use crate::server::{Socket, TestServer, options};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_websockets::Message;

/// Resident memory of this process (server and test), MiB.
fn rss_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("there");
    line.trim().split(' ').next().expect("a number").parse::<u64>().expect("a number") / 1024
}

#[tokio::test]
async fn a_slow_reader_is_dropped_and_others_go_on() {
    let mut options = patient();
    options.gateway.slow_reader = Duration::from_millis(500);
    let server = TestServer::with(options).await;
    let bob = server.join("bob", "member").await;
    let mut slow = Vec::new();
    for _ in 0..5 {
        let (mut socket, _) = bob.live().await;
        socket.open(server.general, None).await;
        slow.push(socket);
    }
    let (mut quick, _) = server.owner.live().await;
    quick.open(server.general, None).await;
    let before = rss_mib();
    let text = "x".repeat(8_000);
    for nonce in 1..=1_500 {
        server.owner.say(server.general, nonce, &text).await;
        let event = quick.event(&format!("channel:{}", server.general)).await;
        assert!(event["data"]["message"]["number"].is_i64());
    }
    let grown = rss_mib().saturating_sub(before);
    println!("five slow readers, 12 MB each not read: server grew by {grown} MiB");
    assert!(grown < 60, "the server grew by {grown} MiB");
    for mut socket in slow {
        let mut last = json!(null);
        while let Some(frame) = socket.maybe(Duration::from_secs(3)).await {
            let ends = frame.get("close").is_some();
            last = frame;
            if ends {
                break;
            }
        }
        assert!(last.get("close").is_some() || last["op"] == "resync", "{}", last.to_string().len());
    }
}

/// Nobody is hurried: what is shown must not depend on how fast the machine is.
fn patient() -> plexichat_server::ServerOptions {
    let mut options = options();
    options.gateway.slow_reader = Duration::from_mins(5);
    options.gateway.heartbeat = Duration::from_mins(10);
    options
}

/// Sends more than the queue and the kernel's buffers hold while nobody reads, then reads up to `resync`.
async fn overflow(server: &TestServer, socket: &mut Socket) {
    let text = "y".repeat(12_000);
    let sends = (1..=1_500).map(|nonce| server.owner.say(server.general, nonce, &text));
    futures_util::stream::iter(sends).buffer_unordered(100).for_each(|_| async {}).await;
    let mut resynced = false;
    while let Some(frame) = socket.maybe(crate::server::PATIENCE).await {
        assert!(frame.get("close").is_none(), "{frame}");
        if frame["op"] == "resync" {
            resynced = true;
            break;
        }
    }
    assert!(resynced, "the queue did not overflow");
}

#[tokio::test]
async fn who_shows_no_token_after_resync_must_still_have_a_session() {
    let server = TestServer::with(patient()).await;
    let bob = server.join("bob", "member").await;
    let (mut socket, _) = bob.live().await;
    socket.open(server.general, None).await;
    overflow(&server, &mut socket).await;
    assert_eq!(bob.call(reqwest::Method::POST, "/auth/logout", None).await.0, 204);
    socket.send(&json!({ "op": "identify" })).await;
    assert_eq!(socket.until("error").await["problem"]["code"], "session_expired");
    assert_eq!(socket.closed().await, 4001);
}

/// `SOCKET_QUEUE`
#[tokio::test]
async fn who_is_told_to_resync_begins_again_on_the_same_socket() {
    let server = TestServer::with(patient()).await;
    let (mut socket, ready) = server.owner.live().await;
    socket.open(server.general, None).await;
    overflow(&server, &mut socket).await;
    let vector = json!({
        "epoch": ready["snapshot"]["epoch"], "instance": ready["snapshot"]["instance_head"], "user": ready["snapshot"]["user_head"],
        "channels": { (server.general.to_string()): 1_000_000 },
    });
    socket.send(&json!({ "op": "identify", "vector": vector, "token": server.owner.token })).await;
    assert_eq!(socket.until("ready").await["resumed"], true);
    assert_eq!(socket.until("changes").await["reset"], true);
    server.owner.say(server.general, 10_000, "again").await;
    assert_eq!(socket.event(&format!("channel:{}", server.general)).await["data"]["message"]["text"], "again");
}

#[tokio::test]
async fn a_silent_peer_is_closed() {
    let mut options = options();
    options.gateway.heartbeat = Duration::from_millis(200);
    options.gateway.identify = Duration::from_millis(300);
    let server = TestServer::with(options).await;
    let mut mute = server.owner.connect().await;
    assert_eq!(mute.closed().await, 4000);
    let (mut socket, _) = server.owner.live().await;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        socket.send(&json!({ "op": "ping" })).await;
        socket.until("pong").await;
    }
    assert_eq!(socket.closed().await, 4000);
}

#[tokio::test]
async fn a_large_frame_is_refused_by_its_head() {
    let server = TestServer::start().await;
    let (mut socket, _) = server.owner.live().await;
    let before = rss_mib();
    let big = "z".repeat(1_000_000);
    // The server may be gone before all of it is written.
    drop(socket.socket.send(Message::text(big)).await);
    let mut refused = false;
    let code = loop {
        let frame = socket.frame().await;
        refused |= frame["problem"]["code"] == "frame_too_large";
        if let Some(code) = frame["close"].as_u64() {
            break code;
        }
    };
    assert!(refused && code == 4002, "{refused} {code}");
    assert!(rss_mib().saturating_sub(before) < 20);
}

#[tokio::test]
async fn malformed_frames_end_the_socket() {
    let server = TestServer::start().await;
    let (mut text, _) = server.owner.live().await;
    text.socket.send(Message::text("{not json")).await.expect("sends");
    assert_eq!(text.closed().await, 4002);
    let (mut binary, _) = server.owner.live().await;
    binary.socket.send(Message::binary(vec![1, 2, 3])).await.expect("sends");
    assert_eq!(binary.closed().await, 4002);
    // A frame with reserved bits, below the library.
    let (mut raw, _) = server.owner.live().await;
    let stream = raw.socket.get_mut();
    stream.write_all(&[0xF1, 0x80, 1, 2, 3, 4]).await.expect("writes");
    let ended =
        tokio::time::timeout(Duration::from_secs(5), async { while raw.socket.next().await.is_some_and(|m| m.is_ok()) {} }).await;
    assert!(ended.is_ok());
}

#[tokio::test]
async fn a_flood_of_commands_is_refused_then_ended() {
    let mut options = options();
    options.gateway.commands = plexichat_kernel::config::Rate::per_minute(60, 20);
    let server = TestServer::with(options).await;
    let (mut socket, _) = server.owner.live().await;
    for id in 0..300 {
        if socket
            .socket
            .send(Message::text(
                json!({ "op": "read", "id": id, "channel_id": server.general, "cursor": { "last_read_number": 1 } }).to_string(),
            ))
            .await
            .is_err()
        {
            break;
        }
    }
    let mut refused = 0;
    let code = loop {
        let frame = socket.frame().await;
        refused += i32::from(frame["problem"]["code"] == "rate_limited");
        if let Some(code) = frame["close"].as_u64() {
            break code;
        }
    };
    assert!(refused >= 50, "{refused}");
    assert!(code == 4003 || code == 0, "{code}");
}

#[tokio::test]
async fn a_flood_of_connects_is_bounded() {
    let mut options = options();
    options.bounds.connections = 200;
    options.bounds.connections_per_address = 150;
    options.timeouts.header = Duration::from_secs(1);
    let server = TestServer::with(options).await;
    let before = rss_mib();
    let mut streams = Vec::new();
    for _ in 0..600 {
        if let Ok(Ok(mut stream)) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(server.address)).await {
            drop(stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await);
            streams.push(stream);
        }
    }
    println!("{} half-open connections: server grew by {} MiB", streams.len(), rss_mib().saturating_sub(before));
    assert!(rss_mib().saturating_sub(before) < 40);
    let mut ended = 0;
    for stream in &mut streams {
        let mut rest = Vec::new();
        ended += i32::from(tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut rest)).await.is_ok());
    }
    assert!(ended >= 590, "{ended} of {} were ended", streams.len());
    assert_eq!(server.owner.call(reqwest::Method::GET, "/users/me", None).await.0, 200);
}
