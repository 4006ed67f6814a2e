//! `plexichat certs`.

use super::{
    context::Context,
    exit::{Exit, Failure},
    output,
};
use crate::compose::{Core, Role, acme_options, open_database};
use plexichat_audit::Action;
use plexichat_certificates::{Overview, overview};
use plexichat_database::migrations;
use plexichat_kernel::{
    Caller, Clock,
    config::{Config, TlsMode},
};
use std::time::Duration;

/// What the audit log says of who did it.
const REASON: &str = "certs renew, on the command line of the server";
/// How often it is looked whether a renewal is done.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Certificates of the server's own TLS
#[derive(clap::Subcommand)]
pub(super) enum Certs {
    Status(Status),
    Renew(Renew),
}

/// Show the certificates, when they end and when they are renewed
///
/// The exit code is 1 when one has expired or could not be renewed.
#[derive(clap::Args)]
pub(super) struct Status {}

/// Renew the certificate from the ACME server now
///
/// The running server does it, or another node of the cluster; connections stay open and new ones get the new
/// certificate. Mind the limits of the ACME server.
#[derive(clap::Args)]
pub(super) struct Renew {
    /// Wait until it is done or has failed
    #[arg(long)]
    wait: bool,
}

impl Certs {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        match self {
            Self::Status(_) => status(context, &config).await,
            Self::Renew(renew) => renew.run(context, &config).await,
        }
    }
}

async fn status(context: &Context, config: &Config) -> anyhow::Result<()> {
    let certificates = certificates(config).await?;
    let is_bad = |one: &Overview| one.failures > 0 || one.days_left.is_none_or(|days| days < 0);
    let bad = certificates.iter().any(is_bad);
    if context.is_json() {
        output::json(&serde_json::json!({ "mode": config.tls.mode.as_str(), "certificates": certificates }))?;
    } else {
        let rows = certificates.into_iter().map(row).collect();
        let none =
            if config.tls.is_on() { "No certificate yet; the server orders it when it runs." } else { "TLS is off (tls.mode)." };
        output::table(&["names", "issuer", "expires", "days left", "renews", "last error", "from"], rows, none)?;
    }
    if bad { Err(Failure::silent(Exit::Failure)) } else { Ok(()) }
}

fn row(one: Overview) -> Vec<String> {
    let days = one.days_left.map(|days| days.to_string()).unwrap_or_default();
    let (expires, renews) = (one.expires.unwrap_or_default(), one.renews.unwrap_or_default());
    vec![one.names.join(", "), one.issuer, expires, days, renews, one.last_error.unwrap_or_default(), one.id]
}

/// The certificates of a configuration.
pub(super) async fn certificates(config: &Config) -> anyhow::Result<Vec<Overview>> {
    let now_ms = Clock::system().now_ms();
    match (config.tls.mode, &config.tls.cert_file) {
        (TlsMode::Files, Some(file)) => {
            let shown = file.display().to_string();
            let chain = std::fs::read(file).map_err(|error| Failure::usage(format!("{shown} cannot be read: {error}")))?;
            Ok(vec![Overview::of_chain(&chain, &shown, now_ms)?])
        }
        (TlsMode::Acme, _) => {
            let db = open_database(config).await?;
            // An older schema has no such table.
            let listed = match migrations::pending(&db).await {
                Ok(pending) if pending.is_empty() => overview::list(&db, now_ms).await,
                other => other.map(|_| Vec::new()),
            };
            db.close().await;
            Ok(listed?)
        }
        _ => Ok(Vec::new()),
    }
}

impl Renew {
    async fn run(self, context: &Context, config: &Config) -> anyhow::Result<()> {
        if config.tls.mode != TlsMode::Acme {
            let text = "only certificates from an ACME server are renewed by PlexiChat (tls.mode = \"acme\")";
            return Err(Failure::usage(text));
        }
        let id = acme_options(config).certificate_id();
        let core = Core::start(config, Role::Command).await?;
        let outcome = self.ask(&core, &id).await;
        core.stop().await;
        let done = outcome?;
        if context.is_json() {
            return output::json(&serde_json::json!({ "certificate": done }));
        }
        let text = match done {
            Some(done) => format!("Renewed; the new certificate ends {}.", done.expires.unwrap_or_default()),
            None => "The server renews it now; `plexichat certs status` shows how it went.".to_owned(),
        };
        Ok(output::line(text)?)
    }

    async fn ask(&self, core: &Core, id: &str) -> anyhow::Result<Option<Overview>> {
        let clock = core.journal.clock();
        let before = overview::find(&core.db, id, clock.now_ms()).await?;
        let (audit, now_ms, row) = (core.auth.audit(), clock.now_ms(), id.to_owned());
        let record = audit.record(&Caller::system(REASON), Action::CertificateRenewalOrdered).await?;
        let work = audit.write_along(record.on("certificate", 0).with("certificate", id), move |tx| {
            let row = row.clone();
            Box::pin(async move { overview::renew(tx, &row, now_ms).await })
        });
        work.await?;
        let serial = before.map(|one| one.serial).unwrap_or_default();
        if !self.wait {
            return Ok(None);
        }
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(one) = overview::find(&core.db, id, clock.now_ms()).await? else { continue };
            if one.serial != serial {
                return Ok(Some(one));
            }
            if let Some(error) = one.last_error.filter(|_| one.failures > 0) {
                return Err(Failure::with(Exit::Failure, format!("the certificate was not renewed: {error}")));
            }
        }
    }
}
