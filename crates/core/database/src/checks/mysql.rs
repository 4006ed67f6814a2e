//! MariaDB and MySQL.

use super::{Check, text, version_numbers};
use crate::{Db, Engine};
use plexichat_kernel::Result;

/// A blob of the largest message and its sealing fit many times; the default of old installations (1 MB) does not do.
const MIN_PACKET: u64 = 16 << 20;

pub(super) async fn checks(db: &Db) -> Result<Vec<Check>> {
    let lane = db.writer(0);
    let variable = async |name: &str| text(db, lane, &format!("select cast(@@{name} as char)")).await;
    let mariadb = db.engine() == Engine::MariaDb;
    let isolation = variable(if mariadb { "session.tx_isolation" } else { "session.transaction_isolation" }).await?;
    let (flush, doublewrite) =
        (variable("global.innodb_flush_log_at_trx_commit").await?, variable("global.innodb_doublewrite").await?);
    let (binlog, sync_binlog) = (variable("global.log_bin").await?, variable("global.sync_binlog").await?);
    let (mode, packet) = (variable("session.sql_mode").await?, variable("global.max_allowed_packet").await?);
    let read_only = variable("global.read_only").await?;
    let engine = variable("global.default_storage_engine").await?;
    let version = version_numbers(db.version());
    Ok(vec![
        Check::grave(
            "version",
            version >= if mariadb { (10, 6) } else { (8, 0) },
            db.version(),
            "install MariaDB 10.6 or newer, or MySQL 8 or newer",
        ),
        Check::grave(
            "flush at commit",
            flush == "1",
            format!("innodb_flush_log_at_trx_commit = {flush}"),
            "set innodb_flush_log_at_trx_commit = 1",
        ),
        Check::grave(
            "double write",
            !matches!(doublewrite.as_str(), "0" | "OFF" | "DETECT_ONLY"),
            format!("innodb_doublewrite = {doublewrite}"),
            "set innodb_doublewrite = ON",
        ),
        Check::grave(
            "binary log",
            is_off(&binlog) || sync_binlog == "1",
            format!("log_bin = {binlog}, sync_binlog = {sync_binlog}"),
            "set sync_binlog = 1: with a binary log, a commit that is not in it is undone by recovery",
        ),
        Check::grave(
            "isolation",
            isolation == "READ-COMMITTED",
            &isolation,
            "something changes the session's isolation: see init_connect",
        ),
        Check::grave(
            "strict mode",
            mode.contains("STRICT_"),
            &mode,
            "add STRICT_TRANS_TABLES to sql_mode: without it values are cut off silently",
        ),
        Check::grave(
            "writable",
            is_off(&read_only),
            format!("read_only = {read_only}"),
            "connect to the primary, not to a replica",
        ),
        Check::grave("storage engine", engine.eq_ignore_ascii_case("innodb"), &engine, "set default_storage_engine = InnoDB"),
        collation(db).await?,
        Check::advice(
            "packet size",
            packet.parse().unwrap_or(0) >= MIN_PACKET,
            format!("max_allowed_packet = {packet}"),
            "set max_allowed_packet = 16M or more: large groups of messages are refused below it",
        ),
    ])
}

/// Engines write booleans in two ways.
fn is_off(value: &str) -> bool {
    matches!(value, "0" | "OFF")
}

/// Tables that compare names otherwise than byte by byte, or are not transactional.
async fn collation(db: &Db) -> Result<Check> {
    let odd = text(
        db,
        db.writer(0),
        "select group_concat(table_name) from information_schema.tables where table_schema = database() \
         and table_name not in ('seaql_migrations', 'schema_level') \
         and (engine <> 'InnoDB' or table_collation not in ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin'))",
    )
    .await?;
    let detail = if odd.is_empty() { "every table is InnoDB and compares byte by byte".to_owned() } else { odd.clone() };
    Ok(Check::grave(
        "tables",
        odd.is_empty(),
        detail,
        "alter table … engine InnoDB, convert to character set utf8mb4 collate utf8mb4_nopad_bin",
    ))
}
