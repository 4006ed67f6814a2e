//! Sessions: they end when they should, at once, everywhere.

use crate::world::{World, anonymous, cheap};
use plexichat_auth::{AuthOptions, NewSession};
use plexichat_kernel::{Caller, Result};
use plexichat_model::{ErrorCode, Event, SessionId, auth::TokenTransport};
use plexichat_testkit::engines;
use std::time::Duration;

fn code<T>(result: Result<T>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

const DAY: Duration = Duration::from_hours(24);

engines! {
    async fn a_revoked_session_stops_at_once(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        let other = world.auth.open_session(&anonymous(), alice.id, NewSession::default()).await.expect("opens");
        let id = other.signed_in.session.id;
        assert!(world.auth.authenticate(&other.token).await.is_ok());
        let bob = world.person("bob").await;
        assert_eq!(code(world.auth.revoke_session(&bob.caller, id).await), Some(ErrorCode::NotFound), "another's session");
        let mut heard = world.journal.bus().subscribe();
        world.auth.revoke_session(&alice.caller, id).await.expect("ends");
        assert_eq!(code(world.auth.authenticate(&other.token).await), Some(ErrorCode::SessionExpired));
        assert_eq!(code(world.auth.revoke_session(&alice.caller, id).await), Some(ErrorCode::NotFound));
        assert!(world.auth.authenticate(&alice.token).await.is_ok());
        let Some(plexichat_events::Signal::Committed(published)) = heard.recv().await else { panic!("nothing was published") };
        assert!(published.events.iter().any(|e| e.event == Event::SessionRevoked { session_id: id }));

        let changes = world.auth.own_changes(alice.id, 0, i64::MAX).await.expect("reads");
        assert!(changes.iter().any(|(_, event)| *event == Event::SessionRevoked { session_id: id }));
        assert!(changes.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        world.auth.logout(&alice.caller).await.expect("ends");
        assert_eq!(code(world.auth.authenticate(&alice.token).await), Some(ErrorCode::SessionExpired));
        assert_eq!(code(world.auth.logout(&Caller::anonymous()).await), Some(ErrorCode::Unauthenticated));
    }

    async fn whoever_reads_a_session_while_it_ends_does_not_keep_it(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        for _ in 0..15 {
            let opened = world.auth.open_session(&anonymous(), alice.id, NewSession::default()).await.expect("opens");
            let id = opened.signed_in.session.id;
            let readers: Vec<_> = (0..4)
                .map(|_| {
                    let (auth, token) = (world.auth.clone(), opened.token.clone());
                    plexichat_kernel::tasks::spawn("reader", async move {
                        while auth.authenticate(&token).await.is_ok() {
                            // An answer from the cache never waits: without this four readers keep both threads.
                            tokio::task::yield_now().await;
                        }
                    })
                })
                .collect();
            tokio::task::yield_now().await;
            world.auth.revoke_session(&alice.caller, id).await.expect("ends");
            assert_eq!(code(world.auth.authenticate(&opened.token).await), Some(ErrorCode::SessionExpired));
            for reader in readers {
                tokio::time::timeout(Duration::from_secs(10), reader).await.expect("it ends").expect("joins");
            }
        }
    }

    async fn another_node_stops_it_within_a_second(db: TestDb) {
        let one = World::new(&db).await;
        let two = World::node(db.open_again().await.expect("opens"), 2, cheap()).await;
        let alice = one.person("alice").await;
        assert!(two.auth.authenticate(&alice.token).await.is_ok());
        one.auth.logout(&alice.caller).await.expect("ends");
        let started = two.clock.monotonic();
        while two.auth.authenticate(&alice.token).await.is_ok() {
            // Half a second is what it takes; the bound is for a machine that is busy with other things.
            assert!(two.clock.monotonic().saturating_sub(started) < Duration::from_secs(20), "it went on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn the_others_end_and_mine_stays(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(world.auth.open_session(&anonymous(), alice.id, NewSession::default()).await.expect("opens").token);
        }
        assert_eq!(world.auth.sessions(&alice.caller).await.expect("lists").items.len(), 4);
        world.auth.revoke_other_sessions(&alice.caller).await.expect("ends");
        let left = world.auth.sessions(&alice.caller).await.expect("lists").items;
        assert_eq!((left.len(), left[0].current), (1, true));
        for token in others {
            assert_eq!(code(world.auth.authenticate(&token).await), Some(ErrorCode::SessionExpired));
        }
        assert!(world.auth.authenticate(&alice.token).await.is_ok());
        world.auth.revoke_other_sessions(&alice.caller).await.expect("nothing to end is fine");
    }

    async fn a_session_slides_and_ends(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        for _ in 0..4 {
            world.clock.advance(DAY * 20);
            assert!(world.auth.authenticate(&alice.token).await.is_ok(), "used within 30 days");
        }
        world.journal.flush().await;
        world.clock.advance(DAY * 11);
        assert_eq!(code(world.auth.authenticate(&alice.token).await), Some(ErrorCode::SessionExpired), "90 days are over");

        let bob = world.person("bob").await;
        world.clock.advance(DAY * 31);
        assert_eq!(code(world.auth.authenticate(&bob.token).await), Some(ErrorCode::SessionExpired), "unused for 30 days");
        assert!(world.auth.sessions(&bob.caller).await.expect("lists").items.is_empty());
        world.clock.advance(DAY * 8);
        assert!(world.auth.session_sweeper().sweep().await.expect("sweeps") >= 2);
        assert_eq!(world.auth.session_sweeper().sweep().await.expect("sweeps"), 0);
    }

    async fn the_token_rotates(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        let fresh = world.auth.refresh_session(&alice.caller).await.expect("rotates");
        assert_ne!(fresh.token, alice.token);
        assert_eq!(Some(fresh.signed_in.session.id), alice.caller.session_id());
        assert_eq!(code(world.auth.authenticate(&alice.token).await), Some(ErrorCode::SessionExpired));
        let caller = world.auth.authenticate(&fresh.token).await.expect("the new token works");
        world.auth.logout(&caller).await.expect("ends");
        assert_eq!(code(world.auth.refresh_session(&caller).await), Some(ErrorCode::SessionExpired));
    }

    async fn the_oldest_ends_when_there_are_too_many(db: TestDb) {
        let world = World::with(&db, AuthOptions { max_sessions: 3, ..cheap() }).await;
        let alice = world.person("alice").await;
        let mut tokens = vec![alice.token.clone()];
        for _ in 0..4 {
            world.clock.advance(Duration::from_secs(1));
            tokens.push(world.auth.open_session(&anonymous(), alice.id, NewSession::default()).await.expect("opens").token);
        }
        let mut live = Vec::new();
        for token in &tokens {
            live.push(world.auth.authenticate(token).await.is_ok());
        }
        assert_eq!(live, [false, false, true, true, true]);
    }

    async fn tokens_are_opaque_and_stored_hashed(db: TestDb) {
        use plexichat_database::entity::session;
        use sea_orm::EntityTrait as _;
        let world = World::new(&db).await;
        let alice = world.person("alice").await;
        let bearer = NewSession { transport: TokenTransport::Bearer, device_name: Some("curl".to_owned()) };
        let opened = world.auth.open_session(&anonymous(), alice.id, bearer).await.expect("opens");
        assert_eq!(opened.signed_in.token.as_deref(), Some(opened.token.as_str()));
        let cookie = world.auth.open_session(&anonymous(), alice.id, NewSession::default()).await.expect("opens");
        assert!(cookie.signed_in.token.is_none(), "a cookie's token is not in the body");
        for row in session::Entity::find().all(world.journal.db().reader()).await.expect("reads") {
            assert_eq!(row.token_hash.len(), 32);
            assert!(!opened.token.as_bytes().windows(8).any(|part| row.token_hash.windows(8).any(|w| w == part)));
        }
        for bad in ["", "x", &opened.token[1..], &opened.token.to_lowercase(), "' or 1=1 --"] {
            assert_eq!(code(world.auth.authenticate(bad).await), Some(ErrorCode::SessionExpired));
        }
        let long = NewSession { device_name: Some("x".repeat(121)), ..NewSession::default() };
        assert_eq!(code(world.auth.open_session(&anonymous(), alice.id, long).await), Some(ErrorCode::Invalid));
        assert!(!world.auth.session_is_live(alice.id, SessionId(4)).await.expect("answers"));
    }
}
