//! TLS of the server's own, with certificates from files, seen by other people's TLS: OpenSSL and a rustls client.

use super::{
    place::{Place, Served, wait_until},
    tls::Authority,
};
use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, NamedGroup, ProtocolVersion, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "chat.example.com"];

/// What a server with files needs.
struct Files {
    authority: Authority,
    ca: PathBuf,
    cert: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(place: &Place) -> Self {
        let authority = Authority::new();
        let ca = authority.save(place, "ca.pem");
        let files = Self { authority, ca, cert: place.path().join("cert.pem"), key: place.path().join("key.pem") };
        files.renew();
        files
    }

    fn renew(&self) {
        let (cert, key) = self.authority.issue(&NAMES);
        std::fs::write(&self.key, key).expect("written");
        std::fs::write(&self.cert, cert).expect("written");
    }

    fn settings(&self) -> [String; 3] {
        let file = |key: &str, path: &Path| format!("tls.{key}={}", path.display());
        ["tls.mode=files".to_owned(), file("cert_file", &self.cert), file("key_file", &self.key)]
    }

    fn serve<'a>(&self, place: &'a Place, more: &[&str]) -> Served<'a> {
        let own = self.settings();
        let mut settings = vec!["server.bind=127.0.0.1:0"];
        settings.extend(own.iter().map(String::as_str).chain(more.iter().copied()));
        place.serve_with(&settings, Some(self.ca.clone()))
    }
}

pub(crate) fn port(served: &Served<'_>) -> u16 {
    served.address.rsplit_once(':').expect("a port").1.parse().expect("a port")
}

/// A TLS connection that trusts the authority in a file.
pub(crate) async fn connect(port: u16, name: &str, ca: &Path) -> std::io::Result<TlsStream<TcpStream>> {
    connect_with(port, name, ca, &["http/1.1"]).await
}

async fn connect_with(port: u16, name: &str, ca: &Path, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(ca).expect("reads") {
        roots.add(root.expect("a certificate")).expect("an authority");
    }
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// The certificate a new handshake gets.
pub(crate) fn certificate(runtime: &Runtime, port: u16, name: &str, ca: &Path) -> CertificateDer<'static> {
    let stream = runtime.block_on(connect(port, name, ca)).expect("connects");
    stream.get_ref().1.peer_certificates().expect("a certificate")[0].clone().into_owned()
}

/// Asks once on a connection that stays open, and answers head and body in lower case.
pub(crate) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, host: &str, path: &str) -> String {
    ask_raw(stream, host, path).await.to_ascii_lowercase()
}

pub(crate) async fn ask_raw<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, host: &str, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("written");
    stream.flush().await.expect("written");
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        let read = stream.read_buf(&mut answer).await.expect("reads");
        assert!(read > 0, "the connection ended: {text}");
    }
}

#[test]
fn the_server_speaks_tls_and_everything_works_through_it() {
    let place = Place::new();
    let files = Files::new(&place);
    let served = files.serve(&place, &[]);
    assert!(served.address.starts_with("https://127.0.0.1:"), "{}", served.address);
    assert!(served.setup_url.as_ref().is_some_and(|url| url.starts_with("https://")));
    served.set_up();
    let heard = place.path().join("heard");
    let mut tail = served.client("home", &["tail", "-f", "-n", "0", "-o", "json", "#general"]);
    let mut tail = tail.stdout(File::create(&heard).expect("a file")).spawn().expect("starts");
    wait_until("the gateway speaks through TLS", || {
        served.run(&["send", "#general", "hello"]).ended(0);
        !std::fs::read_to_string(&heard).unwrap_or_default().is_empty()
    });
    tail.kill().expect("is ours");
    tail.wait().expect("ends");
    let bind = format!("server.bind=127.0.0.1:{}", port(&served));
    let mut looked = vec!["doctor", "--set", &bind];
    let settings = files.settings();
    looked.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    let looked = served.run(&looked).ended(0).out;
    assert!(looked.contains("a PlexiChat server runs at") && looked.contains("certificate: for localhost"), "{looked}");
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut stream = connect_with(port(&served), "localhost", &files.ca, &["h2", "http/1.1"]).await.expect("connects");
        let session = stream.get_ref().1;
        assert_eq!(session.negotiated_key_exchange_group().expect("done").name(), NamedGroup::X25519MLKEM768);
        assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        let answer = ask(&mut stream, "chat.example.com", "/health/live").await;
        assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
        let answer = ask(&mut stream, "localhost:1", "/health/live").await;
        assert!(answer.starts_with("http/1.1 200") && !answer.contains("strict-transport"), "{answer}");
        let mut plain = TcpStream::connect(("127.0.0.1", port(&served))).await.expect("connects");
        let answer = ask(&mut plain, "localhost", "/").await;
        assert!(answer.starts_with("http/1.1 400") && answer.contains("speaks https"), "{answer}");
    });
}

