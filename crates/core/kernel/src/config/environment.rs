//! The only home of the environment, and its rule: the key `section.key` is set by the variable
//! `PLEXICHAT_SECTION__KEY`, upper-case, with two underscores for the dot.
//!
//! Variables that start with `PLEXICHAT_` and have no double underscore belong to the command line
//! (`PLEXICHAT_CONFIG`) or to the surroundings (a cluster sets `PLEXICHAT_SERVICE_HOST`) and are
//! left alone, unless they are a known key with the underscores mistyped.

use std::collections::BTreeMap;

use super::layers::Given;
use super::problem::{Origin, Problem};
use super::suggest::nearest;

const PREFIX: &str = "PLEXICHAT_";

/// A snapshot of environment variables. Only what starts with `PLEXICHAT_` is shown by `Debug`, and
/// without values: they may be secrets.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys().filter(|name| name.starts_with(PREFIX))).finish()
    }
}

impl Environment {
    /// The environment of this process. Variables that are not UTF-8 are left out.
    #[expect(clippy::disallowed_methods, reason = "the home of the environment")]
    pub fn of_process() -> Self {
        let text =
            |(name, value): (std::ffi::OsString, std::ffi::OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// These variables and no others.
    pub fn of<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of one variable, if it is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The settings among the variables. Empty values count as not set.
    pub(crate) fn layer(&self, known: &[&'static str], problems: &mut Vec<Problem>) -> Vec<(&'static str, Given)> {
        let mut layer = Vec::new();
        for (variable, value) in self.0.iter().filter(|(_, value)| !value.is_empty()) {
            let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
            let origin = Origin::Environment { variable: variable.clone() };
            let written = rest.to_lowercase().replacen("__", ".", 1);
            if let Some(path) = known.iter().find(|path| **path == written) {
                layer.push((*path, Given::text(value.clone(), origin)));
            } else if rest.contains("__") {
                let remedy = match nearest(&written, known.iter().copied()) {
                    Some(path) => format!("did you mean {}?", variable_of(path)),
                    None => "remove it; `plexichat config generate` lists every key".to_owned(),
                };
                problems.push(Problem { path: written, origin, message: "this key does not exist".to_owned(), remedy });
            } else if let Some(path) = known.iter().find(|path| path.replace('.', "_") == written) {
                let message = "two underscores stand between section and key".to_owned();
                let remedy = format!("write {}", variable_of(path));
                problems.push(Problem { path: (*path).to_owned(), origin, message, remedy });
            }
        }
        layer
    }
}

/// The variable that sets the key at `path`.
pub(crate) fn variable_of(path: &str) -> String {
    format!("{PREFIX}{}", path.replacen('.', "__", 1).to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["server.bind", "server.public_url"];

    fn layer(name: &str) -> (Vec<&'static str>, Vec<String>) {
        let mut problems = Vec::new();
        let layer = Environment::of([(name, "x")]).layer(KNOWN, &mut problems);
        (layer.into_iter().map(|(path, _)| path).collect(), problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_variable_names_a_key() {
        assert_eq!(variable_of("server.public_url"), "PLEXICHAT_SERVER__PUBLIC_URL");
        assert_eq!(layer("PLEXICHAT_SERVER__PUBLIC_URL").0, ["server.public_url"]);
    }

    #[test]
    fn foreign_variables_are_left_alone() {
        for name in ["HOME", "PLEXICHAT_CONFIG", "PLEXICHAT_PORT_8420_TCP", "PLEXICHAT_SERVICE_HOST"] {
            assert_eq!(layer(name), (vec![], vec![]), "{name}");
        }
    }

    #[test]
    fn slips_are_named() {
        let (_, problems) = layer("PLEXICHAT_SERVER__BNID");
        assert!(problems[0].contains("did you mean PLEXICHAT_SERVER__BIND?"), "{problems:?}");
        let (_, problems) = layer("PLEXICHAT_SERVER_BIND");
        assert!(problems[0].contains("write PLEXICHAT_SERVER__BIND"), "{problems:?}");
    }

    #[test]
    fn values_are_not_shown() {
        let shown = format!("{:?}", Environment::of([("PLEXICHAT_DATABASE__PASSWORD", "hunter2")]));
        assert!(shown.contains("PASSWORD") && !shown.contains("hunter2"));
    }
}
