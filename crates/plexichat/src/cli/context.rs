//! What every command is given: the global options, and what follows from them.
//!
//! Where the configuration comes from, whom to talk to, with which session and whom to trust: asked for in one place, so
//! that every command means the same. Not here: what is remembered (`credentials`), what a failure means (`exit`).

use super::{
    credentials::Credentials,
    exit::{Exit, Failure},
    output::Output,
};
use plexichat_client::{Client, ClientOptions};
use plexichat_kernel::config::{Config, ConfigHandle, Environment, Loaded, Sources, check};
use plexichat_model::{ErrorCode, ErrorKind};
use std::path::{Path, PathBuf};

/// Options of every command.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(super) struct Globals {
    /// Configuration file of the server [default: plexichat.toml in the data directory]
    #[arg(long, global = true, value_name = "FILE", env = "PLEXICHAT_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// Data directory of the server [default: plexichat-data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Setting of the server, above file and environment; may be repeated
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE")]
    settings: Vec<String>,
    /// Address of the server to talk to [default: the one signed in to, or this machine's]
    #[arg(short, long, global = true, value_name = "URL", env = "PLEXICHAT_SERVER", hide_env_values = true)]
    server: Option<String>,
    /// Certificates in PEM to trust besides the system's, when the server's is from an authority of your own
    #[arg(long, global = true, value_name = "FILE", env = "PLEXICHAT_CA_FILE", hide_env_values = true)]
    ca_file: Option<PathBuf>,
    /// Form of the output
    #[arg(short, long, global = true, value_enum, default_value_t)]
    output: Output,
}

/// What every command is given.
pub(super) struct Context {
    globals: Globals,
    environment: Environment,
}

impl Context {
    pub(super) fn new(globals: Globals) -> Self {
        Self { globals, environment: Environment::of_process() }
    }

    pub(super) fn output(&self) -> Output {
        self.globals.output
    }

    pub(super) fn is_json(&self) -> bool {
        self.globals.output == Output::Json
    }

    /// A variable of the command line's own, if it is set.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name)
    }

    /// Where the server's configuration comes from.
    pub(super) fn sources(&self) -> anyhow::Result<Sources> {
        let mut sources = Sources::new().with_file(self.globals.config.as_ref()).with_environment(self.environment.clone());
        if let Some(directory) = &self.globals.data_dir {
            sources = sources.with_override("server.data_dir", directory.display().to_string());
        }
        for setting in &self.globals.settings {
            let wrong = || {
                Failure::usage(format!("--set {setting}: write it as section.key=value, for instance server.bind=0.0.0.0:8420"))
            };
            let (key, value) = setting.split_once('=').ok_or_else(wrong)?;
            sources = sources.with_override(key.trim(), value);
        }
        Ok(sources)
    }

    /// The server's configuration, checked.
    pub(super) fn load(&self) -> anyhow::Result<Loaded> {
        Ok(check(&self.sources()?)?)
    }

    /// The same, to be followed while the server runs.
    pub(super) fn load_live(&self) -> anyhow::Result<(ConfigHandle, Loaded)> {
        let sources = self.sources()?;
        let loaded = check(&sources)?;
        Ok((ConfigHandle::new(sources, loaded.clone()), loaded))
    }

    pub(super) fn credentials(&self) -> anyhow::Result<Credentials> {
        Credentials::of(&self.environment)
    }

    /// Whom to talk to.
    pub(super) fn server(&self) -> anyhow::Result<String> {
        if let Some(server) = &self.globals.server {
            return Ok(server.trim_end_matches('/').to_owned());
        }
        if let Some(server) = self.credentials()?.read()?.default {
            return Ok(server);
        }
        Ok(local_address(&self.load()?.config))
    }

    /// A client without a session.
    pub(super) fn anonymous(&self) -> anyhow::Result<Client> {
        self.connect(&self.server()?, None)
    }

    /// A client of a server, with or without a token.
    pub(super) fn connect(&self, server: &str, token: Option<String>) -> anyhow::Result<Client> {
        let mut options = ClientOptions::new(server).with_token(token);
        concat!("plexichat-cli/", env!("CARGO_PKG_VERSION")).clone_into(&mut options.user_agent);
        options.authorities = self.authorities(server)?;
        Ok(Client::new(options)?)
    }

    /// Whom to trust for a server besides the system's authorities, in PEM.
    pub(super) fn authorities(&self, server: &str) -> anyhow::Result<Vec<u8>> {
        self.ca_file(server)?.map_or(Ok(Vec::new()), |file| read_authorities(&file))
    }

    /// The file of authorities to trust for a server: the one named, or the one it was signed in with.
    pub(super) fn ca_file(&self, server: &str) -> anyhow::Result<Option<PathBuf>> {
        if let Some(file) = &self.globals.ca_file {
            return Ok(Some(std::path::absolute(file)?));
        }
        // Without a home nothing can be remembered.
        let Ok(credentials) = self.credentials() else { return Ok(None) };
        Ok(credentials.read()?.servers.remove(server).and_then(|entry| entry.ca_file))
    }

    /// A client with the remembered session, or the token in `PLEXICHAT_TOKEN`.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let server = self.server()?;
        let token = match self.variable("PLEXICHAT_TOKEN") {
            Some(token) => Some(token.to_owned()),
            None => self.credentials()?.read()?.servers.remove(&server).map(|entry| entry.token),
        };
        let Some(token) = token else {
            let text = format!("you are not signed in to {server}; sign in with `plexichat login`");
            return Err(Failure::with(Exit::Forbidden, text));
        };
        self.connect(&server, Some(token))
    }
}

/// Larger files are no list of authorities.
const AUTHORITIES_BYTES: u64 = 4 * 1024 * 1024;

fn read_authorities(file: &Path) -> anyhow::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut text = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(AUTHORITIES_BYTES).read_to_end(&mut text));
    match read {
        Ok(_) if !text.is_empty() => Ok(text),
        Ok(_) => Err(Failure::usage(format!("{} is empty; --ca-file names certificates in PEM", file.display()))),
        Err(error) => Err(Failure::usage(format!("cannot read {}, which --ca-file names: {error}", file.display()))),
    }
}

/// What people open in the browser.
pub(super) fn address_of(config: &Config) -> String {
    let has_name = config.server.public_url.is_some() || (config.tls.is_on() && !config.tls.names.is_empty());
    if has_name { config.public_origin() } else { local_address(config) }
}

/// How this machine reaches a server of this configuration, past any proxy.
pub(super) fn local_address(config: &Config) -> String {
    let mut bind = config.server.bind;
    if bind.ip().is_unspecified() {
        let loopback: std::net::IpAddr =
            if bind.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
        bind.set_ip(loopback);
    }
    format!("{}://{bind}", config.scheme())
}

/// Whether a failure says that the session is worth nothing.
pub(super) fn is_signed_out(code: Option<ErrorCode>) -> bool {
    code.is_some_and(|code| code.kind() == ErrorKind::Unauthenticated)
}
