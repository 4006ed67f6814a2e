//! One-time codes: set-up and passwords.

use crate::world::{PASSWORD, World, anonymous, cheap};
use plexichat_auth::{AuthOptions, SetupCode};
use plexichat_database::Tx;
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::Result;
use plexichat_model::{
    ErrorCode,
    auth::{PasswordChange, PasswordReset},
    permission::InstanceRole,
    user::NewUser,
};
use plexichat_testkit::engines;
use std::time::Duration;

fn code<T>(result: Result<T>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

struct SetUp(SetupCode);

#[async_trait::async_trait]
impl Change for SetUp {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        self.0.consume(tx, granted.now_ms).await?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}

const NEW: &str = "eight geese fly south";

engines! {
    async fn the_instance_is_set_up_once(db: TestDb) {
        let world = World::new(&db).await;
        assert!(world.auth.setup_needed().await.expect("answers"));
        let (one, two) = (world.auth.ensure_setup_code().await.expect("makes"), world.auth.ensure_setup_code().await.expect("makes"));
        let (one, two) = (one.expect("needed"), two.expect("needed"));
        assert_eq!(one.path, format!("/setup#{}", one.code));
        assert_eq!(code(world.auth.check_setup_code("nonsense").await), Some(ErrorCode::SetupLinkInvalid));
        let first = world.auth.check_setup_code(&one.code).await.expect("works");
        let second = world.auth.check_setup_code(&two.code).await.expect("both work");
        let (a, b) = tokio::join!(world.journal.commit(SetUp(first)), world.journal.commit(SetUp(second)));
        assert!(a.is_ok() != b.is_ok());
        assert_eq!(code(a).or(code(b)), Some(ErrorCode::AlreadySetUp));
        assert!(!world.auth.setup_needed().await.expect("answers"));
        assert!(world.auth.ensure_setup_code().await.expect("answers").is_none());
        assert_eq!(code(world.auth.check_setup_code(&two.code).await), Some(ErrorCode::AlreadySetUp));
    }

    async fn a_set_up_link_expires_and_can_be_renewed(db: TestDb) {
        let world = World::new(&db).await;
        let old = world.auth.ensure_setup_code().await.expect("makes").expect("needed");
        let new = world.auth.renew_setup_code().await.expect("makes").expect("needed");
        assert_eq!(code(world.auth.check_setup_code(&old.code).await), Some(ErrorCode::SetupLinkInvalid));
        assert!(world.auth.check_setup_code(&new.code).await.is_ok());
        world.clock.advance(Duration::from_hours(7 * 24 + 1));
        assert_eq!(code(world.auth.check_setup_code(&new.code).await), Some(ErrorCode::SetupLinkInvalid));
    }

    async fn changing_the_password_ends_the_other_sessions(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        let other = world.login("alice", PASSWORD).await.expect("signs in");
        let change = |current: &str, new: &str| PasswordChange { current: current.to_owned(), new: new.to_owned() };
        let refused = world.auth.change_password(&alice.caller, change("wrong", NEW)).await.expect_err("wrong");
        assert_eq!((refused.code(), refused.field()), (ErrorCode::InvalidCredentials, Some("current")));
        let refused = world.auth.change_password(&alice.caller, change(PASSWORD, "short")).await.expect_err("weak");
        assert_eq!((refused.code(), refused.field()), (ErrorCode::PasswordTooWeak, Some("new")));
        assert_eq!(code(world.auth.change_password(&alice.caller, change(PASSWORD, PASSWORD)).await), Some(ErrorCode::PasswordTooWeak));
        world.auth.change_password(&alice.caller, change(PASSWORD, NEW)).await.expect("changes");
        assert!(world.auth.authenticate(&alice.token).await.is_ok(), "this session goes on");
        assert_eq!(code(world.auth.authenticate(&other.token).await), Some(ErrorCode::SessionExpired));
        assert_eq!(code(world.login("alice", PASSWORD).await), Some(ErrorCode::InvalidCredentials));
        assert!(world.login("alice@example.org", NEW).await.is_ok());
    }

    async fn a_password_link_works_once(db: TestDb) {
        let world = World::new(&db).await;
        let root = world.person_with("root", InstanceRole::Owner).await;
        let user = NewUser { handle: "bob".to_owned(), display_name: "Bob".to_owned(), email: None, instance_role: None };
        let (bob, link) = world.auth.create_user(&root.caller, user).await.expect("creates");
        assert_eq!(link.path, format!("/reset#{}", link.code));
        assert_eq!(code(world.login("bob", "").await), Some(ErrorCode::InvalidCredentials), "no password yet");
        let reset = |code: &str, password: &str| PasswordReset { code: code.to_owned(), password: password.to_owned() };
        assert_eq!(code(world.auth.reset_password(&anonymous(), reset(&link.code, "short")).await), Some(ErrorCode::PasswordTooWeak));
        world.auth.reset_password(&anonymous(), reset(&link.code, PASSWORD)).await.expect("chooses");
        let opened = world.login("bob", PASSWORD).await.expect("signs in");
        assert_eq!(code(world.auth.reset_password(&anonymous(), reset(&link.code, NEW)).await), Some(ErrorCode::ResetLinkInvalid));
        assert_eq!(code(world.auth.reset_password(&anonymous(), reset("nonsense", NEW)).await), Some(ErrorCode::ResetLinkInvalid));

        let first = world.auth.create_password_link(&root.caller, bob.id).await.expect("makes");
        let second = world.auth.create_password_link(&root.caller, bob.id).await.expect("makes");
        assert_eq!(code(world.auth.reset_password(&anonymous(), reset(&first.code, NEW)).await), Some(ErrorCode::ResetLinkInvalid));
        let twice = reset(&second.code, NEW);
        let (caller, other) = (anonymous(), anonymous());
        let (a, b) = tokio::join!(world.auth.reset_password(&caller, twice.clone()), world.auth.reset_password(&other, twice));
        assert!(a.is_ok() != b.is_ok(), "it works once: {a:?} {b:?}");
        assert_eq!(code(world.auth.authenticate(&opened.token).await), Some(ErrorCode::SessionExpired));
        let third = world.auth.create_password_link(&root.caller, bob.id).await.expect("makes");
        world.clock.advance(Duration::from_hours(25));
        assert_eq!(code(world.auth.reset_password(&anonymous(), reset(&third.code, PASSWORD)).await), Some(ErrorCode::ResetLinkInvalid));
    }

    async fn a_sign_in_overtaken_by_a_new_password_opens_nothing(db: TestDb) {
        let world = World::with(&db, AuthOptions { hash_threads: 1, ..cheap() }).await;
        let alice = world.person("alice").await;
        for round in 0..5 {
            let (old, new) = if round % 2 == 0 { (PASSWORD, NEW) } else { (NEW, PASSWORD) };
            let change = PasswordChange { current: old.to_owned(), new: new.to_owned() };
            let (changed, opened) = tokio::join!(world.auth.change_password(&alice.caller, change), world.login("alice", old));
            changed.expect("changes");
            if let Ok(opened) = opened {
                assert_eq!(code(world.auth.authenticate(&opened.token).await), Some(ErrorCode::SessionExpired), "round {round}");
            }
        }
    }
}
