//! Vaults as an administrator meets them: moved to, lost, out of reach.

use super::place::{Place, wait_until};
use plexichat_testkit::{bao::Bao, instance::free_port};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
};

/// The configuration file with a section of keys.
fn configure(place: &Place, port: u16, keys: &str) {
    std::fs::create_dir_all(place.data_dir()).expect("made");
    let text = format!("[server]\nbind = \"127.0.0.1:{port}\"\n[keys]\n{keys}\n");
    std::fs::write(place.data_dir().join("plexichat.toml"), text).expect("written");
}

/// What the server answers, in small letters; none: nobody is there.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer.to_lowercase())
}

fn is_ready(port: u16) -> bool {
    get(port, "/health/ready").is_some_and(|answer| answer.starts_with("http/1.1 200"))
}

/// A server that may not become ready.
struct Started(Child);

impl Started {
    fn new(place: &Place) -> Self {
        let mut command = place.command("home", &["serve"]);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts"))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until it is sealed; checks everything it answers meanwhile.
fn is_sealed(port: u16, why: &str) {
    wait_until("it listens", || get(port, "/health/live").is_some());
    assert!(get(port, "/health/live").expect("answers").starts_with("http/1.1 200"));
    let ready = get(port, "/health/ready").expect("answers");
    assert!(ready.starts_with("http/1.1 503") && ready.contains("\"sealed\"") && ready.contains(why), "{ready}");
    for path in ["/api/v1/status", "/", "/api/v1/openapi.json", "/nothing"] {
        let answer = get(port, path).expect("answers");
        assert!(answer.starts_with("http/1.1 503") && answer.contains("retry-after: "), "{answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("\"code\":\"sealed\""), "{answer}");
        assert!(!answer.contains(why), "what is wrong is for health alone: {answer}");
    }
}

#[test]
fn the_root_key_moves_to_a_set_while_the_server_runs() {
    let place = Place::new();
    let port = free_port().expect("a port");
    configure(&place, port, "");
    let served = place.serve_with(&[], None);
    served.set_up();
    std::fs::create_dir(place.path().join("mount")).expect("made");
    std::fs::write(place.path().join("ops"), "lantern drifts over ice\n").expect("written");
    let (mount, ops) = (place.path().join("mount"), place.path().join("ops"));
    let set = format!(
        "vault = \"shared\"\nthreshold = 2\nvaults = [\"file\", \"file:{}/two.key\", \"passphrase:ops?file={}\"]",
        mount.display(),
        ops.display()
    );
    configure(&place, port, &set);
    let ran = place.run(&["doctor"]).ended(1);
    assert!(ran.out.contains("FAIL  keys") && ran.out.contains("keys reseal"), "{}", ran.out);
    let ran = place.run(&["keys", "reseal"]).ended(0);
    assert!(ran.out.contains("any 2 of file, file:"), "{}", ran.out);
    assert!(place.run(&["keys", "reseal"]).ended(0).out.contains("nothing was changed"));
    let ran = place.run(&["doctor"]).ended(0);
    assert!(ran.out.contains("3 of its vaults open their share"), "{}", ran.out);
    assert!(is_ready(port), "the server went on meanwhile");
    assert_eq!(served.end_by("-TERM"), 0);

    // One is lost: the others open, and doctor names it. Then it is replaced.
    std::fs::remove_file(place.data_dir().join("keys/vault.key")).expect("lost");
    let served = place.serve_with(&[], None);
    let ran = place.run(&["doctor"]).ended(0);
    assert!(ran.out.contains("note  keys: file: the key file") && ran.out.contains("2 of its vaults"), "{}", ran.out);
    configure(&place, port, &set.replace("[\"file\",", &format!("[\"file:{}/three.key\",", mount.display())));
    let ran = place.run(&["keys", "reseal", "-o", "json"]).ended(0).json();
    assert_eq!((&ran["changed"], &ran["threshold"]), (&true.into(), &2.into()), "{ran}");
    assert_eq!(served.end_by("-TERM"), 0);
    let served = place.serve_with(&[], None);
    assert!(place.run(&["doctor"]).ended(0).out.contains("3 of its vaults open their share"));
    assert_eq!(served.end_by("-TERM"), 0);
}

#[test]
fn a_node_waits_for_a_set_that_is_not_there() {
    let place = Place::new();
    let port = free_port().expect("a port");
    let (mount, away) = (place.path().join("mount"), place.path().join("away"));
    std::fs::create_dir(&mount).expect("made");
    let shown = mount.display();
    configure(&place, port, &format!("vault = \"shared\"\nthreshold = 2\nvaults = [\"file:{shown}/1\", \"file:{shown}/2\"]"));
    assert_eq!(place.serve_with(&[], None).end_by("-TERM"), 0);
    std::fs::rename(&mount, &away).expect("moves");
    let mut started = Started::new(&place);
    is_sealed(port, "2 of the 2 vaults");
    assert!(started.0.try_wait().expect("is ours").is_none(), "it ended");
    std::fs::rename(&away, &mount).expect("moves");
    wait_until("it is ready", || is_ready(port));
    drop(started);
    // What does not pass ends the start: both members are other keys.
    for file in ["1", "2"] {
        std::fs::write(mount.join(file), "plexichat-vault-1 damaged\n").expect("written");
    }
    assert!(place.run(&["serve"]).ended(5).err.contains("damaged"));
}

#[test]
fn a_node_waits_for_its_transit_server() {
    let (place, bao) = (Place::new(), Bao::start());
    let port = free_port().expect("a port");
    let token = place.path().join("token");
    std::fs::write(&token, bao.token()).expect("written");
    configure(
        &place,
        port,
        &format!(
            "vault = \"transit:https://127.0.0.1:{}/transit/keys/chat?token-file={}&ca-file={}\"",
            bao.port,
            token.display(),
            bao.authority().display()
        ),
    );
    let served = place.serve_with(&[], None);
    served.set_up();
    assert_eq!(served.end_by("-TERM"), 0);
    bao.run(&["operator", "seal"]);
    let started = Started::new(&place);
    is_sealed(port, "is sealed or not ready");
    let ran = place.run(&["doctor"]).ended(1);
    assert!(ran.out.contains("running server: keys"), "{}", ran.out);
    bao.unseal();
    wait_until("it is ready", || is_ready(port));
    drop(started);
    assert!(place.run(&["doctor"]).ended(0).out.contains("the vault `transit` opens the root key"));
}