/// What OpenSSL says to an offer.
fn openssl(port: u16, options: &[&str]) -> (bool, String) {
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &address, "-servername", "localhost"]).args(options).stdin(Stdio::null());
    let output = command.output().expect("openssl is installed");
    (output.status.success(), format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn weak_offers_are_refused() {
    let place = Place::new();
    let files = Files::new(&place);
    let served = files.serve(&place, &[]);
    for (options, what) in [
        (&["-tls1_3"][..], "TLSv1.3"),
        (&["-tls1_2"], "TLSv1.2"),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ] {
        let (fine, text) = openssl(port(&served), options);
        assert!(fine && text.contains(what), "{options:?}: {text}");
    }
    for options in [
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..],
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "AES128-GCM-SHA256:AES256-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"],
    ] {
        let (fine, text) = openssl(port(&served), options);
        let by_us = text.contains("alert") && (text.contains("handshake failure") || text.contains("protocol version"));
        assert!(!fine && by_us, "{options:?}: {text}");
    }
}

#[test]
fn a_pair_on_disk_is_followed_and_a_bad_one_is_not() {
    let place = Place::new();
    let files = Files::new(&place);
    let served = files.serve(&place, &[]);
    let runtime = Runtime::new().expect("a runtime");
    let present = || certificate(&runtime, port(&served), "localhost", &files.ca);
    let first = present();
    let mut open = runtime.block_on(connect(port(&served), "localhost", &files.ca)).expect("connects");
    assert!(runtime.block_on(ask(&mut open, "localhost", "/health/live")).contains("200 ok"));
    // A key that does not belong to the certificate: whoever asks for the status is told.
    let good = std::fs::read(&files.key).expect("reads");
    std::fs::write(&files.key, files.authority.issue(&NAMES).1).expect("written");
    served.set_up();
    wait_until("the bad pair is told of", || served.run(&["status"]).ended(0).out.contains("does not belong to the certificate"));
    assert_eq!(present(), first);
    std::fs::write(&files.key, good).expect("written");
    files.renew();
    wait_until("the new pair is in force", || present() != first);
    // A connection made before goes on.
    assert!(runtime.block_on(ask(&mut open, "localhost", "/health/live")).contains("200 ok"));
    assert!(!served.run(&["status"]).ended(0).out.contains("does not belong"));
}

#[test]
fn plain_http_is_sent_to_https_on_known_hosts_alone() {
    let place = Place::new();
    let files = Files::new(&place);
    let served = files.serve(&place, &["tls.redirect_bind=127.0.0.1:0", "tls.names=chat.example.org"]);
    let redirect: SocketAddr = served.redirect.as_deref().expect("it redirects").parse().expect("an address");
    let asked = |host: &str, path: &str| {
        Runtime::new().expect("a runtime").block_on(async {
            let mut stream = TcpStream::connect(redirect).await.expect("connects");
            ask(&mut stream, host, path).await
        })
    };
    let port = port(&served);
    for host in ["localhost", "localhost:80", "chat.example.com", "Chat.Example.org"] {
        let answer = asked(host, "/a/b%20c?d=e&f");
        let name = host.split(':').next().expect("a name").to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 308"), "{answer}");
        assert!(answer.contains(&format!("location: https://{name}:{port}/a/b%20c?d=e&f\r\n")), "{answer}");
        assert!(!answer.contains("strict-transport"), "{answer}");
    }
    for host in ["evil.example", "localhost.evil.example", "localhost@evil.example", ""] {
        let answer = asked(host, "//evil.example/");
        assert!(answer.starts_with("http/1.1 421") && !answer.contains("location:"), "{answer}");
    }
    assert!(asked("localhost", "/.well-known/acme-challenge/nothing").starts_with("http/1.1 404"));
}

/// Connections from another address than the usual one, on which nothing is said.
async fn silent(port: u16, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.2:0".parse().expect("an address")).expect("an address of the loopback");
        streams.push(socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await.expect("connects"));
    }
    streams
}

#[test]
fn silent_clients_hold_little_and_not_for_long() {
    let place = Place::new();
    let files = Files::new(&place);
    let runtime = Runtime::new().expect("a runtime");
    let served = files.serve(&place, &["tls.max_handshakes=16", "tls.handshake_timeout_seconds=60"]);
    runtime.block_on(async {
        let (tell, mut told) = tokio::sync::mpsc::channel(40);
        for mut stream in silent(port(&served), 40).await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let ended = stream.read(&mut [0]).await;
                tell.send(ended.map_or(0, |read| read)).await
            });
        }
        // A quarter is what one address gets; the others are sent away although nobody's time is up.
        for _ in 0..36 {
            assert_eq!(told.recv().await, Some(0));
        }
        connect(port(&served), "localhost", &files.ca).await.expect("others are served");
        assert!(told.try_recv().is_err(), "a silent client was sent away before its time");
    });
    assert_eq!(served.end_by("-TERM"), 0);
    let served = files.serve(&place, &["tls.handshake_timeout_seconds=1"]);
    runtime.block_on(async {
        for half in [&b""[..], &[0x16, 3, 1, 2, 0, 1][..]] {
            let mut stream = silent(port(&served), 1).await.remove(0);
            stream.write_all(half).await.expect("written");
            let mut rest = Vec::new();
            // It ends by the server's deadline: we say nothing and close nothing.
            let _ended = stream.read_to_end(&mut rest).await;
        }
    });
}
