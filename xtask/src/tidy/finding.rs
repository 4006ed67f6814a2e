//! What a rule reports: one place that breaks it.
//!
//! A finding always carries its remedy; a rule that cannot say how to mend is not worth having.

use std::fmt;

/// One place that breaks one rule.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Finding {
    /// Path from the root of the repository, with forward slashes.
    pub(crate) path: String,
    /// Line of the place, from 1; 0 speaks of the file as a whole.
    pub(crate) line: usize,
    /// Stable name of the rule, the one that `xtask/tidy.toml` uses.
    pub(crate) rule: &'static str,
    /// What is wrong here.
    pub(crate) what: String,
    /// How to mend it.
    pub(crate) remedy: &'static str,
}

impl Finding {
    pub(crate) fn new(path: &str, line: usize, rule: &'static str, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { path: path.to_owned(), line, rule, what: what.into(), remedy }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: [{}] {}\n    mend: {}", self.path, self.line.max(1), self.rule, self.what, self.remedy)
    }
}
