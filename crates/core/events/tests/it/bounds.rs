//! Bounds of the lanes: what waits, and what goes into one commit.

use crate::{
    access::Held,
    rows::{Append, Edit, Open, all, journal},
};
use futures_util::future::BoxFuture;
use plexichat_database::{DbResultExt, Engine, Sql, Tx};
use plexichat_events::{Applied, Change, Granted, Journal, JournalOptions, Touch, outbox};
use plexichat_kernel::{Clock, IdGenerator, Result, tasks};
use plexichat_model::{ChannelId, ErrorCode, JournalKey, limits};
use sea_orm::ConnectionTrait as _;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::Poll,
    time::Duration,
};
use tokio::sync::Semaphore;

async fn open(journal: &Journal) -> JournalKey {
    let key = JournalKey::channel(ChannelId(journal.ids().next().expect("an id")));
    journal.commit(Open(key)).await.expect("it is made");
    key
}

/// A commit of this journal's lane that ends when it is let go.
async fn hold(journal: &Journal, key: JournalKey) -> (Arc<Semaphore>, tokio::task::JoinHandle<()>) {
    let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let held = Held { touches: vec![Touch::one(key)], stamps: Vec::new(), inside: Arc::clone(&inside), go: Arc::clone(&go) };
    let journal = journal.clone();
    let task = tasks::spawn("held", async move { journal.commit(held).await.map(|_| ()).expect("committed") });
    let _ = inside.acquire().await.expect("it is in its transaction");
    (go, task)
}

/// A change that the engine ends with a deadlock for so many times.
struct Undone {
    channel: JournalKey,
    engine: Engine,
    failures: u32,
    runs: Arc<AtomicU32>,
}

#[async_trait::async_trait]
impl Change for Undone {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(self.channel)]
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        if self.runs.fetch_add(1, Ordering::SeqCst) < self.failures {
            let raise = match self.engine {
                Engine::Postgres => "do $$ begin raise exception 'undone' using errcode = '40P01'; end $$",
                _ => "signal sqlstate '40001' set mysql_errno = 1213, message_text = 'undone'",
            };
            tx.execute_unprepared(raise).await.db()?;
        }
        Ok(Applied { output: (), events: Vec::new() })
    }
}

/// A commit that takes its time from nobody.
fn quick(touches: Vec<Touch>) -> Held {
    Held { touches, stamps: Vec::new(), inside: Arc::new(Semaphore::new(0)), go: Arc::new(Semaphore::new(1)) }
}

