//! Changes of access against commits that rely on the old one, on another lane or node.

use crate::rows::{Append, Open, journal};
use plexichat_database::{Engine, Tx};
use plexichat_events::{Applied, Change, Granted, Journal, Stamp, Touch};
use plexichat_kernel::{Error, Result, logging::metrics::Metrics, tasks};
use plexichat_model::{ChannelId, ErrorCode, JournalKey, UserId, WorkspaceId};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// A change that says when it is in its transaction and stays there until it is let go.
pub(crate) struct Held {
    pub(crate) touches: Vec<Touch>,
    pub(crate) stamps: Vec<Stamp>,
    pub(crate) inside: Arc<Semaphore>,
    pub(crate) go: Arc<Semaphore>,
}

#[async_trait::async_trait]
impl Change for Held {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        self.touches.clone()
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.stamps.clone()
    }

    async fn apply(&mut self, _tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        self.inside.add_permits(1);
        let _ = self.go.acquire().await;
        Ok(Applied { output: (), events: Vec::new() })
    }
}

/// A change without rows. Refused when its stamps are stale, unless it changes access itself.
struct Turn {
    touches: Vec<Touch>,
    stamps: Vec<Stamp>,
    stale: Arc<AtomicU32>,
}

#[async_trait::async_trait]
impl Change for Turn {
    type Output = i64;

    fn touches(&self) -> Vec<Touch> {
        self.touches.clone()
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.stamps.clone()
    }

    async fn recheck(&self, _tx: &Tx) -> Result<()> {
        self.stale.fetch_add(1, Ordering::Relaxed);
        Err(Error::forbidden("removed"))
    }

    async fn apply(&mut self, _tx: &Tx, granted: &Granted) -> Result<Applied<i64>> {
        Ok(Applied { output: granted.version(self.touches[0].key, 0), events: Vec::new() })
    }
}

async fn open(journal: &Journal, key: JournalKey) -> JournalKey {
    journal.commit(Open(key)).await.expect("it is made");
    key
}

fn id(journal: &Journal) -> i64 {
    journal.ids().next().expect("an id")
}

fn turn(touches: Vec<Touch>, stamps: Vec<Stamp>) -> Turn {
    Turn { touches, stamps, stale: Arc::default() }
}

async fn stamp(journal: &Journal, key: JournalKey) -> Stamp {
    let head = journal.head(key).await.expect("a head").expect("exists");
    Stamp { key, access_version: head.access_version }
}

