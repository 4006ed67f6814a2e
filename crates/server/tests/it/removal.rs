//! Who is removed at a version receives nothing above it, on either of two nodes that share a database and no bus.
//!
//! How long the end of an idle subscription takes is measured and printed, never asserted: what bounds it is that a node
//! reads the others' outboxes every 500 ms.

use std::time::Duration;

use plexichat_model::ChannelId;
use plexichat_testkit::engines;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::server::{Actor, Running, Socket, TestServer, options};

/// Two nodes, a private room with bob in it and a thread, and bob's socket at the second node with the room open.
struct Stage {
    server: TestServer,
    second: Running,
    bob: Actor,
    room: ChannelId,
    root: Value,
    socket: Socket,
}

impl Stage {
    async fn set(db: plexichat_testkit::TestDb) -> Self {
        let server = TestServer::on(db, options(), plexichat_events::JournalOptions::default()).await;
        let bob = server.join("bob", "member").await;
        let second = server.second_node().await;
        let body = json!({ "kind": "private", "name": "room", "member_ids": [bob.id] });
        let state = server.owner.post(&format!("/workspaces/{}/channels", server.workspace), body).await;
        let room: ChannelId = state["channel"]["id"].as_str().expect("an id").parse().expect("an id");
        let first = server.owner.say(room, 1, "the root of a thread").await;
        let bob = bob.at(&second);
        let (mut socket, _) = bob.live().await;
        socket.open(room, None).await;
        // The nodes know each other when what one says is heard at the other.
        server.owner.say(room, 2, "can you hear me?").await;
        socket.event(&format!("channel:{room}")).await;
        Self { server, second, bob, room, root: first["id"].clone(), socket }
    }

    /// The owner, at one node or the other.
    fn owner(&self, at_second: bool) -> Actor {
        if at_second { self.server.owner.at(&self.second) } else { self.server.owner.clone() }
    }

    /// Messages and replies, one after the other.
    async fn talk(&self, at_second: bool, nonces: std::ops::Range<i64>) {
        let owner = self.owner(at_second);
        for nonce in nonces {
            let mut message = json!({ "nonce": nonce.to_string(), "text": "on and on" });
            if nonce % 2 == 0 {
                message["thread_id"] = self.root.clone();
            }
            owner.post(&format!("/channels/{}/messages", self.room), message).await;
        }
    }

    async fn remove_bob(&self) {
        self.server.owner.delete(&format!("/channels/{}/members/{}", self.room, self.bob.id)).await;
    }

    /// The version at which bob was removed.
    async fn removed_at(&self) -> i64 {
        let mut after = 0;
        loop {
            let changes = self.server.owner.get(&format!("/channels/{}/changes?after={after}", self.room)).await;
            let events = changes["events"].as_array().expect("events");
            let is_it = |e: &&Value| e["type"] == "channel_member_updated" && e["data"]["member"]["removed"] == true;
            if let Some(event) = events.iter().find(is_it) {
                return event["version"].as_i64().expect("a version");
            }
            assert_eq!(changes["more"], true, "nobody was removed");
            after = changes["up_to"].as_i64().expect("a position");
        }
    }

    /// Reads pages of the room and of the thread until they are refused; answers the highest version seen.
    async fn read_pages(&self) -> i64 {
        let mut highest = 0;
        let pages = [
            format!("/channels/{}/messages?limit=200", self.room),
            format!("/channels/{}/threads/{}/messages?limit=200", self.room, self.root.as_str().expect("an id")),
        ];
        for _ in 0..2_000 {
            let mut refused = 0;
            for page in &pages {
                let (status, body) = self.bob.call(Method::GET, page, None).await;
                match status.as_u16() {
                    200 => {
                        let messages = body["messages"].as_array().expect("messages");
                        let versions = messages.iter().map(|message| message["version"].as_i64().expect("a version"));
                        highest = versions.fold(highest, i64::max);
                    }
                    404 => refused += 1,
                    other => panic!("{page}: {other} {body}"),
                }
            }
            if refused == pages.len() {
                return highest;
            }
        }
        panic!("the pages are never refused");
    }
}

/// The highest version of a channel that a socket shows until it is quiet for a while.
async fn highest(socket: &mut Socket, room: ChannelId, quiet: Duration) -> i64 {
    let mut highest = 0;
    while let Some(frame) = socket.maybe(quiet).await {
        assert!(frame.get("close").is_none(), "{frame}");
        let is_badge = frame["op"] == "badges" && frame.to_string().contains(&room.to_string());
        let badges = frame["channels"].as_array().into_iter().flatten().filter(|_| is_badge);
        let badges = badges.filter(|badge| badge["channel_id"] == json!(room)).filter_map(|badge| badge["version"].as_i64());
        highest = badges.fold(highest, i64::max);
        if frame["journal"] == format!("channel:{room}") {
            highest = highest.max(frame["version"].as_i64().or(frame["up_to"].as_i64()).expect("a version"));
        }
    }
    highest
}

