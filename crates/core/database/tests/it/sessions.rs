//! What each connection is set to.

use plexichat_database::{Db, Sql};
use plexichat_testkit::Engine;
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use std::time::Duration;

async fn setting(db: &Db, connection: &DatabaseConnection, text: &str) -> String {
    let row = connection.query_one_raw(Sql::new(db.engine(), text).build()).await.expect("readable").expect("a row");
    row.try_get_by_index::<String>(0).or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string())).expect("text or number")
}

plexichat_testkit::engines! {
    /// Every connection that writes is durable and reads what is committed.
    async fn writing_connections_are_durable(db: TestDb) {
        let db = db.db();
        let expected: &[(&str, &str)] = match db.engine() {
            Engine::Sqlite => &[("pragma journal_mode", "wal"), ("pragma synchronous", "2"), ("pragma busy_timeout", "10000")],
            Engine::Postgres => &[
                ("show synchronous_commit", "on"),
                ("show transaction_isolation", "read committed"),
                ("show enable_seqscan", "off"),
                ("show lock_timeout", "10s"),
            ],
            _ => &[
                ("select @@session.tx_isolation", "READ-COMMITTED"),
                ("select cast(@@global.innodb_flush_log_at_trx_commit as char)", "1"),
                ("select cast(@@session.innodb_lock_wait_timeout as char)", "10"),
                ("select @@session.character_set_client", "utf8mb4"),
                ("select @@session.sql_mode like '%STRICT_TRANS_TABLES%'", "1"),
            ],
        };
        for lane in 0..db.lanes() {
            for (text, value) in expected {
                assert_eq!(setting(&db, db.writer(lane), text).await, *value, "lane {lane}: {text}");
                assert_eq!(setting(&db, db.maintenance(), text).await, *value, "maintenance: {text}");
            }
        }
    }

    /// The same after a lane has lost its connection, and on every connection of the read pool.
    async fn every_connection_is_set_up(db: TestDb) {
        let (isolation, wanted) = match db.engine() {
            Engine::Sqlite => return,
            Engine::Postgres => ("select current_setting('transaction_isolation') || pg_sleep(0.3)::text", "read committed"),
            _ => ("select concat(@@session.tx_isolation, if(sleep(0.3), '', ''))", "READ-COMMITTED"),
        };
        let db = db.db();
        let readers = (0..4).map(|_| {
            let db = db.clone();
            plexichat_kernel::tasks::spawn("read", async move { setting(&db, db.reader(), isolation).await })
        });
        for reader in readers.collect::<Vec<_>>() {
            assert_eq!(reader.await.unwrap(), wanted);
        }
        let lane = db.writer(0);
        let end = match db.engine() {
            Engine::Postgres => "select pg_terminate_backend(pg_backend_pid())",
            _ => "kill connection connection_id()",
        };
        let _ = lane.execute_unprepared(end).await;
        let mut answer = None;
        for _ in 0..3 {
            answer = lane.query_one_raw(Sql::new(db.engine(), isolation).build()).await.ok().flatten();
            if answer.is_some() {
                break;
            }
        }
        assert_eq!(answer.expect("a new connection").try_get_by_index::<String>(0).unwrap(), wanted);
        if db.engine() == Engine::Postgres {
            assert_eq!(setting(&db, lane, "show synchronous_commit").await, "on");
        } else {
            assert_eq!(setting(&db, lane, "select cast(@@session.innodb_lock_wait_timeout as char)").await, "10");
        }
    }

    /// A statement that does not fit the cache costs a round trip, not 40 ms (see third_party/sqlx-core/README.md).
    async fn statements_beyond_the_cache_are_quick(db: TestDb) {
        let db = db.db();
        let read = async |index: usize| {
            let text = format!("select {index} + 0 as n from leases where fence = ?");
            db.writer(0).query_one_raw(Sql::new(db.engine(), &text).bind(1_i64).build()).await.expect("reads");
        };
        for index in 0..520 {
            read(index).await;
        }
        let mut times = Vec::new();
        for index in 520..600 {
            let started = tokio::time::Instant::now();
            read(index).await;
            times.push(started.elapsed());
        }
        times.sort();
        // The median: the machine may be busy, the delay would be in each of them.
        assert!(times[40] < Duration::from_millis(20), "the median is {:?}", times[40]);
    }
}
