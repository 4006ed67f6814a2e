//! TLS in front of a connection: a deadline, a bound, and a word for who speaks plain HTTP.
//!
//! A handshake holds a place from its first byte to its last: there are only so many in all and from one address, and
//! whoever keeps silent loses his after the deadline. A place that is not free is waited for within the same deadline.

use std::net::SocketAddr;

use plexichat_certificates::Tls;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Transport;
use super::admission::Admission;
use crate::options::{Bounds, LiveOptions};

/// First byte of a TLS connection: a record of a handshake (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 0x16;

/// What a client gets that speaks plain HTTP to a TLS listener.
const WRONG_PROTOCOL: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 66\r\nconnection: close\r\n\r\n\
    This address speaks https: write https:// in front of the address\n";

/// TLS of a listener. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Secure {
    tls: Tls,
    admission: Admission,
    options: LiveOptions,
}

impl Secure {
    pub(crate) fn new(tls: Tls, options: LiveOptions) -> Self {
        let present = options.load();
        let handshakes = present.tls.handshakes;
        let bounds = Bounds { connections: handshakes, connections_per_address: handshakes.div_ceil(4), ..present.bounds };
        drop(present);
        Self { tls, admission: Admission::new(&bounds), options }
    }

    /// Makes the handshake. `None`: there is no connection to serve.
    pub(super) async fn accept(&self, stream: TcpStream, peer: SocketAddr) -> Option<Transport> {
        let deadline = self.options.load().tls.handshake;
        let outcome = tokio::time::timeout(deadline, self.handshake(stream, peer)).await.unwrap_or(Err("timeout"));
        match outcome {
            Ok(transport) => transport,
            Err(reason) => {
                metrics::counter!("plexichat_tls_handshake_failures_total", "reason" => reason).increment(1);
                None
            }
        }
    }

    async fn handshake(&self, mut stream: TcpStream, peer: SocketAddr) -> Result<Option<Transport>, &'static str> {
        let permit = self.admission.wait().await.ok_or("closed")?;
        let trusted = self.options.load().trusted_proxies.iter().any(|network| network.contains(peer.ip()));
        let _place = self.admission.admit(permit, peer.ip(), trusted).ok_or("too_many")?;
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first[0] == HANDSHAKE => {}
            Ok(1) if first[0].is_ascii_uppercase() => {
                // Nobody is owed this word: who does not take it loses it.
                drop(stream.write_all(WRONG_PROTOCOL).await);
                drop(stream.shutdown().await);
                // What is not read makes the kernel answer with a reset that overtakes our word.
                let mut rest = [0; 1024];
                while matches!(stream.read(&mut rest).await, Ok(1..)) {}
                return Err("plain_http");
            }
            Ok(_) | Err(_) => return Err("no_tls"),
        }
        match self.tls.accept(stream).await {
            Ok(stream) => Ok(stream.map(|stream| {
                let group = plexichat_certificates::group(&stream);
                metrics::counter!("plexichat_tls_handshakes_total", "group" => group).increment(1);
                Transport::Tls(Box::new(stream))
            })),
            Err(error) => {
                tracing::debug!(%error, "a handshake failed");
                Err("refused")
            }
        }
    }
}

impl std::fmt::Debug for Secure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secure").field("tls", &self.tls).finish_non_exhaustive()
    }
}
