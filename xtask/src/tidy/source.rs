//! Which files there are, and of which kind.
//!
//! Git is asked, so ignored and built files never count and new files count before they are added.
//! Generated files (`*.gen.ts`, `docs/reference`) are left to `codegen --check`, and the code of others
//! (`third_party`) to them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// One file of the repository.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path from the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Rust,
    /// TypeScript and style sheets of the web client.
    Web,
    /// A crate's `Cargo.toml`.
    Manifest,
    /// Documents and everything else that is read for its name or its links alone.
    Text,
}

impl Source {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let kind = kind(path).expect("a path that tidy reads");
        Self { path: path.to_owned(), kind, text: text.to_owned() }
    }

    /// Integration tests, files of tests and the crates that exist for tests.
    pub(crate) fn is_test(&self) -> bool {
        let in_tests = self.path.contains("/tests/") || self.path.contains("/benches/");
        let web_tests =
            self.path.contains(".test.") || self.path.starts_with("web/src/test/") || self.path.starts_with("web/e2e/");
        in_tests || web_tests || self.path.ends_with("/tests.rs")
    }
}

/// The root of the repository that holds the working directory.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let out = git(Path::new("."), &["rev-parse", "--show-toplevel"])?;
    Ok(PathBuf::from(out.trim_end()))
}

/// Reads the files to check; with `changed_only`, those about to be committed.
pub(crate) fn collect(root: &Path, changed_only: bool) -> anyhow::Result<Vec<Source>> {
    let listed =
        if changed_only { changed(root)? } else { git(root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])? };
    let paths: BTreeSet<&str> = listed.split('\0').filter(|path| !path.is_empty() && !path.starts_with("third_party/")).collect();
    let mut sources = Vec::new();
    for path in paths {
        let Some(kind) = kind(path) else { continue };
        // A file may be deleted but still listed, or not be text: neither is ours to judge.
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            sources.push(Source { path: path.to_owned(), kind, text });
        }
    }
    Ok(sources)
}

/// What is about to be committed, or else what differs from the last commit.
fn changed(root: &Path) -> anyhow::Result<String> {
    let staged = git(root, &["diff", "--cached", "--name-only", "-z"])?;
    if !staged.is_empty() {
        return Ok(staged);
    }
    let new = git(root, &["ls-files", "-z", "--others", "--exclude-standard"])?;
    let changed = git(root, &["diff", "--name-only", "-z"])?;
    Ok(new + &changed)
}

fn kind(path: &str) -> Option<Kind> {
    let generated = path.contains(".gen.") || path.starts_with("docs/reference/") || path.starts_with("third_party/");
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        _ if generated => None,
        "rs" => Some(Kind::Rust),
        "ts" | "tsx" | "css" if path.starts_with("web/") => Some(Kind::Web),
        "toml" if path.ends_with("/Cargo.toml") => Some(Kind::Manifest),
        "md" => Some(Kind::Text),
        _ => None,
    }
}

fn git(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let out = Command::new("git").arg("-C").arg(root).args(arguments).output().context("cannot start git")?;
    if !out.status.success() {
        let why = String::from_utf8_lossy(&out.stderr);
        bail!("git {} failed: {}", arguments.join(" "), why.trim());
    }
    String::from_utf8(out.stdout).context("git answered with a path that is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_path() {
        assert_eq!(kind("crates/a/src/lib.rs"), Some(Kind::Rust));
        assert_eq!(kind("web/src/app/App.tsx"), Some(Kind::Web));
        assert_eq!(kind("web/src/api/schema.gen.ts"), None);
        assert_eq!(kind("crates/a/Cargo.toml"), Some(Kind::Manifest));
        assert_eq!(kind("Cargo.toml"), None);
        assert_eq!(kind("docs/reference/errors.md"), None);
        assert_eq!(kind("third_party/sqlx-core/src/lib.rs"), None);
    }

    #[test]
    fn tests_are_recognised() {
        for path in ["crates/a/tests/it/main.rs", "crates/a/src/b/tests.rs", "web/src/a.test.ts"] {
            assert!(Source::new(path, "").is_test(), "{path}");
        }
        assert!(!Source::new("crates/a/src/lib.rs", "").is_test());
    }

    #[test]
    fn a_new_file_is_collected_before_it_is_added_and_an_ignored_one_never() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = dir.path();
        git(at, &["init", "-q"]).expect("git");
        std::fs::write(at.join(".gitignore"), "built/\n").expect("written");
        std::fs::create_dir(at.join("built")).expect("made");
        std::fs::write(at.join("built/a.rs"), "").expect("written");
        std::fs::write(at.join("new.rs"), "").expect("written");
        for changed_only in [true, false] {
            let found = collect(at, changed_only).expect("collected");
            let paths: Vec<_> = found.iter().map(|source| source.path.as_str()).collect();
            assert_eq!(paths, ["new.rs"]);
        }
        git(at, &["add", ".gitignore"]).expect("git");
        assert_eq!(collect(at, true).expect("collected").len(), 0);
    }
}
