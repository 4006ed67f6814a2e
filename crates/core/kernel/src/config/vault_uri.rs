//! Where a root key can be kept, as text: `file:/mnt/a/one.key`, `passphrase:ops?file=/run/secrets/ops`,
//! `transit:https://bao.example.com:8200/transit/keys/plexichat?token-file=/run/secrets/token`,
//! `pkcs11:token=plexichat;object=root?module-path=/usr/lib/…/libsofthsm2.so&pin-source=/run/secrets/pin`.
//!
//! What stands before `?` is the name of the vault: it stays in the database beside what the vault sealed, so it is the same
//! on all nodes. What stands behind is where this node finds what it needs. A secret is never part of the text, only where
//! it is. A file is read when the vault is used and not here: one of several vaults may be missing.

use std::path::PathBuf;

use toml::Value;

use super::secret::{Secret, read_file};
use super::setting::{Context, Setting, parse_value};

/// Most vaults in a list.
pub const MOST_VAULTS: usize = 16;
/// Longest name of a vault, bytes.
pub const LONGEST_VAULT_NAME: usize = 200;

/// Where a secret is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In a file, read again for each use.
    File(PathBuf),
    /// In the environment, as it was when the configuration was read.
    Env {
        /// The variable.
        name: String,
        /// What it held.
        value: Option<Secret>,
    },
}

impl SecretSource {
    /// The secret as it is now. Errors: text that says what is missing and never the secret.
    pub fn read(&self) -> Result<Secret, String> {
        match self {
            Self::File(path) => read_file(path),
            Self::Env { name, value } => {
                value.clone().ok_or_else(|| format!("refers to the environment variable {name}, which is not set"))
            }
        }
    }
}

/// Where a vault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultPlace {
    /// A file; none: `keys.file`.
    File(Option<PathBuf>),
    /// A passphrase; none: `keys.passphrase`.
    Passphrase(Option<SecretSource>),
    /// The transit engine of an `OpenBao` or Vault server.
    Transit(TransitPlace),
    /// A key in a token by PKCS#11.
    Pkcs11(Pkcs11Place),
    /// The set of `keys.vaults`.
    Shared,
    /// The key of this node, which joined; none: the one in the data directory.
    Node(Option<PathBuf>),
}

/// A key of the transit engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitPlace {
    /// `https://host:port`.
    pub server: String,
    /// Where the engine is mounted, such as `transit`.
    pub mount: String,
    /// Name of the key.
    pub key: String,
    /// Namespace, if the server has such.
    pub namespace: Option<String>,
    /// Certificates in PEM of the authority of the server, if it is a private one.
    pub ca_file: Option<PathBuf>,
    /// The token.
    pub token: SecretSource,
}

/// A key in a token (RFC 7512).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pkcs11Place {
    /// The library that speaks to the token.
    pub module: PathBuf,
    /// Label of the token.
    pub token: Option<String>,
    /// Serial number of the token.
    pub serial: Option<String>,
    /// Label of the key.
    pub object: String,
    /// The user's PIN.
    pub pin: SecretSource,
}

/// A vault and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultUri {
    text: String,
    place: VaultPlace,
}

impl VaultUri {
    /// The vault in a file, which is what an unset configuration means.
    pub(crate) fn file() -> Self {
        Self { text: "file".to_owned(), place: VaultPlace::File(None) }
    }

    /// Its name, the same on all nodes.
    pub fn name(&self) -> &str {
        self.text.split('?').next().unwrap_or_default()
    }

    /// Where it is.
    pub fn place(&self) -> &VaultPlace {
        &self.place
    }

