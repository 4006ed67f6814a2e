//! What failures mean, provoked on every engine.

use plexichat_database::{Db, Sql, entity, is_connection_lost, is_retryable, violation};
use plexichat_model::ErrorCode;
use plexichat_testkit::{Engine, TestDb};
use sea_orm::{ConnectionTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, TransactionTrait as _};
use std::time::Duration;

fn message(id: i64, number: i64, nonce: Option<i64>) -> entity::message::ActiveModel {
    let row = entity::message::Model {
        id,
        channel_id: 1,
        number,
        version: number,
        author_id: 7,
        nonce,
        thread_id: None,
        kind: 0,
        flags: 0,
        body: Vec::new(),
        created_ms: 0,
        edited_ms: None,
        deleted: false,
    };
    row.into_active_model()
}

async fn refused(db: &Db, row: entity::message::ActiveModel) -> DbErr {
    entity::message::Entity::insert(row).exec_without_returning(db.writer(0)).await.expect_err("refused")
}

const NONCE: (&str, &str) = ("ux_messages_nonce", "messages.channel_id, messages.author_id, messages.nonce");
const NUMBER: (&str, &str) = ("ux_messages_number", "messages.channel_id, messages.number");

plexichat_testkit::engines! {
    /// A violated constraint is told apart from the others, also inside a batch.
    async fn violations_name_their_index(db: TestDb) {
        let db = db.db();
        entity::message::Entity::insert(message(1, 1, Some(5))).exec_without_returning(db.writer(0)).await.unwrap();
        let nonce = violation(&refused(&db, message(2, 2, Some(5))).await).expect("a violation");
        assert!(nonce.is(NONCE.0, NONCE.1) && !nonce.is(NUMBER.0, NUMBER.1), "{nonce:?}");
        let number = violation(&refused(&db, message(2, 1, Some(6))).await).expect("a violation");
        assert!(number.is(NUMBER.0, NUMBER.1) && !number.is(NONCE.0, NONCE.1), "{number:?}");
        let key = refused(&db, message(1, 9, None)).await;
        assert!(violation(&key).is_some_and(|found| !found.is(NUMBER.0, NUMBER.1) && !found.is(NONCE.0, NONCE.1)), "{key}");
        let batch = entity::message::Entity::insert_many([message(3, 3, None), message(4, 4, Some(5))]);
        let batch = batch.exec_without_returning(db.writer(0)).await.expect_err("refused");
        assert!(violation(&batch).is_some_and(|found| found.is(NONCE.0, NONCE.1)), "{batch}");
        assert_eq!(plexichat_database::db_error(batch).code(), ErrorCode::Conflict);
        // Absent nonces never collide.
        for id in [5, 6] {
            entity::message::Entity::insert(message(id, id, None)).exec_without_returning(db.writer(0)).await.unwrap();
        }
        // A composite key: on SQLite such a table has no row id.
        let cursor = || entity::read_cursor::Model { user_id: 1, channel_id: 2, thread_id: 0, last_read_number: 1, version: 1 }.into_active_model();
        entity::read_cursor::Entity::insert(cursor()).exec_without_returning(db.writer(0)).await.unwrap();
        let twice = entity::read_cursor::Entity::insert(cursor()).exec_without_returning(db.writer(0)).await.expect_err("refused");
        assert!(violation(&twice).is_some() && !is_retryable(&twice) && !is_connection_lost(&twice), "{twice}");
    }

    /// Two transactions that wait for each other: one is told to run again.
    async fn a_deadlock_is_retryable(db: TestDb) {
        if db.engine() == Engine::Sqlite {
            return sqlite_is_busy(&db).await;
        }
        let (one, two) = (db.db(), db.open_again().await.unwrap());
        for name in ["a", "b"] {
            let insert = Sql::new(db.engine(), "insert into leases (name, holder, fence, until_ms) values (?, 'x', 1, 1)").bind(name);
            one.writer(0).execute_raw(insert.build()).await.unwrap();
        }
        let update = |name: &str| Sql::new(db.engine(), "update leases set fence = fence + 1 where name = ?").bind(name).build();
        let (first, second) = (one.writer(0).begin().await.unwrap(), two.writer(0).begin().await.unwrap());
        first.execute_raw(update("a")).await.unwrap();
        second.execute_raw(update("b")).await.unwrap();
        // Whoever is refused lets go at once, so that the other gets through.
        let cross = |tx: sea_orm::DatabaseTransaction, statement: sea_orm::Statement| async move {
            let done = tx.execute_raw(statement).await;
            match &done {
                Ok(_) => tx.commit().await.unwrap(),
                Err(_) => tx.rollback().await.unwrap(),
            }
            done.err()
        };
        let (a, b) = tokio::join!(cross(first, update("b")), cross(second, update("a")));
        let errors: Vec<DbErr> = [a, b].into_iter().flatten().collect();
        assert_eq!(errors.len(), 1, "one of the two is refused");
        assert!(is_retryable(&errors[0]) && !is_connection_lost(&errors[0]), "{}", errors[0]);
        assert_eq!(plexichat_database::db_error(errors.into_iter().next().unwrap()).code(), ErrorCode::Overloaded);
    }

    /// A session that is gone is seen as such, and the pool recovers.
    async fn a_lost_connection_is_recognised(db: TestDb) {
        let handle = db.db();
        let lane = handle.writer(0);
        let (find, kill) = match db.engine() {
            Engine::Sqlite => return,
            Engine::Postgres => ("select pg_backend_pid()", "select pg_terminate_backend(?)"),
            _ => ("select cast(connection_id() as signed)", "kill connection ?"),
        };
        let row = lane.query_one_raw(Sql::new(db.engine(), find).build()).await.unwrap().unwrap();
        let tx = lane.begin().await.unwrap();
        if db.engine() == Engine::Postgres {
            let id: i32 = row.try_get_by_index(0).unwrap();
            handle.maintenance().query_one_raw(Sql::new(db.engine(), kill).bind(id).build()).await.unwrap();
        } else {
            let id: i64 = row.try_get_by_index(0).unwrap();
            handle.maintenance().execute_unprepared(&kill.replace('?', &id.to_string())).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let statement = Sql::new(db.engine(), "update leases set fence = 1").build();
        let error = tx.execute_raw(statement.clone()).await.expect_err("the session is gone");
        assert!(is_connection_lost(&error) && !is_retryable(&error), "{error}");
        assert_eq!(plexichat_database::db_error(error).code(), ErrorCode::Unavailable);
        drop(tx);
        let mut tries = 0;
        while let Err(error) = lane.execute_raw(statement.clone()).await {
            tries += 1;
            assert!(tries < 3, "the lane does not recover: {error}");
        }
    }
}

/// The other process writes for longer than the busy timeout would be a slow test: a read that turns into a write is
/// refused at once.
async fn sqlite_is_busy(db: &TestDb) {
    let (one, two) = (db.db(), db.open_again().await.unwrap());
    let read = Sql::new(Engine::Sqlite, "select count(*) from leases").build();
    let write = |name: &str| {
        Sql::new(Engine::Sqlite, "insert into leases (name, holder, fence, until_ms) values (?, 'x', 1, 1)").bind(name).build()
    };
    let tx = one.writer(0).begin().await.unwrap();
    tx.query_one_raw(read).await.unwrap();
    two.writer(0).execute_raw(write("a")).await.unwrap();
    let error = tx.execute_raw(write("b")).await.expect_err("its snapshot is old");
    assert!(is_retryable(&error), "{error}");
}

/// A database that may not grow: nothing is saved, reads go on, and it recovers.
#[tokio::test]
async fn a_full_disk_is_told_as_such() {
    let db = TestDb::new(Engine::Sqlite).await.expect("a database");
    let handle = db.db();
    let lane = handle.writer(0);
    let row = lane.query_one_raw(Sql::new(Engine::Sqlite, "pragma page_count").build()).await.unwrap().unwrap();
    let pages: i64 = row.try_get_by_index(0).unwrap();
    lane.execute_unprepared(&format!("pragma max_page_count = {}", pages + 4)).await.unwrap();
    let fill = |position: i64| {
        let insert = Sql::new(Engine::Sqlite, "insert into outbox (stream, position, created_ms, payload) values (1, ?, 1, ?)");
        insert.bind(position).bind(vec![7_u8; 100_000]).build()
    };
    let error = lane.execute_raw(fill(1)).await.expect_err("full");
    assert!(!is_retryable(&error) && !is_connection_lost(&error), "{error}");
    let error = plexichat_database::db_error(error);
    assert_eq!(error.code(), ErrorCode::ReadOnly, "{error:?}");
    handle.ping().await.expect("reads go on");
    lane.execute_unprepared("pragma max_page_count = 1000000").await.unwrap();
    lane.execute_raw(fill(2)).await.expect("saved again");
}