plexichat_testkit::engines! {
    /// Whoever changes access gets an answer only when no commit under the old access can follow, whichever node and
    /// whichever of the proven journals it concerns.
    async fn a_change_of_access_waits_for_commits_that_rely_on_the_old(db: TestDb) {
        let nodes = [journal(db.db(), 1).await, journal(db.open_again().await.expect("a second node"), 2).await];
        let channel = open(&nodes[0], JournalKey::channel(ChannelId(id(&nodes[0])))).await;
        for proven in [JournalKey::workspace(WorkspaceId(id(&nodes[0]))), JournalKey::user(UserId(id(&nodes[0])))] {
            open(&nodes[0], proven).await;
            let old = stamp(&nodes[0], proven).await;
            let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
            let held = Held { touches: vec![Touch::one(channel)], stamps: vec![old], inside: Arc::clone(&inside), go: Arc::clone(&go) };
            let node = nodes[0].clone();
            let send = tasks::spawn("send", async move { node.commit(held).await });
            let _ = inside.acquire().await.expect("the send is in its transaction, its stamps compared");

            let (node, left) = (nodes[1].clone(), Arc::new(AtomicBool::new(false)));
            let seen = Arc::clone(&left);
            let leave = tasks::spawn("leave", async move {
                let committed = node.commit(turn(vec![Touch::one(proven).access()], Vec::new())).await;
                seen.store(true, Ordering::SeqCst);
                committed
            });
            // Long enough for a change that waits for nothing.
            tokio::time::sleep(Duration::from_millis(700)).await;
            assert!(!left.load(Ordering::SeqCst), "{proven} changed access while a send under the old one was under way");
            go.add_permits(1);
            send.await.expect("no panic").expect("it was permitted when it was judged");
            leave.await.expect("no panic").expect("access changes when the send is done");

            let late = turn(vec![Touch::one(channel)], vec![old]);
            assert_eq!(nodes[0].commit(late).await.expect_err("judged again").code(), ErrorCode::Forbidden);
        }
    }

    /// What advances a journal without changing access, as read positions do, keeps no sender waiting.
    async fn other_changes_of_a_proven_journal_wait_for_nobody(db: TestDb) {
        if db.engine() == Engine::Sqlite {
            return; // One writer: everybody waits for it.
        }
        let nodes = [journal(db.db(), 1).await, journal(db.open_again().await.expect("a second node"), 2).await];
        let channel = open(&nodes[0], JournalKey::channel(ChannelId(id(&nodes[0])))).await;
        let person = open(&nodes[0], JournalKey::user(UserId(id(&nodes[0])))).await;
        let stamps = vec![stamp(&nodes[0], person).await];
        let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let held = Held { touches: vec![Touch::one(channel)], stamps, inside: Arc::clone(&inside), go: Arc::clone(&go) };
        let node = nodes[0].clone();
        let send = tasks::spawn("send", async move { node.commit(held).await });
        let _ = inside.acquire().await.expect("the send is in its transaction");
        let read = nodes[1].commit(turn(vec![Touch::one(person)], Vec::new()));
        tokio::time::timeout(Duration::from_secs(8), read).await.expect("it waits for the send").expect("a position moves");
        go.add_permits(1);
        send.await.expect("no panic").expect("sent");
    }

    /// Sends, read positions and changes of access of the same people in the same places, on two nodes: no deadlock.
    async fn nobody_deadlocks(db: TestDb) {
        let metrics = plexichat_kernel::logging::metrics::install().expect("one test a process");
        let nodes = [journal(db.db(), 1).await, journal(db.open_again().await.expect("a second node"), 2).await];
        let workspace = open(&nodes[0], JournalKey::workspace(WorkspaceId(id(&nodes[0])))).await;
        let mut channels = Vec::new();
        let mut people = Vec::new();
        for _ in 0..3 {
            channels.push(open(&nodes[0], JournalKey::channel(ChannelId(id(&nodes[0])))).await);
        }
        for _ in 0..6 {
            people.push(open(&nodes[0], JournalKey::user(UserId(id(&nodes[0])))).await);
        }
        let mut work = Vec::new();
        for (nth, person) in people.iter().copied().enumerate() {
            let (node, channels) = (nodes[nth % 2].clone(), channels.clone());
            work.push(tasks::spawn("sender", async move {
                for round in 0..25 {
                    let channel = channels[(nth + round) % channels.len()];
                    let (w, c, u) = (stamp(&node, workspace).await, stamp(&node, channel).await, stamp(&node, person).await);
                    let nonce = i64::try_from(round).expect("small") + 1;
                    let send = Append { stamps: vec![w, u], recheck: None, ..Append::new(&node, channel, person.id, nonce) };
                    node.commit(send).await.expect("sent");
                    let _ = node.commit(turn(vec![Touch::one(person)], vec![w, c])).await;
                }
            }));
        }
        for nth in 0..2 {
            let (node, channels, people) = (nodes[nth].clone(), channels.clone(), people.clone());
            work.push(tasks::spawn("administrator", async move {
                for round in 0..25 {
                    let (channel, person) = (channels[round % channels.len()], people[(round + nth) % people.len()]);
                    let touches = if round % 2 == 0 {
                        vec![Touch::one(channel).access(), Touch::one(person).access()]
                    } else {
                        vec![Touch::one(workspace).access(), Touch::one(person).access(), Touch::one(channel).access()]
                    };
                    node.commit(turn(touches, Vec::new())).await.expect("access changes");
                }
            }));
        }
        for task in work {
            task.await.expect("no panic");
        }
        // Whoever wins a race decides nothing: only what the database refused counts.
        assert_eq!(retries(&metrics), 0);
    }
}

/// Batches that were run again, as after a deadlock or a lock that was waited for too long.
fn retries(metrics: &Metrics) -> u64 {
    let page = metrics.render();
    let line = page.lines().find_map(|line| line.strip_prefix("plexichat_journal_retries_total "));
    line.map_or(0, |count| count.parse().expect("a count"))
}
