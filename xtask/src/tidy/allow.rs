//! The named exceptions of `xtask/tidy.toml`.
//!
//! An entry silences one rule in one file, optionally only where the finding speaks of one item,
//! and says why. An entry without a reason, or that silences nothing, is a finding.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use super::Finding;

const FILE: &str = "xtask/tidy.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allowed {
    #[serde(default, rename = "allow")]
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    path: String,
    /// A word of the finding's text, such as the name of a function in backticks.
    item: Option<String>,
    reason: String,
}

impl Entry {
    fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule
            && self.path == finding.path
            && self.item.as_ref().is_none_or(|item| finding.what.contains(&format!("`{item}`")))
    }
}

pub(crate) fn read(path: &Path) -> anyhow::Result<Allowed> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
}

impl Allowed {
    /// Removes what is allowed; with `whole`, every file was checked, so unused entries are told.
    pub(crate) fn apply(&self, findings: Vec<Finding>, whole: bool) -> Vec<Finding> {
        let mut used = vec![false; self.entries.len()];
        let mut left: Vec<Finding> = findings.into_iter().filter(|finding| !self.silences(finding, &mut used)).collect();
        for (entry, used) in self.entries.iter().zip(used) {
            if entry.reason.trim().len() < 15 {
                left.push(stale(entry, "has no reason worth the name", "say why the rule does not fit here"));
            }
            if whole && !used {
                left.push(stale(entry, "silences nothing any more", "remove the entry"));
            }
        }
        left
    }

    fn silences(&self, finding: &Finding, used: &mut [bool]) -> bool {
        let mut silenced = false;
        for (entry, used) in self.entries.iter().zip(used) {
            if entry.covers(finding) {
                *used = true;
                silenced = true;
            }
        }
        silenced
    }
}

fn stale(entry: &Entry, what: &str, remedy: &'static str) -> Finding {
    let item = entry.item.as_deref().unwrap_or("the whole file");
    let what = format!("entry `{}` for {} ({item}) {what}", entry.rule, entry.path);
    Finding::new(FILE, 0, "allow-list", what, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Allowed {
        toml::from_str(text).expect("a valid list")
    }

    fn finding() -> Finding {
        Finding::new("a.rs", 3, "file-ceiling", "function `long` is long", "shorten it")
    }

    const ENTRY: &str = r#"
        [[allow]]
        rule = "file-ceiling"
        path = "a.rs"
        reason = "a table that reads best on one page"
    "#;

    #[test]
    fn an_entry_silences_its_rule_in_its_file_alone() {
        let elsewhere = Finding { path: "b.rs".into(), ..finding() };
        assert_eq!(list(ENTRY).apply(vec![finding(), elsewhere.clone()], true), [elsewhere]);
    }

    #[test]
    fn an_item_narrows_the_entry() {
        let entry = format!("{ENTRY}\n item = \"long\"");
        let other = Finding { what: "function `other` is long".into(), ..finding() };
        assert_eq!(list(&entry).apply(vec![finding(), other.clone()], true), [other]);
    }

    #[test]
    fn an_entry_that_silences_nothing_is_told_when_everything_was_read() {
        let left = list(ENTRY).apply(Vec::new(), true);
        assert_eq!(left.len(), 1);
        assert!(left[0].what.contains("silences nothing"));
        assert!(list(ENTRY).apply(Vec::new(), false).is_empty());
    }

    #[test]
    fn a_reason_is_required() {
        let entry = ENTRY.replace("a table that reads best on one page", "because");
        let left = list(&entry).apply(vec![finding()], true);
        assert!(left[0].what.contains("no reason"));
        assert!(toml::from_str::<Allowed>("[[allow]]\nrule='x'\npath='y'").is_err());
    }
}
