//! The layers and how they are laid over each other: defaults, file, environment, command line.
//!
//! A higher layer replaces the whole value of a key. What the layers do not agree on is nobody's
//! problem; what does not exist or cannot be read is, and all of it is reported together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Value;

use super::environment::Environment;
use super::problem::{Origin, Problem};
use super::section::Check;
use super::setting::{Context, Setting};
use super::suggest::nearest;

/// Name of the configuration file inside the data directory.
pub const FILE_NAME: &str = "plexichat.toml";

/// Where the configuration is read from. Reading again gives what stands there then.
#[derive(Clone, Default)]
pub struct Sources {
    pub(crate) file: Option<PathBuf>,
    pub(crate) environment: Environment,
    pub(crate) overrides: Vec<(String, String)>,
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the values of overrides: they may be secrets.
        let overrides: Vec<_> = self.overrides.iter().map(|(path, _)| path).collect();
        let Self { file, environment, .. } = self;
        f.debug_struct("Sources").field("file", file).field("environment", environment).field("overrides", &overrides).finish()
    }
}

impl Sources {
    /// Defaults alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `file`, which must exist. Without this, `plexichat.toml` in the data directory is read
    /// if it is there.
    #[must_use]
    pub fn with_file(mut self, file: Option<impl Into<PathBuf>>) -> Self {
        self.file = file.map(Into::into);
        self
    }

    /// Reads `PLEXICHAT_SECTION__KEY` variables, and the variables secrets refer to.
    #[must_use]
    pub fn with_environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Sets the key at `path` above all other layers; `value` is plain text as in the environment.
    #[must_use]
    pub fn with_override(mut self, path: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.push((path.into(), value.into()));
        self
    }

    /// The settings of the command line. Later ones replace earlier ones.
    pub(crate) fn override_layer(&self, known: &[&'static str], problems: &mut Vec<Problem>) -> Vec<(&'static str, Given)> {
        let mut layer = Vec::new();
        for (path, value) in &self.overrides {
            match known.iter().find(|known| *known == path) {
                Some(path) => layer.push((*path, Given::text(value.clone(), Origin::CommandLine))),
                None => problems.push(unknown(path, Origin::CommandLine, known)),
            }
        }
        layer
    }
}

/// A value as one layer gives it.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) value: Raw,
    pub(crate) origin: Origin,
}

#[derive(Clone)]
pub(crate) enum Raw {
    Toml(Value),
    Text(String),
}

impl Given {
    pub(crate) fn text(text: String, origin: Origin) -> Self {
        Self { value: Raw::Text(text), origin }
    }

    pub(crate) fn toml(value: Value, origin: Origin) -> Self {
        Self { value: Raw::Toml(value), origin }
    }
}

/// A key that does not exist, with the nearest one that does.
pub(crate) fn unknown(path: &str, origin: Origin, known: &[&'static str]) -> Problem {
    let remedy = match nearest(path, known.iter().copied()) {
        Some(path) => format!("did you mean {path}?"),
        None => "remove it; `plexichat config generate` lists every key".to_owned(),
    };
    Problem { path: path.to_owned(), origin, message: "this key does not exist".to_owned(), remedy }
}

/// Gives each section its values and notes what is wrong with them.
pub(crate) struct Reader<'a> {
    pub(crate) entries: BTreeMap<&'static str, Given>,
    pub(crate) environment: &'a Environment,
    pub(crate) origins: BTreeMap<&'static str, Origin>,
    pub(crate) problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The value of the key at `path`; the default when it is not set or wrong.
    pub(crate) fn take<T: Setting>(&mut self, path: &'static str, default: T, check: Option<Check<T>>) -> T {
        let Some(given) = self.entries.remove(path) else {
            self.origins.insert(path, Origin::Default);
            return default;
        };
        let result = read::<T>(&given, self.environment);
        let Given { value: _, origin } = given;
        self.origins.insert(path, origin.clone());
        let (message, remedy) = match (result, check) {
            (Ok(value), Some(check)) if !(check.holds)(&value) => {
                (format!("is {}, which is not allowed", value.to_value()), format!("must be {}", check.rule))
            }
            (Ok(value), _) => return value,
            (Err(message), _) => (message, format!("expected: {}, for instance {}", T::KIND, T::EXAMPLE)),
        };
        self.problems.push(Problem { path: path.to_owned(), origin, message, remedy });
        default
    }
}

/// Relative paths in the file start at the file's folder, all others at the working directory.
fn read<T: Setting>(given: &Given, environment: &Environment) -> Result<T, String> {
    let base = match &given.origin {
        Origin::File { path, .. } => path.parent().unwrap_or(Path::new("")),
        _ => Path::new(""),
    };
    let context = Context { base, environment };
    match &given.value {
        Raw::Toml(value) => T::from_value(value, &context),
        Raw::Text(text) => T::from_text(text, &context),
    }
}
