//! Handshakes of the server.
//!
//! The client's first message is read before it is decided who answers: a TLS-ALPN-01 challenge (RFC 8737) gets the
//! certificate of the challenge, everybody else the pair in force. Not here: how long a handshake may take and how many
//! there may be (`server`).

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use plexichat_kernel::Result;
use rustls::server::Acceptor;
use rustls::sign::CertifiedKey;
use rustls::{NamedGroup, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::LazyConfigAcceptor;

use crate::current::Current;
use crate::pair::Pair;
use crate::protocol;

/// A connection whose handshake is done.
pub type Secured<S> = tokio_rustls::server::TlsStream<S>;

/// The group in which a connection agreed on its keys, for metrics.
pub fn group<S>(stream: &Secured<S>) -> &'static str {
    match stream.get_ref().1.negotiated_key_exchange_group().map(rustls::crypto::SupportedKxGroup::name) {
        Some(NamedGroup::X25519MLKEM768) => "X25519MLKEM768",
        Some(NamedGroup::X25519) => "X25519",
        Some(NamedGroup::secp256r1) => "secp256r1",
        Some(NamedGroup::secp384r1) => "secp384r1",
        Some(_) => "other",
        // A session of TLS 1.2 that was resumed.
        None => "none",
    }
}

/// Answers to the challenges of an ACME server, which may reach any node.
#[async_trait]
pub trait Answers: Send + Sync + 'static {
    /// What stands at `/.well-known/acme-challenge/{token}` (RFC 8555, section 8.3).
    async fn http(&self, token: &str) -> Option<String>;

    /// The certificate that proves the name (RFC 8737, section 3).
    async fn alpn(&self, name: &str) -> Option<Arc<CertifiedKey>>;
}

/// The server's side of TLS. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    current: Current,
    hosts: Arc<[String]>,
    answers: Option<Arc<dyn Answers>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("current", &self.current).finish_non_exhaustive()
    }
}

impl Tls {
    /// Serves with the pair in force of `current`. `hosts`: names of the server besides those of its certificate.
    pub fn new(current: Current, hosts: Vec<String>) -> Result<Self> {
        let config = Arc::new(protocol::server(Arc::new(current.clone()))?);
        Ok(Self { config, current, hosts: hosts.into(), answers: None })
    }

    /// The same, answering challenges.
    #[must_use]
    pub fn with_answers(mut self, answers: Arc<dyn Answers>) -> Self {
        self.answers = Some(answers);
        self
    }

    /// The pair in force; none before the first was obtained.
    pub fn pair(&self) -> Option<Arc<Pair>> {
        self.current.pair()
    }

    /// Whether a host is this server.
    pub fn knows(&self, host: &str) -> bool {
        self.current.covers(host) || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// What stands at `/.well-known/acme-challenge/{token}`.
    pub async fn http_challenge(&self, token: &str) -> Option<String> {
        self.answers.as_ref()?.http(token).await
    }

    /// Makes the handshake. `None`: it was a challenge, which ends here. Takes as long as the peer likes.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<Option<Secured<S>>> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let hello = start.client_hello();
        let is_challenge = hello.alpn().is_some_and(|mut protocols| protocols.any(|protocol| protocol == protocol::ACME_TLS));
        if !is_challenge {
            return start.into_stream(Arc::clone(&self.config)).await.map(Some);
        }
        let name = hello.server_name().map(str::to_owned);
        let (Some(answers), Some(name)) = (&self.answers, name) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a challenge nobody waits for"));
        };
        let Some(key) = answers.alpn(&name).await else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a challenge for a name that is not being proven"));
        };
        let config = protocol::challenge(key).map_err(io::Error::other)?;
        // RFC 8737, section 3: the connection says nothing further.
        start.into_stream(Arc::new(config)).await?.shutdown().await?;
        Ok(None)
    }
}
