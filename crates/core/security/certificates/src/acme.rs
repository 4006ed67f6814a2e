//! Certificates ordered from an ACME server (RFC 8555) and renewed in time, for all nodes of a cluster.
//!
//! Everything lies in the database, sealed where it is secret: the account, the certificate with its key, the answers to
//! challenges (the ACME server may reach any node). Each node looks at its row and puts a new certificate in force; the one
//! that gets the lease orders. Renewal is due at two thirds of the lifetime and a random bit later, and after a failure
//! again with growing pauses, below the five failed validations an hour that Let's Encrypt allows.

mod answers;
mod order;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use plexichat_events::{Journal, leases};
use plexichat_kernel::config::{AcmeChallenge, Secret};
use plexichat_kernel::{Condition, Error, Result, Shutdown, Worker, random};

use crate::current::Current;
use crate::pair::Pair;
use crate::store::{self, Certificate};
use crate::vault::Vault;

const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long one order may take; the lease outlives it.
const ORDER: Duration = Duration::from_mins(4);
const LEASE: Duration = Duration::from_mins(5);
const LEASE_NAME: &str = "acme";
/// Pauses after failures: the first, doubled with each further one up to the longest.
const FIRST_PAUSE_MS: i64 = 2 * 60 * 1_000;
const LONGEST_PAUSE_MS: i64 = 6 * 60 * 60 * 1_000;
/// What of an ACME server's words is kept.
const LONGEST_ERROR: usize = 500;

/// Whom to ask, and for what.
#[derive(Clone, Debug)]
pub struct AcmeOptions {
    /// Address of the directory.
    pub directory: String,
    /// Who vouches for the ACME server besides the system's authorities.
    pub ca_file: Option<PathBuf>,
    /// Where the ACME server may write to.
    pub contacts: Vec<String>,
    /// How names are proven.
    pub challenge: AcmeChallenge,
    /// Id and key of an external account.
    pub external: Option<(String, Secret)>,
    /// Names of the certificate, at least one.
    pub names: Vec<String>,
}

/// Name of the row of a certificate: another directory or other names are another certificate.
pub fn certificate_id(directory: &str, names: &[String]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    for part in std::iter::once(directory).chain(names) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("acme-{}", &hasher.finalize().to_hex()[..32])
}

impl AcmeOptions {
    /// Name of the row.
    pub fn certificate_id(&self) -> String {
        certificate_id(&self.directory, &self.names)
    }

    fn account_id(&self) -> String {
        blake3::hash(self.directory.as_bytes()).to_hex()[..32].to_owned()
    }
}

/// Orders and renews. Cheap to clone; a worker, and what answers challenges.
#[derive(Clone)]
pub struct Acme(Arc<Inner>);

struct Inner {
    journal: Journal,
    vault: Vault,
    options: AcmeOptions,
    current: Current,
    /// Tells this process from others that want the lease.
    holder: String,
    /// `updated_ms` of the row in force, and why the last order failed.
    seen: Mutex<(i64, Option<String>)>,
    /// Looks at the database for strangers, at the same time.
    lookups: tokio::sync::Semaphore,
}

impl Acme {
    /// Puts in force what the database has, if anything.
    pub async fn start(journal: Journal, vault: Vault, options: AcmeOptions, current: Current) -> Result<Self> {
        let lookups = tokio::sync::Semaphore::new(answers::LOOKUPS);
        let acme =
            Self(Arc::new(Inner { journal, vault, options, current, holder: random::token(), seen: Mutex::default(), lookups }));
        acme.row().await?;
        Ok(acme)
    }

