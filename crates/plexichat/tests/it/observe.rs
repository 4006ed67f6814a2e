//! What a running server does under each of its live settings, seen from outside.

use plexichat_client::{Client, ClientError, ClientOptions, Retry, Socket, new_nonce};
use plexichat_kernel::{
    Clock,
    config::{ConfigHandle, Sources, check},
};
use plexichat_model::{
    ChannelId, Timestamp, UserId, WorkspaceId,
    auth::{AcceptInvitation, Login, NewAccount, NewInvitation, TokenTransport},
    gateway::{ClientFrame, Level, ServerFrame, Subscription},
    key_tasks::{KeyTaskKind, KeyTaskState, KeyTaskTarget, NewKeyTask},
    message::NewMessage,
    permission::Role,
};
use plexichat_testkit::server::{self, TestNode};
use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long an observation waits for what a timeout of a second does.
const A_WHILE: Duration = Duration::from_secs(5);
/// Messages that fill what the kernel holds for a socket, and a queue of 16.
const MANY: usize = 120;

/// What holds unless a probe says otherwise: no limits, and timeouts that outlast the test.
const USUAL: &[(&str, &str)] = &[
    ("limits.anonymous_per_address", "\"off\""),
    ("limits.sign_in_per_address", "\"off\""),
    ("limits.read_per_account", "\"off\""),
    ("limits.write_per_account", "\"off\""),
    ("limits.message_per_account", "\"off\""),
    ("limits.admin_per_account", "\"off\""),
    ("limits.session_per_address", "\"off\""),
    ("limits.connect_per_address", "\"off\""),
    ("limits.command_per_socket", "\"off\""),
    ("gateway.drain_seconds", "0"),
    ("gateway.identify_timeout_seconds", "120"),
    ("gateway.write_timeout_seconds", "300"),
    ("server.header_timeout_seconds", "300"),
    ("server.idle_timeout_seconds", "3600"),
];

