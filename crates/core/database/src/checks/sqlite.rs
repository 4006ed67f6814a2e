//! The embedded database.

use super::{Check, machine, text, version_numbers};
use crate::Db;
use plexichat_kernel::Result;

pub(super) async fn checks(db: &Db) -> Result<Vec<Check>> {
    let lane = db.writer(0);
    let (journal, synchronous) = (text(db, lane, "pragma journal_mode").await?, text(db, lane, "pragma synchronous").await?);
    let mut found = vec![
        Check::grave(
            "version",
            version_numbers(db.version()) >= (3, 35),
            db.version(),
            "this binary was built with an old SQLite: build it anew",
        ),
        Check::grave("journal mode", journal == "wal", &journal, "another program holds the database in another mode: stop it"),
        Check::grave(
            "synchronous",
            matches!(synchronous.as_str(), "2" | "3"),
            &synchronous,
            "the connection lost its setting: restart",
        ),
    ];
    if let Some(file) = db.sqlite_file() {
        found.push(machine::local_file_system(&file));
    }
    Ok(found)
}
