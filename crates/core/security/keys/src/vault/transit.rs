//! A vault in the transit engine of an `OpenBao` or Vault server: a key that never leaves it, used over HTTPS.
//!
//! Four calls of its API: read the key, encrypt, decrypt, renew the token. The label is `associated_data`, so the key is of
//! an AEAD type. The token and the authority's certificate are read again for each call: an agent may renew them.
//!
//! ```text
//! version 1 (0x01) ‖ ciphertext as the server wrote it ("vault:v1:…")
//! ```
//!
//! What comes over the network is bounded, and a server that redirects is refused: the token is for this one.

use super::{KeyVault, out_of_reach};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use plexichat_kernel::{Error, Result, config::TransitPlace};
use reqwest::{Certificate, Client, Method, StatusCode, redirect::Policy};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use zeroize::{Zeroize as _, Zeroizing};

/// First byte of what it seals.
const FORMAT: u8 = 1;
/// Longest answer, bytes.
const LONGEST: usize = 64 * 1024;
/// Longest wait for a connection, and for an answer.
const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest message of the server that is passed on, characters.
const MESSAGE: usize = 200;
/// Types of keys that bind associated data.
const TYPES: [&str; 4] = ["aes256-gcm96", "aes128-gcm96", "chacha20-poly1305", "xchacha20-poly1305"];

/// A vault in a transit engine.
#[derive(Debug)]
pub struct TransitVault {
    place: TransitPlace,
}

/// What the server says of a key.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the fields of the answer, as OpenBao documents them")]
struct KeyInfo {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    derived: bool,
    #[serde(default)]
    exportable: bool,
    #[serde(default)]
    allow_plaintext_backup: bool,
    #[serde(default)]
    deletion_allowed: bool,
}

#[derive(Deserialize)]
struct Encrypted {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Decrypted {
    plaintext: String,
}

/// What the server says of a token.
#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    lease_duration: u64,
    #[serde(default)]
    renewable: bool,
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    errors: Vec<String>,
}

impl TransitVault {
    /// A vault with its key at this place, which an administrator of the server has made.
    pub fn new(place: TransitPlace) -> Self {
        Self { place }
    }

    fn key_path(&self, verb: &str) -> String {
        format!("{}/{verb}/{}", self.place.mount, self.place.key)
    }

    fn told(&self, status: StatusCode, body: &[u8]) -> Error {
        let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
        let said = refusal.errors.join("; ");
        let said: String =
            said.chars().map(|character| if character.is_control() { ' ' } else { character }).take(MESSAGE).collect();
        let text = |why: &str| {
            format!("{} {why} ({status}{}{said}). {}", self.place.server, if said.is_empty() { "" } else { ": " }, self.remedy())
        };
        match status {
            // An agent may be about to write a new token.
            StatusCode::FORBIDDEN => out_of_reach(text("refuses the token or its policy")),
            StatusCode::NOT_FOUND => Error::unavailable(text("has no such key or mount")),
            StatusCode::SERVICE_UNAVAILABLE => out_of_reach(text("is sealed or not ready")),
            status if status.is_redirection() => Error::unavailable(text("sends elsewhere; name the server that answers itself")),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status.as_u16() >= 472 => {
                out_of_reach(text("cannot do it now"))
            }
            _ => Error::unavailable(text("refuses what was asked")),
        }
    }

    fn client(&self) -> Result<Client> {
        let builder = Client::builder().redirect(Policy::none()).no_proxy().connect_timeout(CONNECT).timeout(PATIENCE);
        let builder = match &self.place.ca_file {
            // A client of plain HTTP, which is of this machine alone, reads no certificates at all.
            None if self.place.server.starts_with("http://") => builder.tls_certs_only(std::iter::empty()),
            None => builder,
            Some(file) => {
                let shown = file.display();
                let pem = std::fs::read(file)
                    .map_err(|cause| out_of_reach(format!("{shown} cannot be read ({cause}). {}", self.remedy())))?;
                let authorities = Certificate::from_pem_bundle(&pem).unwrap_or_default();
                if authorities.is_empty() {
                    return Err(Error::unavailable(format!("{shown} holds no certificate in PEM. {}", self.remedy())));
                }
                builder.tls_certs_only(authorities)
            }
        };
        builder.build().map_err(|cause| Error::unavailable("no TLS client can be made").with_source(cause))
    }

