//! `[tls]`: whether the server speaks TLS itself, and where its certificate comes from.
//!
//! What does not go together is refused here, so that a server that starts has what its mode needs.
//! Settings only: certificates are loaded, ordered and renewed by `plexichat-certificates`.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::address::WebOrigin;
use super::problem::Checker;
use super::secret::Secret;
use super::section::{CrossCheck, range, section};
use super::server::ServerConfig;
use super::setting::{Word, settings_of_word};

/// Where certificates are ordered when nothing else is configured.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

section! {
    /// Whether the server speaks TLS itself, and where its certificate comes from. With TLS the address
    /// in server.bind answers https and nothing else.
    TlsConfig in "tls" {
        /// off: plain HTTP, for this machine alone or behind a reverse proxy that speaks TLS. files: a
        /// certificate from `tls.cert_file`. acme: ordered and renewed by the server itself, for instance
        /// from Let's Encrypt.
        mode: TlsMode = TlsMode::Off, restart;
        /// Certificate chain in PEM, the server's own certificate first. Read again when it changes.
        cert_file: Option<PathBuf> = None, live;
        /// Private key of that certificate in PEM, without a password. Read again when it changes.
        key_file: Option<PathBuf> = None, live;
        /// Host names of the server. Empty: the one in `server.public_url`. They are the names that acme
        /// orders, at least one, and hosts from which browsers are sent to https.
        names: Vec<HostName> = Vec::new(), restart;
        /// Address and port of a plain HTTP listener that sends browsers on to https, and answers
        /// HTTP-01 challenges. Usually 0.0.0.0:80. Empty: none.
        redirect_bind: Option<SocketAddr> = None, restart;
        /// How long browsers remember to use nothing but https (Strict-Transport-Security). 0: they are
        /// not told. Never sent for localhost and plain addresses.
        hsts_seconds: u32 = 31_536_000, live, range(0, 63_072_000);
        /// How long a TLS handshake may take. A change holds for new connections.
        handshake_timeout_seconds: u32 = 10, live, range(1, 60);
        /// Most TLS handshakes under way. A single address gets a quarter of them.
        max_handshakes: usize = 1_024, restart, range(16, 65_536);
        /// Address of the ACME directory.
        acme_directory: String = LETS_ENCRYPT.to_owned(), restart;
        /// Certificates in PEM of the authority that vouches for the ACME server, if it is a private one.
        acme_ca_file: Option<PathBuf> = None, restart;
        /// Whether you agree to the terms of service of the ACME server. Nothing is ordered otherwise.
        acme_terms_agreed: bool = false, restart;
        /// How the ACME server is shown that the names are yours. http-01: it fetches from port 80, which
        /// must reach `tls.redirect_bind`. tls-alpn-01: it connects to port 443, which must reach server.bind.
        acme_challenge: AcmeChallenge = AcmeChallenge::TlsAlpn01, restart;
        /// Where the ACME server may write to, for instance mailto:admin@example.com.
        acme_contacts: Vec<String> = Vec::new(), restart;
        /// Id of the key for external account binding, if the ACME server asks for one.
        acme_eab_key_id: Option<String> = None, restart;
        /// That key, in base64url. Best a reference: `{ file = "/run/secrets/eab" }`.
        acme_eab_key: Option<Secret> = None, restart;
    }
}

macro_rules! words {
    ($(#[doc = $doc:literal])+ $type:ident, $kind:literal, $example:literal, $($(#[doc = $variant_doc:literal])+ $variant:ident = $word:literal),+ $(,)?) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type {
            $($(#[doc = $variant_doc])+ $variant,)+
        }

        impl Word for $type {
            const KIND: &'static str = $kind;
            const KIND_OF_LIST: &'static str = concat!("list of ", $kind);
            const KIND_OR_NONE: &'static str = concat!($kind, ", or empty");
            const EXAMPLE: &'static str = $example;
            const EXAMPLE_OF_LIST: &'static str = concat!("[", $example, "]");

            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("is {text:?}, which is none of {}", [$($word),+].join(", "))),
                }
            }

            fn show(&self) -> String {
                self.as_str().to_owned()
            }
        }

        impl $type {
            /// The word in the configuration.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        settings_of_word!($type);
    };
}

words!(
    /// Where the certificate comes from.
    TlsMode, "off, files or acme", "\"files\"",
    /// No TLS.
    Off = "off",
    /// Two files.
    Files = "files",
    /// An ACME server.
    Acme = "acme",
);

words!(
    /// How an ACME server is shown that a name is ours.
    AcmeChallenge, "http-01 or tls-alpn-01", "\"tls-alpn-01\"",
    /// RFC 8555, section 8.3.
    Http01 = "http-01",
    /// RFC 8737.
    TlsAlpn01 = "tls-alpn-01",
);

/// A host name or address, lower-case, without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in a web address: an IPv6 address in brackets.
    pub fn in_url(&self) -> String {
        if self.0.contains(':') { format!("[{}]", self.0) } else { self.0.clone() }
    }
}

