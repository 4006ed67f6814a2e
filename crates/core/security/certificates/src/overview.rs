//! What there is, for whoever looks after it: the command line and the screens of administrators.

use plexichat_database::{Db, Tx};
use plexichat_kernel::{Error, Result, clock};
use plexichat_model::{ErrorCode, Timestamp, certificates::CertificateView};
use serde::Serialize;

use crate::pair::{Facts, Pair, chain_of};
use crate::store::{self, Certificate};

/// A certificate and how it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// Where it comes from: a file, or the name of its row.
    pub id: String,
    /// Names it is for.
    pub names: Vec<String>,
    /// Who issued it; empty: there is none yet.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Last moment (RFC 3339); none: there is no certificate yet.
    pub expires: Option<String>,
    /// Whole days until then; negative: it expired.
    pub days_left: Option<i64>,
    /// When it is renewed (RFC 3339), or when the next attempt is made.
    pub renews: Option<String>,
    /// Attempts that failed since the last that did not.
    pub failures: i32,
    /// Why the last one failed.
    pub last_error: Option<String>,
}

impl Overview {
    /// As the wire shows it. `in_force`: serial number of the certificate that new connections get.
    pub fn view(&self, in_force: Option<&str>) -> CertificateView {
        let at = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<Timestamp>().ok());
        CertificateView {
            id: self.id.clone(),
            names: self.names.clone(),
            issuer: self.issuer.clone(),
            serial: self.serial.clone(),
            expires_at: at(&self.expires),
            renews_at: at(&self.renews),
            is_in_force: in_force.is_some_and(|serial| serial == self.serial),
            failures: self.failures,
            problem: self.last_error.clone(),
        }
    }

    /// Of a pair in force that is looked after by others.
    pub fn of_pair(pair: &Pair, id: &str, now_ms: i64) -> Self {
        Self::of_facts(pair.facts(), id, now_ms)
    }

    /// Of a chain in PEM that is looked after by others.
    pub fn of_chain(chain: &[u8], id: &str, now_ms: i64) -> Result<Self> {
        Ok(Self::of_facts(&Facts::of(&chain_of(chain, id)?[0], id)?, id, now_ms))
    }

    fn of_facts(facts: &Facts, id: &str, now_ms: i64) -> Self {
        Self {
            id: id.to_owned(),
            names: facts.names.clone(),
            issuer: facts.issuer.clone(),
            serial: facts.serial.clone(),
            expires: Some(clock::rfc3339(facts.not_after_ms)),
            days_left: Some(facts.days_left(now_ms)),
            renews: None,
            failures: 0,
            last_error: None,
        }
    }

    fn of_row(row: &Certificate, now_ms: i64) -> Result<Self> {
        let empty = Self {
            id: row.id.clone(),
            names: row.names.split(',').map(str::to_owned).collect(),
            issuer: String::new(),
            serial: String::new(),
            expires: None,
            days_left: None,
            renews: None,
            failures: 0,
            last_error: None,
        };
        let made = row.chain.as_ref().map(|chain| Self::of_chain(chain, &row.id, now_ms)).transpose()?.unwrap_or(empty);
        let renews = Some(clock::rfc3339(row.renew_at_ms));
        Ok(Self { renews, failures: row.failures, last_error: row.last_error.clone(), ..made })
    }
}

/// The certificates in the database.
pub async fn list(db: &Db, now_ms: i64) -> Result<Vec<Overview>> {
    store::certificates(db).await?.iter().map(|row| Overview::of_row(row, now_ms)).collect()
}

/// One of them.
pub async fn find(db: &Db, id: &str, now_ms: i64) -> Result<Option<Overview>> {
    store::certificate(db, id).await?.map(|row| Overview::of_row(&row, now_ms)).transpose()
}

/// Asks the servers to renew a certificate now; one of them does. Errors: `conflict` when there is none yet, so that the
/// next server that looks orders it anyway.
pub async fn renew(tx: &Tx, id: &str, now_ms: i64) -> Result<()> {
    if store::ask_renewal(tx, id, now_ms).await? {
        return Ok(());
    }
    Err(Error::conflict(ErrorCode::Conflict, "there is no certificate yet; the server orders it when it runs"))
}
