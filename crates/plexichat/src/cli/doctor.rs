//! `plexichat doctor`: whether the server can run here, and what to mend.
//!
//! Every check says what was found and, when something is wrong, what to do. A grave finding keeps the server from
//! running and makes the exit code 1; the others are advice. Nothing is changed.

mod audit;
mod certificate;
mod keys;
mod machine;
mod service;

use super::{
    config::running,
    context::Context,
    exit::{Exit, Failure},
    output,
};
use plexichat_database::Check;
use plexichat_kernel::config::Loaded;
use serde::Serialize;

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
                findings.extend(machine::findings(&loaded.config));
                findings.extend(service::listening(&loaded.config, context).await);
                findings.extend(service::database(&loaded.config).await);
                findings.extend(certificate::findings(&loaded.config).await);
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
    if let Some((process, keys)) = running(loaded).filter(|(_, keys)| !keys.is_empty()) {
        let keys: Vec<&str> = keys.iter().map(|key| key.path).collect();
        let detail = format!("the server (process {process}) runs with other values of {}", keys.join(", "));
        findings.push(Finding::wrong("configuration", State::Advice, detail, "restart the server for them to take effect"));
    }
    findings
}