    /// Asks, and answers with the status and the body.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<(StatusCode, Zeroizing<Vec<u8>>)> {
        let token = self.place.token.read();
        let token = token.map_err(|why| out_of_reach(format!("the token {why}. {}", self.remedy())))?;
        let url = format!("{}/v1/{path}", self.place.server);
        let mut request = self.client()?.request(method, url).header("X-Vault-Request", "true");
        request = request.header("X-Vault-Token", secret_header(token.expose())?);
        if let Some(namespace) = &self.place.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let unreached = |cause: reqwest::Error| {
            // The innermost cause says what happened, the others only that something did.
            let innermost = std::iter::successors(Some(&cause as &dyn std::error::Error), |cause| cause.source()).last();
            let why = innermost.map(ToString::to_string).unwrap_or_default();
            out_of_reach(format!("{} cannot be reached ({why}). {}", self.place.server, self.remedy()))
                .with_source(cause.without_url())
        };
        let mut response = request.send().await.map_err(unreached)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
        while let Some(chunk) = response.chunk().await.map_err(unreached)? {
            if bytes.len() + chunk.len() > LONGEST {
                return Err(Error::unavailable(format!(
                    "{} answers with more than 64 KiB. {}",
                    self.place.server,
                    self.remedy()
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((response.status(), bytes))
    }

    /// Asks for a thing that stands at `field` of the answer.
    async fn ask<T: for<'de> Deserialize<'de>>(&self, method: Method, path: &str, body: Option<Value>, field: &str) -> Result<T> {
        let (status, bytes) = self.call(method, path, body).await?;
        if !status.is_success() {
            return Err(self.told(status, &bytes));
        }
        let strange = || Error::unavailable(format!("{} answers strangely. {}", self.place.server, self.remedy()));
        let mut answer: serde_json::Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| strange())?;
        answer.remove(field).and_then(|value| serde_json::from_value(value).ok()).ok_or_else(strange)
    }
}

/// Not shown where headers are.
fn secret_header(token: &str) -> Result<reqwest::header::HeaderValue> {
    let value = reqwest::header::HeaderValue::from_str(token);
    let mut value = value.map_err(|_| Error::unavailable("the token has characters that no token has"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[async_trait::async_trait]
impl KeyVault for TransitVault {
    fn name(&self) -> &'static str {
        "transit"
    }

    fn remedy(&self) -> String {
        format!("Check the server, the token and the key {}/keys/{}", self.place.mount, self.place.key)
    }

    /// The key is made by an administrator: a policy that lets a server make keys lets it make too many.
    async fn prepare(&self) -> Result<()> {
        let info: KeyInfo = match self.ask(Method::GET, &self.key_path("keys"), None, "data").await {
            Err(error) if !super::is_out_of_reach(&error) => {
                let make = format!("make it by: bao write -f {}/keys/{} type=aes256-gcm96", self.place.mount, self.place.key);
                return Err(Error::unavailable(format!("{}; if there is none yet, {make}", error.message())));
            }
            other => other?,
        };
        if !TYPES.contains(&info.kind.as_str()) || info.derived {
            let is = if info.derived { "derived" } else { info.kind.as_str() };
            let text = format!("the transit key {} is {is}; make one of type aes256-gcm96 that is not derived", self.place.key);
            return Err(Error::unavailable(text));
        }
        if info.exportable || info.allow_plaintext_backup || info.deletion_allowed {
            tracing::warn!(key = self.place.key, "the transit key can be exported or deleted; forbid that on the server");
        }
        Ok(())
    }

    async fn seal(&self, label: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        let body = json!({ "plaintext": STANDARD.encode(secret), "associated_data": STANDARD.encode(label) });
        let done: Encrypted = self.ask(Method::POST, &self.key_path("encrypt"), Some(body), "data").await?;
        Ok([&[FORMAT], done.ciphertext.as_bytes()].concat())
    }

    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let text = sealed.strip_prefix(&[FORMAT]).and_then(|text| std::str::from_utf8(text).ok());
        let damaged = || Error::unavailable("what the transit engine sealed is damaged; restore table root_seals from a backup");
        let body = json!({ "ciphertext": text.ok_or_else(damaged)?, "associated_data": STANDARD.encode(label) });
        let mut done: Decrypted = self.ask(Method::POST, &self.key_path("decrypt"), Some(body), "data").await?;
        let opened = STANDARD.decode(&done.plaintext).map(Zeroizing::new);
        done.plaintext.zeroize();
        opened.map_err(|_| damaged())
    }

    fn can_be_out_of_reach(&self) -> bool {
        true
    }

    async fn tend(&self) -> Result<Option<Duration>> {
        let (status, bytes) = self.call(Method::POST, "auth/token/renew-self", Some(json!({}))).await?;
        // What has no end cannot be renewed, and the server says so in this way.
        if status == StatusCode::BAD_REQUEST {
            return Ok(None);
        }
        if !status.is_success() {
            return Err(self.told(status, &bytes));
        }
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let token = Token::deserialize(&answer["auth"]).unwrap_or(Token { lease_duration: 0, renewable: false });
        if !token.renewable && token.lease_duration > 0 {
            tracing::warn!(
                seconds = token.lease_duration,
                "the token of the vault ends then and cannot be renewed; write a new one in time"
            );
        }
        Ok((token.renewable && token.lease_duration > 0).then(|| Duration::from_secs(token.lease_duration / 2)))
    }
}