impl Word for HostName {
    const KIND: &'static str = "host name";
    const KIND_OF_LIST: &'static str = "list of host names";
    const KIND_OR_NONE: &'static str = "host name, or empty";
    const EXAMPLE: &'static str = "\"chat.example.com\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"chat.example.com\"]";

    fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let is_label = |label: &str| {
            let fine = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            fine && !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
        };
        let is_address = lower.parse::<std::net::IpAddr>().is_ok();
        if is_address || (lower.len() <= 253 && lower.split('.').all(is_label)) {
            return Ok(Self(lower));
        }
        Err(format!("is {text:?}, which is no host name (no scheme, no port, no *; others than ASCII as xn--…)"))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

settings_of_word!(HostName);

impl TlsConfig {
    /// Whether the server speaks TLS itself.
    pub fn is_on(&self) -> bool {
        self.mode != TlsMode::Off
    }

    /// The names of the certificate: the configured ones, or the one people type into the browser.
    pub fn certificate_names(&self, server: &ServerConfig) -> Vec<String> {
        if !self.names.is_empty() {
            return self.names.iter().map(|name| name.0.clone()).collect();
        }
        server.public_url.iter().map(WebOrigin::name).map(str::to_owned).collect()
    }

    /// What the rest of the configuration must say for this to work.
    pub(crate) fn check_with(&self, server: &ServerConfig, checker: &mut Checker<'_>) {
        if !self.is_on() {
            return;
        }
        if server.public_url.as_ref().is_some_and(|url| !url.is_https()) {
            let remedy = "write it with https://, or set tls.mode to off";
            checker.problem("server.public_url", "starts with http://, but the server speaks TLS", remedy);
        }
        if self.mode == TlsMode::Acme && self.certificate_names(server).is_empty() {
            let remedy = "name the host, for instance [\"chat.example.com\"], or set server.public_url";
            checker.problem("tls.names", "is empty, and so is server.public_url", remedy);
        }
        if let Some(redirect) = self.redirect_bind.filter(|bind| bind.port() != 0) {
            if redirect == server.bind {
                checker.problem("tls.redirect_bind", "is the same address as server.bind", "choose another port");
            }
            if server.metrics_bind == Some(redirect) {
                checker.problem("tls.redirect_bind", "is the same address as server.metrics_bind", "choose another port");
            }
        }
    }
}

impl CrossCheck for TlsConfig {
    fn cross_check(&self, checker: &mut Checker<'_>) {
        if self.mode == TlsMode::Files {
            for (path, file) in [("tls.cert_file", &self.cert_file), ("tls.key_file", &self.key_file)] {
                if file.is_none() {
                    checker.problem(path, "is empty", "name the file in PEM");
                }
            }
        }
        if self.mode == TlsMode::Off && self.redirect_bind.is_some() {
            let remedy = "remove it, or set tls.mode";
            checker.problem("tls.redirect_bind", "would send browsers to https, which the server does not speak", remedy);
        }
        if self.mode == TlsMode::Acme {
            self.check_acme(checker);
        }
    }
}

impl TlsConfig {
    fn check_acme(&self, checker: &mut Checker<'_>) {
        if !self.acme_terms_agreed {
            let remedy = "read the terms of service of the ACME server and set it to true";
            checker.problem("tls.acme_terms_agreed", "is false, so no certificate may be ordered", remedy);
        }
        if !self.acme_directory.starts_with("https://") {
            checker.problem("tls.acme_directory", "is no https address", format!("write it as {LETS_ENCRYPT}"));
        }
        if self.acme_challenge == AcmeChallenge::Http01 && self.redirect_bind.is_none() {
            let remedy = "set it, usually to 0.0.0.0:80, or set tls.acme_challenge to tls-alpn-01";
            checker.problem("tls.redirect_bind", "is empty, but HTTP-01 challenges are answered there", remedy);
        }
        if self.names.iter().any(|name| name.0.parse::<std::net::IpAddr>().is_ok()) {
            checker.problem("tls.names", "holds an address; certificates are ordered for names", "write a host name");
        }
        if self.acme_eab_key_id.is_some() != self.acme_eab_key.is_some() {
            let remedy = "set both tls.acme_eab_key_id and tls.acme_eab_key, or neither";
            checker.problem("tls.acme_eab_key", "goes with tls.acme_eab_key_id", remedy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_told_from_what_is_none() {
        for (text, name) in
            [("Chat.Example.com", "chat.example.com"), ("localhost", "localhost"), ("::1", "::1"), ("10.0.0.7", "10.0.0.7")]
        {
            assert_eq!(HostName::parse(text).expect("a name").as_str(), name);
        }
        for text in ["", "*.example.com", "https://x", "x:443", "a..b", "-a.b", "a b", "ä.example"] {
            assert!(HostName::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
