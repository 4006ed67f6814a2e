//! The command line against a server behind TLS, as behind a reverse proxy with a certificate of one's own authority.

use super::place::{Place, Ran, Served, wait_until};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{NamedGroup, ServerConfig, pki_types::PrivateKeyDer},
};

/// An authority of one's own.
pub(crate) struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("signed").pem();
        Self(Issuer::new(params, key), pem)
    }

    /// A certificate for these names, and its key, in PEM.
    pub(crate) fn issue(&self, names: &[&str]) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).expect("parameters");
        (params.signed_by(&key, &self.0).expect("signed").pem(), key.serialize_pem())
    }

    /// Its certificate in a file.
    pub(crate) fn save(&self, place: &Place, name: &str) -> PathBuf {
        let file = place.path().join(name);
        std::fs::write(&file, &self.1).expect("written");
        file
    }
}

/// What terminates TLS in front of a server, as a reverse proxy does.
struct Proxy {
    address: String,
    groups: Arc<Mutex<Vec<NamedGroup>>>,
    _runtime: Runtime,
}

impl Proxy {
    fn before(served: &Served<'_>, authority: &Authority) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &authority.0).expect("signed").der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).expect("fits");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let backend = served.address.strip_prefix("http://").expect("an address").to_owned();
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = format!("https://localhost:{}", listener.local_addr().expect("bound").port());
        let groups = Arc::<Mutex<Vec<NamedGroup>>>::default();
        let seen = Arc::clone(&groups);
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("accepts");
                tokio::spawn(serve(acceptor.clone(), stream, backend.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, groups, _runtime: runtime }
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, backend: String, groups: Arc<Mutex<Vec<NamedGroup>>>) {
    // Who does not trust the certificate leaves in the middle of the handshake.
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let group = stream.get_ref().1.negotiated_key_exchange_group().expect("a handshake").name();
    groups.lock().expect("no panic while held").push(group);
    let mut backend = TcpStream::connect(backend).await.expect("the server is there");
    let _ended = tokio::io::copy_bidirectional(&mut stream, &mut backend).await;
}

/// Runs a command with a password on standard input.
fn run(place: &Place, home: &str, arguments: &[&str]) -> Ran {
    let input = place.path().join("password");
    std::fs::write(&input, "correct horse battery\n").expect("written");
    let mut command: Command = place.command(home, arguments);
    Ran::of(command.stdin(File::open(input).expect("a file")).output().expect("runs"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn everything_works_through_tls() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    let authority = Authority::new();
    let (proxy, ca) = (Proxy::before(&served, &authority), authority.save(&place, "ca.pem"));
    let login = ["--server", &proxy.address, "--ca-file", text(&ca), "login", "ada", "--password-stdin"];
    assert!(run(&place, "far", &login).ended(0).out.contains(&proxy.address));
    // Server and authority are remembered.
    run(&place, "far", &["send", "#general", "hello"]).ended(0);
    let heard = place.path().join("heard");
    let mut tail = place.command("far", &["tail", "-f", "-n", "0", "-o", "json", "#general"]);
    let mut tail = tail.stdout(File::create(&heard).expect("a file")).spawn().expect("starts");
    wait_until("the gateway speaks through TLS", || {
        run(&place, "far", &["send", "#general", "again"]).ended(0);
        !std::fs::read_to_string(&heard).unwrap_or_default().is_empty()
    });
    tail.kill().expect("is ours");
    tail.wait().expect("ends");
    let groups = proxy.groups.lock().expect("no panic while held").clone();
    assert!(!groups.is_empty() && groups.iter().all(|group| *group == NamedGroup::X25519MLKEM768), "{groups:?}");
}

#[test]
fn who_cannot_be_trusted_is_told_nothing() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    let authority = Authority::new();
    let proxy = Proxy::before(&served, &authority);
    let (ca, other) = (authority.save(&place, "ca.pem"), Authority::new().save(&place, "other.pem"));
    let login = |server: &str, options: &[&str]| {
        let arguments = [&["--server", server], options, &["login", "ada", "--password-stdin"]].concat();
        run(&place, "far", &arguments)
    };
    // Neither the system nor another authority vouches for it.
    for options in [&[][..], &["--ca-file", text(&other)]] {
        let error = login(&proxy.address, options).ended(5).err;
        assert!(error.contains("authority that this machine does not know") && error.contains("--ca-file"), "{error}");
    }
    assert!(proxy.groups.lock().expect("no panic while held").is_empty(), "a handshake was completed");
    let by_number = proxy.address.replace("localhost", "127.0.0.1");
    assert!(login(&by_number, &["--ca-file", text(&ca)]).ended(5).err.contains("another name"));
    let plain = served.address.replace("http:", "https:");
    assert!(login(&plain, &[]).ended(5).err.contains("does not speak TLS"));
    assert!(login(&proxy.address, &["--ca-file", "/no/such/file"]).ended(2).err.contains("/no/such/file"));
    let nonsense = place.path().join("nonsense");
    std::fs::write(&nonsense, "nonsense").expect("written");
    assert!(login(&proxy.address, &["--ca-file", text(&nonsense)]).ended(2).err.contains("BEGIN CERTIFICATE"));
}
