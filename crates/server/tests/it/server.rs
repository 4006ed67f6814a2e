//! A server under test, the people who use it, and their sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use plexichat_audit::Sequencer;
use plexichat_auth::{Auth, AuthOptions, HashCost};
use plexichat_database::{Db, Engine, entity};
use plexichat_events::nodes::{NodeKeeper, NodeLease};
use plexichat_events::outbox::Poller;
use plexichat_events::{Journal, JournalOptions};
use plexichat_kernel::config::Rate;
use plexichat_kernel::{Caller, Clock, IdGenerator, Shutdown, Supervisor, tasks};
use plexichat_keys::{
    Keys,
    vault::{PassphraseCost, PassphraseVault},
};
use plexichat_messaging::Messaging;
use plexichat_model::auth::{NewAccount, Setup, TokenTransport};
use plexichat_model::gateway::ServerFrame;
use plexichat_model::{ChannelId, Problem, UserId, WorkspaceId};
use plexichat_sealing::{Key, KeyId, KeySource};
use plexichat_server::{CertificateSource, Parts, Rates, Server, ServerOptions};
use plexichat_testkit::TestDb;
use reqwest::{Method, StatusCode};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Name of the certificate that waits to be ordered.
const CERTIFICATE: &str = "acme-for-tests";
/// Longest wait for anything in a test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A server in this process.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) workspace: WorkspaceId,
    pub(crate) general: ChannelId,
    pub(crate) owner: Actor,
    pub(crate) shutdown: Shutdown,
    pub(crate) served: tokio::task::JoinHandle<()>,
    pub(crate) db: TestDb,
    pub(crate) messaging: Messaging,
}

/// Options for tests: a free port, no limits.
pub(crate) fn options() -> ServerOptions {
    let off = Rate::Off;
    let mut options = ServerOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        rates: Rates {
            credentials: off,
            handshakes: off,
            anonymous: off,
            session: off,
            reads: off,
            writes: off,
            messages: off,
            admin: off,
        },
        ..ServerOptions::default()
    };
    options.gateway.commands = off;
    options.shredding.needs_approval = true;
    options.certificate = CertificateSource::Acme(CERTIFICATE.to_owned());
    options
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(options: ServerOptions) -> Self {
        let db = TestDb::new(Engine::Sqlite).await.expect("a database");
        Self::on(db, options, JournalOptions::default()).await
    }

    /// A server on this database, which it sets up.
    pub(crate) async fn on(db: TestDb, options: ServerOptions, journal: JournalOptions) -> Self {
        certificate(&db.db()).await;
        let node = node(db.db(), options, journal).await;
        let link = node.messaging.auth().ensure_setup_code().await.expect("a code").expect("set-up is needed");
        let setup = Setup {
            code: link.code,
            owner: account("olga"),
            workspace_name: "Acme".to_owned(),
            transport: TokenTransport::Bearer,
        };
        let joined = node.messaging.complete_setup(&Caller::anonymous(), setup, None).await.expect("set up");
        let owner = Actor {
            id: joined.joined.signed_in.account.user.id,
            token: joined.token.expect("a token"),
            base: format!("http://{}/api/v1", node.address),
            http: reqwest::Client::new(),
        };
        let (workspace, general) = (joined.joined.workspace.id, joined.joined.channel_id);
        let Running { address, shutdown, served, messaging } = node;
        Self { address, workspace, general, owner, shutdown, served, db, messaging }
    }

    /// Another node on the same database, without any bus.
    pub(crate) async fn second_node(&self) -> Running {
        node(self.db.open_again().await.expect("opens"), options(), JournalOptions::default()).await
    }

    /// Nobody.
    pub(crate) fn anonymous(&self) -> Actor {
        Actor { token: String::new(), id: UserId(0), ..self.owner.clone() }
    }

    /// A new person of the workspace.
    pub(crate) async fn join(&self, handle: &str, role: &str) -> Actor {
        let mut invitation = json!({ "role": role });
        if role == "guest" {
            invitation["channel_ids"] = json!([self.general]);
        }
        let invited = self.owner.post(&format!("/workspaces/{}/invitations", self.workspace), invitation).await;
        let body = json!({ "code": invited["code"], "account": account(handle), "transport": "bearer" });
        self.signed(&self.anonymous().post("/invitations/accept", body).await)
    }

    /// Who was told a token.
    pub(crate) fn signed(&self, answer: &Value) -> Actor {
        let id = answer["account"]["id"].as_str().expect("an id").parse().expect("an id");
        Actor { id, token: answer["token"].as_str().expect("a token").to_owned(), ..self.owner.clone() }
    }

    /// A public channel with these people in it besides the owner.
    pub(crate) async fn channel(&self, name: &str, people: &[&Actor]) -> ChannelId {
        let ids: Vec<UserId> = people.iter().map(|actor| actor.id).collect();
        let body = json!({ "kind": "public", "name": name, "member_ids": ids });
        let state = self.owner.post(&format!("/workspaces/{}/channels", self.workspace), body).await;
        state["channel"]["id"].as_str().expect("an id").parse().expect("an id")
    }
}

