//! `plexichat doctor`: whether the server can run here, and what to mend.
//!
//! Every check says what was found and, when something is wrong, what to do. A grave finding keeps the server from
//! running and makes the exit code 1; the others are advice. Nothing is changed.

use super::{
    context::{Context, local_address},
    exit::{Exit, Failure},
    output,
};
use crate::compose::open_database;
use plexichat_client::{Client, ClientOptions, Retry};
use plexichat_database::{Check, checks, migrations};
use plexichat_kernel::{Clock, config::Config, config::Loaded, ids::EPOCH_MS};
use serde::Serialize;
use std::time::Duration;

/// Find out whether the server can run here, and what to mend
#[derive(clap::Args)]
pub(super) struct Doctor {}

/// One thing looked at.
#[derive(Serialize)]
struct Finding {
    check: String,
    state: State,
    detail: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    remedy: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    Advice,
    Failing,
}

impl Finding {
    fn ok(check: &str, detail: impl Into<String>) -> Self {
        Self { check: check.to_owned(), state: State::Ok, detail: detail.into(), remedy: String::new() }
    }

    fn wrong(check: &str, state: State, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check: check.to_owned(), state, detail: detail.into(), remedy: remedy.into() }
    }
}

impl From<Check> for Finding {
    fn from(check: Check) -> Self {
        let state = match (check.ok, check.grave) {
            (true, _) => State::Ok,
            (false, true) => State::Failing,
            (false, false) => State::Advice,
        };
        Self { check: format!("database: {}", check.name), state, detail: check.detail, remedy: check.remedy }
    }
}

impl Doctor {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut findings = Vec::new();
        match context.load() {
            Ok(loaded) => {
                findings.extend(configuration(&loaded));
                findings.push(clock());
                findings.push(data_directory(&loaded.config));
                findings.push(port(&loaded.config).await);
                findings.extend(database(&loaded.config).await);
            }
            Err(error) => {
                let detail = error.to_string();
                findings.push(Finding::wrong(
                    "configuration",
                    State::Failing,
                    detail.trim(),
                    "`plexichat config generate` lists every key",
                ));
            }
        }
        let failing = findings.iter().any(|finding| finding.state == State::Failing);
        if context.is_json() {
            output::json(&serde_json::json!({ "ok": !failing, "checks": findings }))?;
        } else {
            tell(&findings)?;
        }
        if failing { Err(Failure::silent(Exit::Failure)) } else { Ok(()) }
    }
}

fn tell(findings: &[Finding]) -> std::io::Result<()> {
    for finding in findings {
        let mark = match finding.state {
            State::Ok => "ok  ",
            State::Advice => "note",
            State::Failing => "FAIL",
        };
        output::line(format!("{mark}  {}: {}", finding.check, output::printable(&finding.detail)))?;
        if !finding.remedy.is_empty() {
            output::line(format!("      → {}", output::printable(&finding.remedy)))?;
        }
    }
    let count = |state: State| findings.iter().filter(|finding| finding.state == state).count();
    output::line("")?;
    match (count(State::Failing), count(State::Advice)) {
        (0, 0) => output::line("Everything is fine."),
        (0, notes) => output::line(format!("The server can run; {notes} thing(s) could be better.")),
        (failing, _) => output::line(format!("The server cannot run: {failing} thing(s) must be mended.")),
    }
}

fn configuration(loaded: &Loaded) -> Vec<Finding> {
    let place = loaded.file.as_ref().map_or("defaults and environment".to_owned(), |file| file.display().to_string());
    let mut findings = vec![Finding::ok("configuration", format!("valid ({place})"))];
    for warning in &loaded.warnings {
        let detail = format!("{} ({}): {}", warning.path, warning.origin, warning.message);
        findings.push(Finding::wrong("configuration", State::Advice, detail, warning.remedy.clone()));
    }
    findings
}

