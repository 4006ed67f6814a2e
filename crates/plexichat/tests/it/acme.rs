//! Certificates from an ACME server: Debian's pebble, which really looks at the challenges, by way of its own name server.

use super::{
    https::{certificate, port},
    place::{Place, Served, wait_until},
    tls::Authority,
};
use plexichat_testkit::instance::free_port;
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::Runtime,
};
use tokio_rustls::client::TlsStream;

const NAME: &str = "chat.example.test";
const OTHER_NAME: &str = "www.example.test";

/// An ACME server and the name server it asks; every name is this machine.
struct Pebble {
    programs: Vec<Child>,
    directory: String,
    /// Who vouches for the ACME server itself.
    ca: PathBuf,
    management: u16,
    http: u16,
    tls: u16,
}

impl Pebble {
    fn start(place: &Place) -> Self {
        Self::start_with(place, serde_json::json!({}))
    }

    /// One that takes accounts only from who has this key of an external account (RFC 8555, section 7.3.4).
    fn start_bound(place: &Place, id: &str, key: &str) -> Self {
        let keys = serde_json::json!({ "externalAccountBindingRequired": true, "externalAccountMACKeys": { id: key } });
        Self::start_with(place, keys)
    }

    fn start_with(place: &Place, more: serde_json::Value) -> Self {
        let port = || free_port().expect("a port");
        let (listen, management, http, tls, dns) = (port(), port(), port(), port(), port());
        let authority = Authority::new();
        let ca = authority.save(place, "pebble-ca.pem");
        let (cert, key) = authority.issue(&["localhost", "127.0.0.1"]);
        let file = |name: &str, text: &str| {
            let path = place.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        let (cert, key) = (file("pebble.pem", &cert), file("pebble-key.pem", &key));
        let mut config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{listen}"), "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": cert, "privateKey": key, "httpPort": http, "tlsPort": tls, "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        let serde_json::Value::Object(more) = more else { panic!("settings") };
        config["pebble"].as_object_mut().expect("settings").extend(more);
        let config = file("pebble.json", &config.to_string());
        let dns = format!("127.0.0.1:{dns}");
        let mut names = Command::new("pebble-challtestsrv");
        names.args(["-dns01", &dns, "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""]);
        names.args(["-management", &format!("127.0.0.1:{}", port())]);
        let mut pebble = Command::new("pebble");
        pebble.arg("-config").arg(config).args(["-dnsserver", &dns]).env("PEBBLE_VA_NOSLEEP", "1");
        let programs = [names, pebble].map(|command| start(command, place.path()));
        let pebble =
            Self { programs: programs.into(), directory: format!("https://localhost:{listen}/dir"), ca, management, http, tls };
        wait_until("pebble answers", || std::net::TcpStream::connect(("127.0.0.1", listen)).is_ok());
        pebble
    }

    /// The root of what it issues.
    fn root(&self, runtime: &Runtime, place: &Place) -> PathBuf {
        let answer = runtime.block_on(async {
            let mut stream = super::https::connect(self.management, "localhost", &self.ca).await.expect("connects");
            super::https::ask_raw(&mut stream, "localhost", "/roots/0").await
        });
        let begin = answer.find("-----BEGIN").expect("a certificate");
        let path = place.path().join("root.pem");
        std::fs::write(&path, &answer[begin..]).expect("written");
        path
    }

    fn serve<'a>(&self, place: &'a Place, challenge: &str, ca_file: Option<PathBuf>) -> Served<'a> {
        self.serve_with(place, challenge, ca_file, &[])
    }

    fn serve_with<'a>(&self, place: &'a Place, challenge: &str, ca_file: Option<PathBuf>, more: &[String]) -> Served<'a> {
        let settings = [
            format!("server.bind=127.0.0.1:{}", self.tls),
            format!("tls.redirect_bind=127.0.0.1:{}", self.http),
            "tls.mode=acme".to_owned(),
            format!("tls.names={NAME},{OTHER_NAME}"),
            "tls.acme_terms_agreed=true".to_owned(),
            format!("tls.acme_directory={}", self.directory),
            format!("tls.acme_ca_file={}", self.ca.display()),
            format!("tls.acme_challenge={challenge}"),
        ];
        // The configuration in a file, so that commands beside the server have the same.
        let lines = settings.iter().chain(more).map(|setting| {
            let (key, value) = setting.split_once('=').expect("a setting");
            let value = match (key, value) {
                ("tls.names", names) => serde_json::to_string(&names.split(',').collect::<Vec<_>>()).expect("text"),
                (_, "true") => "true".to_owned(),
                (_, text) => serde_json::to_string(text).expect("text"),
            };
            format!("{key} = {value}\n")
        });
        std::fs::create_dir_all(place.data_dir()).expect("made");
        std::fs::write(place.data_dir().join("plexichat.toml"), lines.collect::<String>()).expect("written");
        place.serve_with(&[], ca_file)
    }
}