/// A certificate that was never obtained.
async fn certificate(db: &Db) {
    let row = entity::certificate::Model {
        id: CERTIFICATE.to_owned(),
        names: "chat.example.org,www.example.org".to_owned(),
        chain: None,
        private_key: None,
        not_after_ms: 0,
        renew_at_ms: i64::MAX,
        failures: 3,
        last_error: Some("the ACME server refused".to_owned()),
        updated_ms: 1,
    };
    entity::certificate::Entity::delete_by_id(CERTIFICATE).exec(db.maintenance()).await.expect("deletes");
    entity::certificate::Entity::insert(row.into_active_model()).exec_without_returning(db.maintenance()).await.expect("writes");
}

/// A node that answers.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    shutdown: Shutdown,
    served: tokio::task::JoinHandle<()>,
    messaging: Messaging,
}

/// The keys of a test instance: every node opens them by the same passphrase.
async fn keys(journal: &Journal) -> Keys {
    let cost = PassphraseCost { memory_kib: 8, iterations: 1, parallelism: 1 };
    let vault = PassphraseVault::new(plexichat_kernel::config::Secret::new("a passphrase for tests"), cost);
    Keys::open(journal.clone(), std::sync::Arc::new(vault)).await.expect("the keys open")
}

/// The keys of the audit log, as the binary hands them in.
struct AuditPart(Keys);

#[async_trait::async_trait]
impl KeySource for AuditPart {
    async fn newest(&self) -> plexichat_kernel::Result<(Key, KeyId)> {
        self.0.of_part("audit").await
    }

    async fn of(&self, id: KeyId) -> plexichat_kernel::Result<Key> {
        self.0.of_part_under("audit", id).await
    }
}

async fn node(db: Db, options: ServerOptions, journal: JournalOptions) -> Running {
    let clock = Clock::system();
    let ids = IdGenerator::new(clock.clone());
    let lease = NodeLease::take(&db, &clock, &ids, "test").await.expect("a node number");
    let journal = Journal::start(db, clock.clone(), ids, journal).await.expect("the journal starts");
    let hash = HashCost { memory_kib: 64, iterations: 1, parallelism: 1 };
    let auth = Auth::new(journal.clone(), AuthOptions { hash, ..AuthOptions::default() }).expect("auth starts");
    let keys = keys(&journal).await;
    auth.audit().unlock(plexichat_audit::open(&journal, &AuditPart(keys.clone())).await.expect("the audit log opens"));
    auth.start(&keys).await.expect("the system account is made");
    let sequencer = Arc::new(Sequencer::new(auth.audit().clone(), None));
    let messaging = Messaging::new(journal.clone(), auth, keys);
    let shutdown = Shutdown::new();
    let supervisor = Supervisor::new(shutdown.clone());
    supervisor.start(Arc::new(NodeKeeper::new(journal.clone(), lease, "test"))).expect("starts");
    supervisor.start(Arc::new(Poller::new(journal))).expect("starts");
    supervisor.start(sequencer).expect("starts");
    let parts = Parts { messaging: messaging.clone(), supervisor, clock, metrics: Box::new(String::new), tls: None };
    let server = Server::bind(parts, options).expect("binds");
    let address = server.local_addr().expect("an address");
    let stop = shutdown.clone();
    let running = tasks::spawn("server", async move { server.serve(stop).await.expect("serves") });
    Running { address, shutdown, served: running, messaging }
}

pub(crate) fn account(handle: &str) -> NewAccount {
    NewAccount {
        handle: handle.to_owned(),
        display_name: format!("{handle} Example"),
        password: PASSWORD.to_owned(),
        email: None,
    }
}

/// Somebody with a token, or nobody.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) id: UserId,
    pub(crate) token: String,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
}

impl Actor {
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// The same person, at another node.
    pub(crate) fn at(&self, node: &Running) -> Self {
        Self { base: format!("http://{}/api/v1", node.address), ..self.clone() }
    }