    fn parse(text: &str, context: &Context<'_>) -> Result<Self, String> {
        let (name, query) = text.split_once('?').unwrap_or((text, ""));
        if name.len() > LONGEST_VAULT_NAME || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("is no vault: up to {LONGEST_VAULT_NAME} printable ASCII characters, others as %XX"));
        }
        let (kind, rest) = name.split_once(':').unwrap_or((name, ""));
        let mut query = Query::parse(query, context)?;
        let place = match (kind, rest) {
            ("shared", "") => VaultPlace::Shared,
            ("node", "") => VaultPlace::Node(None),
            ("node", path) => VaultPlace::Node(Some(context.base.join(decode(path)?))),
            ("file", "") => VaultPlace::File(None),
            ("file", path) => VaultPlace::File(Some(context.base.join(decode(path)?))),
            ("passphrase", "") => VaultPlace::Passphrase(None),
            ("passphrase", _) => VaultPlace::Passphrase(Some(query.secret("file", "env")?)),
            ("transit", address) => VaultPlace::Transit(transit(address, &mut query)?),
            ("pkcs11", path) => VaultPlace::Pkcs11(pkcs11(path, &mut query)?),
            _ => return Err(format!("is {kind:?}, which is no kind of vault")),
        };
        query.end()?;
        Ok(Self { text: text.to_owned(), place })
    }
}

fn transit(address: &str, query: &mut Query<'_>) -> Result<TransitPlace, String> {
    let shape = "is no address of a transit key: transit:https://HOST:PORT/MOUNT/keys/NAME";
    let (scheme, rest) = address.split_once("://").ok_or(shape)?;
    let (authority, path) = rest.split_once('/').ok_or(shape)?;
    let (mount, key) = path.rsplit_once("/keys/").ok_or(shape)?;
    if authority.is_empty() || authority.contains('@') || mount.is_empty() || key.is_empty() || key.contains('/') {
        return Err(shape.to_owned());
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if !path.bytes().all(is_plain) || path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return Err(shape.to_owned());
    }
    let host = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(authority, |(host, _)| host);
    match (scheme, host) {
        ("https", _) | ("http", "127.0.0.1" | "localhost" | "[::1]") => {}
        ("http", _) => return Err("names a server on another machine by http; the token would travel open: use https".to_owned()),
        _ => return Err(shape.to_owned()),
    }
    Ok(TransitPlace {
        server: format!("{scheme}://{authority}"),
        mount: mount.to_owned(),
        key: key.to_owned(),
        namespace: query.take("namespace"),
        ca_file: query.path("ca-file"),
        token: query.secret("token-file", "token-env")?,
    })
}

fn pkcs11(path: &str, query: &mut Query<'_>) -> Result<Pkcs11Place, String> {
    let (mut token, mut serial, mut object) = (None, None, None);
    for attribute in path.split(';').filter(|attribute| !attribute.is_empty()) {
        let (name, value) = attribute.split_once('=').ok_or_else(|| format!("has {attribute:?}, which is no attribute"))?;
        let place = match name {
            "token" => &mut token,
            "serial" => &mut serial,
            "object" => &mut object,
            "type" if value == "secret-key" => continue,
            _ => return Err(format!("has the attribute {name:?}; token, serial, object are understood")),
        };
        if place.replace(decode(value)?).is_some() {
            return Err(format!("says {name} twice"));
        }
    }
    if query.take("pin-value").is_some() {
        return Err("holds a PIN; put it into a file and say pin-source=FILE".to_owned());
    }
    if token.is_none() && serial.is_none() {
        return Err("names no token: token=LABEL or serial=NUMBER".to_owned());
    }
    let module = query.path("module-path").ok_or("names no library: ?module-path=/usr/lib/…/lib….so")?;
    let source = query.take("pin-source").ok_or("names no PIN: pin-source=FILE or pin-source=env:NAME")?;
    let pin = query.source(&source);
    Ok(Pkcs11Place { module, token, serial, object: object.ok_or("names no key: object=LABEL")?, pin })
}

/// What stands behind the question mark.
struct Query<'a> {
    pairs: Vec<(String, String)>,
    context: &'a Context<'a>,
}