fn start(mut command: Command, folder: &Path) -> Child {
    let log = |name: String| File::create(folder.join(name)).expect("a file");
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(log(format!("{name}.out"))).stderr(log(format!("{name}.err")));
    command.spawn().unwrap_or_else(|error| panic!("{name}: {error}; scripts/setup.sh test installs it"))
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

/// Orders by one kind of challenge, uses the certificate, renews it beside an open connection.
fn obtains_and_renews(challenge: &str) {
    let (place, runtime) = (Place::new(), Runtime::new().expect("a runtime"));
    let pebble = Pebble::start(&place);
    let root = pebble.root(&runtime, &place);
    let served = pebble.serve(&place, challenge, Some(root.clone()));
    assert_eq!(served.address, format!("https://{NAME}:{}", pebble.tls));
    wait_until("a certificate was obtained", || {
        place.run(&["certs", "status", "-o", "json"]).code == 0 && has_certificate(&place)
    });
    wait_until("it is in force", || runtime.block_on(super::https::connect(pebble.tls, NAME, &root)).is_ok());
    let first = certificate(&runtime, pebble.tls, NAME, &root);
    assert!(certificate(&runtime, pebble.tls, OTHER_NAME, &root) == first);
    let mut open = runtime.block_on(super::https::connect(pebble.tls, NAME, &root)).expect("connects");
    assert!(runtime.block_on(super::https::ask(&mut open, NAME, "/health/live")).contains("200 ok"));

    let link = served.setup_url.clone().expect("it waits for its owner");
    let (token, channel) = runtime.block_on(set_up(pebble.tls, &root, &link));
    let mut gateway = runtime.block_on(gateway(pebble.tls, &root, &token, &channel));

    let asked = place.run(&["certs", "renew", "--wait", "-o", "json"]).ended(0).json();
    assert_eq!(asked["certificate"]["failures"], 0);
    wait_until("new handshakes get the new certificate", || certificate(&runtime, pebble.tls, NAME, &root) != first);
    assert!(
        runtime.block_on(super::https::ask(&mut open, NAME, "/health/live")).contains("200 ok"),
        "an open connection was dropped"
    );
    let message = serde_json::json!({ "nonce": plexichat_client::new_nonce(), "text": "after the renewal" });
    runtime.block_on(post(pebble.tls, &root, &format!("/api/v1/channels/{channel}/messages"), &token, &message));
    runtime.block_on(heard(&mut gateway, "after the renewal"));

    // Nothing secret lies open in the database: a key in PEM or DER would show its words or its object identifiers.
    assert_eq!(served.end_by("-TERM"), 0);
    let mut is_searched = false;
    for entry in std::fs::read_dir(place.data_dir()).expect("reads") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension.to_string_lossy().starts_with("db")) {
            let bytes = std::fs::read(&path).expect("reads");
            let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!holds(b"PRIVATE KEY") && !holds(b"key_pkcs8"), "{}", path.display());
            is_searched |= holds(b"BEGIN CERTIFICATE");
        }
    }
    assert!(is_searched, "the search does not even find the certificate");
    // Started again it has its certificate at once, without pebble.
    drop(pebble);
    let served = place.serve_with(&[], Some(root.clone()));
    assert!(certificate(&runtime, port(&served), NAME, &root) != first);
}