fn clock() -> Finding {
    let now = Clock::system().now_ms();
    let text = plexichat_kernel::clock::rfc3339(now);
    if now > EPOCH_MS {
        return Finding::ok("clock", text);
    }
    Finding::wrong("clock", State::Failing, format!("{text} lies in the past"), "set the clock of this machine, best by NTP")
}

fn data_directory(config: &Config) -> Finding {
    let directory = &config.server.data_dir;
    let (name, shown) = ("data directory", directory.display());
    if !directory.exists() {
        let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(std::path::Path::new("."));
        return match std::fs::metadata(parent) {
            Ok(metadata) if metadata.is_dir() && !metadata.permissions().readonly() => {
                Finding::ok(name, format!("{shown} does not exist yet; the first start makes it"))
            }
            _ => Finding::wrong(
                name,
                State::Failing,
                format!("{shown} does not exist and {} is no folder to make it in", parent.display()),
                "make the folder, or choose another with --data-dir",
            ),
        };
    }
    // The one sure way to learn whether one may write there; the name cannot collide with anything of the server's.
    let probe = directory.join(format!(".doctor-{}", std::process::id()));
    match std::fs::write(&probe, b"") {
        Ok(()) => {
            drop(std::fs::remove_file(&probe));
            Finding::ok(name, format!("{shown} can be written to"))
        }
        Err(error) => {
            let remedy = "check its owner and its permissions, or choose another with --data-dir";
            Finding::wrong(name, State::Failing, format!("{shown} cannot be written to: {error}"), remedy)
        }
    }
}

async fn port(config: &Config) -> Finding {
    let (name, bind) = ("address", config.server.bind);
    match tokio::net::TcpListener::bind(bind).await {
        Ok(_) => Finding::ok(name, format!("{bind} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if is_ours(&local_address(config)).await {
                return Finding::ok(name, format!("a PlexiChat server runs at {bind}"));
            }
            let remedy = "stop the other program, or choose another address in server.bind";
            Finding::wrong(name, State::Failing, format!("{bind} is used by another program"), remedy)
        }
        Err(error) => {
            let remedy = "choose an address of this machine in server.bind; ports below 1024 need a privilege";
            Finding::wrong(name, State::Failing, format!("cannot listen on {bind}: {error}"), remedy)
        }
    }
}

async fn is_ours(address: &str) -> bool {
    let mut options = ClientOptions::new(address).with_retry(Retry::NEVER);
    options.timeout = Duration::from_secs(3);
    match Client::new(options) {
        Ok(client) => client.get_liveness().await.is_ok(),
        Err(_) => false,
    }
}

async fn database(config: &Config) -> Vec<Finding> {
    let name = "database";
    if config.database.url.is_empty() && !config.server.data_dir.join("plexichat.db").exists() {
        return vec![Finding::ok(name, "the embedded database is made at the first start")];
    }
    let db = match open_database(config).await {
        Ok(db) => db,
        Err(error) => {
            let cause = error.cause().map(|cause| format!(" ({cause})")).unwrap_or_default();
            let remedy = "check database.url, the password, and that the database server runs";
            return vec![Finding::wrong(name, State::Failing, format!("{error}{cause}"), remedy)];
        }
    };
    let mut findings: Vec<Finding> = match checks(&db, &Clock::system(), &config.server.data_dir).await {
        Ok(checks) => checks.into_iter().map(Finding::from).collect(),
        Err(error) => {
            vec![Finding::wrong(name, State::Failing, error.to_string(), "see whether the database is overloaded or stopping")]
        }
    };
    findings.push(match migrations::pending(&db).await {
        Ok(pending) if pending.is_empty() => Finding::ok("schema", "up to date"),
        Ok(pending) => {
            let detail = format!("{} migration(s) to do: {}", pending.len(), pending.join(", "));
            Finding::wrong("schema", State::Advice, detail, "the next start does them, or `plexichat migrate` now")
        }
        Err(error) => Finding::wrong("schema", State::Failing, error.to_string(), "see the message of the database"),
    });
    db.close().await;
    findings
}
