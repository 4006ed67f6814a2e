//! `[server]`: where the server listens, where it keeps its data, and how patient it is.
//!
//! The defaults serve this machine alone, without any preparation. Whatever would make the server
//! reachable from elsewhere has to be written down.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::address::{Network, WebOrigin};
use super::problem::Checker;
use super::section::{CrossCheck, range, section};
use plexichat_model::limits;

section! {
    /// Where the server listens, where it keeps its data, and how patient it is.
    ServerConfig in "server" {
        /// Address and port of the web client, the API and the gateway. Use 0.0.0.0:8420 to be
        /// reachable from other machines, best behind a reverse proxy that speaks TLS.
        bind: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8420)), restart;
        /// The address people open in the browser. Links in invitations start with it, and an https
        /// address makes cookies Secure. Empty: http:// and the bind address.
        public_url: Option<WebOrigin> = None, live;
        /// Folder of everything the server stores itself: the embedded database, keys, and
        /// plexichat.toml. Created when missing, readable by its owner alone. The default lies in
        /// the working directory; packages and containers set /var/lib/plexichat.
        data_dir: PathBuf = PathBuf::from("plexichat-data"), restart;
        /// Largest body of a request, in bytes. The longest message fits into the least.
        body_limit_bytes: usize = limits::BODY_BYTES, live, range(64 * 1024, 64 * 1024 * 1024);
        /// How long a client may take to send the head of a request. A change holds for new connections.
        header_timeout_seconds: u32 = 10, live, range(1, 300);
        /// How long the body of a request may stop arriving, and how long the server may take to answer.
        body_timeout_seconds: u32 = 30, live, range(1, 3_600);
        /// How long a connection without a request is kept open. A change holds for new connections.
        idle_timeout_seconds: u32 = 75, live, range(1, 3_600);
        /// How long requests and sockets get to finish when the server stops.
        shutdown_timeout_seconds: u32 = 30, live, range(1, 600);
        /// Most connections at the same time, sockets of the gateway included. Further ones wait in
        /// the queue of the operating system.
        max_connections: usize = 20_000, restart, range(16, 1_000_000);
        /// Proxies whose X-Forwarded-For header is believed. Name your reverse proxy here, or all
        /// clients seem to come from its address and share its limits.
        trusted_proxies: Vec<Network> = Vec::new(), live;
        /// Address and port of the Prometheus metrics, on a listener of their own. They are not
        /// protected: bind them where only the monitoring reaches. Empty: no metrics listener.
        metrics_bind: Option<SocketAddr> = None, restart;
        /// Web origins other than the server's own whose pages may call the API in browsers (CORS).
        /// Empty: none.
        allowed_origins: Vec<WebOrigin> = Vec::new(), live;
    }
}

impl CrossCheck for ServerConfig {
    fn cross_check(&self, checker: &mut Checker<'_>) {
        if self.metrics_bind == Some(self.bind) && self.bind.port() != 0 {
            checker.problem(
                "server.metrics_bind",
                "is the same address as server.bind",
                "choose another port, for instance 127.0.0.1:8421",
            );
        }
        if self.public_url.is_none() && !self.bind.ip().is_loopback() {
            checker.warning(
                "server.public_url",
                "other machines can reach the server, but links start with its bind address",
                "set the address people open in the browser",
            );
        }
    }
}
