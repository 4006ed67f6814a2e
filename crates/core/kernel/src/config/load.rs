//! The configuration as a whole, and how it comes out of the layers.
//!
//! [`check`] is the one way to get a [`Config`] from [`Sources`]: it finds the file, lays the layers
//! over each other, reads every section and checks across keys, and reports all mistakes together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::address::WebOrigin;
use super::audit::AuditConfig;
use super::auth::AuthConfig;
use super::database::DatabaseConfig;
use super::document::SectionSpec;
use super::file;
use super::gateway::GatewayConfig;
use super::keys::KeysConfig;
use super::layers::{FILE_NAME, Given, Raw, Reader, Sources};
use super::limits::LimitsConfig;
use super::logging::LoggingConfig;
use super::problem::{Checker, Origin, Problem, Problems};
use super::section::{Changes, CrossCheck, KeySpec, Section};
use super::server::ServerConfig;
use super::tls::TlsConfig;

const DATA_DIR: &str = "server.data_dir";

macro_rules! config {
    ($($(#[doc = $doc:literal])+ $section:ident: $type:ident,)+) => {
        /// Everything that is configured.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $section: $type,)+
        }

        impl Config {
            fn read(reader: &mut Reader<'_>) -> Self {
                Self { $($section: Section::read(reader),)+ }
            }

            fn cross_check(&self, checker: &mut Checker<'_>) {
                $(self.$section.cross_check(checker);)+
                self.tls.check_with(&self.server, checker);
                self.check_proxies(checker);
            }

            /// Takes over the live keys of `newer` and tells everything that differs.
            pub(crate) fn adopt(&mut self, newer: &Self) -> Changes {
                let mut changes = Changes::default();
                $(self.$section.adopt(&newer.$section, &mut changes);)+
                changes
            }

            pub(crate) fn values(&self) -> Vec<(&'static str, toml::Value)> {
                let mut values = Vec::new();
                $(values.extend(self.$section.values());)+
                values
            }

            pub(crate) fn restart_identities(&self) -> Vec<(&'static str, String)> {
                let mut identities = Vec::new();
                $(identities.extend(self.$section.restart_identities());)+
                identities
            }
        }

        /// Every key, by section.
        pub fn keys() -> Vec<KeySpec> {
            let mut keys = Vec::new();
            $(keys.extend(<$type as Section>::keys());)+
            keys
        }

        pub(crate) fn sections() -> Vec<SectionSpec> {
            vec![$(SectionSpec { name: $type::NAME, doc: $type::DOC, keys: $type::keys() },)+]
        }
    };
}

config! {
    /// Where the server listens and keeps its data.
    server: ServerConfig,
    /// Which database.
    database: DatabaseConfig,
    /// What keeps the key of what is stored.
    keys: KeysConfig,
    /// What is logged.
    logging: LoggingConfig,
    /// Sessions and passwords.
    auth: AuthConfig,
    /// How long the audit log keeps what.
    audit: AuditConfig,
    /// How often what may happen.
    limits: LimitsConfig,
    /// The sockets of clients.
    gateway: GatewayConfig,
    /// TLS of the server's own.
    tls: TlsConfig,
}

impl Config {
    /// The live keys that have another value in `newer`.
    pub fn live_changes(&self, newer: &Self) -> Vec<&'static str> {
        self.clone().adopt(newer).applied
    }

    /// The web address of the server as people reach it.
    pub fn public_origin(&self) -> String {
        let bind = self.server.bind;
        match (&self.server.public_url, self.tls.names.first()) {
            (Some(origin), _) => origin.to_string(),
            (None, Some(name)) if self.tls.is_on() && bind.port() == 443 => format!("https://{}", name.in_url()),
            (None, Some(name)) if self.tls.is_on() => format!("https://{}:{}", name.in_url(), bind.port()),
            (None, _) => format!("{}://{bind}", self.scheme()),
        }
    }

    /// What the address in `server.bind` speaks: `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_on() { "https" } else { "http" }
    }

    /// Whether people reach the server through TLS, its own or a proxy's, so that cookies can be Secure.
    pub fn is_https(&self) -> bool {
        self.tls.is_on() || self.server.public_url.as_ref().is_some_and(WebOrigin::is_https)
    }

    fn check_proxies(&self, checker: &mut Checker<'_>) {
        if self.is_https() && !self.tls.is_on() && self.server.trusted_proxies.is_empty() {
            checker.warning(
                "server.trusted_proxies",
                "people reach the server through a proxy that is not believed, so all of them share its address and its limits",
                "name the address of the proxy, for instance [\"127.0.0.1\"]",
            );
        }
    }
}

