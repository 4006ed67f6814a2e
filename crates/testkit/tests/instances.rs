//! The private instances: shared, private, crashed and started again.

use plexichat_database::{DbResultExt as _, Sql};
use plexichat_testkit::{Engine, TestDb};
use sea_orm::ConnectionTrait as _;

plexichat_testkit::engines! {
    /// A test gets a migrated database of its own.
    async fn a_test_has_its_own_database(db: TestDb) {
        let row = db.db().reader().query_one_raw(Sql::new(db.engine(), "select count(*) as n from users").build()).await.db();
        let row = row.expect("the table exists").expect("one row");
        assert_eq!(row.try_get::<i64>("", "n").expect("a number"), 0);
        assert_eq!(db.db().engine(), db.engine());
    }
}

/// What was committed is there after the engine was killed.
async fn survives(engine: Engine) {
    if !plexichat_testkit::wanted(engine) {
        return;
    }
    let db = TestDb::private(engine).await.expect("an instance");
    let insert = Sql::new(engine, "insert into leases (name, holder, fence, until_ms) values (?, ?, ?, ?)");
    db.db().writer(0).execute_raw(insert.bind("a").bind("b").bind(1_i64).bind(2_i64).build()).await.expect("inserted");
    let instance = db.instance().expect("a server").clone();
    instance.crash().await.expect("killed");
    assert!(db.open_again().await.is_err());
    instance.start_again().await.expect("started again");
    let again = db.open_again().await.expect("opens");
    let row = again.reader().query_one_raw(Sql::new(engine, "select fence from leases").build()).await.expect("reads");
    assert_eq!(row.expect("the row").try_get::<i64>("", "fence").expect("a number"), 1);
}

#[tokio::test]
async fn a_killed_postgres_starts_again() {
    survives(Engine::Postgres).await;
}

#[tokio::test]
async fn a_killed_mariadb_starts_again() {
    survives(Engine::MariaDb).await;
}
