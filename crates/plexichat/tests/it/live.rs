//! Every setting keeps what its marking promises: a live one takes effect in a running server when the file changes, the
//! others are named as in need of a restart.

use super::{
    observe::{World, observe},
    place::{Place, wait_until},
};
use plexichat_client::Socket;
use plexichat_kernel::config::keys;
use plexichat_model::gateway::ServerFrame;
use std::{collections::BTreeSet, fs::File, process::Command, time::Duration};
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

/// Longest wait for a change to be seen.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a live key is seen to take effect: with one value the server does one thing, with the other another. Values are
/// TOML; `with` is what else has to be set. Without `before`, the key is one whose default would outlast the test.
struct Probe {
    key: &'static str,
    with: &'static [(&'static str, &'static str)],
    before: Option<(&'static str, &'static str)>,
    after: (&'static str, &'static str),
}

const fn probe(
    key: &'static str,
    with: &'static [(&'static str, &'static str)],
    before: (&'static str, &'static str),
    after: (&'static str, &'static str),
) -> Probe {
    Probe { key, with, before: Some(before), after }
}

const fn timed(key: &'static str, with: &'static [(&'static str, &'static str)], after: (&'static str, &'static str)) -> Probe {
    Probe { key, with, before: None, after }
}

/// A proxy is believed, so that each observation can come from an address of its own.
const BEHIND_PROXY: (&str, &str) = ("server.trusted_proxies", "[\"127.0.0.1\"]");
const MANY_ATTEMPTS: (&str, &str) = ("auth.login_attempts_per_address", "100000");
/// A rate that is read back from the header of an answer.
const RATE: (&str, &str) = ("\"600/minute burst 7\"", "7");
const OTHER: (&str, &str) = ("\"600/minute burst 9\"", "9");

const PROBES: &[Probe] = &[
    probe("server.public_url", &[], ("\"\"", "no HSTS"), ("\"https://chat.example.com\"", "HSTS")),
    probe("server.body_limit_bytes", &[], ("200000", "taken"), ("70000", "too large")),
    timed("server.header_timeout_seconds", &[], ("1", "closed")),
    timed("server.body_timeout_seconds", &[], ("1", "refused")),
    timed("server.idle_timeout_seconds", &[], ("1", "closed")),
    probe("server.trusted_proxies", &[("limits.anonymous_per_address", "\"1/hour\"")], ("[]", "one"), ("[\"127.0.0.1\"]", "two")),
    probe("server.allowed_origins", &[], ("[]", "refused"), ("[\"https://tool.example.com\"]", "allowed")),
    probe("logging.level", &[], ("\"warn\"", "WARN"), ("\"debug\"", "DEBUG")),
    probe("keys.shred_grace_hours", &[], ("72", "72"), ("5", "5")),
    probe("keys.shred_needs_approval", &[], ("false", "waiting"), ("true", "unapproved")),
    probe("auth.session_sliding_days", &[], ("30", "30"), ("10", "10")),
    probe("auth.session_absolute_days", &[], ("90", "90"), ("40", "40")),
    probe("auth.min_password_length", &[], ("11", "taken"), ("12", "refused")),
    probe("auth.max_sessions_per_account", &[], ("50", "3"), ("2", "2")),
    probe("auth.invitation_days", &[], ("7", "7"), ("3", "3")),
    probe("auth.reset_link_minutes", &[], ("60", "60"), ("15", "15")),
    probe("auth.login_attempts_per_account", &[BEHIND_PROXY, MANY_ATTEMPTS], ("5", "5"), ("3", "3")),
    probe(
        "auth.login_attempts_per_address",
        &[BEHIND_PROXY, ("auth.login_attempts_per_account", "1000")],
        ("5", "5"),
        ("3", "3"),
    ),
    probe(
        "auth.login_window_minutes",
        &[BEHIND_PROXY, MANY_ATTEMPTS, ("auth.login_attempts_per_account", "3")],
        ("1440", "remembered"),
        ("1", "forgotten"),
    ),
    probe("limits.enabled", &[("limits.anonymous_per_address", RATE.0)], ("true", "7"), ("false", "none")),
    probe("limits.anonymous_per_address", &[], RATE, OTHER),
    probe("limits.sign_in_per_address", &[], RATE, OTHER),
    probe("limits.read_per_account", &[], RATE, OTHER),
    probe("limits.write_per_account", &[], RATE, OTHER),
    probe("limits.message_per_account", &[], RATE, OTHER),
    probe("limits.admin_per_account", &[], RATE, OTHER),
    probe("limits.session_per_address", &[], RATE, OTHER),
    probe("limits.connect_per_address", &[], RATE, OTHER),
    probe("limits.command_per_socket", &[], ("\"300/minute\"", "300"), ("\"60/minute\"", "60")),
    probe("gateway.heartbeat_seconds", &[], ("30", "30"), ("60", "60")),
    timed("gateway.identify_timeout_seconds", &[], ("1", "closed")),
    probe("gateway.queue_length", &[], ("8192", "all of them"), ("16", "load again")),
    timed("gateway.write_timeout_seconds", &[("gateway.queue_length", "8192")], ("1", "closed")),
    probe("gateway.max_sockets_per_account", &[], ("5", "3 open"), ("2", "2 open")),
    probe("gateway.max_sockets", &[("gateway.max_sockets_per_account", "16")], ("17", "17 open"), ("16", "16 open")),
];