/// What was answered to a request of its own connection. `chat.example.test` has no address outside of pebble's world, so no
/// command of ours finds it.
async fn post(port: u16, root: &Path, path: &str, token: &str, body: &serde_json::Value) -> serde_json::Value {
    let mut stream = super::https::connect(port, NAME, root).await.expect("connects");
    let body = body.to_string();
    let head = format!("host: {NAME}\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\nconnection: close");
    let request = format!("POST {path} HTTP/1.1\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.expect("asks");
    let mut answer = Vec::new();
    // The end without a notice of TLS is the end too.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.starts_with("HTTP/1.1 201"), "{path}: {answer}");
    serde_json::from_str(body).expect("JSON")
}

/// The owner's token and the first channel of an instance that is set up by its link.
async fn set_up(port: u16, root: &Path, link: &str) -> (String, String) {
    let owner = serde_json::json!({ "handle": "ada", "display_name": "Ada", "password": "correct horse battery" });
    let code = link.rsplit('#').next().expect("a code");
    let body = serde_json::json!({ "code": code, "owner": owner, "workspace_name": "Acme", "transport": "bearer" });
    let joined = post(port, root, "/api/v1/setup", "", &body).await;
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    (text(&joined["token"]), text(&joined["channel_id"]))
}

/// A session on the gateway: a socket that was upgraded, identified, and hears a channel.
async fn gateway(port: u16, root: &Path, token: &str, channel: &str) -> TlsStream<TcpStream> {
    let mut stream = super::https::connect(port, NAME, root).await.expect("connects");
    let upgrade =
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    let request = format!("GET /api/v1/gateway HTTP/1.1\r\nhost: {NAME}\r\n{upgrade}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("asks");
    heard(&mut stream, "\"hello\"").await;
    say(&mut stream, &format!(r#"{{"op":"identify","token":"{token}"}}"#)).await;
    heard(&mut stream, "\"ready\"").await;
    let channels = format!(r#"[{{"channel_id":"{channel}","level":"open"}}]"#);
    say(&mut stream, &format!(r#"{{"op":"subscribe","id":1,"channels":{channels}}}"#)).await;
    heard(&mut stream, "\"result\"").await;
    stream
}

/// Says one text frame, masked by zeros (RFC 6455, section 5.2).
async fn say(stream: &mut TlsStream<TcpStream>, text: &str) {
    let length = u8::try_from(text.len()).ok().filter(|length| *length < 126).expect("a short frame");
    let frame = [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat();
    stream.write_all(&frame).await.expect("says");
}

/// Reads until this was said.
async fn heard(stream: &mut TlsStream<TcpStream>, text: &str) {
    let mut all = Vec::new();
    while !String::from_utf8_lossy(&all).contains(text) {
        let read = stream.read_buf(&mut all).await.expect("reads");
        assert!(read > 0, "the connection ended before {text:?}: {}", String::from_utf8_lossy(&all));
    }
}

fn has_certificate(place: &Place) -> bool {
    let listed = place.run(&["certs", "status", "-o", "json"]).json();
    listed["certificates"].as_array().is_some_and(|all| all.iter().any(|one| one["expires"].is_string()))
}

#[test]
fn a_certificate_is_obtained_by_http_01_and_renewed_beside_open_connections() {
    obtains_and_renews("http-01");
}

#[test]
fn a_certificate_is_obtained_by_tls_alpn_01_and_renewed_beside_open_connections() {
    obtains_and_renews("tls-alpn-01");
}

#[test]
fn what_cannot_be_proven_is_told_and_tried_again_later() {
    let place = Place::new();
    let mut pebble = Pebble::start(&place);
    // Where pebble looks nobody answers.
    pebble.http = free_port().expect("a port");
    let served = pebble.serve(&place, "http-01", None);
    let listed = || place.run(&["certs", "status", "-o", "json"]).json()["certificates"].clone();
    wait_until("the failure is told", || listed()[0]["failures"].as_i64().is_some_and(|failures| failures > 0));
    let error = listed()[0]["last_error"].as_str().expect("an error").to_owned();
    assert!(error.contains("could not confirm that the names are ours") && error.contains(NAME), "{error}");
    place.run(&["certs", "status"]).ended(1);
    assert!(place.run(&["doctor"]).ended(1).out.contains("there is none for"));
    assert_eq!(served.end_by("-TERM"), 0);
}

#[test]
fn an_account_is_bound_to_an_external_one() {
    const KEY: &str = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let (place, runtime) = (Place::new(), Runtime::new().expect("a runtime"));
    let pebble = Pebble::start_bound(&place, "kid-1", KEY);
    let listed = || place.run(&["certs", "status", "-o", "json"]).json()["certificates"].clone();

    // Without the binding the ACME server makes no account, and says why.
    let served = pebble.serve(&place, "http-01", None);
    wait_until("the failure is told", || listed()[0]["failures"].as_i64().is_some_and(|failures| failures > 0));
    let error = listed()[0]["last_error"].as_str().expect("an error").to_owned();
    assert!(error.to_lowercase().contains("external"), "{error}");
    assert_eq!(served.end_by("-TERM"), 0);

    let bound = ["tls.acme_eab_key_id=kid-1".to_owned(), format!("tls.acme_eab_key={KEY}")];
    let root = pebble.root(&runtime, &place);
    let served = pebble.serve_with(&place, "http-01", Some(root.clone()), &bound);
    place.run(&["certs", "renew", "--wait"]).ended(0);
    wait_until("it is in force", || runtime.block_on(super::https::connect(pebble.tls, NAME, &root)).is_ok());
    assert_eq!(served.end_by("-TERM"), 0);
}
