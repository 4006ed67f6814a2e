//! PostgreSQL.

use super::{Check, text, version_numbers};
use crate::Db;
use plexichat_kernel::Result;

pub(super) async fn checks(db: &Db) -> Result<Vec<Check>> {
    let lane = db.writer(0);
    let show = async |name: &str| text(db, lane, &format!("select current_setting('{name}')")).await;
    let (fsync, pages) = (show("fsync").await?, show("full_page_writes").await?);
    let (commit, isolation) = (show("synchronous_commit").await?, show("transaction_isolation").await?);
    let (encoding, read_only) = (show("server_encoding").await?, show("transaction_read_only").await?);
    Ok(vec![
        Check::grave("version", version_numbers(db.version()).0 >= 13, db.version(), "install PostgreSQL 13 or newer"),
        Check::grave("fsync", fsync == "on", &fsync, "set fsync = on in postgresql.conf and reload"),
        Check::grave("full_page_writes", pages == "on", &pages, "set full_page_writes = on in postgresql.conf and reload"),
        Check::grave(
            "synchronous_commit",
            commit != "off",
            &commit,
            "something overrides the session's setting: alter role or database … reset synchronous_commit",
        ),
        Check::grave(
            "isolation",
            isolation == "read committed",
            &isolation,
            "alter role or database … set default_transaction_isolation = 'read committed'",
        ),
        Check::grave(
            "writable",
            read_only == "off",
            format!("transaction_read_only = {read_only}"),
            "connect to the primary, not to a standby",
        ),
        Check::grave("encoding", encoding == "UTF8", &encoding, "create the database with encoding 'UTF8' template template0"),
    ])
}