/// A configuration that was found to be valid, and where it comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// The layer each key comes from.
    pub origins: BTreeMap<&'static str, Origin>,
    /// The file that was read, if there is one.
    pub file: Option<PathBuf>,
    /// What is allowed but hardly meant.
    pub warnings: Vec<Problem>,
}

/// Reads and checks the configuration. Everything that is wrong is reported at once.
pub fn check(sources: &Sources) -> Result<Loaded, Problems> {
    let known: Vec<&'static str> = keys().iter().map(|key| key.path).collect();
    let mut problems = Vec::new();
    let environment = sources.environment.layer(&known, &mut problems);
    let overrides = sources.override_layer(&known, &mut problems);
    let path = file_path(sources, &environment, &overrides);
    let layer = file::layer(&path, sources.file.is_some(), &known, &mut problems);
    let file = layer.is_some().then(|| path.clone());
    let layer = layer.unwrap_or_default();
    if sources.file.is_none() {
        refuse_moving_data_dir(&layer, &mut problems);
    }
    let entries = layer.into_iter().chain(environment).chain(overrides).collect();
    let mut reader = Reader { entries, environment: &sources.environment, origins: BTreeMap::new(), problems };
    let config = Config::read(&mut reader);
    let Reader { origins, mut problems, .. } = reader;
    let mut warnings = Vec::new();
    // A wrong key was replaced by its default: checks across keys would then tell of made-up values.
    if problems.is_empty() {
        config.cross_check(&mut Checker { origins: &origins, problems: &mut problems, warnings: &mut warnings });
    }
    if problems.is_empty() { Ok(Loaded { config, origins, file, warnings }) } else { Err(Problems(problems)) }
}

/// The file that [`check`] reads.
pub(crate) fn source_file(sources: &Sources) -> PathBuf {
    let (known, mut ignored) = ([DATA_DIR], Vec::new());
    let environment = sources.environment.layer(&known, &mut ignored);
    let overrides = sources.override_layer(&known, &mut ignored);
    file_path(sources, &environment, &overrides)
}

/// The file to read: the one that was asked for, or the one in the data directory.
fn file_path(sources: &Sources, environment: &[(&'static str, Given)], overrides: &[(&'static str, Given)]) -> PathBuf {
    if let Some(file) = &sources.file {
        return file.clone();
    }
    let layers = overrides.iter().rev().chain(environment);
    let mut set = layers.filter(|(path, _)| *path == DATA_DIR);
    match set.next().map(|(_, given)| &given.value) {
        Some(Raw::Text(data_dir)) => Path::new(data_dir).join(FILE_NAME),
        _ => ServerConfig::default().data_dir.join(FILE_NAME),
    }
}

/// A file that was found through the data directory cannot say that the data is elsewhere.
fn refuse_moving_data_dir(layer: &[(&'static str, Given)], problems: &mut Vec<Problem>) {
    for (path, given) in layer.iter().filter(|(path, _)| *path == DATA_DIR) {
        problems.push(Problem {
            path: (*path).to_owned(),
            origin: given.origin.clone(),
            message: "this file was found in the data directory and cannot move it".to_owned(),
            remedy: "remove it and use --data-dir, or move the file elsewhere and start with --config".to_owned(),
        });
    }
}