impl<'a> Query<'a> {
    fn parse(text: &str, context: &'a Context<'a>) -> Result<Self, String> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            // The value may be a secret that does not belong here, so it is not repeated.
            let (name, value) = pair.split_once('=').ok_or("has a parameter without a value")?;
            if pairs.iter().any(|(other, _)| other == name) {
                return Err(format!("says {name} twice"));
            }
            pairs.push((name.to_owned(), decode(value)?));
        }
        Ok(Self { pairs, context })
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(other, _)| other == name)?;
        Some(self.pairs.swap_remove(at).1)
    }

    fn path(&mut self, name: &str) -> Option<PathBuf> {
        self.take(name).map(|path| self.context.base.join(path))
    }

    fn variable(&self, name: String) -> SecretSource {
        let value = self.context.environment.get(&name).filter(|text| !text.is_empty()).map(Secret::new);
        SecretSource::Env { name, value }
    }

    /// `env:NAME`, `file:PATH` or a path.
    fn source(&self, text: &str) -> SecretSource {
        match text.split_once(':') {
            Some(("env", name)) => self.variable(name.to_owned()),
            Some(("file", path)) => SecretSource::File(self.context.base.join(path.strip_prefix("//").unwrap_or(path))),
            _ => SecretSource::File(self.context.base.join(text)),
        }
    }

    fn secret(&mut self, file: &str, env: &str) -> Result<SecretSource, String> {
        match (self.path(file), self.take(env)) {
            (Some(path), None) => Ok(SecretSource::File(path)),
            (None, Some(name)) => Ok(self.variable(name)),
            _ => Err(format!("does not say where its secret is: ?{file}=PATH or ?{env}=NAME")),
        }
    }

    fn end(self) -> Result<(), String> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("has the parameter {name}, which this kind of vault does not know")),
        }
    }
}

/// Undoes `%XX`.
fn decode(text: &str) -> Result<String, String> {
    let wrong = || "has a % that is not followed by two hexadecimal digits of UTF-8".to_owned();
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2).ok_or_else(wrong)?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        bytes.push(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or_else(wrong)?);
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

impl Setting for VaultUri {
    const KIND: &'static str = "file, passphrase, shared, node, or the address of a vault";
    const EXAMPLE: &'static str = "\"passphrase\"";

    fn from_value(value: &Value, context: &Context<'_>) -> Result<Self, String> {
        Self::from_text(value.as_str().ok_or("is not text")?, context)
    }

    fn from_text(text: &str, context: &Context<'_>) -> Result<Self, String> {
        Self::parse(text, context)
    }

    fn to_value(&self) -> Value {
        Value::String(self.text.clone())
    }

    fn identity(&self) -> String {
        let source = match &self.place {
            VaultPlace::Passphrase(Some(source)) => source,
            VaultPlace::Transit(place) => &place.token,
            VaultPlace::Pkcs11(place) => &place.pin,
            _ => return self.text.clone(),
        };
        match source {
            SecretSource::Env { value: Some(value), .. } => format!("{} {}", self.text, value.expose()),
            _ => self.text.clone(),
        }
    }
}

/// Several vaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaultUris(pub Vec<VaultUri>);

impl Setting for VaultUris {
    const KIND: &'static str = "list of addresses of vaults";
    const EXAMPLE: &'static str = "[\"file:/mnt/a/one.key\", \"passphrase:ops?file=/run/secrets/ops\"]";

    fn from_value(value: &Value, context: &Context<'_>) -> Result<Self, String> {
        let items = value.as_array().ok_or("is not a list")?;
        if items.len() > MOST_VAULTS {
            return Err(format!("has more than {MOST_VAULTS} entries"));
        }
        let item = |(index, item): (usize, &Value)| {
            VaultUri::from_value(item, context).map_err(|error| format!("has an entry [{index}] that {error}"))
        };
        items.iter().enumerate().map(item).collect::<Result<_, _>>().map(Self)
    }

    fn from_text(text: &str, context: &Context<'_>) -> Result<Self, String> {
        if text.trim_start().starts_with('[') {
            return Self::from_value(&parse_value(text)?, context);
        }
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let list = words.map(|word| Value::String(word.to_owned())).collect();
        Self::from_value(&Value::Array(list), context)
    }

    fn to_value(&self) -> Value {
        Value::Array(self.0.iter().map(Setting::to_value).collect())
    }

