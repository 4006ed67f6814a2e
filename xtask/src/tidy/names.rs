//! Names that say nothing are drawers, and drawers fill up.
//!
//! A file or folder says what is in it; `utils`, `common`, `helpers` and `misc` do not.

use super::{Finding, Source};

const RULE: &str = "name";
const FORBIDDEN: [&str; 9] = ["utils", "util", "utilities", "common", "commons", "helpers", "helper", "misc", "stuff"];
const REMEDY: &str = "name the thing: what is in it, in a word of the product or of the field";

pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in source.path.split('/') {
        let stem = part.split('.').next().unwrap_or(part).to_ascii_lowercase();
        if FORBIDDEN.contains(&stem.as_str()) {
            let what = format!("`{part}` says nothing about what is in it");
            findings.push(Finding::new(&source.path, 0, RULE, what, REMEDY));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawers_are_refused_as_file_and_as_folder() {
        for path in ["crates/a/src/utils.rs", "web/src/helpers/date.ts", "docs/misc/a.md"] {
            assert_eq!(check(&Source::new(path, "")).len(), 1, "{path}");
        }
        assert!(check(&Source::new("crates/a/src/utilisation.rs", "")).is_empty());
    }
}
