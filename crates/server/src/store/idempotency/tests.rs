//! What is known of a key, and for how long.

use plexichat_events::JournalOptions;
use plexichat_kernel::{Clock, IdGenerator};
use plexichat_testkit::{TestDb, engines};
use sea_orm::PaginatorTrait as _;

use super::*;

async fn journal(db: &TestDb, clock: &Clock) -> Journal {
    let ids = IdGenerator::fixed(clock.clone(), 1).expect("a valid node number");
    Journal::start(db.db().clone(), clock.clone(), ids, JournalOptions::default()).await.expect("the journal starts")
}

fn key(word: &str) -> Key {
    Key { user: UserId(7), operation: "rename".to_owned(), word: word.to_owned(), request: vec![1; 32] }
}

async fn rows(db: &TestDb) -> u64 {
    Entity::find().count(db.db().reader()).await.expect("counts")
}

engines! {
    /// The first answer stands for 24 hours; from then on the key may be used anew, swept or not.
    async fn a_key_is_known_for_24_hours(db: TestDb) {
        let clock = Clock::manual(1_800_000_000_000);
        let journal = journal(&db, &clock).await;
        assert_eq!(claim(&journal, &key("k")).await.expect("answers"), Claim::Fresh);
        assert_eq!(claim(&journal, &key("k")).await.expect("answers"), Claim::UnderWay);
        finish(&journal, &key("k"), 201, Some(b"first".to_vec())).await.expect("kept");
        clock.step(KEPT_MS - 1);
        let first = Claim::Done { status: 201, response: Some(b"first".to_vec()) };
        assert_eq!(claim(&journal, &key("k")).await.expect("answers"), first);
        assert_eq!(Sweeper(journal.clone()).sweep().await.expect("sweeps"), 0);
        assert_eq!(claim(&journal, &Key { request: vec![2; 32], ..key("k") }).await.expect("answers"), Claim::Different);
        clock.step(1);
        assert_eq!(claim(&journal, &Key { request: vec![2; 32], ..key("k") }).await.expect("answers"), Claim::Fresh);
    }

    /// More old rows than a page holds are all gone after a round, younger ones still answer.
    async fn a_round_removes_what_is_old_and_no_more(db: TestDb) {
        let clock = Clock::system();
        let journal = journal(&db, &clock).await;
        let old: Vec<ActiveModel> = (0..PAGE + CHUNK + 3)
            .map(|n| {
                let row = Model {
                    user_id: 7,
                    operation: "rename".to_owned(),
                    idempotency_key: format!("old {n}"),
                    request_hash: vec![1; 32],
                    status: 200,
                    response: None,
                    created_ms: clock.now_ms() - KEPT_MS - 1,
                };
                row.into_active_model()
            })
            .collect();
        let count = old.len();
        let insert = journal.write(move |tx: &Tx| {
            let old = old.clone();
            Box::pin(async move { Entity::insert_many(old).exec_without_returning(tx).await.db() })
        });
        insert.await.expect("inserts");
        assert_eq!(claim(&journal, &key("young")).await.expect("answers"), Claim::Fresh);
        finish(&journal, &key("young"), 200, None).await.expect("kept");
        let gone = Sweeper(journal.clone()).sweep().await.expect("sweeps");
        assert_eq!((gone, rows(&db).await), (count, 1));
        assert_eq!(claim(&journal, &key("young")).await.expect("answers"), Claim::Done { status: 200, response: None });
    }
}