    /// Status and body of any request. A refusal is a problem of the catalogue, whatever the test is about.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let kind = response.headers().get("content-type").cloned();
        let answer = response.json().await.unwrap_or(Value::Null);
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(kind.expect("has a type"), "application/problem+json", "{status} {answer}");
            let problem: Problem = serde_json::from_value(answer.clone()).expect("a problem with a code of the catalogue");
            assert_eq!((problem.status, problem.code.status()), (status.as_u16(), status.as_u16()), "{answer}");
        }
        (status, answer)
    }

    async fn well(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method.clone(), path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.well(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.well(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.well(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Value {
        self.well(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Value {
        self.well(Method::DELETE, path, None).await
    }

    /// Sends a message with this text; the nonce is made of it.
    pub(crate) async fn say(&self, channel: ChannelId, nonce: i64, text: &str) -> Value {
        self.post(&format!("/channels/{channel}/messages"), json!({ "nonce": nonce.to_string(), "text": text })).await
    }

    /// A socket that has said nothing yet.
    pub(crate) async fn connect(&self) -> Socket {
        let uri = format!("{}/gateway", self.base.replace("http://", "ws://")).parse().expect("an address");
        let (socket, _) = ClientBuilder::from_uri(uri).connect().await.expect("a socket");
        Socket { socket, next: 0 }
    }

    /// An identified socket and its snapshot.
    pub(crate) async fn live(&self) -> (Socket, Value) {
        self.resume(Value::Null).await
    }

    /// A socket identified with a vector, and its `ready`.
    pub(crate) async fn resume(&self, vector: Value) -> (Socket, Value) {
        let mut socket = self.connect().await;
        assert_eq!(socket.frame().await["op"], "hello");
        let mut identify = json!({ "op": "identify", "token": self.token });
        if !vector.is_null() {
            identify["vector"] = vector;
        }
        socket.send(&identify).await;
        let ready = socket.until("ready").await;
        (socket, ready)
    }
}

/// A gateway socket.
pub(crate) struct Socket {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
}

impl Socket {
    pub(crate) async fn send(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).await.expect("sends");
    }

    /// The next frame; the close as `{"close": code}`.
    pub(crate) async fn frame(&mut self) -> Value {
        self.maybe(PATIENCE).await.expect("a frame in time")
    }

    /// The next frame if it comes in time.
    pub(crate) async fn maybe(&mut self, patience: Duration) -> Option<Value> {
        match tokio::time::timeout(patience, self.socket.next()).await.ok()? {
            Some(Ok(message)) => Some(match (message.as_text(), message.as_close()) {
                (Some(text), _) => {
                    let _: ServerFrame = serde_json::from_str(text).expect("a frame of the contract");
                    serde_json::from_str(text).expect("JSON")
                }
                (None, Some((code, _))) => json!({ "close": u16::from(code) }),
                _ => json!({ "control": true }),
            }),
            Some(Err(_)) | None => Some(json!({ "close": 0 })),
        }
    }

    /// The next frame with this `op`; others are passed over.
    pub(crate) async fn until(&mut self, op: &str) -> Value {
        loop {
            let frame = self.frame().await;
            assert!(frame.get("close").is_none(), "closed while waiting for {op}: {frame}");
            if frame["op"] == op {
                return frame;
            }
        }
    }

    /// The next live event of a journal.
    pub(crate) async fn event(&mut self, journal: &str) -> Value {
        loop {
            let frame = self.until("event").await;
            if frame["journal"] == journal {
                return frame;
            }
        }
    }

    /// The code the socket is closed with.
    pub(crate) async fn closed(&mut self) -> u64 {
        loop {
            if let Some(code) = self.frame().await["close"].as_u64() {
                return code;
            }
        }
    }

    /// Sends a command and waits for its `result` or `error`.
    pub(crate) async fn ask(&mut self, mut command: Value) -> Value {
        self.next += 1;
        command["id"] = json!(self.next);
        self.send(&command).await;
        loop {
            let frame = self.frame().await;
            assert!(frame.get("close").is_none(), "closed while waiting for the answer of {command}: {frame}");
            if frame["id"] == json!(self.next) {
                return frame;
            }
        }
    }

    /// Opens a channel from a position.
    pub(crate) async fn open(&mut self, channel: ChannelId, after: Option<i64>) -> Value {
        let mut subscription = json!({ "channel_id": channel, "level": "open" });
        if let Some(after) = after {
            subscription["after"] = json!(after);
        }
        let answer = self.ask(json!({ "op": "subscribe", "channels": [subscription] })).await;
        assert_eq!(answer["op"], "result", "{answer}");
        answer
    }
}