    /// The row of the certificate; what is new in it is put in force.
    async fn row(&self) -> Result<Option<Certificate>> {
        let inner = &self.0;
        let row = store::certificate(inner.journal.db(), &inner.options.certificate_id()).await?;
        let Some(row) = row else { return Ok(None) };
        let known = inner.seen.lock().unwrap_or_else(PoisonError::into_inner).0;
        if let Some(chain) = row.chain.as_ref().filter(|_| row.updated_ms != known) {
            let sealed = row.private_key.as_deref().unwrap_or_default();
            let key = inner.vault.open("certificates", "private_key", &row.id, sealed).await?;
            inner.current.install(Pair::from_pem(chain, &key, ("the database", "the database"))?);
        }
        let why = (row.failures > 0).then(|| row.last_error.clone().unwrap_or_default());
        *inner.seen.lock().unwrap_or_else(PoisonError::into_inner) = (row.updated_ms, why);
        Ok(Some(row))
    }

    async fn look(&self) -> Result<()> {
        let (journal, now_ms) = (&self.0.journal, self.0.journal.clock().now_ms());
        let is_due = |row: &Option<Certificate>| row.as_ref().is_none_or(|row| now_ms >= row.renew_at_ms);
        if !is_due(&self.row().await?) {
            return Ok(());
        }
        let Some(lease) = leases::take(journal, LEASE_NAME, &self.0.holder, LEASE).await? else { return Ok(()) };
        // Whoever held it before may have done it.
        let row = self.row().await?;
        if is_due(&row) {
            let ordered = tokio::time::timeout(ORDER, order::order(&self.0)).await;
            let ordered = ordered.unwrap_or_else(|_| Err(Error::unavailable("the ACME server did not finish in four minutes")));
            let row = match ordered {
                Ok(row) => row,
                Err(error) => self.failed(row, &error),
            };
            store::put(journal, row, Some(&lease)).await?;
            self.row().await?;
        }
        leases::release(journal, &lease).await
    }

    /// The row after an order that failed: what it had stays.
    fn failed(&self, row: Option<Certificate>, error: &Error) -> Certificate {
        let now_ms = self.0.journal.clock().now_ms();
        let row = row.unwrap_or_else(|| order::empty(&self.0.options));
        let failures = row.failures.saturating_add(1);
        let pause = FIRST_PAUSE_MS.saturating_mul(1 << (failures - 1).clamp(0, 16)).min(LONGEST_PAUSE_MS);
        let jitter = random::jitter(Duration::from_millis(u64::try_from(pause / 8).unwrap_or(0)));
        let jitter = i64::try_from(jitter.as_millis()).unwrap_or(0);
        tracing::error!(%error, cause = ?error.cause(), failures, "no certificate was obtained");
        metrics::counter!("plexichat_tls_renewal_failures_total").increment(1);
        let last_error = Some(error.message().chars().filter(|c| !c.is_control()).take(LONGEST_ERROR).collect());
        Certificate { failures, last_error, renew_at_ms: now_ms + pause + jitter, ..row }
    }
}

impl fmt::Debug for Acme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acme").field("options", &self.0.options).finish_non_exhaustive()
    }
}

#[async_trait]
impl Worker for Acme {
    fn name(&self) -> &'static str {
        "tls_acme"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        loop {
            match shutdown.run_until(Box::pin(self.look())).await {
                None => return Ok(()),
                Some(Err(error)) => tracing::warn!(%error, "the certificate could not be looked after; it is tried again"),
                Some(Ok(())) => {}
            }
            // Tells the metric and the alarm of when the certificate ends.
            let _condition = self.status();
            if shutdown.run_until(tokio::time::sleep(LOOK_EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }

    fn status(&self) -> Condition {
        let why = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
        match (self.0.current.condition(self.0.journal.clock()), why) {
            (condition, None) => condition,
            (Condition::Healthy, Some(why)) => Condition::Degraded(format!("the certificate could not be renewed: {why}")),
            (Condition::Degraded(what), Some(why)) => Condition::Degraded(format!("{what}, and could not be renewed: {why}")),
            (Condition::Failing(what), Some(why)) => Condition::Failing(format!("{what}: {why}")),
        }
    }
}
