//! Jobs, leases, node numbers and outbox consumers.

use crate::rows::{Open, journal};
use plexichat_database::Tx;
use plexichat_events::{
    Applied, Change, Granted, Journal, RelaxedKey, Touch,
    consumer::{Consumer, ConsumerWorker},
    jobs::{self, JobHandler, JobRunner, NewJob},
    leases,
    nodes::NodeLease,
    outbox,
};
use plexichat_kernel::{Clock, Error, IdGenerator, Result};
use plexichat_model::{ChannelId, JournalKey};
use plexichat_testkit::TestDb;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

struct Flaky {
    fails: u32,
    runs: AtomicU32,
}

#[async_trait::async_trait]
impl JobHandler for Flaky {
    fn kind(&self) -> &'static str {
        "flaky"
    }

    async fn run(&self, payload: serde_json::Value) -> Result<()> {
        assert_eq!(payload["n"], 1);
        if self.runs.fetch_add(1, Ordering::SeqCst) < self.fails { Err(Error::unavailable("not yet")) } else { Ok(()) }
    }
}

async fn add_job(journal: &Journal, attempts: i32, key: Option<&'static str>) -> bool {
    let (ids, now) = (journal.ids().clone(), journal.clock().now_ms());
    journal
        .write(move |tx| {
            let job = NewJob {
                max_attempts: attempts,
                dedup_key: key.map(str::to_owned),
                ..NewJob::now("flaky", serde_json::json!({"n": 1}))
            };
            let ids = ids.clone();
            Box::pin(async move { jobs::enqueue(tx, &ids, now, &job).await })
        })
        .await
        .expect("a job is added")
}

struct Seen(Mutex<BTreeSet<(JournalKey, i64)>>, AtomicU32);

#[async_trait::async_trait]
impl Consumer for Seen {
    fn name(&self) -> &'static str {
        "seen"
    }

    async fn handle(&self, rows: &[outbox::Row]) -> Result<()> {
        let mut seen = self.0.lock().expect("not poisoned");
        seen.extend(rows.iter().flat_map(|r| &r.entries).map(|e| (e.key, e.to)));
        Ok(())
    }

    async fn rebuild(&self) -> Result<()> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

async fn manual(db: plexichat_database::Db) -> (Journal, Clock, NodeLease) {
    let clock = Clock::manual(1_800_000_000_000);
    let ids = IdGenerator::new(clock.clone());
    let lease = NodeLease::take(&db, &clock, &ids, "one").await.expect("a number");
    (Journal::start(db, clock.clone(), ids, plexichat_events::JournalOptions::default()).await.expect("starts"), clock, lease)
}

/// A relaxed change that the database does not take at first.
struct Reluctant(u32, Arc<AtomicU32>, JournalKey);

#[async_trait::async_trait]
impl Change for Reluctant {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(self.2)]
    }

    async fn apply(&mut self, _tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        if self.1.fetch_add(1, Ordering::SeqCst) < self.0 {
            return Err(Error::unavailable("not yet"));
        }
        Ok(Applied { output: (), events: Vec::new() })
    }
}

