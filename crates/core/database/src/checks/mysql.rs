//! MariaDB and MySQL.

use super::{Check, text, version_numbers};
use crate::{Db, Engine};
use plexichat_kernel::Result;

/// A blob of the largest message and its sealing fit many times; the default of old installations (1 MB) does not do.
const MIN_PACKET: u64 = 16 << 20;

pub(super) async fn checks(db: &Db) -> Result<Vec<Check>> {
    let needed = if db.engine() == Engine::MariaDb { (10, 6) } else { (8, 0) };
    let fresh = version_numbers(db.version()) >= needed;
    let mut found = vec![Check::grave("version", fresh, db.version(), "install MariaDB 10.6 or newer, or MySQL 8 or newer")];
    found.extend(durability(db).await?);
    found.extend(session(db).await?);
    found.push(tables(db).await?);
    Ok(found)
}

async fn variable(db: &Db, name: &str) -> Result<String> {
    text(db, db.writer(0), &format!("select cast(@@{name} as char)")).await
}

async fn durability(db: &Db) -> Result<Vec<Check>> {
    let flush = variable(db, "global.innodb_flush_log_at_trx_commit").await?;
    let doublewrite = variable(db, "global.innodb_doublewrite").await?;
    let (binlog, sync_binlog) = (variable(db, "global.log_bin").await?, variable(db, "global.sync_binlog").await?);
    let (engine, format) = (variable(db, "global.default_storage_engine").await?, variable(db, "global.binlog_format").await?);
    Ok(vec![
        Check::grave(
            "flush at commit",
            flush == "1",
            format!("innodb_flush_log_at_trx_commit = {flush}"),
            "set innodb_flush_log_at_trx_commit = 1",
        ),
        Check::grave(
            "double write",
            !is_off(&doublewrite) && doublewrite != "DETECT_ONLY",
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
            "binary log format",
            is_off(&binlog) || format != "STATEMENT",
            &format,
            "set binlog_format = ROW: InnoDB refuses to write under READ COMMITTED with STATEMENT",
        ),
        Check::grave("storage engine", engine.eq_ignore_ascii_case("innodb"), &engine, "set default_storage_engine = InnoDB"),
    ])
}

async fn session(db: &Db) -> Result<Vec<Check>> {
    let isolation = if db.engine() == Engine::MariaDb { "session.tx_isolation" } else { "session.transaction_isolation" };
    let isolation = variable(db, isolation).await?;
    let (mode, packet) = (variable(db, "session.sql_mode").await?, variable(db, "global.max_allowed_packet").await?);
    let read_only = variable(db, "global.read_only").await?;
    Ok(vec![
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
async fn tables(db: &Db) -> Result<Check> {
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
