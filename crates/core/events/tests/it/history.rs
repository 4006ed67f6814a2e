//! A database that has lost what was known starts a new epoch, whoever knew it; one that has lost nothing does not.

use crate::rows::{Open, journal};
use plexichat_database::{Db, Engine, Sql};
use plexichat_events::{Journal, JournalOptions, Signal, outbox::Poller};
use plexichat_kernel::{Clock, IdGenerator, Shutdown, Worker as _, tasks};
use plexichat_model::{ChannelId, JournalKey};
use plexichat_testkit::{Backup, TestDb};
use sea_orm::ConnectionTrait as _;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

async fn node(db: Db, number: u16, marks: &Path) -> Journal {
    let clock = Clock::system();
    let ids = IdGenerator::fixed(clock.clone(), number).expect("a node number");
    let options = JournalOptions { marks: Some(marks.to_owned()), ..JournalOptions::default() };
    Journal::start(db, clock, ids, options).await.expect("the journal starts")
}

async fn open(journal: &Journal) -> JournalKey {
    let key = JournalKey::channel(ChannelId(journal.ids().next().expect("an id")));
    journal.commit(Open(key)).await.expect("it is made");
    key
}

enum Saved {
    File(PathBuf),
    Server(Backup),
}

/// A backup as the engine makes it.
async fn save(db: &TestDb) -> Saved {
    let Some(directory) = db.directory() else { return Saved::Server(db.save().await.expect("a copy")) };
    let copy = directory.join("backup.db");
    let text = format!("vacuum into '{}'", copy.display());
    db.db().maintenance().execute_unprepared(&text).await.expect("a copy");
    Saved::File(copy)
}

async fn restore(db: &TestDb, saved: &Saved) {
    match saved {
        Saved::Server(backup) => db.restore(backup).await.expect("restored"),
        Saved::File(copy) => {
            db.db().close().await;
            let directory = db.directory().expect("a file");
            for suffix in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(directory.join(format!("plexichat.db{suffix}")));
            }
            std::fs::copy(copy, directory.join("plexichat.db")).expect("restored");
        }
    }
}

async fn eventually(what: &str, mut met: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if met().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {what}");
}

