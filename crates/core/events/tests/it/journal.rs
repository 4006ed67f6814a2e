//! Gapless, in order, exactly once, and one bad change never harms its neighbours.

use crate::rows::{Append, Edit, Open, all, journal};
use plexichat_events::{Journal, Signal, Stamp, outbox};
use plexichat_kernel::{Error, tasks};
use plexichat_model::{ChannelId, ErrorCode, JournalKey};
use std::collections::{BTreeMap, HashMap, HashSet};

async fn open(journal: &Journal) -> JournalKey {
    let key = JournalKey::channel(ChannelId(journal.ids().next().expect("an id")));
    journal.commit(Open(key)).await.expect("a channel opens");
    key
}

async fn check_rows(journal: &Journal, channel: JournalKey, count: i64) {
    let rows = all(journal.db(), channel).await;
    let head = journal.head(channel).await.expect("a head").expect("it exists");
    assert_eq!(rows.iter().map(|r| r.number).collect::<Vec<_>>(), (1..=count).collect::<Vec<_>>());
    assert_eq!((head.number, head.main_number), (count, count));
    let versions: HashSet<i64> = rows.iter().map(|r| r.version).collect();
    assert_eq!(versions.len(), rows.len(), "two rows share a version");
    assert!(versions.iter().all(|v| *v <= head.version));
}

