//! What the server stands on and what answers in its place: the address, a server that runs, the database, the keys.
//!
//! A lost vault is found before it is needed: a recovery kit that nobody has proven is a note here until somebody does.

use super::{Finding, State};
use crate::{
    cli::context::{Context, address_of, local_address},
    compose::open_database,
};
use plexichat_client::{Client, ClientOptions, Retry};
use plexichat_database::{checks, migrations};
use plexichat_kernel::{
    Clock,
    config::{Config, Running},
};
use plexichat_model::system::{Health, HealthCheck};
use std::time::Duration;

impl From<HealthCheck> for Finding {
    fn from(check: HealthCheck) -> Self {
        let name = format!("running server: {}", check.name);
        if check.ok {
            return Self::ok(&name, "well");
        }
        let detail = check.detail.unwrap_or_else(|| "failing".to_owned());
        // The server says itself what to do, after the semicolon.
        let (detail, remedy) = detail.split_once("; ").unwrap_or((&detail, "see the log of the server"));
        Self::wrong(&name, State::Failing, detail, remedy)
    }
}

/// Who listens at the configured address; of a server of ours, how it is.
pub(super) async fn listening(config: &Config, context: &Context) -> Vec<Finding> {
    let (name, bind) = ("address", config.server.bind);
    match tokio::net::TcpListener::bind(bind).await {
        Ok(_) => vec![Finding::ok(name, format!("{bind} is free"))],
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let ours = format!("a PlexiChat server runs at {bind}");
            // A certificate is for a name and not for the address of this machine.
            let address = if config.tls.is_on() { address_of(config) } else { local_address(config) };
            match health(&address, context).await {
                Ok(health) => {
                    let mut findings = vec![Finding::ok(name, ours)];
                    findings.extend(health.checks.into_iter().map(Finding::from));
                    return findings;
                }
                Err(error) if config.tls.is_on() && matches!(Running::read(&config.server.data_dir), Ok(Some(_))) => {
                    let remedy =
                        "name its authority with --ca-file if it is one of your own, and let its name lead to this machine";
                    let detail = format!("{ours}, but cannot be asked how it is: {error}");
                    return vec![Finding::wrong(name, State::Advice, detail, remedy)];
                }
                Err(_) => {}
            }
            let remedy = "stop the other program, or choose another address in server.bind";
            vec![Finding::wrong(name, State::Failing, format!("{bind} is used by another program"), remedy)]
        }
        Err(error) => {
            let remedy = "choose an address of this machine in server.bind; ports below 1024 need a privilege";
            vec![Finding::wrong(name, State::Failing, format!("cannot listen on {bind}: {error}"), remedy)]
        }
    }
}

async fn health(address: &str, context: &Context) -> anyhow::Result<Health> {
    let mut options = ClientOptions::new(address).with_retry(Retry::NEVER);
    options.timeout = Duration::from_secs(10);
    options.authorities = context.authorities(address)?;
    Ok(Client::new(options)?.get_readiness().await?)
}

pub(super) async fn database(config: &Config) -> Vec<Finding> {
    let name = "database";
    if config.database.url.is_empty() && !config.server.data_dir.join("plexichat.db").exists() {
        return vec![Finding::ok(name, "the embedded database is made at the first start")];
    }
    let db = match open_database(config).await {
        Ok(db) => db,
        Err(error) => {
            let text = error.to_string();
            let (what, remedy) = text.split_once("; ").unwrap_or((&text, "check database.url"));
            let cause = std::iter::successors(std::error::Error::source(&error), |cause| cause.source()).last();
            let detail = cause.map_or_else(|| what.to_owned(), |cause| format!("{what}: {cause}"));
            return vec![Finding::wrong(name, State::Failing, detail, remedy)];
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
    if findings.last().is_some_and(|schema| schema.state == State::Ok) {
        findings.extend(super::keys::findings(&db, config).await);
        findings.push(super::audit::finding(&db).await);
    }
    db.close().await;
    findings
}
