//! Signing in: throttling, no enumeration, providers.

use crate::world::{PASSWORD, Person, World, anonymous, cheap};
use plexichat_auth::{Auth, AuthOptions, AuthenticationProvider, Credentials, HashCost, Proof};
use plexichat_kernel::Result;
use plexichat_model::{ErrorCode, UserId};
use plexichat_testkit::engines;
use std::{sync::Arc, time::Duration};

fn code<T>(result: Result<T>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

engines! {
    async fn unknown_and_wrong_are_the_same_words(db: TestDb) {
        let world = World::new(&db).await;
        world.person("alice").await;
        let wrong = world.login("alice", "not the password").await.expect_err("wrong");
        let unknown = world.login("nobody", "not the password").await.expect_err("unknown");
        let system = world.login("plexichat", "").await.expect_err("no password");
        for error in [&unknown, &system] {
            assert_eq!((error.code(), error.message(), error.field()), (wrong.code(), wrong.message(), wrong.field()));
        }
        assert_eq!(wrong.code(), ErrorCode::InvalidCredentials);
        for login in ["ALICE", "@alice", " alice ", "Alice@Example.org"] {
            assert!(world.login(login, PASSWORD).await.is_ok(), "{login:?}");
        }
        assert_eq!(code(world.login("", PASSWORD).await), Some(ErrorCode::Invalid));
        assert_eq!(code(world.login("alice", &"x".repeat(1_025)).await), Some(ErrorCode::TooLarge));
    }

    async fn failures_make_an_address_wait_and_nobody_else(db: TestDb) {
        let world = World::with(&db, AuthOptions { attempts_per_account: 3, ..cheap() }).await;
        world.person("alice").await;
        for login in ["alice", "nobody"] {
            for _ in 0..4 {
                assert_eq!(code(world.login_from("192.0.2.9", login, "wrong").await), Some(ErrorCode::InvalidCredentials));
            }
            let refused = world.login_from("192.0.2.9", login, PASSWORD).await.expect_err("must wait");
            assert_eq!(refused.code(), ErrorCode::TooManyAttempts, "{login}");
            assert!(refused.retry_after_ms().is_some_and(|ms| ms > 0 && ms <= 1_000));
        }
        assert!(world.login_from("192.0.2.10", "alice", PASSWORD).await.is_ok(), "from elsewhere it goes on");
        world.clock.advance(Duration::from_secs(2));
        assert!(world.login_from("192.0.2.9", "alice", PASSWORD).await.is_ok(), "the wait is over");
        for _ in 0..3 {
            assert_eq!(code(world.login_from("192.0.2.9", "alice", "wrong").await), Some(ErrorCode::InvalidCredentials), "forgotten");
        }
    }

    async fn many_accounts_from_one_address_are_stopped(db: TestDb) {
        let world = World::with(&db, AuthOptions { attempts_per_address: 5, ..cheap() }).await;
        world.person("alice").await;
        for n in 0..6 {
            assert_eq!(code(world.login_from("192.0.2.9", &format!("user{n}"), "wrong").await), Some(ErrorCode::InvalidCredentials));
        }
        assert_eq!(code(world.login_from("192.0.2.9", "alice", PASSWORD).await), Some(ErrorCode::TooManyAttempts));
        world.clock.advance(Duration::from_secs(2));
        assert!(world.login_from("192.0.2.9", "alice", PASSWORD).await.is_ok());
        assert_eq!(code(world.login_from("192.0.2.9", "user9", "wrong").await), Some(ErrorCode::InvalidCredentials));
        assert_eq!(code(world.login_from("192.0.2.9", "user9", "wrong").await), Some(ErrorCode::TooManyAttempts), "an own account buys nothing");
    }

    async fn nobody_is_locked_out_from_elsewhere(db: TestDb) {
        let world = World::with(&db, AuthOptions { attempts_per_account: 2, ..cheap() }).await;
        world.person("alice").await;
        for n in 0..12 {
            let from = format!("198.51.100.{n}");
            let refused = tokio::time::timeout(Duration::from_secs(20), world.login_from(&from, "alice", "wrong")).await;
            assert_eq!(code(refused.expect("it is slow, not stuck")), Some(ErrorCode::InvalidCredentials), "attempt {n}");
            world.clock.advance(Duration::from_secs(5));
        }
        let started = world.clock.monotonic();
        assert!(world.login_from("192.0.2.1", "alice", PASSWORD).await.is_ok(), "the owner gets in");
        assert!(world.clock.monotonic().saturating_sub(started) < Duration::from_secs(5));
    }

    async fn counters_are_shared_by_nodes_and_hold_no_names(db: TestDb) {
        use plexichat_database::entity::login_attempt;
        use sea_orm::EntityTrait as _;
        let options = AuthOptions { attempts_per_account: 3, ..cheap() };
        let one = World::with(&db, options.clone()).await;
        let two = World::node(db.open_again().await.expect("opens"), 2, options).await;
        one.person("alice").await;
        for world in [&one, &two, &one, &two] {
            assert_eq!(code(world.login("alice", "wrong").await), Some(ErrorCode::InvalidCredentials));
        }
        assert_eq!(code(one.login("alice", PASSWORD).await), Some(ErrorCode::TooManyAttempts));
        assert_eq!(code(two.login("alice", PASSWORD).await), Some(ErrorCode::TooManyAttempts));
        let rows = login_attempt::Entity::find().all(db.db().reader()).await.expect("reads");
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.attempt_key.len() == 32));
    }

    async fn an_outdated_hash_is_replaced_at_sign_in(db: TestDb) {
        use plexichat_database::entity::user;
        use sea_orm::EntityTrait as _;
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        let dearer = AuthOptions { hash: HashCost { memory_kib: 128, iterations: 2, parallelism: 1 }, ..cheap() };
        let later = world.by(Auth::new(world.journal.clone(), dearer).expect("valid")).await;
        assert!(later.login("alice", PASSWORD).await.is_ok());
        let row = user::Entity::find_by_id(alice.id.0).one(db.db().reader()).await.expect("reads").expect("there");
        assert!(row.password_hash.is_some_and(|hash| hash.contains("m=128,t=2")));
        assert!(later.login("alice", PASSWORD).await.is_ok());
        assert!(world.login("alice", PASSWORD).await.is_ok(), "a node with the old settings goes on too");
    }

    async fn another_provider_proves_accounts_too(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        let further: Vec<Arc<dyn AuthenticationProvider>> = vec![Arc::new(Directory { alice: alice.id })];
        let auth = Auth::with_providers(world.journal.clone(), cheap(), further).expect("valid");
        let world = world.by(auth).await;
        assert!(world.login("alice", PASSWORD).await.is_ok());
        let opened = world.login("alice", "the directory's word").await.expect("proven by the directory");
        let caller = world.auth.authenticate(&opened.token).await.expect("valid");
        assert_eq!(caller.account().expect("hers"), alice.id);
        assert_eq!(code(world.login("alice", "neither").await), Some(ErrorCode::InvalidCredentials));
    }
}