plexichat_testkit::engines! {
    /// Many senders, few channels, edits between: numbers and versions are gapless, the bus says every version once and in order.
    async fn many_senders_leave_no_gap(db: TestDb) {
        let journal = journal(db.db(), 3).await;
        let mut bus = journal.bus().subscribe();
        let mut channels = Vec::new();
        for _ in 0..4 {
            channels.push(open(&journal).await);
        }
        let mut senders = Vec::new();
        for author in 0..16 {
            let (journal, channels) = (journal.clone(), channels.clone());
            senders.push(tasks::spawn("sender", async move {
                for nonce in 1..=25 {
                    let channel = channels[usize::try_from(author + nonce).expect("small") % 4];
                    let placed = journal.commit(Append::new(&journal, channel, author, nonce)).await.expect("it is appended").output;
                    if nonce % 5 == 0 {
                        journal.commit(Edit { channel, id: placed.0, refuse: false, access: false }).await.expect("it is edited");
                    }
                }
            }));
        }
        for sender in senders {
            sender.await.expect("a sender ends well");
        }
        let mut seen: BTreeMap<JournalKey, i64> = BTreeMap::new();
        let wanted: HashMap<JournalKey, i64> = journal.heads(&channels).await.expect("heads").into_iter().map(|(k, h)| (k, h.version)).collect();
        assert_eq!(wanted.values().sum::<i64>(), 4 + 16 * 25 + 16 * 5);
        while seen.iter().any(|(k, v)| *v < wanted[k]) || seen.len() < 4 {
            let Some(Signal::Committed(published)) = bus.recv().await else { panic!("the bus lagged") };
            for event in published.events.iter() {
                let last = seen.entry(event.journal).or_insert(0);
                assert_eq!(event.version, *last + 1, "out of order on one lane per channel");
                *last = event.version;
            }
        }
        let total: i64 = futures_util::future::join_all(channels.iter().map(|c| all(journal.db(), *c))).await.iter().map(|r| i64::try_from(r.len()).expect("small")).sum();
        assert_eq!(total, 400);
        for channel in channels {
            let count = i64::try_from(all(journal.db(), channel).await.len()).expect("small");
            check_rows(&journal, channel, count).await;
        }
    }

    /// The same nonce is the same row: in one batch, later on this node, and on a node that never saw it.
    async fn a_nonce_makes_one_row(db: TestDb) {
        let first = journal(db.db(), 1).await;
        let second = journal(db.open_again().await.expect("a second node"), 2).await;
        let channel = open(&first).await;
        let twins = futures_util::future::join_all((0..8).map(|_| first.commit(Append::new(&first, channel, 7, 1)))).await;
        let twins: Vec<_> = twins.into_iter().map(|t| t.expect("a twin is answered")).collect();
        assert_eq!(twins.iter().filter(|t| !t.duplicate).count(), 1);
        assert!(twins.iter().all(|t| t.output == twins[0].output));
        let later = second.commit(Append::new(&second, channel, 7, 1)).await.expect("the retry is answered");
        assert!(later.duplicate);
        assert_eq!((later.output.0, later.output.1), (twins[0].output.0, twins[0].output.1));
        let mut other = Append::new(&second, channel, 7, 1);
        other.text = "something else".into();
        assert_eq!(second.commit(other).await.expect_err("another text").code(), ErrorCode::NonceReused);
        check_rows(&second, channel, 1).await;
    }

    /// A refused change, a change of a missing journal and a clash of ids fail alone; the rest of the batch is committed without a gap.
    async fn a_bad_change_fails_alone(db: TestDb) {
        let journal = journal(db.db(), 1).await;
        let channel = open(&journal).await;
        let known = journal.commit(Append::new(&journal, channel, 1, 1)).await.expect("a first row").output;
        let nowhere = JournalKey::channel(ChannelId(5));
        let good = (10..30).map(|nonce| journal.commit(Append::new(&journal, channel, 2, nonce)));
        let refused = (0..3).map(|_| journal.commit(Edit { channel, id: known.0, refuse: true, access: false }));
        let missing = journal.commit(Append::new(&journal, nowhere, 2, 1));
        let mut clash = Append::new(&journal, channel, 3, 1);
        clash.id = known.0;
        let clash = journal.commit(clash);
        let (good, refused, missing, clash) = futures_util::future::join4(
            futures_util::future::join_all(good), futures_util::future::join_all(refused), missing, clash).await;
        assert!(good.iter().all(Result::is_ok));
        assert!(refused.iter().all(|r| r.as_ref().is_err_and(|e| e.code() == ErrorCode::NotFound)));
        assert_eq!(missing.expect_err("no such channel").code(), ErrorCode::NotFound);
        assert_eq!(clash.expect_err("the id is taken").code(), ErrorCode::Conflict);
        check_rows(&journal, channel, 21).await;
    }

    /// What was permitted under an old access version is judged again, after the change of access.
    async fn a_stale_stamp_is_judged_again(db: TestDb) {
        let journal = journal(db.db(), 1).await;
        let channel = open(&journal).await;
        let row = journal.commit(Append::new(&journal, channel, 1, 1)).await.expect("a row").output;
        let stamp = |access_version| vec![Stamp { key: channel, access_version }];
        let fresh = Append { stamps: stamp(0), recheck: Some(Error::forbidden("not asked")), ..Append::new(&journal, channel, 1, 2) };
        journal.commit(fresh).await.expect("the stamp is current");
        let version = journal.commit(Edit { channel, id: row.0, refuse: false, access: true }).await.expect("access changes").output;
        assert_eq!(journal.head(channel).await.expect("a head").expect("exists").access_version, version);
        let stale = Append { stamps: stamp(0), recheck: Some(Error::forbidden("removed")), ..Append::new(&journal, channel, 1, 3) };
        assert_eq!(journal.commit(stale).await.expect_err("removed meanwhile").code(), ErrorCode::Forbidden);
        let still = Append { stamps: stamp(0), recheck: None, ..Append::new(&journal, channel, 1, 4) };
        journal.commit(still).await.expect("permitted again");
        check_rows(&journal, channel, 3).await;
    }

    /// Two nodes write to the same channels: one order, no gap, and each stream of the outbox counts every version once.
    async fn two_nodes_share_one_order(db: TestDb) {
        let nodes = [journal(db.db(), 1).await, journal(db.open_again().await.expect("a second node"), 2).await];
        let channels = [open(&nodes[0]).await, open(&nodes[0]).await];
        let mut senders = Vec::new();
        for author in 0..8 {
            let journal = nodes[usize::try_from(author).expect("small") % 2].clone();
            senders.push(tasks::spawn("sender", async move {
                for nonce in 1..=20 {
                    let channel = channels[usize::try_from(nonce).expect("small") % 2];
                    journal.commit(Append::new(&journal, channel, author, nonce)).await.expect("it is appended");
                }
            }));
        }
        for sender in senders {
            sender.await.expect("a sender ends well");
        }
        for channel in channels {
            check_rows(&nodes[0], channel, 80).await;
        }
        let mut versions: BTreeMap<JournalKey, Vec<i64>> = BTreeMap::new();
        for stream in (0..2).flat_map(|lane| [outbox::stream_of(1, lane), outbox::stream_of(2, lane)]) {
            let rows = outbox::read(nodes[0].db().reader(), nodes[0].db().engine(), stream, 0, 10_000).await.expect("rows");
            assert_eq!(rows.iter().map(|r| r.position).collect::<Vec<_>>(), (1..=i64::try_from(rows.len()).expect("small")).collect::<Vec<_>>());
            for entry in rows.iter().flat_map(|r| &r.entries) {
                versions.entry(entry.key).or_default().extend(entry.from..=entry.to);
            }
        }
        for channel in channels {
            let mut seen = versions.remove(&channel).unwrap_or_default();
            seen.sort_unstable();
            assert_eq!(seen, (1..=81).collect::<Vec<_>>());
        }
    }

    /// A database that has less than this node had committed starts a new epoch.
    async fn a_restored_database_starts_an_epoch(db: TestDb) {
        let directory = tempfile::tempdir().expect("a directory");
        let options = plexichat_events::JournalOptions { marks: Some(directory.path().join("marks")), ..Default::default() };
        let clock = plexichat_kernel::Clock::system();
        let ids = || plexichat_kernel::IdGenerator::fixed(clock.clone(), 1).expect("a node");
        let before = Journal::start(db.db(), clock.clone(), ids(), options.clone()).await.expect("starts");
        for _ in 0..3 {
            open(&before).await;
        }
        before.shut_down().await;
        let again = Journal::start(db.open_again().await.expect("opens"), clock.clone(), ids(), options.clone()).await.expect("starts");
        assert_eq!(again.epoch(), before.epoch(), "an ordinary restart keeps the epoch");
        again.write(|tx| Box::pin(async move {
            use plexichat_database::{DbResultExt, entity::outbox};
            use sea_orm::EntityTrait;
            outbox::Entity::delete_many().exec(tx).await.db().map(|_| ())
        })).await.expect("history is lost");
        again.shut_down().await;
        let restored = Journal::start(db.open_again().await.expect("opens"), clock.clone(), ids(), options).await.expect("starts");
        assert_ne!(restored.epoch(), before.epoch());
    }
}
