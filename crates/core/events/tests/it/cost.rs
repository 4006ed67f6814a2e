//! What the gates cost a send: a measurement, run by hand with `--run-ignored all -E 'test(cost)'`.

use crate::rows::{Append, Open, journal};
use plexichat_events::{Journal, Stamp};
use plexichat_kernel::tasks;
use plexichat_model::{ChannelId, JournalKey, UserId, WorkspaceId};
use plexichat_testkit::{Engine, TestDb};
use std::time::Duration;

const SENDERS: i64 = 32;
const CHANNELS: usize = 8;
const STRETCH: Duration = Duration::from_secs(6);

#[test]
#[ignore = "a measurement, not a test"]
fn cost_of_a_send_postgres() {
    plexichat_testkit::run_on(Engine::Postgres, cost);
}

#[test]
#[ignore = "a measurement, not a test"]
fn cost_of_a_send_mariadb() {
    plexichat_testkit::run_on(Engine::MariaDb, cost);
}

async fn open(journal: &Journal, key: impl FnOnce(i64) -> JournalKey) -> JournalKey {
    let key = key(journal.ids().next().expect("an id"));
    journal.commit(Open(key)).await.expect("it is made");
    key
}

/// As a message stamps: the instance, the workspace, its channel and its author.
async fn cost(db: TestDb) {
    let journal = journal(db.db(), 1).await;
    let workspace = open(&journal, |id| JournalKey::workspace(WorkspaceId(id))).await;
    let mut channels = Vec::new();
    for _ in 0..CHANNELS {
        channels.push(open(&journal, |id| JournalKey::channel(ChannelId(id))).await);
    }
    let mut senders = Vec::new();
    let started = tokio::time::Instant::now();
    for nth in 0..SENDERS {
        let person = open(&journal, |id| JournalKey::user(UserId(id))).await;
        let (journal, channel) = (journal.clone(), channels[usize::try_from(nth).expect("small") % CHANNELS]);
        senders.push(tasks::spawn("sender", async move {
            let stamps: Vec<Stamp> =
                [JournalKey::INSTANCE, workspace, channel, person].map(|key| Stamp { key, access_version: 0 }).into();
            let mut took = Vec::new();
            while started.elapsed() < STRETCH {
                let nonce = i64::try_from(took.len()).expect("small") + 1;
                let append = Append { stamps: stamps.clone(), ..Append::new(&journal, channel, person.id, nonce) };
                let asked = tokio::time::Instant::now();
                journal.commit(append).await.expect("sent");
                took.push(asked.elapsed());
            }
            took
        }));
    }
    let mut took = Vec::new();
    for sender in senders {
        took.append(&mut sender.await.expect("no panic"));
    }
    took.sort_unstable();
    let (count, seconds) = (took.len(), started.elapsed().as_secs_f64());
    let rate = f64::from(u32::try_from(count).expect("small")) / seconds;
    println!(
        "{}: {SENDERS} senders, {count} sends, {rate:.0}/s, p50 {:?}, p99 {:?}",
        db.engine().as_str(),
        took[count / 2],
        took[count * 99 / 100]
    );
}
