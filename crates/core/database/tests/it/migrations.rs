//! Migrations: at once, cut short, old binaries, the whole life of a column.

use plexichat_database::{
    Db, Sql,
    migrations::{ALL, Kind, LEVEL, Migration, lint, migrate, migrate_with, pending},
    schema::{Column, IndexSpec, Step, Storage, TableSpec},
};
use plexichat_testkit::{Engine, TestDb};
use sea_orm::ConnectionTrait as _;
use std::time::Duration;

async fn unmigrated(db: &TestDb) -> TestDb {
    TestDb::unmigrated(db.engine()).await.expect("an empty database")
}

/// Tables and indexes, in order.
async fn shape(db: &Db) -> Vec<String> {
    let text = match db.engine() {
        Engine::Sqlite => "select coalesce(sql, name) as line from sqlite_master order by 1",
        Engine::Postgres => {
            "select table_name || '.' || column_name || ' ' || data_type as line from information_schema.columns where table_schema = 'public'
             union all select indexdef from pg_indexes where schemaname = 'public' order by 1"
        }
        _ => {
            "select concat(table_name, '.', column_name, ' ', column_type) as line from information_schema.columns where table_schema = database()
             union all select concat(index_name, ' ', seq_in_index, ' ', column_name, ' ', non_unique) from information_schema.statistics
             where table_schema = database() order by 1"
        }
    };
    let rows = db.reader().query_all_raw(Sql::new(db.engine(), text).build()).await.expect("the catalogue");
    rows.iter().map(|row| row.try_get::<String>("", "line").expect("a line")).collect()
}

