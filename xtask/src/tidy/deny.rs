//! Which foreign crates are let in: licences, sources, doubles and names, as `deny.toml` says.
//!
//! The file is the one that `cargo deny` reads; here its rules are applied to what `cargo tree`
//! answers, so the check costs a second, needs no network and no further program. Advisories need a
//! downloaded database and are not checked here: `scripts/test.sh advisories` does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::{Finding, spdx};

const FILE: &str = "deny.toml";
const LICENCE_RULE: &str = "licence";
const SOURCE_RULE: &str = "source";
const DOUBLE_RULE: &str = "double";
const BANNED_RULE: &str = "banned";

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Bans {
    #[serde(default)]
    deny: Vec<Named>,
    #[serde(default)]
    skip: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    /// `name` or `name@version`, where a version may be shortened.
    #[serde(rename = "crate")]
    spec: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// `Cargo.lock`: where each crate comes from, also those that no build here uses.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
}

/// A foreign crate that a build uses.
struct Package {
    name: String,
    version: String,
    licence: String,
}

impl Named {
    fn matches(&self, package: &Package) -> bool {
        match self.spec.split_once('@') {
            None => self.spec == package.name,
            Some((name, version)) => {
                let full = format!("{}.", package.version);
                name == package.name && full.starts_with(&format!("{version}."))
            }
        }
    }
}

pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let read = |file: &str| std::fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"));
    let rules: Deny = toml::from_str(&read(FILE)?).context("cannot understand deny.toml")?;
    let lock: Lock = toml::from_str(&read("Cargo.lock")?).context("cannot understand Cargo.lock")?;
    let mut findings = judge(&rules, &built(root)?);
    findings.extend(lock.package.iter().filter_map(|locked| judge_source(&rules.sources, locked)));
    Ok(findings)
}

/// The foreign crates that a build of everything uses, tests included.
fn built(root: &Path) -> anyhow::Result<Vec<Package>> {
    let out = Command::new("cargo")
        .current_dir(root)
        .args(["tree", "--quiet", "--workspace", "--prefix", "none", "--format", "{p}|{l}"])
        .output()
        .context("cannot start cargo")?;
    if !out.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&out.stderr).trim());
    }
    let listing = String::from_utf8(out.stdout).context("cargo tree did not answer in UTF-8")?;
    let lines: BTreeSet<&str> = listing.lines().collect();
    let mut packages: Vec<Package> = lines.into_iter().filter_map(parse_line).collect();
    packages.dedup_by(|a, b| a.name == b.name && a.version == b.version);
    Ok(packages)
}

/// `name vVERSION (proc-macro)|LICENCE (*)`; a crate of the workspace stands with its folder and is
/// not foreign.
fn parse_line(line: &str) -> Option<Package> {
    let (package, licence) = line.split_once('|')?;
    let (name, rest) = package.split_once(" v")?;
    let (version, origin) = rest.split_once(' ').unwrap_or((rest, ""));
    (!origin.starts_with("(/")).then(|| Package {
        name: name.to_owned(),
        version: version.to_owned(),
        licence: licence.trim_end_matches(" (*)").to_owned(),
    })
}

fn judge(rules: &Deny, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        findings.extend(judge_licence(&rules.licenses, package));
        findings.extend(judge_name(&rules.bans, package));
    }
    findings.extend(doubles(&rules.bans, packages));
    findings
}

fn judge_licence(rules: &Licences, package: &Package) -> Option<Finding> {
    let accepted = |licence: &str| {
        let exceptions = rules.exceptions.iter().filter(|exception| exception.name == package.name);
        let mut extra = exceptions.flat_map(|exception| &exception.allow);
        rules.allow.iter().any(|allowed| allowed == licence) || extra.any(|allowed| allowed == licence)
    };
    let licence = &package.licence;
    if spdx::satisfied(licence, &accepted) {
        return None;
    }
    let what = format!("`{}` {} is licensed `{licence}`", package.name, package.version);
    let remedy = "use another crate, or accept the licence in deny.toml after reading it";
    Some(Finding::new(FILE, 0, LICENCE_RULE, what, remedy))
}

fn judge_source(rules: &Sources, package: &Locked) -> Option<Finding> {
    let source = package.source.as_deref()?;
    let allowed = rules
        .allow_registry
        .iter()
        .any(|registry| source == format!("registry+{registry}") || source == format!("sparse+{registry}"));
    if allowed {
        return None;
    }
    let what = format!("`{}` {} comes from {source}", package.name, package.version);
    let remedy = "use a released version from the registry";
    Some(Finding::new(FILE, 0, SOURCE_RULE, what, remedy))
}

