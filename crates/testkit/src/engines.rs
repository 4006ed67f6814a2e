//! One test body, every engine.

use crate::{Engine, TestDb};

/// Runs each test on SQLite, PostgreSQL and MariaDB: tests `name::sqlite`, `name::postgres`, `name::mariadb`.
///
/// ```ignore
/// plexichat_testkit::engines! {
///     /// What it shows.
///     async fn rows_survive(db: TestDb) { … }
/// }
/// ```
#[macro_export]
macro_rules! engines {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident : TestDb) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a body need not use what its module imports")]
            use super::*;

            async fn body($db: $crate::TestDb) $body

            #[test]
            fn sqlite() {
                $crate::run_on($crate::Engine::Sqlite, body);
            }

            #[test]
            fn postgres() {
                $crate::run_on($crate::Engine::Postgres, body);
            }

            #[test]
            fn mariadb() {
                $crate::run_on($crate::Engine::MariaDb, body);
            }
        }
    )+};
}

/// Runs `body` with a fresh, migrated database of `engine` on a runtime of its own.
pub fn run_on<F, Fut>(engine: Engine, body: F)
where
    F: FnOnce(TestDb) -> Fut,
    Fut: Future<Output = ()>,
{
    if !wanted(engine) {
        eprintln!("left out: PLEXICHAT_TEST_ENGINES does not name {}", engine.as_str());
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("the machine can start a runtime");
    runtime.block_on(async {
        let db = match TestDb::new(engine).await {
            Ok(db) => db,
            Err(error) => panic!("no {} database for this test: {error:#}", engine.as_str()),
        };
        body(db).await;
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
}

/// Whether tests on this engine are wanted: all are, unless `PLEXICHAT_TEST_ENGINES` lists others.
#[expect(clippy::disallowed_methods, reason = "a switch for people who run tests, not a setting of the server")]
pub fn wanted(engine: Engine) -> bool {
    match std::env::var("PLEXICHAT_TEST_ENGINES") {
        Ok(list) if !list.trim().is_empty() => list.split(',').any(|name| name.trim().eq_ignore_ascii_case(engine.as_str())),
        _ => true,
    }
}
