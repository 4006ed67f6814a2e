//! What `doctor` says of the database, and what keeps the server from starting.
//!
//! A [`Check`] is grave when what is acknowledged could be lost or read wrongly: [`refuse_unsafe`] stops the start for
//! those. The others are advice. Nothing here changes a setting: the remedy says what to do.

mod machine;
mod mysql;
mod postgres;
mod sqlite;

pub use machine::free_space;

use crate::{Db, DbResultExt, Engine, Sql};
use plexichat_kernel::{Clock, Error, Result};
use plexichat_model::ErrorCode;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::path::Path;

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What, in a few words; stable.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// Whether the server must not run when it is not.
    pub grave: bool,
    /// What was found.
    pub detail: String,
    /// How to mend it; empty when it is fine.
    pub remedy: String,
}

impl Check {
    fn new(name: &'static str, grave: bool, ok: bool, detail: impl Into<String>, remedy: &str) -> Self {
        let remedy = if ok { String::new() } else { remedy.to_owned() };
        Self { name, ok, grave, detail: detail.into(), remedy }
    }

    fn grave(name: &'static str, ok: bool, detail: impl Into<String>, remedy: &str) -> Self {
        Self::new(name, true, ok, detail, remedy)
    }

    fn advice(name: &'static str, ok: bool, detail: impl Into<String>, remedy: &str) -> Self {
        Self::new(name, false, ok, detail, remedy)
    }
}

/// Looks at everything. Fails only when the database does not answer.
pub async fn checks(db: &Db, clock: &Clock, data_dir: &Path) -> Result<Vec<Check>> {
    let mut found = vec![Check::grave("connection", true, format!("{} {}", db.engine().as_str(), db.version()), "")];
    found.extend(engine_checks(db).await?);
    if db.engine() != Engine::Sqlite {
        found.push(machine::clock_skew(db, clock).await?);
    }
    found.extend(machine::directory(data_dir));
    Ok(found)
}

/// Refuses a database on which what is acknowledged could be lost.
pub async fn refuse_unsafe(db: &Db) -> Result<()> {
    let wrong: Vec<String> = engine_checks(db)
        .await?
        .into_iter()
        .filter(|check| check.grave && !check.ok)
        .map(|check| format!("{}: {}; {}", check.name, check.detail, check.remedy))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let message = format!("the database does not keep what it confirms. {}", wrong.join(". "));
    Err(Error::new(ErrorCode::Unavailable, message))
}

async fn engine_checks(db: &Db) -> Result<Vec<Check>> {
    match db.engine() {
        Engine::Sqlite => sqlite::checks(db).await,
        Engine::Postgres => postgres::checks(db).await,
        Engine::MariaDb | Engine::MySql => mysql::checks(db).await,
    }
}

/// One value as text.
async fn text(db: &Db, connection: &DatabaseConnection, statement: &str) -> Result<String> {
    let row = connection.query_one_raw(Sql::new(db.engine(), statement).build()).await.db()?;
    let row = row.ok_or_else(|| Error::unavailable("the database did not answer a question about its settings"))?;
    match row.try_get_by_index::<Option<String>>(0) {
        Ok(value) => Ok(value.unwrap_or_default()),
        Err(_) => Ok(row.try_get_by_index::<i64>(0).db()?.to_string()),
    }
}

/// The leading numbers of a version.
fn version_numbers(version: &str) -> (u32, u32) {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::version_numbers;

    #[test]
    fn versions_are_read() {
        assert_eq!(version_numbers("10.11.19-MariaDB-0+deb12u1"), (10, 11));
        assert_eq!(version_numbers("15.18 (Debian 15.18-0+deb12u1)"), (15, 18));
        assert_eq!(version_numbers("17beta2"), (17, 0));
        assert_eq!(version_numbers(""), (0, 0));
    }
}