/// More channels than one change ends memberships of, with somebody in all of them.
async fn many_channels(server: &TestServer, person: &Actor) -> Vec<ChannelId> {
    let mut channels = Vec::new();
    for index in 0..53 {
        channels.push(server.channel(&format!("room {index}"), &[person]).await);
    }
    channels
}

/// Whether a frame shows a badge of this channel.
fn badged(frame: &serde_json::Value, channel: ChannelId) -> bool {
    let badges = frame["channels"].as_array().filter(|_| frame["op"] == "badges");
    badges.is_some_and(|badges| badges.iter().any(|badge| badge["channel_id"] == json!(channel)))
}

/// Says something in each channel; the socket must show none of it.
async fn hears_nothing(socket: &mut Socket, owner: &Actor, room: ChannelId, channels: &[ChannelId]) {
    for (nonce, channel) in (9_000..).zip(channels.iter().chain([&room])) {
        owner.say(*channel, nonce, "behind your back").await;
    }
    while let Some(frame) = socket.maybe(Duration::from_millis(1_800)).await {
        let text = frame.to_string();
        let is_told = frame["op"] == "badges" || text.contains("behind your back");
        assert!(!is_told, "somebody who left hears of it: {frame}");
    }
}

/// The workspace is left after it was read what a socket may follow, and before anything is held for it.
#[test]
fn who_leaves_a_workspace_while_a_socket_begins_hears_nothing() {
    plexichat_testkit::run_on(plexichat_testkit::Engine::Postgres, |db| async move {
        let server = TestServer::on(db, options(), plexichat_events::JournalOptions::default()).await;
        let bob = server.join("bob", "member").await;
        let many = many_channels(&server, &bob).await;
        let (_, ready) = bob.live().await;
        let snapshot = &ready["snapshot"];
        let vector = json!({
            "epoch": snapshot["epoch"], "instance": snapshot["instance_head"], "user": snapshot["user_head"],
            "workspaces": { (server.workspace.to_string()): snapshot["workspaces"][0]["head"] }, "channels": {},
        });
        let mut socket = bob.connect().await;
        assert_eq!(socket.frame().await["op"], "hello");
        let lock = server.db.lock_table("mentions").await.expect("locked");
        socket.send(&json!({ "op": "identify", "token": bob.token, "vector": vector })).await;
        assert!(socket.maybe(Duration::from_millis(700)).await.is_none(), "it waits for the lock");
        server.owner.delete(&format!("/workspaces/{}/members/{}", server.workspace, bob.id)).await;
        lock.rollback().await.expect("unlocked");
        assert_eq!(socket.until("ready").await["resumed"], true);
        while socket.maybe(Duration::from_millis(700)).await.is_some() {}
        hears_nothing(&mut socket, &server.owner, server.general, &many).await;
    });
}

