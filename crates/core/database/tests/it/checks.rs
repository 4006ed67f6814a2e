//! `doctor`: fine on a durable engine, refused on one that is not.

use plexichat_database::{checks, refuse_unsafe};
use plexichat_kernel::Clock;
use plexichat_testkit::{Engine, TestDb};
use sea_orm::ConnectionTrait as _;

plexichat_testkit::engines! {
    /// All is well with the engines as the tests run them, which is how production should.
    async fn a_durable_engine_passes(db: TestDb) {
        let handle = db.db();
        let found = checks(&handle, &Clock::system(), std::path::Path::new("/tmp")).await.expect("answers");
        assert!(found.len() >= 5);
        for check in &found {
            assert!(check.ok || !check.grave, "{check:?}");
            assert_eq!(check.ok, check.remedy.is_empty(), "{check:?}");
        }
        refuse_unsafe(&handle).await.expect("safe");
    }
}

/// Settings that lose data on a power cut are refused with the remedy.
async fn unsafe_setting(engine: Engine, change: &str, restore: &str, named: &str) {
    if !plexichat_testkit::wanted(engine) {
        return;
    }
    let db = TestDb::private(engine).await.expect("an instance");
    let handle = db.db();
    for statement in change.split(';') {
        handle.maintenance().execute_unprepared(statement.trim()).await.expect("set");
    }
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let refusal = refuse_unsafe(&handle).await.expect_err("unsafe").to_string();
    assert!(refusal.contains(named), "{refusal}");
    for statement in restore.split(';') {
        handle.maintenance().execute_unprepared(statement.trim()).await.expect("set");
    }
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    refuse_unsafe(&handle).await.expect("safe again");
}

#[tokio::test]
async fn postgres_without_fsync_is_refused() {
    let change = "alter system set fsync = off; select pg_reload_conf()";
    unsafe_setting(Engine::Postgres, change, "alter system set fsync = on; select pg_reload_conf()", "fsync = on").await;
}

#[tokio::test]
async fn mariadb_without_flush_at_commit_is_refused() {
    let name = "innodb_flush_log_at_trx_commit";
    unsafe_setting(
        Engine::MariaDb,
        &format!("set global {name} = 2"),
        &format!("set global {name} = 1"),
        "set innodb_flush_log_at_trx_commit = 1",
    )
    .await;
    unsafe_setting(Engine::MariaDb, "set global sync_binlog = 0", "set global sync_binlog = 1", "sync_binlog").await;
}