/// What has its proof where it can be seen: the key, and the test.
const ELSEWHERE: [(&str, &str); 6] = [
    ("audit.retention_days", "plexichat-audit, life::retention_keeps_the_tree"),
    ("audit.telemetry_days", "plexichat-audit, life::floods_are_counted"),
    ("tls.cert_file", "https::a_pair_on_disk_is_followed_and_a_bad_one_is_not"),
    ("tls.key_file", "https::a_pair_on_disk_is_followed_and_a_bad_one_is_not"),
    ("tls.hsts_seconds", "handed over with server.public_url, whose header it is in"),
    ("tls.handshake_timeout_seconds", "handed over with it; https::silent_clients_hold_little_and_not_for_long"),
];

/// What is seen only when the server stops.
const AT_STOP: [&str; 2] = ["server.shutdown_timeout_seconds", "gateway.drain_seconds"];

#[test]
fn every_live_key_has_its_proof() {
    let live: BTreeSet<&str> = keys().iter().filter(|key| key.live).map(|key| key.path).collect();
    let proven: BTreeSet<&str> =
        PROBES.iter().map(|probe| probe.key).chain(AT_STOP).chain(ELSEWHERE.map(|(key, _)| key)).collect();
    assert_eq!(live, proven);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_key_takes_effect_in_a_running_server() {
    let world = World::start().await;
    for Probe { key, with, before, after } in PROBES {
        for (value, expected) in before.iter().chain([after]) {
            let mut settings = with.to_vec();
            settings.push((key, value));
            world.configure(&settings);
            let deadline = Instant::now() + PATIENCE;
            loop {
                let seen = observe(&world, key).await;
                if seen == *expected {
                    break;
                }
                assert!(Instant::now() < deadline, "{key} = {value} does {seen:?} and not {expected:?}");
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_is_as_patient_as_it_was_told_last() {
    let mut world = World::start().await;
    let patient = [("server.shutdown_timeout_seconds", "600"), ("server.body_timeout_seconds", "3600")];
    world.configure(&patient);
    let mut socket = world.owner.gateway().await.expect("opens");
    socket.identify(None).await.expect("is let in");
    // A request that never ends: only the patience of a stopping server can end it.
    let mut request = TcpStream::connect(&world.address).await.expect("connects");
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    request.write_all(head.as_bytes()).await.expect("writes");
    let settings = [patient[1], (AT_STOP[0], "1"), (AT_STOP[1], "300"), ("server.public_url", "\"https://a.example\"")];
    world.configure(&settings);
    let deadline = Instant::now() + PATIENCE;
    // All of them are handed over at once.
    while observe(&world, "server.public_url").await != "HSTS" {
        assert!(Instant::now() < deadline, "the settings are not taken over");
    }
    let stopped = timeout(PATIENCE, world.stop());
    let ((), stopped) = tokio::join!(told_to_go(&mut socket), stopped);
    stopped.expect("it stops long before 600 seconds");
    drop(request);
}

async fn told_to_go(socket: &mut Socket) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "nobody is told to connect elsewhere");
        // With a spread of nothing everybody would be told 0.
        if let ServerFrame::Reconnect { after_ms } = socket.next_frame().await.expect("a last word") {
            return assert!(after_ms > 0, "the spread is 300 seconds");
        }
    }
}

/// A valid file in which every key that needs a restart has another value than its default, and one live key too.
const CHANGED: &str = r#"
server.bind = "127.0.0.1:1"
server.max_connections = 50
server.metrics_bind = "127.0.0.1:2"
server.public_url = "https://chat.example.com"
database.url = "postgres://somebody@localhost/elsewhere"
database.password = "hunter2"
database.max_connections = 9
database.lanes = 3
database.acquire_timeout_seconds = 6
logging.format = "json"
keys.vault = "shared"
keys.vaults = ["passphrase", "file:/elsewhere/two.key"]
keys.threshold = 2
keys.previous = ["file:/elsewhere/old.key"]
keys.file = "/elsewhere/vault.key"
keys.passphrase = "correct hunter2 battery"
keys.shred_ledger = "/elsewhere/shredded"
keys.settle_seconds = 60
tls.mode = "acme"
tls.names = ["chat.example.com"]
tls.redirect_bind = "127.0.0.1:3"
tls.max_handshakes = 500
tls.acme_directory = "https://127.0.0.1:4/directory"
tls.acme_ca_file = "/elsewhere/ca.pem"
tls.acme_terms_agreed = true
tls.acme_challenge = "http-01"
tls.acme_contacts = ["ops@example.com"]
tls.acme_eab_key_id = "kid-1"
tls.acme_eab_key = "hunter2hunter2"
auth.argon2_memory_kib = 16384
auth.argon2_iterations = 3
auth.argon2_parallelism = 2
auth.argon2_threads = 3
auth.argon2_queue = 65
gateway.send_buffer_bytes = 8192
"#;

#[test]
fn the_other_keys_are_named_as_in_need_of_a_restart() {
    let place = Place::new();
    let (file, log) = (place.path().join("chat.toml"), place.path().join("log"));
    std::fs::write(&file, "server.bind = \"127.0.0.1:0\"\n").expect("written");
    let config = file.display().to_string();
    // Where the data lies cannot change under a server, and says itself which server is meant.
    let expected: BTreeSet<&str> =
        keys().iter().filter(|key| !key.live && key.path != "server.data_dir").map(|key| key.path).collect();
    let check = || place.run(&["-o", "json", "--config", &config, "config", "check"]).ended(0).json();
    assert_eq!(check()["running"], serde_json::Value::Null);

    let mut serve = place.command("home", &["serve", "--config", &config]);
    let out = place.path().join("out");
    let mut server = serve.stdout(File::create(&out).expect("a file")).stderr(File::create(&log).expect("a file")).spawn();
    let server = server.as_mut().expect("starts");
    wait_until("it serves", || std::fs::read_to_string(&out).unwrap_or_default().contains("/setup#"));
    let answer = check();
    assert_eq!((&answer["running"], &answer["needs_restart"]), (&server.id().into(), &serde_json::json!([])));

    std::fs::write(&file, CHANGED).expect("written");
    let sent = Command::new("kill").args(["-HUP", &server.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let line = |text: &str| {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        log.lines().find(|line| line.contains(text)).map(str::to_owned)
    };
    wait_until("the configuration is read again", || line("configuration read again").is_some());
    assert!(line("configuration read again").expect("was there").contains("server.public_url"));
    let warning = line("need a restart").expect("a warning");
    let told = check();
    let told = told["needs_restart"].as_array().expect("a list");
    let told: BTreeSet<&str> = told.iter().map(|key| key["path"].as_str().expect("text")).collect();
    assert_eq!(told, expected);
    for key in expected {
        assert!(warning.contains(key), "{key} in {warning}");
    }
    let text = place.run(&["--config", &config, "config", "check"]).ended(0).out;
    assert!(text.contains("needs a restart") && text.contains("database.lanes: 3 (it runs with 0)"), "{text}");
    assert!(!text.contains("hunter2"));
    server.kill().expect("is ours");
    server.wait().expect("ends");
    assert_eq!(check()["running"], serde_json::Value::Null);
}