fn judge_name(rules: &Bans, package: &Package) -> Option<Finding> {
    let banned = rules.deny.iter().find(|banned| banned.matches(package))?;
    let what = format!("`{}` {} is banned: {}", package.name, package.version, banned.reason);
    let remedy = "find who brings it (`cargo tree -i NAME`) and turn that off";
    Some(Finding::new(FILE, 0, BANNED_RULE, what, remedy))
}

/// Two versions of one crate, unless `skip` names the older with a reason; stale skips as well.
fn doubles(rules: &Bans, packages: &[Package]) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(package);
    }
    versions.retain(|_, packages| packages.len() > 1);
    let mut findings = Vec::new();
    for (name, packages) in &versions {
        let skipped = |package: &&&Package| rules.skip.iter().any(|skip| skip.matches(package));
        if packages.len() - packages.iter().filter(skipped).count() > 1 {
            let all: Vec<_> = packages.iter().map(|package| package.version.as_str()).collect();
            let what = format!("`{name}` is built in versions {}", all.join(" and "));
            let remedy = "update who holds the older one back, or name it under bans.skip with a reason";
            findings.push(Finding::new(FILE, 0, DOUBLE_RULE, what, remedy));
        }
    }
    for skip in &rules.skip {
        if !versions.values().flatten().any(|package| skip.matches(package)) {
            let what = format!("bans.skip names `{}`, which is no double any more", skip.spec);
            findings.push(Finding::new(FILE, 0, DOUBLE_RULE, what, "remove the entry"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "https://registry.example/index";

    fn rules() -> Deny {
        toml::from_str(&format!(
            r#"
            licenses.allow = ["MIT"]
            licenses.exceptions = [{{ crate = "odd", allow = ["Zlib"] }}]
            bans.deny = [{{ crate = "openssl-sys", reason = "rustls is used" }}]
            bans.skip = [{{ crate = "syn@1", reason = "held back by x" }}]
            sources.allow-registry = ["{REGISTRY}"]
            "#
        ))
        .expect("valid")
    }

    fn package(name: &str, version: &str) -> Package {
        Package { name: name.into(), version: version.into(), licence: "MIT".into() }
    }

    fn found(packages: Vec<Package>) -> Vec<&'static str> {
        let both = [package("syn", "1.2.3"), package("syn", "2.0.1")];
        let all: Vec<_> = packages.into_iter().chain(both).collect();
        judge(&rules(), &all).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn good_crates_and_named_doubles_pass() {
        assert_eq!(found(vec![package("serde", "1.0.0")]), [""; 0]);
    }

    #[test]
    fn licences_are_checked_with_their_exceptions() {
        let licensed = |name: &str, licence: &str| Package { licence: licence.into(), ..package(name, "1.0.0") };
        assert_eq!(found(vec![licensed("odd", "Zlib")]), [""; 0]);
        assert_eq!(found(vec![licensed("other", "Zlib")]), [LICENCE_RULE]);
        assert_eq!(found(vec![licensed("none", "")]), [LICENCE_RULE]);
    }

    #[test]
    fn foreign_sources_are_refused() {
        let locked = |source: Option<String>| Locked { name: "a".into(), version: "1.0.0".into(), source };
        let judged = |source| judge_source(&rules().sources, &locked(source));
        assert_eq!(judged(None), None);
        assert_eq!(judged(Some(format!("registry+{REGISTRY}"))), None);
        let git = judged(Some("git+https://example.org/a".into()));
        assert_eq!(git.map(|finding| finding.rule), Some(SOURCE_RULE));
    }

    #[test]
    fn banned_names_are_refused() {
        assert_eq!(found(vec![package("openssl-sys", "0.9.1")]), [BANNED_RULE]);
    }

    #[test]
    fn the_lines_of_cargo_tree_are_understood() {
        let read = |line| parse_line(line).map(|package| (package.name, package.version, package.licence));
        let triple = |a: &str, b: &str, c: &str| Some((a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(read("syn v2.0.1|MIT OR Apache-2.0 (*)"), triple("syn", "2.0.1", "MIT OR Apache-2.0"));
        assert_eq!(read("a v1.0.0 (proc-macro)|MIT"), triple("a", "1.0.0", "MIT"));
        assert_eq!(read("xtask v0.1.0 (/somewhere/xtask)|Apache-2.0"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_double_is_refused_and_so_is_a_skip_that_skips_nothing() {
        assert_eq!(found(vec![package("a", "1.0.0"), package("a", "2.0.0")]), [DOUBLE_RULE]);
        let alone = judge(&rules(), &[package("syn", "2.0.1")]);
        assert!(alone[0].what.contains("no double any more"));
        let other_major = judge(&rules(), &[package("syn", "10.0.0"), package("syn", "2.0.1")]);
        assert_eq!(other_major.len(), 2);
    }
}
