//! Secrets are written nowhere that people or machines read: every kind of them is used well and wrongly against the real
//! program at its most talkative, and its log, its refusals, its metrics, its audit log and what its commands print are
//! searched. The rest of the suite is watched by the test kit (`server::canaries`).

use plexichat_client::Client;
use plexichat_testkit::server::{PASSWORD, RealBinary, World, canaries};
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Command, Output},
};

/// A secret of this test alone.
fn secret(what: &str) -> String {
    let secret = format!("{what}{:016x}", plexichat_kernel::random::u64());
    canaries::remember(&secret);
    secret
}

/// What is asked, and everything that was answered.
struct Asked<'a> {
    server: &'a RealBinary,
    refusals: String,
}

impl Asked<'_> {
    /// Asks and keeps the answer to be searched; it must be a refusal.
    fn refused(&mut self, method: &str, path: &str, token: Option<&str>, body: &str) {
        let answer = self.ask(method, path, token, body);
        assert!(answer.starts_with("HTTP/1.1 4"), "{method} {path} is refused: {answer}");
        self.refusals.push_str(&answer);
    }

    fn ask(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> String {
        let token = token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\ncontent-type: application/json\r\n{token}content-length: {length}\r\n\r\n",
            self.server.port()
        );
        exchange(self.server.port(), &format!("{head}{body}"))
    }

    fn json(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, Some(token), &body.to_string());
        let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