/// A directory that knows one person.
struct Directory {
    alice: UserId,
}

#[async_trait::async_trait]
impl AuthenticationProvider for Directory {
    fn name(&self) -> &'static str {
        "directory"
    }

    async fn authenticate(&self, credentials: &Credentials) -> Result<Option<Proof>> {
        let Credentials::Password { login, password } = credentials else { return Ok(None) };
        Ok((login == "alice" && password == "the directory's word").then(|| Proof::of(self.alice)))
    }
}

/// Time tells nothing either: the medians of many refusals of a known and an unknown account differ by less than
/// the spread of each.
#[test]
fn unknown_and_wrong_take_as_long() {
    plexichat_testkit::run_on(plexichat_testkit::Engine::Sqlite, async |db| {
        let options = AuthOptions {
            hash: HashCost { memory_kib: 4_096, iterations: 2, parallelism: 1 },
            attempts_per_account: 1_000,
            attempts_per_address: 1_000,
            ..cheap()
        };
        let world = World::with(&db, options).await;
        let _alice: Person = world.person("alice").await;
        let _ = anonymous();
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for n in 0..40 {
            for (login, times) in [("alice".to_owned(), &mut known), (format!("nobody{n}"), &mut unknown)] {
                let started = world.clock.monotonic();
                assert_eq!(code(world.login(&login, "wrong").await), Some(ErrorCode::InvalidCredentials));
                times.push(world.clock.monotonic().saturating_sub(started));
            }
        }
        known.sort();
        unknown.sort();
        let (a, b) = (known[20], unknown[20]);
        let spread = (known[35].saturating_sub(known[5])).max(unknown[35].saturating_sub(unknown[5])).max(a / 3);
        assert!(a.abs_diff(b) <= spread, "known {a:?}, unknown {b:?}, spread {spread:?}");
    });
}
