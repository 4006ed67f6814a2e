//! The arrows of ARCHITECTURE.md: who may depend on whom.
//!
//! `plexichat → server → features → core → model`, nothing points up. Each crate of the workspace
//! has a row here; a crate without one is a finding, so that a new crate states its place. Foreign
//! libraries that belong to one layer (HTTP, the command line, SQL) are listed with the crates that
//! may name them, and every version stands once, in the root manifest.

use super::{Finding, Source};

const RULE: &str = "arrow";
const VERSION_RULE: &str = "one-version-table";

/// A crate and the crates of the workspace that it may use.
struct Row {
    folder: &'static str,
    package: &'static str,
    may_use: &'static [&'static str],
}

const CORE: &[&str] = &["audit", "auth", "database", "events", "kernel", "keys", "model", "sealing"];
const PRODUCT: &[&str] = &["audit", "auth", "certificates", "database", "events", "kernel", "keys", "messaging", "model"];

const ROWS: [Row; 17] = [
    Row { folder: "crates/model", package: "model", may_use: &[] },
    Row { folder: "crates/core/kernel", package: "kernel", may_use: &["model"] },
    Row { folder: "crates/core/database", package: "database", may_use: &["kernel", "model"] },
    Row { folder: "crates/core/events", package: "events", may_use: &["database", "kernel", "model"] },
    Row {
        folder: "crates/core/security/audit",
        package: "audit",
        may_use: &["database", "events", "kernel", "model", "sealing"],
    },
    Row { folder: "crates/core/auth", package: "auth", may_use: &["audit", "database", "events", "kernel", "keys", "model"] },
    Row {
        folder: "crates/core/security/certificates",
        package: "certificates",
        may_use: &["database", "events", "kernel", "model", "sealing"],
    },
    Row { folder: "crates/core/security/sealing", package: "sealing", may_use: &["kernel"] },
    Row { folder: "crates/core/security/keys", package: "keys", may_use: &["database", "events", "kernel", "model", "sealing"] },
    Row { folder: "crates/features/messaging", package: "messaging", may_use: CORE },
    Row { folder: "crates/client", package: "client", may_use: &["kernel", "model"] },
    Row { folder: "crates/server", package: "server", may_use: PRODUCT },
    Row {
        folder: "crates/testkit",
        package: "testkit",
        may_use: &[
            "audit",
            "auth",
            "certificates",
            "client",
            "database",
            "events",
            "kernel",
            "messaging",
            "model",
            "plexichat",
            "server",
        ],
    },
    Row {
        folder: "crates/plexichat",
        package: "plexichat",
        may_use: &[
            "audit",
            "auth",
            "certificates",
            "client",
            "database",
            "events",
            "kernel",
            "keys",
            "messaging",
            "model",
            "sealing",
            "server",
        ],
    },
    // The benchmark sees what a user sees: the public API. (Its floor, `limits`, measures SQLite itself.)
    Row { folder: "bench", package: "bench", may_use: &["client", "kernel", "model"] },
    Row { folder: "xtask", package: "xtask", may_use: &[] },
    Row { folder: "xtask/codegen", package: "codegen", may_use: &["kernel", "model", "plexichat", "server"] },
];

/// A library of one layer, and the crates that may name it.
const LAYERED: [(&str, &[&str]); 27] = [
    ("axum", &["server", "testkit"]),
    ("hyper", &["server", "testkit"]),
    ("hyper-util", &["server", "testkit"]),
    ("tower", &["server", "testkit"]),
    ("tower-http", &["server", "testkit"]),
    ("http", &["server", "client", "testkit", "bench"]),
    ("http-body-util", &["server", "testkit"]),
    ("utoipa-axum", &["server"]),
    ("governor", &["server"]),
    ("rust-embed", &["server"]),
    ("reqwest", &["client", "keys", "testkit", "bench"]),
    ("cryptoki", &["keys"]),
    ("rustls", &["certificates", "client"]),
    ("tokio-rustls", &["certificates", "testkit"]),
    ("rcgen", &["certificates", "testkit"]),
    ("instant-acme", &["certificates"]),
    ("x509-parser", &["certificates"]),
    ("tokio-websockets", &["server", "client", "testkit", "bench"]),
    ("tokio-tungstenite", &["server", "testkit", "bench"]),
    ("clap", &["plexichat", "bench", "xtask", "codegen"]),
    ("sea-orm", &["audit", "database", "events", "auth", "certificates", "keys", "messaging", "testkit", "bench"]),
    ("sea-orm-migration", &["database"]),
    ("rusqlite", &["database"]),
    ("argon2", &["auth", "keys"]),
    ("getrandom", &["kernel"]),
    ("notify", &["kernel"]),
    ("metrics-exporter-prometheus", &["kernel"]),
];

pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let path = &source.path;
    let folder = path.trim_end_matches("/Cargo.toml");
    let Some(row) = ROWS.iter().find(|row| row.folder == folder) else {
        let what = format!("crate `{folder}` has no place in the table of arrows");
        let remedy = "add a row to xtask/src/tidy/arrows.rs that says what it may use";
        return vec![Finding::new(path, 0, RULE, what, remedy)];
    };
    let manifest: toml::Table = match toml::from_str(&source.text) {
        Ok(manifest) => manifest,
        Err(error) => {
            let what = format!("cannot be read as TOML: {}", error.message());
            return vec![Finding::new(path, 0, "syntax", what, "let `cargo check` name the error")];
        }
    };
    let mut findings = Vec::new();
    for (table, is_dev) in tables(&manifest) {
        for (name, wanted) in table {
            let mut found = |rule, what: String, remedy| {
                let line = line_of(&source.text, name);
                findings.push(Finding::new(path, line, rule, what, remedy));
            };
            if let Some(what) = wrong_arrow(row, name, is_dev) {
                found(RULE, what, "move the code to the layer that may see it, or cross by event");
            }
            if wanted.get("workspace").is_none() {
                let remedy = "name the version in the root Cargo.toml and write `.workspace = true`";
                found(VERSION_RULE, format!("`{name}` has a version of its own"), remedy);
            }
        }
    }
    findings
}

/// Every dependency table, with whether it serves tests alone.
fn tables(manifest: &toml::Table) -> Vec<(&toml::Table, bool)> {
    let mut holders = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        holders.extend(targets.values().filter_map(toml::Value::as_table));
    }
    let mut tables = Vec::new();
    for holder in holders {
        for (key, is_dev) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)] {
            if let Some(table) = holder.get(key).and_then(toml::Value::as_table) {
                tables.push((table, is_dev));
            }
        }
    }
    tables
}

fn wrong_arrow(row: &Row, name: &str, is_dev: bool) -> Option<String> {
    let local = name.strip_prefix("plexichat-").or((name == "plexichat").then_some("plexichat"));
    if let Some(local) = local {
        // A test may stand on the test kit, which stands on everything.
        let allowed = row.may_use.contains(&local) || is_dev;
        return (!allowed).then(|| format!("`{}` may not use `{local}`: nothing points up", row.package));
    }
    let (_, users) = LAYERED.iter().find(|(library, _)| *library == name)?;
    let allowed = users.contains(&row.package) || is_dev;
    (!allowed).then(|| format!("`{name}` belongs to {}, not to `{}`", users.join(", "), row.package))
}

fn line_of(text: &str, name: &str) -> usize {
    text.lines()
        .position(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '='])))
        .map_or(0, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<Finding> {
        check(&Source::new(path, text))
    }

    #[test]
    fn an_arrow_up_is_refused() {
        let text = "[dependencies]\nplexichat-kernel.workspace = true\nplexichat-server.workspace = true\n";
        let found = findings("crates/features/messaging/Cargo.toml", text);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].rule), (3, RULE));
        assert_eq!(findings("crates/plexichat/Cargo.toml", text), []);
    }

    #[test]
    fn tests_may_stand_on_the_test_kit() {
        let text = "[dev-dependencies]\nplexichat-testkit.workspace = true\n";
        assert_eq!(findings("crates/features/messaging/Cargo.toml", text), []);
    }

    #[test]
    fn http_belongs_to_the_server() {
        for text in [
            "[dependencies]\naxum.workspace = true\n",
            "[target.'cfg(unix)'.dependencies]\naxum = { workspace = true }\n",
            "[build-dependencies]\naxum.workspace = true\n",
        ] {
            assert_eq!(findings("crates/core/auth/Cargo.toml", text).len(), 1, "{text}");
            assert_eq!(findings("crates/server/Cargo.toml", text).len(), 0, "{text}");
        }
    }

    #[test]
    fn a_crate_without_a_row_states_its_place() {
        let found = findings("crates/features/files/Cargo.toml", "");
        assert!(found[0].what.contains("no place"));
    }

    #[test]
    fn versions_stand_in_the_root_manifest() {
        let found = findings("crates/model/Cargo.toml", "[dependencies]\nserde = \"1\"\n");
        assert_eq!(found[0].rule, VERSION_RULE);
    }

    #[test]
    fn nothing_in_the_table_points_in_a_circle() {
        let mut settled: Vec<&str> = Vec::new();
        while settled.len() < ROWS.len() {
            let next =
                ROWS.iter().find(|row| !settled.contains(&row.package) && row.may_use.iter().all(|used| settled.contains(used)));
            settled.push(next.expect("the table has a circle").package);
        }
    }
}
