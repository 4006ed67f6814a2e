//! Passwords and keys in the configuration: never shown, and best kept elsewhere.
//!
//! A secret is text, or a reference: `{ file = "/run/secrets/password" }` or `{ env = "NAME" }`.
//! References are followed when the configuration is read, so a missing file is a problem of the
//! configuration and not a surprise at the first use. `Debug`, `config show` and serialisation mask it.

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use toml::Value;

use super::setting::{Context, Setting, parse_value};

/// Longest secret read from a file.
const LONGEST: u64 = 64 * 1024;

/// What stands in the place of a secret.
pub(crate) const MASK: &str = "***";

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Makes a secret of `text`.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl Setting for Option<Secret> {
    const KIND: &'static str = "secret: text, { file = \"…\" }, { env = \"…\" }, or empty";
    const EXAMPLE: &'static str = "{ file = \"/run/secrets/password\" }";

    fn from_value(value: &Value, context: &Context<'_>) -> Result<Self, String> {
        if let Some(text) = value.as_str() {
            return Ok((!text.is_empty()).then(|| Secret::new(text)));
        }
        let reference = value.as_table().filter(|table| table.len() == 1).and_then(|table| {
            let (place, name) = table.iter().next()?;
            Some((place.as_str(), name.as_str()?))
        });
        match reference {
            Some(("file", path)) => read_file(&context.base.join(path)).map(Some),
            Some(("env", name)) => match context.environment.get(name) {
                Some(text) => Ok(Some(Secret::new(text))),
                None => Err(format!("refers to the environment variable {name}, which is not set")),
            },
            _ => Err("is neither text nor a reference".to_owned()),
        }
    }

    fn from_text(text: &str, context: &Context<'_>) -> Result<Self, String> {
        // A password may well begin with a brace; only what reads as a reference is one.
        let reference = text.trim_start().starts_with('{').then(|| parse_value(text).ok()).flatten();
        match reference {
            Some(reference) => Self::from_value(&reference, context),
            None => Ok((!text.is_empty()).then(|| Secret::new(text))),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(if self.is_some() { MASK.to_owned() } else { String::new() })
    }

    fn identity(&self) -> String {
        self.as_ref().map(Secret::expose).unwrap_or_default().to_owned()
    }
}

pub(crate) fn read_file(path: &Path) -> Result<Secret, String> {
    let unreadable = |cause: std::io::Error| format!("refers to {}, which cannot be read ({cause})", path.display());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LONGEST) {
        return Err(format!("refers to {}, which is larger than 64 KiB", path.display()));
    }
    // Editors and `echo` end a file with a line break that nobody means.
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(format!("refers to {}, which is empty", path.display()));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn read(text: &str, base: &Path) -> Result<Option<Secret>, String> {
        let environment = Environment::of([("DB_PASSWORD", "from the environment")]);
        Setting::from_text(text, &Context { base, environment: &environment })
    }

    fn exposed(text: &str, base: &Path) -> String {
        read(text, base).expect("reads").expect("is set").expose().to_owned()
    }

    #[test]
    fn it_is_never_shown() {
        let secret = Secret::new("hunter2");
        let json = serde_json::to_string(&secret).expect("serialises");
        let value = Some(secret.clone()).to_value();
        for shown in [format!("{secret}"), format!("{secret:?}"), json, value.to_string()] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn references_are_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("password"), "from the file\n").expect("written");
        let base = folder.path();
        assert_eq!(exposed("{ file = \"password\" }", base), "from the file");
        assert_eq!(exposed("{ env = \"DB_PASSWORD\" }", base), "from the environment");
        assert_eq!(exposed("plain", base), "plain");
        assert_eq!(exposed("{odd", base), "{odd");
        assert_eq!(read("", base), Ok(None));
    }

    #[test]
    fn broken_references_are_told() {
        let base = Path::new("/");
        assert!(read("{ file = \"/no/such/file\" }", base).expect_err("missing").contains("/no/such/file"));
        assert!(read("{ env = \"NO_SUCH\" }", base).expect_err("missing").contains("NO_SUCH"));
        assert!(read("{ fiel = \"/x\" }", base).is_err());
        assert!(read("{ file = \"/x\", env = \"Y\" }", base).is_err());
    }
}