/// A server that follows a file.
pub(crate) struct World {
    pub(crate) owner: Client,
    /// Host and port.
    pub(crate) address: String,
    node: TestNode,
    config: ConfigHandle,
    file: PathBuf,
    clock: Clock,
    workspace: WorkspaceId,
    channel: ChannelId,
    bob: UserId,
    count: AtomicU32,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("chat.toml");
        std::fs::write(&file, text(&[])).expect("written");
        let sources = Sources::new()
            .with_file(Some(&file))
            .with_override("server.data_dir", folder.path().join("data").display().to_string())
            .with_override("server.bind", "127.0.0.1:0");
        let config = ConfigHandle::new(sources.clone(), check(&sources).expect("valid"));
        let clock = Clock::adjustable();
        let (node, code) = TestNode::of(&config, &clock).await.expect("starts");
        let code = code.expect("it waits for its owner");
        let people = server::World::set_up(node.address(), &code, 1, 1).await.expect("is set up");
        let bob = people.invite("bob", Role::Member).await.expect("joins");
        let bob = bob.get_me().await.expect("is there").user.id;
        let owner = people.people[0].clone();
        let (workspace, channel) = (people.workspace, people.channels[0]);
        let address = node.address().trim_start_matches("http://").to_owned();
        let count = AtomicU32::new(0);
        Self { owner, address, node, config, file, clock, workspace, channel, bob, count, _folder: folder }
    }

    /// Saves the file with these settings, as an operator does, and has the server read it as on SIGHUP.
    pub(crate) fn configure(&self, settings: &[(&str, &str)]) {
        std::fs::write(&self.file, text(settings)).expect("written");
        let changes = self.config.reload().unwrap_or_else(|problems| panic!("{problems}"));
        assert!(changes.need_restart.is_empty(), "{changes:?}");
    }

    pub(crate) async fn stop(&mut self) {
        self.node.stop().await.expect("stops in order");
    }

    /// A number that was not given yet.
    fn fresh(&self) -> u32 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Somebody who is not signed in.
    fn stranger(&self) -> Client {
        Client::new(ClientOptions::new(self.node.address()).with_retry(Retry::NEVER)).expect("a client")
    }

    /// One request on a connection of its own; the whole answer as text.
    async fn ask(&self, line: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut request = format!("{line} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            let _infallible = write!(request, "{name}: {value}\r\n");
        }
        if !body.is_empty() {
            let _infallible = write!(request, "content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        let mut stream = TcpStream::connect(&self.address).await.expect("connects");
        let _may_be_refused_early = stream.write_all(format!("{request}\r\n{body}").as_bytes()).await;
        read_all(&mut stream).await
    }

    async fn ask_as_owner(&self, line: &str, body: &str) -> String {
        let bearer = format!("Bearer {}", self.owner.token().expect("is signed in"));
        self.ask(line, &[("authorization", &bearer)], body).await
    }
}

fn text(settings: &[(&str, &str)]) -> String {
    let overridden = |key: &str| settings.iter().any(|(path, _)| *path == key);
    let usual = USUAL.iter().filter(|(key, _)| !overridden(key));
    usual.chain(settings).fold(String::new(), |mut text, (key, value)| {
        let _infallible = writeln!(text, "{key} = {value}");
        text
    })
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer takes nothing from it.
    let _ended = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn either(condition: bool, yes: &str, no: &str) -> String {
    if condition { yes } else { no }.to_owned()
}

/// What the server does that depends on this key.
pub(crate) async fn observe(world: &World, key: &str) -> String {
    match key.split_once('.') {
        Some(("server", name)) => server(world, name).await,
        Some(("auth", name)) => auth(world, name).await,
        Some(("limits", name)) => limits(world, name).await,
        Some(("gateway", name)) => gateway(world, name).await,
        Some(("keys", name)) => keys(world, name).await,
        _ => tracing::level_filters::LevelFilter::current().to_string().to_uppercase(),
    }
}

async fn server(world: &World, name: &str) -> String {
    match name {
        "public_url" => {
            let answer = world.ask("GET /health/live", &[], "").await;
            either(answer.contains("strict-transport-security"), "HSTS", "no HSTS")
        }
        "body_limit_bytes" => {
            let answer = world.ask("POST /api/v1/auth/login", &[], &"x".repeat(100_000)).await;
            either(answer.starts_with("HTTP/1.1 413"), "too large", "taken")
        }
        "trusted_proxies" => {
            let mut taken = 0;
            for _ in 0..2 {
                let address = format!("10.0.0.{}", world.fresh() % 250);
                let answer = world.ask("GET /api/v1/setup", &[("x-forwarded-for", &address)], "").await;
                taken += u32::from(answer.starts_with("HTTP/1.1 200"));
            }
            // Whoever came last may have used up the one that is allowed.
            either(taken == 2, "two", "one")
        }
        "allowed_origins" => {
            let answer = world.ask("GET /api/v1/setup", &[("origin", "https://tool.example.com")], "").await;
            either(answer.contains("access-control-allow-origin: https://tool.example.com"), "allowed", "refused")
        }
        _ => patience(world, name).await,
    }
}

/// What becomes of a connection that goes silent.
async fn patience(world: &World, name: &str) -> String {
    let begun = match name {
        "header_timeout_seconds" => "GET /health/li",
        "idle_timeout_seconds" => "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n",
        _ => {
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{"
        }
    };
    let mut stream = TcpStream::connect(&world.address).await.expect("connects");
    stream.write_all(begun.as_bytes()).await.expect("writes");
    match timeout(A_WHILE, read_all(&mut stream)).await {
        Err(_) => "open".to_owned(),
        Ok(answer) => either(answer.contains("did not arrive in time"), "refused", "closed"),
    }
}

async fn auth(world: &World, name: &str) -> String {
    let days = |from: Timestamp, to: Timestamp| ((to.0 - from.0 + 3_600_000) / 86_400_000).to_string();
    match name {
        "session_sliding_days" => {
            let signed_in = login(world).await;
            days(signed_in.session.created_at, signed_in.session.expires_at)
        }
        "session_absolute_days" => {
            let body = r#"{"login":"bob","password":"PASSWORD","transport":"cookie"}"#.replace("PASSWORD", PASSWORD);
            let answer = world.ask("POST /api/v1/auth/login", &[], &body).await;
            let age =
                answer.split_once("Max-Age=").map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
            let age = age.and_then(|age| age.parse::<u64>().ok());
            (age.unwrap_or_else(|| panic!("no cookie in {answer}")) / 86_400).to_string()
        }
        "min_password_length" => either(joins_with(world, "elevenchars").await, "taken", "refused"),
        "max_sessions_per_account" => {
            for _ in 0..3 {
                login(world).await;
            }
            let client = world.stranger();
            client.set_token(login(world).await.token);
            client.list_sessions().await.expect("a list").items.len().min(3).to_string()
        }
        "invitation_days" => {
            let invitation = world.owner.create_invitation(world.workspace, &invitation()).await.expect("invites").invitation;
            days(Timestamp(world.clock.now_ms()), invitation.expires_at)
        }
        "reset_link_minutes" => {
            let link = world.owner.create_password_link(world.bob).await.expect("a link");
            ((link.expires_at.0 - world.clock.now_ms() + 30_000) / 60_000).to_string()
        }
        "login_attempts_per_account" => attempts(world, true).await,
        "login_attempts_per_address" => attempts(world, false).await,
        _ => window(world).await,
    }
}

/// The password of everybody whom the test kit lets join.
const PASSWORD: &str = server::PASSWORD;

async fn login(world: &World) -> plexichat_model::auth::SignedIn {
    let request = Login { login: "bob".into(), password: PASSWORD.into(), transport: TokenTransport::Bearer, device_name: None };
    world.stranger().login(&request).await.expect("signs in")
}

fn invitation() -> NewInvitation {
    NewInvitation { role: Role::Member, max_uses: None, expires_in_hours: None, channel_ids: Vec::new() }
}

async fn joins_with(world: &World, password: &str) -> bool {
    let path = world.owner.create_invitation(world.workspace, &invitation()).await.expect("invites").path;
    let code = path.rsplit_once('#').expect("a code").1.to_owned();
    let handle = format!("person{}", world.fresh());
    let account = NewAccount { display_name: handle.clone(), handle, password: password.to_owned(), email: None };
    let acceptance = AcceptInvitation { code, account: Some(account), transport: TokenTransport::Bearer };
    world.stranger().accept_invitation(&acceptance).await.is_ok()
}

/// A failed sign-in from an address; whether it was refused without a look.
async fn fails(world: &World, login: &str, address: &str) -> bool {
    let body = format!(r#"{{"login":"{login}","password":"wrong wrong wrong","transport":"bearer"}}"#);
    let answer = world.ask("POST /api/v1/auth/login", &[("x-forwarded-for", address)], &body).await;
    answer.contains("too_many_attempts")
}

fn address(number: u32) -> String {
    format!("10.1.{}.{}", number / 250, number % 250)
}

/// How many failures are free: of one account, or of one address.
async fn attempts(world: &World, one_account: bool) -> String {
    let (first, place) = (format!("nobody{}", world.fresh()), address(world.fresh()));
    for count in 0..20 {
        let login = if one_account { first.clone() } else { format!("nobody{}", world.fresh()) };
        if fails(world, &login, &place).await {
            // The failure that begins the wait was itself looked at.
            return (count - 1).to_string();
        }
    }
    "no end".to_owned()
}

/// Whether failures of two minutes ago count.
async fn window(world: &World) -> String {
    let (login, place) = (format!("nobody{}", world.fresh()), address(world.fresh()));
    for _ in 0..3 {
        fails(world, &login, &place).await;
    }
    world.clock.advance(Duration::from_mins(2));
    // The node takes a new number first: by its clock its lease has run out.
    let mut ready = String::new();
    while !ready.starts_with("HTTP/1.1 200") {
        tokio::time::sleep(Duration::from_millis(20)).await;
        ready = world.ask("GET /health/ready", &[], "").await;
    }
    fails(world, &login, &place).await;
    either(fails(world, &login, &place).await, "remembered", "forgotten")
}

/// How a shredding that is asked for begins.
async fn keys(world: &World, name: &str) -> String {
    let target = KeyTaskTarget::Channel { id: world.channel };
    let new = NewKeyTask { kind: KeyTaskKind::Shred, target, month: None };
    let task = world.owner.order_key_task(&new).await.expect("is taken");
    world.owner.cancel_key_task(task.id).await.expect("is given up");
    match name {
        "shred_grace_hours" => ((task.due_at.0 - task.asked_at.0 + 1_800_000) / 3_600_000).to_string(),
        _ => either(task.state == KeyTaskState::Unapproved, "unapproved", "waiting"),
    }
}

/// The size of the bucket that an answer names.
async fn limits(world: &World, name: &str) -> String {
    let message = format!("POST /api/v1/channels/{}/messages", world.channel);
    let answer = match name {
        "enabled" | "anonymous_per_address" => world.ask("GET /api/v1/setup", &[], "").await,
        "sign_in_per_address" => world.ask("POST /api/v1/auth/login", &[], "{}").await,
        "write_per_account" => world.ask_as_owner("PATCH /api/v1/users/me", "{\"x\":1}").await,
        "message_per_account" => world.ask_as_owner(&message, "{\"x\":1}").await,
        "admin_per_account" => world.ask_as_owner("GET /api/v1/system/status", "").await,
        "connect_per_address" => world.ask_as_owner("GET /api/v1/gateway", "").await,
        "command_per_socket" => {
            return world.owner.gateway().await.expect("opens").hello().commands_per_minute.to_string();
        }
        _ => world.ask_as_owner("GET /api/v1/users/me", "").await,
    };
    let quota = answer.split_once("ratelimit-policy: ").and_then(|(_, rest)| rest.split_once(";q=")?.1.split(';').next());
    quota.unwrap_or("none").to_owned()
}

async fn gateway(world: &World, name: &str) -> String {
    match name {
        "heartbeat_seconds" => (world.owner.gateway().await.expect("opens").hello().heartbeat_ms / 1_000).to_string(),
        "identify_timeout_seconds" => {
            let mut socket = world.owner.gateway().await.expect("opens");
            let ended = timeout(A_WHILE, socket.next_frame()).await;
            either(matches!(ended, Ok(Err(ClientError::Closed { .. }))), "closed", "open")
        }
        "queue_length" => {
            let mut socket = slow_reader(world).await;
            let mut seen = 0;
            while seen < MANY {
                match socket.next_frame().await.expect("it goes on") {
                    ServerFrame::Event(_) => seen += 1,
                    ServerFrame::Resync {} => return "load again".to_owned(),
                    _ => {}
                }
            }
            "all of them".to_owned()
        }
        "write_timeout_seconds" => {
            let _socket = slow_reader(world).await;
            let gone = async {
                while world.owner.get_status().await.expect("is told").connections > 0 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            either(timeout(A_WHILE, gone).await.is_ok(), "closed", "open")
        }
        name => open_sockets(world, name == "max_sockets_per_account").await,
    }
}

/// A socket that follows everything and reads nothing, when much has happened since.
async fn slow_reader(world: &World) -> Socket {
    let mut socket = world.owner.gateway().await.expect("opens");
    socket.identify(None).await.expect("is let in");
    let (id, subscription) = (socket.next_id(), Subscription { channel_id: world.channel, level: Level::Open, after: None });
    socket.send(&ClientFrame::Subscribe { id, channels: vec![subscription] }).await.expect("asks");
    while !matches!(socket.next_frame().await.expect("an answer"), ServerFrame::Result(_)) {}
    let text = "x".repeat(12_000);
    for _ in 0..MANY {
        let message =
            NewMessage { nonce: new_nonce(), text: text.clone(), thread_id: None, read_up_to: None, confirm_broadcast: false };
        world.owner.send_message(world.channel, &message).await.expect("is sent");
    }
    socket
}

/// How many sockets are open when too many were asked for, and all are settled.
async fn open_sockets(world: &World, of_one_account: bool) -> String {
    // Those of the observation before have to be gone.
    while world.owner.get_status().await.expect("is told").connections > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut sockets = Vec::new();
    for _ in 0..if of_one_account { 3 } else { 17 } {
        let Ok(mut socket) = world.owner.gateway().await else { continue };
        if of_one_account {
            socket.identify(None).await.expect("is let in");
        }
        sockets.push(socket);
    }
    // Whoever had to give way is told so before anything else is.
    let mut open = 0;
    for socket in &mut sockets {
        if of_one_account {
            socket.send(&ClientFrame::Presence { id: 1, user_ids: Vec::new() }).await.ok();
            open += u32::from(answers(socket).await);
        } else {
            open += 1;
        }
    }
    format!("{open} open")
}

/// Whether a command is answered before the socket ends.
async fn answers(socket: &mut Socket) -> bool {
    loop {
        match socket.next_frame().await {
            Ok(ServerFrame::Result(_)) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