engines! {
    /// Mid-stream, removed at the other node: over the socket, by pages and by pages of a thread.
    async fn who_is_removed_elsewhere_receives_nothing_above(db: TestDb) {
        let mut stage = Stage::set(db).await;
        let removing = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            stage.remove_bob().await;
        };
        let talking = async { tokio::join!(stage.talk(false, 1_000..1_060), stage.talk(true, 2_000..2_060)) };
        let (_, (), by_pages) = tokio::join!(talking, removing, stage.read_pages());
        let k = stage.removed_at().await;
        let by_socket = highest(&mut stage.socket, stage.room, Duration::from_millis(1_500)).await;
        println!("removed at version {k}: the socket saw {by_socket}, pages showed {by_pages}");
        assert!(by_socket <= k, "the socket saw {by_socket}, bob was removed at {k}");
        assert!(by_pages <= k, "pages showed {by_pages}, bob was removed at {k}");
        let asked = json!([{ "channel_id": stage.room, "level": "open", "after": 0 }]);
        let refused = stage.socket.ask(json!({ "op": "subscribe", "channels": asked })).await;
        assert_eq!(refused["problem"]["code"], "not_found", "{refused}");
    }

    /// Nothing is said meanwhile: the subscription ends by itself. Typing is told to whoever follows, whatever versions
    /// they may see.
    async fn an_idle_subscription_ends_after_a_removal_elsewhere(db: TestDb) {
        let mut stage = Stage::set(db).await;
        let mut typers = Vec::new();
        for name in ["carol", "dave", "erin", "frank", "grace"] {
            let typer = stage.server.join(name, "member").await;
            let path = format!("/channels/{}/members", stage.room);
            stage.server.owner.post(&path, json!({ "user_ids": [typer.id] })).await;
            let (mut socket, _) = typer.at(&stage.second).live().await;
            socket.open(stage.room, None).await;
            typers.push(socket);
        }
        let begun = Instant::now();
        stage.remove_bob().await;
        let mut ended = None;
        for turn in 0..5 * typers.len() {
            if turn > 0 && turn % typers.len() == 0 {
                // Of each of them typing is told once in three seconds.
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
            let count = typers.len();
            let typer = &mut typers[turn % count];
            let sent = begun.elapsed();
            typer.send(&json!({ "op": "typing", "channel_id": stage.room })).await;
            let mut is_told = false;
            while let Some(frame) = stage.socket.maybe(Duration::from_millis(300)).await {
                is_told |= frame["op"] == "typing";
            }
            if !is_told {
                ended = Some(sent);
                break;
            }
        }
        let ended = ended.expect("bob still follows the room");
        println!("an idle subscription had ended {} ms after the removal elsewhere began", ended.as_millis());
        stage.talk(true, 3_000..3_010).await;
        stage.talk(false, 4_000..4_010).await;
        assert_eq!(highest(&mut stage.socket, stage.room, Duration::from_millis(1_500)).await, 0);
    }

    /// The journals of most of its channels say nothing when a workspace is left; they are over all the same.
    async fn idle_subscriptions_end_when_the_workspace_is_left_elsewhere(db: TestDb) {
        let mut stage = Stage::set(db).await;
        let many = many_channels(&stage.server, &stage.bob).await;
        // Channels are followed one after the other: when the last one is heard of, all are. What was said in it before
        // is not told again.
        let last = *many.last().expect("many");
        for nonce in 1.. {
            stage.owner(true).say(last, nonce, "everybody here?").await;
            let mut frame = stage.socket.maybe(Duration::from_millis(1_300)).await;
            while frame.as_ref().is_some_and(|frame| !badged(frame, last)) {
                frame = stage.socket.maybe(Duration::from_millis(1_300)).await;
            }
            if frame.is_some() {
                break;
            }
            assert!(nonce < 40, "the last channel is never followed");
        }
        let begun = Instant::now();
        let path = format!("/workspaces/{}/members/{}", stage.server.workspace, stage.bob.id);
        stage.server.owner.delete(&path).await;
        let own = format!("user:{}", stage.bob.id);
        while stage.socket.event(&own).await["type"] != "workspace_membership_updated" {}
        println!("leaving the workspace was heard of {} ms after it began", begun.elapsed().as_millis());
        // Other shards are told at the same time.
        while stage.socket.maybe(Duration::from_millis(1_500)).await.is_some() {}
        let owner = stage.owner(true);
        hears_nothing(&mut stage.socket, &owner, stage.room, &many).await;
    }

    /// A session that is ended at the other node takes its idle socket with it.
    async fn a_session_revoked_elsewhere_ends_its_socket(db: TestDb) {
        let mut stage = Stage::set(db).await;
        let at_first = Actor { base: stage.server.owner.base.clone(), ..stage.bob.clone() };
        let begun = Instant::now();
        assert_eq!(at_first.call(Method::POST, "/auth/logout", None).await.0, 204);
        assert_eq!(stage.socket.closed().await, 4001);
        println!("a revoked session's socket was closed {} ms after the logout began", begun.elapsed().as_millis());
    }

    /// This node still knows the token; the socket must not begin with it.
    async fn a_session_revoked_elsewhere_begins_no_socket(db: TestDb) {
        let stage = Stage::set(db).await;
        let at_first = Actor { base: stage.server.owner.base.clone(), ..stage.bob.clone() };
        // Fresh in the memory of the second node.
        stage.bob.get("/users/me").await;
        assert_eq!(at_first.call(Method::POST, "/auth/logout", None).await.0, 204);
        let mut socket = stage.bob.connect().await;
        assert_eq!(socket.frame().await["op"], "hello");
        socket.send(&json!({ "op": "identify", "token": stage.bob.token })).await;
        let refused = socket.frame().await;
        assert_eq!((&refused["op"], &refused["problem"]["code"]), (&json!("error"), &json!("session_expired")), "{refused}");
        assert_eq!(socket.closed().await, 4001);
    }
}