    fn identity(&self) -> String {
        self.0.iter().map(Setting::identity).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Environment;

    fn read(text: &str) -> Result<VaultUri, String> {
        let environment = Environment::of([("OPS", "from the environment")]);
        VaultUri::from_text(text, &Context { base: Path::new("/etc/plexichat"), environment: &environment })
    }

    #[test]
    fn places_are_read() {
        assert_eq!(read("file").expect("reads").place, VaultPlace::File(None));
        assert_eq!(read("file:one.key").expect("reads").place, VaultPlace::File(Some("/etc/plexichat/one.key".into())));
        assert_eq!(read("node").expect("reads").place, VaultPlace::Node(None));
        assert_eq!(read("node:n.key").expect("reads").place, VaultPlace::Node(Some("/etc/plexichat/n.key".into())));
        let ops = read("passphrase:ops?env=OPS").expect("reads");
        assert_eq!(ops.name(), "passphrase:ops");
        let VaultPlace::Passphrase(Some(source)) = &ops.place else { panic!("{ops:?}") };
        assert_eq!(source.read().expect("is set").expose(), "from the environment");
        assert!(!format!("{ops:?}").contains("from the environment"));
        assert!(ops.identity().contains("from the environment"), "a change of the secret is seen");
        let bao = read("transit:https://bao.example:8200/a/transit/keys/chat?token-file=t&namespace=n%2Fm").expect("reads");
        assert_eq!(bao.name(), "transit:https://bao.example:8200/a/transit/keys/chat");
        let VaultPlace::Transit(place) = &bao.place else { panic!("{bao:?}") };
        assert_eq!((place.server.as_str(), place.mount.as_str()), ("https://bao.example:8200", "a/transit"));
        assert_eq!((place.key.as_str(), place.namespace.as_deref()), ("chat", Some("n/m")));
        assert_eq!(place.token, SecretSource::File("/etc/plexichat/t".into()));
        let hsm = read("pkcs11:token=My%20HSM;object=root?module-path=/lib/x.so&pin-source=file:///run/pin").expect("reads");
        let VaultPlace::Pkcs11(place) = &hsm.place else { panic!("{hsm:?}") };
        assert_eq!((place.token.as_deref(), place.object.as_str()), (Some("My HSM"), "root"));
        assert_eq!(place.pin, SecretSource::File("/run/pin".into()));
    }

    #[test]
    fn what_is_wrong_is_told_and_no_secret_repeated() {
        for (text, told) in [
            ("vault", "no kind of vault"),
            ("passphrase:ops", "where its secret is"),
            ("passphrase:ops?file=a&env=B", "where its secret is"),
            ("passphrase:ops?passphrase=hunter2", "where its secret is"),
            ("transit:http://bao.example/transit/keys/k?token-env=T", "use https"),
            ("transit:https://u:hunter2@bao/transit/keys/k?token-env=T", "no address"),
            ("transit:https://bao/transit/k?token-env=T", "no address"),
            ("transit:https://bao/transit/keys/k?token=hunter2", "where its secret is"),
            ("pkcs11:token=a;object=b?module-path=/x&pin-value=hunter2", "holds a PIN"),
            ("pkcs11:object=b?module-path=/x&pin-source=/p", "names no token"),
            ("pkcs11:token=a?module-path=/x&pin-source=/p", "names no key"),
            ("pkcs11:token=a;object=b?pin-source=/p", "names no library"),
            ("file:a?mode=1", "does not know"),
            ("file:%zz", "hexadecimal"),
            ("file:a b", "printable"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(told) && !error.contains("hunter2"), "{text}: {error}");
        }
        let missing = read("passphrase:x?env=NOT_SET").expect("is read at its use");
        let VaultPlace::Passphrase(Some(source)) = &missing.place else { panic!("{missing:?}") };
        assert!(source.read().expect_err("missing").contains("NOT_SET"));
    }

    #[test]
    fn lists_are_bounded() {
        let environment = Environment::of([("X", "")]);
        let context = Context { base: Path::new("/"), environment: &environment };
        assert_eq!(VaultUris::from_text("file:a, file:b", &context).expect("reads").0.len(), 2);
        let many = "file:a,".repeat(MOST_VAULTS + 1);
        assert!(VaultUris::from_text(&many, &context).expect_err("too many").contains("16"));
        assert!(VaultUris::from_text("file:a,nothing", &context).expect_err("wrong").contains("[1]"));
    }
}
