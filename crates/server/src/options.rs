//! What the server can be told: listeners, trust, bounds, timeouts, rates.
//!
//! Plain values with defaults that suit one machine; the binary fills them from the configuration. Each bound
//! that a client can meet is named in `model::limits` or here. [`LiveOptions`] shares them with everything that
//! runs: who needs a value reads it where it is used, so that a changed one takes effect.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use plexichat_certificates::acme::certificate_id;
use plexichat_kernel::config::{Config, GatewayConfig, LimitsConfig, Network, Rate, ServerConfig, TlsConfig, TlsMode};
use plexichat_messaging::ShredPolicy;

/// The options in force. Cheap to clone; clones see the same options.
#[derive(Clone, Debug)]
pub(crate) struct LiveOptions(Arc<ArcSwap<ServerOptions>>);

impl LiveOptions {
    pub(crate) fn new(options: ServerOptions) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(options)))
    }

    /// A look at the options, without a lock or a count. Not to be held over a wait.
    pub(crate) fn load(&self) -> arc_swap::Guard<Arc<ServerOptions>> {
        self.0.load()
    }

    /// Replaces the options.
    pub(crate) fn store(&self, options: ServerOptions) {
        self.0.store(Arc::new(options));
    }

    /// How long things may take now.
    pub(crate) fn timeouts(&self) -> Timeouts {
        self.load().timeouts
    }

    /// The bounds of the gateway now.
    pub(crate) fn gateway(&self) -> GatewayOptions {
        self.load().gateway
    }

    /// Whether people reach the server by TLS.
    pub(crate) fn is_behind_tls(&self) -> bool {
        self.load().is_behind_tls()
    }
}

/// How the server listens and how much it bears.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Address of the public listener; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the metrics listener; none: no metrics over HTTP.
    pub metrics_listen: Option<SocketAddr>,
    /// What people type into the browser, for instance `https://chat.example.com`. `https` makes cookies
    /// `Secure` and sends HSTS.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Other web origins that may call the API with a bearer token; empty: none.
    pub allowed_origins: Vec<String>,
    /// Where a built web client lies when none is embedded.
    pub web_root: PathBuf,
    /// Bounds of the front.
    pub bounds: Bounds,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// How often things may happen.
    pub rates: Rates,
    /// Bounds of the gateway.
    pub gateway: GatewayOptions,
    /// TLS of the server's own.
    pub tls: TlsOptions,
    /// Where its certificate comes from.
    pub certificate: CertificateSource,
    /// What comes before keys are destroyed.
    pub shredding: ShredPolicy,
}

/// Where the certificate of the server's own TLS comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateSource {
    /// There is none: others speak TLS in front, or nobody does.
    Off,
    /// A file that somebody else renews.
    File(PathBuf),
    /// An ACME server; the name of the row.
    Acme(String),
}

/// How the server speaks TLS.
#[derive(Clone, Copy, Debug)]
pub struct TlsOptions {
    /// Whether the public listener speaks it.
    pub is_on: bool,
    /// Address of the plain listener that sends browsers on; none: there is none.
    pub redirect_listen: Option<SocketAddr>,
    /// How long browsers remember to use nothing else; zero: they are not told.
    pub hsts: Duration,
    /// How long a handshake may take.
    pub handshake: Duration,
    /// Handshakes under way.
    pub handshakes: usize,
}

/// How much at once.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Open connections, sockets of the gateway included.
    pub connections: usize,
    /// Open connections from one address (an IPv6 /64 counts as one).
    pub connections_per_address: usize,
    /// Requests being answered.
    pub requests: usize,
    /// Addresses and accounts remembered by the rate limiter.
    pub rate_keys: usize,
    /// Body of a request.
    pub body_bytes: usize,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The head of a request, from its first byte; for the first request from the connection on.
    pub header: Duration,
    /// The pause between two requests of a connection.
    pub idle: Duration,
    /// The pause between two pieces of a body.
    pub body_progress: Duration,
    /// Answering.
    pub handler: Duration,
    /// A peer that takes no byte of an answer.
    pub write: Duration,
    /// Requests under way when the server stops.
    pub drain: Duration,
}

/// How often, by class of work. The stricter of address and account decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Sign-in, set-up, password and invitation codes, per address.
    pub credentials: Rate,
    /// Handshakes of the gateway, per address.
    pub handshakes: Rate,
    /// Requests without a credential, per address.
    pub anonymous: Rate,
    /// Requests with a credential, per address.
    pub session: Rate,
    /// Reads, per account.
    pub reads: Rate,
    /// Writes that are neither messages nor administration, per account.
    pub writes: Rate,
    /// Messages sent, edited or deleted, per account.
    pub messages: Rate,
    /// Requests of administration, per account.
    pub admin: Rate,
}

