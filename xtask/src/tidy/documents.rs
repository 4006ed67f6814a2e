//! Documents that point at nothing mislead: every relative link of a Markdown file exists.
//!
//! Links to the web are not followed: a check that needs the network is no check. Links inside code
//! are examples and are left alone.

use std::path::Path;

use super::{Finding, Kind, Source};

const RULE: &str = "dead-link";
const REMEDY: &str = "correct the link or write the page";

pub(crate) fn check_links(root: &Path, sources: &[Source]) -> Vec<Finding> {
    let documents = sources.iter().filter(|source| source.kind == Kind::Text);
    documents.flat_map(|source| check(root, source)).collect()
}

fn check(root: &Path, source: &Source) -> Vec<Finding> {
    let here = root.join(&source.path);
    let folder = here.parent().unwrap_or(root);
    let mut findings = Vec::new();
    let mut in_code = false;
    for (index, line) in source.text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        if in_code {
            continue;
        }
        for target in targets(line) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                let what = format!("`{target}` does not exist");
                findings.push(Finding::new(&source.path, index + 1, RULE, what, REMEDY));
            }
        }
    }
    findings
}

/// The targets of `[text](target)` in one line, code spans left out.
fn targets(line: &str) -> Vec<&str> {
    let prose = line.split('`').step_by(2);
    prose
        .flat_map(|part| part.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.starts_with("mailto:"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_found_and_the_rest_is_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("docs")).expect("made");
        std::fs::write(dir.path().join("docs/b.md"), "").expect("written");
        let text =
            "[b](b.md#part) [web](https://example.org/x) [here](#x)\n[gone](gone.md)\n`[a](code.md)`\n```\n[a](fence.md)\n```\n";
        let found = check(dir.path(), &Source::new("docs/a.md", text));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].line, found[0].rule), (2, RULE));
    }
}
