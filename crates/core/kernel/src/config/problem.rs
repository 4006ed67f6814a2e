//! What is wrong with a configuration.
//!
//! All of it at once, each with where it stands and what to do. No message repeats the value of a
//! secret.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use plexichat_model::ErrorCode;
use serde::Serialize;

use crate::error::Error;

/// Where a value comes from: the layers, lowest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File {
        /// Its path.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag of the command line.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment { variable } => write!(f, "environment {variable}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The key's full path, or what stands in its place; empty when the file as a whole is meant.
    pub path: String,
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{} ", self.path)?;
        }
        write!(f, "({}): {}", self.origin, self.message)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "; {}", self.remedy) }
    }
}

/// Everything that is wrong; never empty when it is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        writeln!(f, "the configuration has {count} problem{}:", if count == 1 { "" } else { "s" })?;
        for problem in &self.0 {
            writeln!(f, "  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        let details = serde_json::to_value(&problems).ok();
        let error = Error::new(ErrorCode::Invalid, problems.to_string().trim_end());
        match details {
            Some(details) => error.with_details(details),
            None => error,
        }
    }
}

/// Collects what the checks across keys find.
pub(crate) struct Checker<'a> {
    pub(crate) origins: &'a BTreeMap<&'static str, Origin>,
    pub(crate) problems: &'a mut Vec<Problem>,
    pub(crate) warnings: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    pub(crate) fn problem(&mut self, path: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        let problem = self.about(path, message.into(), remedy.into());
        self.problems.push(problem);
    }

    pub(crate) fn warning(&mut self, path: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        let warning = self.about(path, message.into(), remedy.into());
        self.warnings.push(warning);
    }

    fn about(&self, path: &'static str, message: String, remedy: String) -> Problem {
        let origin = self.origins.get(path).cloned().unwrap_or(Origin::Default);
        Problem { path: path.to_owned(), origin, message, remedy }
    }
}