plexichat_testkit::engines! {
    /// Ten processes start at once: one migrates, the others wait, all find the same schema.
    async fn many_may_start_at_once(db: TestDb) {
        let empty = unmigrated(&db).await;
        assert_eq!(pending(&empty.db()).await.unwrap().len(), ALL.len());
        let mut starts = Vec::new();
        for _ in 0..5 {
            let again = empty.open_again().await.expect("opens");
            starts.push(plexichat_kernel::tasks::spawn("start", async move { migrate(&again).await }));
        }
        for start in starts {
            start.await.expect("no panic").expect("migrated");
        }
        assert_eq!(pending(&empty.db()).await.unwrap(), Vec::<&str>::new());
        assert_eq!(shape(&empty.db()).await, shape(&db.db()).await);
    }

    /// A migration that loses its connection somewhere in the middle goes on at the next start.
    async fn a_migration_cut_short_goes_on(db: TestDb) {
        for delay_ms in [5, 40, 120] {
            let empty = unmigrated(&db).await;
            let victim = empty.open_again().await.expect("opens");
            let mut running = plexichat_kernel::tasks::spawn("victim", async move { migrate(&victim).await });
            if tokio::time::timeout(Duration::from_millis(delay_ms), &mut running).await.is_err() {
                cut(&empty.db()).await;
                running.abort();
                let _ = running.await;
            }
            let after = empty.open_again().await.expect("opens");
            migrate(&after).await.expect("goes on");
            assert_eq!(shape(&after).await, shape(&db.db()).await);
        }
    }

    /// Every prefix of the steps, as a crash would leave it where DDL is not transactional.
    async fn steps_may_run_twice(db: TestDb) {
        let steps: Vec<Step> = ALL.iter().flat_map(|migration| (migration.steps)()).collect();
        for cut in [1, 7, steps.len() / 2, steps.len() - 1] {
            let empty = unmigrated(&db).await;
            let handle = empty.db();
            let manager = sea_orm_migration::SchemaManager::new(handle.maintenance());
            plexichat_database::schema::run(&manager, &steps[..cut]).await.expect("some steps");
            migrate(&empty.db()).await.expect("the rest");
            assert_eq!(shape(&empty.db()).await, shape(&db.db()).await, "cut after {cut}");
        }
    }

    /// An old binary starts beside a newer one that only expanded, and not after a contraction beyond it.
    async fn an_old_binary_knows_when_to_stay_away(db: TestDb) {
        let handle = db.db();
        let mark = Sql::new(db.engine(), "insert into seaql_migrations (version, applied_at) values ('m9999_future', 1)").build();
        handle.maintenance().execute_raw(mark).await.unwrap();
        migrate(&handle).await.expect("side by side with a newer release");
        let raise = Sql::new(db.engine(), "update schema_level set level = ?, min_level = ? where id = 1");
        handle.maintenance().execute_raw(raise.bind(LEVEL + 2).bind(LEVEL + 1).build()).await.unwrap();
        let refusal = migrate(&handle).await.expect_err("too old").to_string();
        assert!(refusal.contains("newer plexichat") && refusal.contains(&format!("level {LEVEL}")), "{refusal}");
    }

    /// Add a column, write as the release before, contract a release later; a node of the release before holds it up.
    async fn the_life_of_a_column(db: TestDb) {
        let handle = db.db();
        let named = |offset: usize, what: &str| -> &'static str { format!("m{:04}_{what}", ALL.len() + offset).leak() };
        let expand = Migration { name: named(1, "grow"), level: 1, kind: Kind::Expand, steps: grow };
        let contract = Migration { name: named(2, "shrink"), level: 1, kind: Kind::Contract { min_level: 1 }, steps: shrink };
        let expanded = [ALL, &[expand]].concat();
        assert_eq!(lint(&expanded), Vec::<String>::new());
        assert_eq!(lint(&[ALL, &[expand, contract]].concat()), Vec::<String>::new());
        migrate_with(&handle, &expanded).await.expect("expands");
        let old = Sql::new(db.engine(), "insert into leases (name, holder, fence, until_ms) values ('a', 'b', 1, 1)").build();
        handle.writer(0).execute_raw(old).await.expect("the release before goes on writing");
        let read = Sql::new(db.engine(), "select weight, note from leases").build();
        let row = handle.reader().query_one_raw(read).await.unwrap().expect("the row");
        assert_eq!(row.try_get::<i64>("", "weight").unwrap(), 7);
        assert_eq!(row.try_get::<Option<String>>("", "note").unwrap(), None);

        let node = "insert into nodes (node, holder, fence, level, address, started_ms, lease_until_ms) values (1, 'x', 1, 0, 'x', 1, ?)";
        handle.writer(0).execute_raw(Sql::new(db.engine(), node).bind(i64::MAX).build()).await.unwrap();
        let all = [ALL, &[expand, contract]].concat();
        let refusal = migrate_with(&handle, &all).await.expect_err("an older node runs").to_string();
        assert!(refusal.contains("node 1"), "{refusal}");
        handle.writer(0).execute_raw(Sql::new(db.engine(), "update nodes set lease_until_ms = 1").build()).await.unwrap();
        migrate_with(&handle, &all).await.expect("contracts");
        let read = Sql::new(db.engine(), "select weight from leases").build();
        assert!(handle.reader().query_one_raw(read).await.is_err(), "the column is gone");
        migrate_with(&handle, &all).await.expect("nothing left to do");
    }
}

fn grow() -> Vec<Step> {
    const TABLE: TableSpec = TableSpec {
        name: "extras",
        columns: &[Column::big("id"), Column::flag("on_").or(1)],
        key: &["id"],
        storage: Storage::ByKey,
    };
    const INDEX: IndexSpec = IndexSpec::plain("ix_leases_weight", "leases", &["weight"]);
    vec![
        Step::Table(&TABLE),
        Step::AddColumn("leases", Column::big("weight").or(7)),
        Step::AddColumn("leases", Column::text_of("note", 80).null()),
        Step::Index(&INDEX),
    ]
}

fn shrink() -> Vec<Step> {
    vec![Step::DropIndex("leases", "ix_leases_weight"), Step::DropColumn("leases", "weight"), Step::DropTable("extras")]
}

/// Ends all other sessions of the database, as a lost network or a killed process would.
async fn cut(db: &Db) {
    let engine = db.engine();
    match engine {
        Engine::Postgres => {
            let text = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
            let _ = db.maintenance().query_all_raw(Sql::new(engine, text).build()).await;
        }
        Engine::MariaDb | Engine::MySql => {
            let text = "select id from information_schema.processlist where db = database() and id <> connection_id()";
            let rows = db.maintenance().query_all_raw(Sql::new(engine, text).build()).await.unwrap();
            for row in rows {
                let id: i64 = row.try_get_by_index(0).unwrap();
                let _ = db.maintenance().execute_unprepared(&format!("kill connection {id}")).await;
            }
        }
        Engine::Sqlite => {}
    }
}
