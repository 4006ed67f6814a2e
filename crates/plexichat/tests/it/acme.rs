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
use tokio::runtime::Runtime;

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
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{listen}"), "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": cert, "privateKey": key, "httpPort": http, "tlsPort": tls, "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
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
        let lines = settings.iter().map(|setting| {
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

    let asked = place.run(&["certs", "renew", "--wait", "-o", "json"]).ended(0).json();
    assert_eq!(asked["certificate"]["failures"], 0);
    wait_until("new handshakes get the new certificate", || certificate(&runtime, pebble.tls, NAME, &root) != first);
    assert!(
        runtime.block_on(super::https::ask(&mut open, NAME, "/health/live")).contains("200 ok"),
        "an open connection was dropped"
    );

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