plexichat_testkit::engines! {
    /// What may be lost in a crash is not lost because the database was away for a moment.
    async fn a_relaxed_change_is_tried_again(db: TestDb) {
        let journal = journal(db.db(), 1).await;
        let channel = JournalKey::channel(ChannelId(9));
        journal.commit(Open(channel)).await.expect("opens");
        let tried = Arc::new(AtomicU32::new(0));
        journal.relaxed_change(RelaxedKey { kind: "test", a: 1, b: 1 }, Reluctant(2, Arc::clone(&tried), channel));
        for _ in 0..200 {
            journal.flush().await;
            if journal.head(channel).await.expect("a head").expect("exists").version == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(journal.head(channel).await.expect("a head").expect("exists").version, 2);
        assert_eq!(tried.load(Ordering::SeqCst), 3);
    }

    /// A failing job is retried later and later; one that never succeeds ends on the dead-letter list and can be revived.
    async fn jobs_retry_and_die(db: TestDb) {
        let (journal, clock, lease) = manual(db.db()).await;
        let handler = Arc::new(Flaky { fails: 2, runs: AtomicU32::new(0) });
        let runner = JobRunner::new(journal.clone(), vec![handler.clone()]);
        assert!(add_job(&journal, 10, Some("once")).await);
        assert!(!add_job(&journal, 10, Some("once")).await, "the key keeps the second out");
        assert_eq!(runner.run_due().await.expect("runs"), 1);
        assert_eq!(runner.run_due().await.expect("runs"), 0, "it waits");
        for _ in 0..2 {
            clock.advance(Duration::from_secs(5));
            assert_eq!(runner.run_due().await.expect("runs"), 1);
        }
        assert_eq!(jobs::waiting(journal.db()).await.expect("counts"), 0);
        let hopeless = JobRunner::new(journal.clone(), vec![Arc::new(Flaky { fails: 1, runs: AtomicU32::new(0) })]);
        assert!(add_job(&journal, 1, None).await);
        hopeless.run_due().await.expect("runs");
        let dead = jobs::dead(journal.db(), 10).await.expect("lists");
        assert_eq!((dead.len(), dead[0].attempts), (1, 1));
        assert!(jobs::retry_dead(&journal, dead[0].id).await.expect("revives"));
        assert_eq!(hopeless.run_due().await.expect("runs"), 1);
        assert!(jobs::dead(journal.db(), 10).await.expect("lists").is_empty());
        assert!(lease.renew(&journal).await.expect("the lease is renewed"));
    }

    /// One holder at a time; a successor gets a higher fence, and the old holder's fence is refused.
    async fn leases_fence_out_the_old_holder(db: TestDb) {
        let (journal, clock, lease) = manual(db.db()).await;
        let length = Duration::from_secs(30);
        let first = leases::take(&journal, "x", "a", length).await.expect("takes").expect("it is free");
        assert!(leases::take(&journal, "x", "b", length).await.expect("asks").is_none());
        assert_eq!(leases::take(&journal, "x", "a", length).await.expect("prolongs").expect("own").fence, first.fence);
        clock.advance(Duration::from_secs(31));
        assert!(lease.renew(&journal).await.expect("node renewed"));
        let second = leases::take(&journal, "x", "b", length).await.expect("takes").expect("it ended");
        assert!(second.fence > first.fence && !first.is_valid(&clock));
        let db = journal.db().clone();
        let checked = journal.write(move |tx| { let (first, db) = (first.clone(), db.clone()); Box::pin(async move { first.check(tx, &db).await }) }).await;
        assert!(checked.is_err());
    }

    /// Two processes never share a number; a node whose lease ended writes nothing.
    async fn node_numbers_are_leased(db: TestDb) {
        let (one, clock, lease) = manual(db.db()).await;
        let ids = IdGenerator::new(clock.clone());
        let other = NodeLease::take(&one.db().clone(), &clock, &ids, "two").await.expect("another number");
        assert_ne!(lease.number(), other.number());
        clock.advance(Duration::from_secs(61));
        let key = JournalKey::channel(ChannelId(77));
        assert!(one.ids().next().is_err());
        assert!(one.commit(Open(key)).await.is_err(), "a node without its number must not write");
    }

    /// A consumer sees every commit once its leader has read them, keeps its place, and rebuilds when hopelessly behind.
    async fn consumers_keep_their_place(db: TestDb) {
        let (journal, clock, lease) = manual(db.db()).await;
        let seen = Arc::new(Seen(Mutex::default(), AtomicU32::new(0)));
        let worker = ConsumerWorker::new(journal.clone(), seen.clone());
        let rival = ConsumerWorker::new(journal.clone(), seen.clone());
        let mut keys = BTreeSet::new();
        for id in 100..110 {
            journal.commit(Open(JournalKey::channel(ChannelId(id)))).await.expect("opens");
            keys.insert((JournalKey::channel(ChannelId(id)), 1));
        }
        assert_eq!(worker.round().await.expect("reads"), Some(10));
        assert_eq!(*seen.0.lock().expect("not poisoned"), keys);
        assert_eq!(worker.round().await.expect("reads"), Some(0), "nothing is told twice");
        assert_eq!(rival.round().await.expect("asks"), None, "one leader");
        journal.commit(Open(JournalKey::channel(ChannelId(110)))).await.expect("opens");
        clock.advance(Duration::from_hours(96));
        let number = NodeLease::take(journal.db(), &clock, journal.ids(), "again").await.expect("a number");
        assert_eq!(rival.round().await.expect("takes over"), Some(0));
        rival.round().await.expect("rebuilds");
        assert_eq!(seen.1.load(Ordering::SeqCst), 1);
        assert_ne!(number.number(), lease.number());
    }
}

#[tokio::test]
async fn a_stopped_journal_refuses() {
    let db = TestDb::new(plexichat_database::Engine::Sqlite).await.expect("a database");
    let journal = journal(db.db(), 1).await;
    journal.shut_down().await;
    assert!(journal.commit(Open(JournalKey::channel(ChannelId(1)))).await.is_err(), "a stopped journal refuses");
}