plexichat_testkit::engines! {
    /// `LANE_QUEUE`: who comes when the lane's queue is full is refused at once and told when to come again; who waits
    /// in it is committed.
    async fn a_full_queue_refuses_at_once(db: TestDb) {
        let clock = Clock::system();
        let ids = IdGenerator::fixed(clock.clone(), 1).expect("a node");
        let options = JournalOptions { queue: 4, ..JournalOptions::default() };
        assert_eq!(JournalOptions::default().queue, limits::LANE_QUEUE);
        let journal = Journal::start(db.db(), clock, ids, options).await.expect("starts");
        let channel = open(&journal).await;
        let (go, held) = hold(&journal, channel).await;
        let (mut waiting, mut refused) = (Vec::new(), None);
        // The lane takes nothing from its queue while it commits.
        for _ in 0..=4 {
            let mut commit = Box::pin(journal.commit(quick(vec![Touch::one(channel)])));
            match futures_util::poll!(&mut commit) {
                Poll::Ready(answer) => refused = Some(answer.expect_err("refused")),
                Poll::Pending => waiting.push(commit),
            }
        }
        let refused = refused.expect("the queue holds four");
        assert_eq!(refused.code(), ErrorCode::Overloaded);
        assert!(refused.retry_after_ms().is_some_and(|wait| wait > 0), "{refused:?}");
        assert_eq!(waiting.len(), 4);
        go.add_permits(1);
        held.await.expect("no panic");
        for commit in waiting {
            commit.await.expect("committed");
        }
        assert_eq!(journal.head(channel).await.expect("a head").expect("exists").version, 6);
    }

    /// SQLite ends a transaction by itself when its disk is full, in the middle of one or at its end: what is acknowledged
    /// afterwards is as durable as before.
    async fn nothing_is_acknowledged_into_the_void(db: TestDb) {
        if db.engine() != Engine::Sqlite {
            return; // `full_disk.rs` of the program fills the disks of servers.
        }
        let journal = journal(db.db(), 1).await;
        let channel = open(&journal).await;
        let pages = Sql::new(Engine::Sqlite, "pragma page_count").build();
        let (mut nonce, mut acknowledged, mut refused) = (0, Vec::new(), 0);
        while refused < 12 {
            nonce += 1;
            let row = db.db().maintenance().query_one_raw(pages.clone()).await.expect("counted").expect("a row");
            let pages: i64 = row.try_get_by_index(0).expect("a number");
            // Of the present connection alone: one after the other is met by a disk with hardly any room.
            let bound = format!("pragma max_page_count = {}", pages + nonce % 7);
            db.db().maintenance().execute_unprepared(&bound).await.expect("bounded");
            let large = Append { text: "x".repeat(20_000), ..Append::new(&journal, channel, 1, nonce) };
            // Its refusal is an ordinary rollback.
            let small = Edit { channel, id: 1, refuse: true, access: false };
            let (sent, edited) = tokio::join!(journal.commit(large), journal.commit(small));
            assert!(edited.is_err());
            match sent {
                Ok(sent) => acknowledged.push(sent.output.0),
                Err(error) => {
                    assert_eq!(error.code(), ErrorCode::ReadOnly, "{error:?}");
                    refused += 1;
                }
            }
            assert!(nonce < 5_000, "the disk is never full");
        }
        let other = db.open_again().await.expect("opens");
        let stored: Vec<i64> = all(&other, channel).await.into_iter().map(|row| row.id).collect();
        assert_eq!(stored, acknowledged);
    }

    /// What a deadlock has undone is run again by the lane; when it never ends, the sender is told to come later.
    async fn a_deadlock_runs_the_batch_again(db: TestDb) {
        if db.engine() == Engine::Sqlite {
            return; // One writer: nobody to deadlock with.
        }
        let journal = journal(db.db(), 1).await;
        let channel = open(&journal).await;
        let runs = Arc::new(AtomicU32::new(0));
        let change = |undone| Undone { channel, engine: db.engine(), failures: undone, runs: Arc::clone(&runs) };
        journal.commit(change(3)).await.expect("committed in the end");
        assert_eq!(runs.swap(0, Ordering::SeqCst), 4);
        let refused = journal.commit(change(u32::MAX)).await.expect_err("it never ends");
        assert_eq!((refused.code(), runs.load(Ordering::SeqCst)), (ErrorCode::Overloaded, 6));
        assert!(refused.retry_after_ms().is_some_and(|wait| wait > 0), "{refused:?}");
        assert_eq!(journal.head(channel).await.expect("a head").expect("exists").version, 2, "once");
    }

    /// A commit that had to wait long for another node's lock on a server engine sends journals alone for a while, so that
    /// who writes to others does not wait with the hot one.
    async fn after_a_slow_lock_journals_go_alone(db: TestDb) {
        let clock = Clock::adjustable();
        let ids = IdGenerator::fixed(clock.clone(), 1).expect("a node");
        let journal = Journal::start(db.db(), clock.clone(), ids, JournalOptions::default()).await.expect("starts");
        let hot = open(&journal).await;
        let (stream, lane) = lane_of(&journal, hot).await;
        let mut others = Vec::new();
        while others.len() < 2 {
            let key = open(&journal).await;
            if lane_of(&journal, key).await.1 == lane {
                others.push(key);
            }
        }
        // Without other nodes nobody holds a lock, however long it took.
        for has_peers in [false, true] {
            journal.set_peers(has_peers);
            let before = outbox::last_position(journal.db().reader(), journal.db().engine(), stream).await.expect("reads");
            let (go, held) = hold(&journal, hot).await;
            let order = [others[0], others[0], others[1], others[1]];
            let mut waiting: Vec<_> = order.iter().map(|key| Box::pin(journal.commit(quick(vec![Touch::one(*key)])))).collect();
            for commit in &mut waiting {
                assert!(futures_util::poll!(commit).is_pending(), "in the queue");
            }
            clock.advance(Duration::from_secs(1));
            go.add_permits(1);
            held.await.expect("no panic");
            for commit in waiting {
                commit.await.expect("committed");
            }
            let rows = outbox::read(journal.db().reader(), journal.db().engine(), stream, before, 100).await.expect("rows");
            let of = |row: &outbox::Row| row.entries.iter().map(|entry| entry.key).collect::<Vec<_>>();
            let commits: Vec<Vec<JournalKey>> = rows.iter().map(of).filter(|keys| *keys != [hot]).collect();
            if has_peers && db.engine() != Engine::Sqlite {
                assert_eq!(commits, [vec![others[0]], vec![others[1]]]);
            } else {
                assert_eq!(commits.len(), 1, "{commits:?}");
                assert!(others.iter().all(|key| commits[0].contains(key)), "{commits:?}");
            }
        }
    }

    /// `BATCH_CHANGES`, `BATCH_JOURNALS`: a commit is as large as allowed, what is left goes into the next ones.
    async fn a_commit_is_bounded(db: TestDb) {
        let journal = journal(db.db(), 1).await;
        let channel = open(&journal).await;
        let (stream, lane) = lane_of(&journal, channel).await;
        let before = outbox::last_position(journal.db().reader(), journal.db().engine(), stream).await.expect("reads");
        let (go, held) = hold(&journal, channel).await;
        let changes = i64::try_from(limits::BATCH_CHANGES * 2 + 10).expect("small");
        let mut waiting: Vec<BoxFuture<'_, Result<()>>> = Vec::new();
        for nonce in 1..=changes {
            let append = journal.commit(Append::new(&journal, channel, 1, nonce));
            waiting.push(Box::pin(async { append.await.map(|_| ()) }));
        }
        // Each of these takes three journals of its own that no other takes.
        for _ in 0..limits::BATCH_JOURNALS {
            let mut touches = vec![Touch::one(channel)];
            for _ in 0..3 {
                touches.push(Touch::one(JournalKey::channel(ChannelId(journal.ids().next().expect("an id")))).create());
            }
            let wide = journal.commit(quick(touches));
            waiting.push(Box::pin(async { wide.await.map(|_| ()) }));
        }
        for commit in &mut waiting {
            assert!(futures_util::poll!(commit).is_pending(), "in the queue");
        }
        go.add_permits(1);
        held.await.expect("no panic");
        for commit in waiting {
            commit.await.expect("committed");
        }
        let rows = outbox::read(journal.db().reader(), journal.db().engine(), stream, before, 10_000).await.expect("rows");
        let versions = |row: &outbox::Row| row.entries.iter().filter(|e| e.key == channel).map(|e| e.to - e.from + 1).sum::<i64>();
        let most = rows.iter().map(versions).max().expect("rows");
        let widest = rows.iter().map(|row| row.entries.len()).max().expect("rows");
        println!("lane {lane}: {} commits, at most {most} changes and {widest} journals in one", rows.len());
        assert!(most <= i64::try_from(limits::BATCH_CHANGES).expect("small"));
        assert!(widest <= limits::BATCH_JOURNALS);
        // Neither bound is larger than what is reached: they are those that are enforced.
        assert_eq!(most, i64::try_from(limits::BATCH_CHANGES).expect("small"));
        assert!(widest + 3 > limits::BATCH_JOURNALS, "{widest}");
    }
}

/// The stream that the commits of a journal go to, and its lane.
async fn lane_of(journal: &Journal, key: JournalKey) -> (i64, usize) {
    for lane in 0..journal.db().lanes() {
        let stream = outbox::stream_of(1, lane);
        let rows = outbox::read(journal.db().reader(), journal.db().engine(), stream, 0, 1_000).await.expect("rows");
        if rows.iter().any(|row| row.entries.iter().any(|entry| entry.key == key)) {
            return (stream, lane);
        }
    }
    panic!("{key} was committed by no lane");
}