fn exchange(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    stream.write_all(request.as_bytes()).expect("asks");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A command of the same instance, with the same settings.
fn command(server: &RealBinary, passphrase: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plexichat"));
    command.env_clear().env("HOME", server.data_dir()).args(arguments);
    command.env("PLEXICHAT_SERVER__DATA_DIR", server.data_dir());
    command.env("PLEXICHAT_KEYS__VAULT", "passphrase");
    command.env("PLEXICHAT_KEYS__PASSPHRASE", format!("{{ file = \"{}\" }}", passphrase.display()));
    let Output { stdout, stderr, .. } = command.output().expect("runs");
    String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_written_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let passphrase = secret("lantern drifts over quiet ice ");
    let file = folder.path().join("passphrase");
    std::fs::write(&file, &passphrase).expect("written");
    let eab = secret("ZWFi");
    let metrics = plexichat_testkit::instance::free_port().expect("a port");
    let settings = [
        ("LOGGING__LEVEL", "trace"),
        ("KEYS__VAULT", "passphrase"),
        ("KEYS__PASSPHRASE", &format!("{{ file = \"{}\" }}", file.display())),
        ("TLS__ACME_EAB_KEY_ID", "kid"),
        ("TLS__ACME_EAB_KEY", &eab),
        ("SERVER__METRICS_BIND", &format!("127.0.0.1:{metrics}")),
    ];
    let program = Path::new(env!("CARGO_BIN_EXE_plexichat"));
    let server = RealBinary::start_on(program, None, &settings).await.expect("starts");
    let world = World::set_up(&server.address(), &server.setup_code().await.expect("a code"), 2, 1).await.expect("set up");
    let mut asked = Asked { server: &server, refusals: String::new() };
    let owner = world.people[0].token().expect("signed in");

    passwords(&mut asked, &owner);
    let gone = tokens(&mut asked, &world.people[1]);
    let kit = recovery(&mut asked, &owner);

    let mut told = vec![("a refusal", asked.refusals.clone())];
    told.push(("the status", asked.json("GET", "/api/v1/system/status", &owner, &Value::Null).to_string()));
    told.push(("the list of accounts", asked.json("GET", "/api/v1/admin/accounts", &owner, &Value::Null).to_string()));
    told.push(("the keys", asked.json("GET", "/api/v1/admin/keys", &owner, &Value::Null).to_string()));
    // Signed within a second.
    let export = || asked.ask("GET", "/api/v1/admin/audit/export", Some(&owner), "");
    super::place::wait_until("the export holds what was done", || export().contains("recovery_kit.created"));
    told.push(("the audit export", export()));
    told.push(("the audit log", asked.json("GET", "/api/v1/admin/audit?limit=100", &owner, &Value::Null).to_string()));
    let metrics = exchange(metrics, "GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
    assert!(metrics.contains("plexichat_http_requests_total"), "{metrics}");
    told.push(("the metrics", metrics));
    for arguments in [&["config", "show"][..], &["-o", "json", "config", "show"], &["config", "check"], &["doctor"]] {
        told.push(("a command", command(&server, &file, arguments)));
    }
    // Refused settings are named without what they say.
    std::fs::write(&file, [0xff, 0xfe, b'x']).expect("written");
    told.push(("a refused configuration", command(&server, &file, &["config", "check"])));
    for (what, text) in &told {
        assert!(!text.is_empty(), "{what} says nothing");
        canaries::search(what, text).expect("no secret");
    }
    let log = server.log();
    assert!(log.matches("DEBUG").count() > 9 && log.contains("request refused"), "the log says little: {log}");
    canaries::search("the log", &log).expect("no secret");
    // The search can find: the kit was given to the one who asked for it.
    canaries::search("the kit", &kit).expect_err("it is a secret");
    canaries::search("a token", &gone).expect_err("it is one too");
}

/// Passwords and links that set them, right, wrong, and in bodies that are not what they should be.
fn passwords(asked: &mut Asked<'_>, owner: &str) {
    let wrong = secret("wrong");
    asked.refused("POST", "/api/v1/auth/login", None, &json!({ "login": "owner", "password": wrong }).to_string());
    asked.refused("POST", "/api/v1/auth/login", None, &format!("{{\"login\": \"owner\", \"password\": \"{wrong}\""));
    asked.refused("POST", "/api/v1/auth/login", None, &json!({ "login": "owner", "password": [wrong] }).to_string());
    asked.refused("POST", "/api/v1/auth/login", None, &json!({ "login": 7, "password": wrong }).to_string());
    asked.refused("GET", &format!("/api/v1/users/me?password={wrong}"), None, "");
    let change = json!({ "current": wrong, "new": secret("new") });
    asked.refused("POST", "/api/v1/auth/password", Some(owner), &change.to_string());
    let short = json!({ "current": PASSWORD, "new": "short" });
    asked.refused("POST", "/api/v1/auth/password", Some(owner), &short.to_string());

    let someone = json!({ "handle": "someone", "display_name": "Someone" });
    let made = asked.json("POST", "/api/v1/users", owner, &someone);
    asked.refused("POST", "/api/v1/users", Some(owner), &someone.to_string());
    let id = made["user"]["id"].as_str().or(made["id"].as_str()).expect("an id");
    let link = asked.json("POST", &format!("/api/v1/users/{id}/password-link"), owner, &json!({}));
    let code = link["code"].as_str().expect("a code").to_owned();
    canaries::remember(&code);
    let next = secret("chosen");
    asked.refused("POST", "/api/v1/auth/reset", None, &json!({ "code": code, "password": "short" }).to_string());
    asked.refused("POST", "/api/v1/auth/reset", None, &json!({ "code": secret("code"), "password": next }).to_string());
}

/// Tokens that are good, unknown, revoked, in the wrong place. Answers one.
fn tokens(asked: &mut Asked<'_>, person: &Client) -> String {
    let token = person.token().expect("signed in");
    let unknown = secret("unknown");
    asked.refused("GET", "/api/v1/users/me", Some(&unknown), "");
    asked.refused("GET", &format!("/api/v1/users/me?token={token}"), None, "");
    asked.refused("GET", &format!("/api/v1/{token}"), None, "");
    asked.refused("GET", &format!("/api/v1/channels/{token}"), Some(&token), "");
    asked.refused("PATCH", "/api/v1/users/me", Some(&token), &json!({ "display_name": 1 }).to_string());
    asked.refused("POST", "/api/v1/invitations/preview", None, &json!({ "code": secret("code") }).to_string());
    let acceptance =
        json!({ "code": secret("code"), "account": { "handle": "x y", "display_name": "", "password": secret("pass") } });
    asked.refused("POST", "/api/v1/invitations/accept", None, &acceptance.to_string());
    asked.json("POST", "/api/v1/auth/logout", &token, &json!({}));
    asked.refused("GET", "/api/v1/users/me", Some(&token), "");
    token
}

/// The words of a recovery kit. Answers them.
fn recovery(asked: &mut Asked<'_>, owner: &str) -> String {
    let kit = asked.json("POST", "/api/v1/admin/keys/recovery-kit", owner, &json!({ "form": "words" }));
    let words = kit["words"].as_array().map(|words| words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
    let words = words.or_else(|| kit["words"].as_str().map(str::to_owned)).expect("words");
    canaries::remember(&words);
    canaries::remember(&words.split(' ').take(6).collect::<Vec<_>>().join(" "));
    let wrong = json!({ "kit": kit["kit"], "words": words.replacen(' ', " zebra ", 1) });
    asked.refused("POST", "/api/v1/admin/keys/recovery-kit/proof", Some(owner), &wrong.to_string());
    words
}