/// Bounds of the gateway.
#[derive(Clone, Copy, Debug)]
pub struct GatewayOptions {
    /// How often a client says `ping`; silence of twice as long closes.
    pub heartbeat: Duration,
    /// How long a client may take to identify.
    pub identify: Duration,
    /// How long a slow reader may take to read what waits for it.
    pub slow_reader: Duration,
    /// Commands of one socket.
    pub commands: Rate,
    /// Frames that wait for one socket before it must identify anew.
    pub queue: usize,
    /// Sockets of one account on this node; the oldest closes when another opens.
    pub user_sockets: usize,
    /// Sockets of this node.
    pub sockets: usize,
    /// Over how long the clients of a stopping node are spread.
    pub drain: Duration,
    /// Bytes the kernel may hold for one socket.
    pub send_buffer: usize,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self::from_config(&Config::default())
    }
}

impl ServerOptions {
    /// The options a configuration asks for.
    pub fn from_config(config: &Config) -> Self {
        let Config { server, gateway, limits, .. } = config;
        let seconds = |count: u32| Duration::from_secs(u64::from(count));
        Self {
            listen: server.bind,
            metrics_listen: server.metrics_bind,
            public_url: server.public_url.as_ref().map(ToString::to_string),
            trusted_proxies: server.trusted_proxies.clone(),
            allowed_origins: server.allowed_origins.iter().map(ToString::to_string).collect(),
            web_root: PathBuf::from("web/dist"),
            bounds: Bounds {
                connections: server.max_connections,
                connections_per_address: server.max_connections.div_ceil(2),
                requests: 1_024,
                rate_keys: 65_536,
                body_bytes: server.body_limit_bytes,
            },
            timeouts: Timeouts {
                header: seconds(server.header_timeout_seconds),
                idle: seconds(server.idle_timeout_seconds),
                body_progress: seconds(server.body_timeout_seconds),
                handler: seconds(server.body_timeout_seconds),
                write: seconds(gateway.write_timeout_seconds),
                drain: seconds(server.shutdown_timeout_seconds),
            },
            rates: Rates::from_config(limits),
            gateway: GatewayOptions::from_config(gateway, limits),
            tls: TlsOptions::from_config(&config.tls),
            certificate: CertificateSource::from_config(&config.tls, server),
            shredding: ShredPolicy {
                grace: Duration::from_hours(u64::from(config.keys.shred_grace_hours)),
                needs_approval: config.keys.shred_needs_approval,
            },
        }
    }

    /// Whether people reach the server by TLS, its own or a proxy's.
    pub fn is_behind_tls(&self) -> bool {
        self.tls.is_on || self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

impl CertificateSource {
    fn from_config(tls: &TlsConfig, server: &ServerConfig) -> Self {
        match tls.mode {
            TlsMode::Off => Self::Off,
            TlsMode::Files => Self::File(tls.cert_file.clone().unwrap_or_default()),
            TlsMode::Acme => Self::Acme(certificate_id(&tls.acme_directory, &tls.certificate_names(server))),
        }
    }
}

impl TlsOptions {
    fn from_config(tls: &TlsConfig) -> Self {
        Self {
            is_on: tls.is_on(),
            redirect_listen: tls.redirect_bind,
            hsts: Duration::from_secs(u64::from(tls.hsts_seconds)),
            handshake: Duration::from_secs(u64::from(tls.handshake_timeout_seconds)),
            handshakes: tls.max_handshakes,
        }
    }
}

impl GatewayOptions {
    fn from_config(gateway: &GatewayConfig, limits: &LimitsConfig) -> Self {
        let seconds = |count: u32| Duration::from_secs(u64::from(count));
        Self {
            heartbeat: seconds(gateway.heartbeat_seconds),
            identify: seconds(gateway.identify_timeout_seconds),
            slow_reader: seconds(gateway.write_timeout_seconds),
            commands: limits.effective(limits.command_per_socket),
            queue: gateway.queue_length,
            user_sockets: gateway.max_sockets_per_account,
            sockets: gateway.max_sockets,
            drain: seconds(gateway.drain_seconds),
            send_buffer: gateway.send_buffer_bytes,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self::from_config(&LimitsConfig::default())
    }
}

impl Rates {
    fn from_config(limits: &LimitsConfig) -> Self {
        Self {
            credentials: limits.effective(limits.sign_in_per_address),
            handshakes: limits.effective(limits.connect_per_address),
            anonymous: limits.effective(limits.anonymous_per_address),
            session: limits.effective(limits.session_per_address),
            reads: limits.effective(limits.read_per_account),
            writes: limits.effective(limits.write_per_account),
            messages: limits.effective(limits.message_per_account),
            admin: limits.effective(limits.admin_per_account),
        }
    }
}
