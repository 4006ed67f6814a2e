//! What there is, for whoever looks after it: the command line and, later, the admin screen.

use plexichat_database::Db;
use plexichat_events::Journal;
use plexichat_kernel::{Result, clock};
use serde::Serialize;

use crate::pair::{Facts, chain_of};
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

/// Asks the servers to renew a certificate now; one of them does. `false`: there is no such certificate yet, so the next
/// server that starts orders it anyway.
pub async fn renew(journal: &Journal, id: &str) -> Result<bool> {
    store::ask_renewal(journal, id, journal.clock().now_ms()).await
}