plexichat_testkit::engines! {
    /// A backup restored after a node that lived for less than a second: from its first acknowledgement on, the node
    /// knows on the disk that it has committed.
    async fn the_first_commit_of_a_node_is_remembered(db: TestDb) {
        let directory = tempfile::tempdir().expect("a directory");
        let marks = directory.path().join("marks.json");
        let handle = db.open_again().await.expect("opens");
        let first = node(handle.clone(), 1, &marks).await;
        open(&first).await;
        let epoch = first.epoch();
        first.shut_down().await;
        handle.close().await;
        let saved = save(&db).await;

        let handle = db.open_again().await.expect("opens");
        let second = node(handle.clone(), 2, &marks).await;
        assert_eq!(second.epoch(), epoch, "an ordinary restart keeps the epoch");
        open(&second).await;
        // Killed at once: nothing is written any more.
        let kept = std::fs::read(&marks).expect("a file");
        drop(second);
        handle.close().await;
        std::fs::write(&marks, kept).expect("as it was");

        restore(&db, &saved).await;
        let third = node(db.open_again().await.expect("opens"), 3, &marks).await;
        assert_ne!(third.epoch(), epoch);
        third.shut_down().await;
        let fourth = node(db.open_again().await.expect("opens"), 4, &marks).await;
        assert_eq!(fourth.epoch(), third.epoch(), "noticed once");
    }

    /// A node that wrote nothing itself has shown what another one wrote: when that is gone, all it told is void.
    async fn what_others_wrote_and_lost_is_noticed(db: TestDb) {
        if db.engine() == Engine::Sqlite {
            return; // Its file has one node, and is not replaced under it.
        }
        // Sessions of a dropped database go on nameless on MariaDB: there the server is started again after the restore.
        let db = if db.engine() == Engine::MariaDb { TestDb::private(Engine::MariaDb).await.expect("a server") } else { db };
        for by_poller in [true, false] {
            let reader = journal(db.open_again().await.expect("opens"), 2).await;
            let writer = journal(db.open_again().await.expect("opens"), 1).await;
            open(&writer).await;
            lease(&writer).await;
            let epoch = reader.epoch();
            let saved = save(&db).await;
            // The copy may have ended everybody's sessions; nothing was lost.
            eventually("a node writes again", async || write(&reader).await.is_ok()).await;
            assert_eq!(reader.epoch(), epoch, "a lost connection alone keeps the epoch");

            let (shutdown, poller) = (Shutdown::new(), Poller::new(reader.clone()));
            let mut heard = reader.bus().subscribe();
            let stop = shutdown.clone();
            let polling = by_poller.then(|| {
                tasks::spawn("poller", async move {
                    // The supervisor would start it again.
                    while poller.run(stop.clone()).await.is_err() {}
                })
            });
            eventually("the other node writes again", async || write(&writer).await.is_ok()).await;
            let mut lost = open(&writer).await;
            if by_poller {
                eventually("the poller hears of the other node", async || {
                    lost = open(&writer).await;
                    let heard = tokio::time::timeout(Duration::from_secs(1), async {
                        while !matches!(heard.recv().await, Some(Signal::Advanced { key, .. }) if key == lost) {}
                    });
                    heard.await.is_ok()
                }).await;
            } else {
                // The copy may have ended the sessions of the readers too.
                eventually("it is read", async || reader.head(lost).await.is_ok_and(|head| head.is_some())).await;
            }
            drop(writer);
            restore(&db, &saved).await;
            if let Some(instance) = db.instance().filter(|instance| instance.is_private()) {
                instance.crash().await.expect("killed");
                instance.start_again().await.expect("starts");
            }
            eventually("the node notices", async || {
                if !by_poller {
                    let _ = reader.head(lost).await;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                reader.epoch() != epoch
            }).await;
            shutdown.trigger();
            if let Some(polling) = polling {
                polling.await.expect("no panic");
            }
            // What is written from now on is of the new epoch, and nobody begins another.
            let begun = reader.epoch();
            eventually("the node writes on", async || write(&reader).await.is_ok()).await;
            eventually("it is gone", async || reader.head(lost).await.is_ok_and(|head| head.is_none())).await;
            assert_eq!(reader.epoch(), begun);
        }
    }

    /// A server that was restarted after a crash, and lost nothing, keeps the epoch; a promoted standby starts another.
    async fn a_timeline_is_a_history(db: TestDb) {
        if db.engine() == Engine::Sqlite {
            return;
        }
        let db = TestDb::private(db.engine()).await.expect("a server");
        let instance = db.instance().expect("a server").clone();
        let directory = tempfile::tempdir().expect("a directory");
        let marks = directory.path().join("marks.json");
        let running = node(db.db(), 1, &marks).await;
        let channel = open(&running).await;
        assert!(running.head(channel).await.expect("reads").is_some());
        let epoch = running.epoch();
        instance.crash().await.expect("killed");
        instance.start_again().await.expect("starts");
        eventually("it writes after the crash", async || write(&running).await.is_ok()).await;
        assert_eq!(running.epoch(), epoch);
        if db.engine() != Engine::Postgres {
            return;
        }
        instance.stop().await.expect("stops");
        std::fs::write(instance.data_dir().join("standby.signal"), "").expect("a standby");
        instance.start_again().await.expect("starts");
        let promote = Sql::new(Engine::Postgres, "select pg_promote()").build();
        eventually("it is promoted", async || db.db().reader().query_one_raw(promote.clone()).await.is_ok()).await;
        eventually("the new timeline is noticed", async || {
            if let Err(error) = write(&running).await {
                println!("{error:?}");
            }
            running.epoch() != epoch
        }).await;
        // The next start finds nothing new; a start on the timeline before would.
        let promoted = running.epoch();
        running.shut_down().await;
        let again = node(db.open_again().await.expect("opens"), 2, &marks).await;
        assert_eq!(again.epoch(), promoted);
        again.shut_down().await;
        let kept = std::fs::read_to_string(&marks).expect("a file").replace("00000002", "00000001");
        std::fs::write(&marks, kept).expect("as if written before the failover");
        let later = node(db.open_again().await.expect("opens"), 3, &marks).await;
        assert_ne!(later.epoch(), promoted);
    }
}

async fn write(journal: &Journal) -> plexichat_kernel::Result<()> {
    journal.write(|_| Box::pin(async { Ok(()) })).await
}

/// Makes the node one of those that others listen to.
async fn lease(journal: &Journal) {
    let engine = journal.db().engine();
    for text in [
        "delete from nodes",
        "insert into nodes (node, holder, fence, level, address, started_ms, lease_until_ms) values (1, 'x', 1, 1, 'x', 1, 9223372036854775807)",
    ] {
        journal.db().maintenance().execute_raw(Sql::new(engine, text).build()).await.expect("a lease");
    }
}
