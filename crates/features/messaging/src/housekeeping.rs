//! Forgets what has had its time: nonces after 7 days, tombstones after 30.
//!
//! Works in pages of at most 500 rows a transaction, with a pause between them, so that nobody's writes wait.
//! Running it on several nodes at once, or twice, does no harm. A tombstone is dropped together with the rise of
//! its journal's `resume_floor`: whoever comes back from before loads anew instead of missing it.

use crate::{Messaging, store::housekeeping as store};
use async_trait::async_trait;
use plexichat_kernel::{
    Result,
    tasks::{Shutdown, Worker},
};
use plexichat_model::{ChannelId, JournalKey, UserId};
use std::time::Duration;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// A retry with the same nonce is recognised this long.
const NONCE_MS: i64 = 7 * DAY_MS;
/// A removed reaction or membership is told to those who come back this late.
const TOMBSTONE_MS: i64 = 30 * DAY_MS;
/// Versions looked at in one step.
const STEP: i64 = 500;
/// Time between two rounds.
const ROUND: Duration = Duration::from_hours(1);
/// Time between two pages.
const PAUSE: Duration = Duration::from_millis(20);

/// The worker that runs [`Messaging::tidy_up`] each hour.
#[derive(Clone, Debug)]
pub struct Housekeeping {
    messaging: Messaging,
}

impl Housekeeping {
    /// For this messaging.
    pub fn new(messaging: Messaging) -> Self {
        Self { messaging }
    }
}

#[async_trait]
impl Worker for Housekeeping {
    fn name(&self) -> &'static str {
        "messaging_housekeeping"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let clock = self.messaging.journal.clock().clone();
        loop {
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = clock.sleep(ROUND) => {}
            }
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                done = self.messaging.tidy_up() => done?,
            }
        }
    }
}

impl Messaging {
    /// One round of forgetting.
    pub async fn tidy_up(&self) -> Result<()> {
        let now = self.journal.clock().now_ms();
        self.forget_nonces(now - NONCE_MS).await?;
        self.drop_tombstones(now - TOMBSTONE_MS).await
    }

    async fn pause(&self) {
        self.journal.clock().sleep(PAUSE).await;
    }

    /// Nonces go from the oldest on, so everything before a whole page without any has been done in an earlier round.
    async fn forget_nonces(&self, before_ms: i64) -> Result<()> {
        let conn = self.db.reader();
        let (mut place, mut left) = ((before_ms, i64::MIN), false);
        loop {
            let page = store::aged(conn, place, false, before_ms).await?;
            let Some(last) = page.last() else { break };
            place = (last.created_ms, last.id);
            if page.iter().all(|row| !row.has_nonce) {
                break;
            }
            left = true;
            tokio::task::yield_now().await;
        }
        if !left {
            return Ok(());
        }
        // The place itself may hold a nonce when the end of the table was reached.
        place.1 -= 1;
        loop {
            let page = store::aged(conn, place, true, before_ms).await?;
            let Some(last) = page.last() else { return Ok(()) };
            place = (last.created_ms, last.id);
            let ids: Vec<i64> = page.iter().filter(|row| row.has_nonce).map(|row| row.id).collect();
            self.journal
                .write(move |tx| {
                    let ids = ids.clone();
                    Box::pin(async move { store::forget_nonces(tx, &ids).await })
                })
                .await?;
            self.pause().await;
        }
    }

    async fn drop_tombstones(&self, before_ms: i64) -> Result<()> {
        let mut after = 0;
        loop {
            let page = store::channel_journals(self.db.reader(), after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for journal in page {
                self.drop_tombstones_of(ChannelId(journal.id), journal.resume_floor, journal.version, before_ms).await?;
            }
        }
    }

    /// Goes through the versions above the floor, as far as they are old. The age of a version is that of a message
    /// at or after it; without a later message it stays, which only keeps a tombstone longer.
    async fn drop_tombstones_of(&self, channel: ChannelId, floor: i64, head: i64, before_ms: i64) -> Result<()> {
        let engine = self.db.engine();
        let (mut done, mut from) = (floor, floor);
        while from < head {
            let to = from.saturating_add(STEP).min(head);
            let age = store::age(self.db.reader(), engine, channel.0, (from, to), before_ms).await?;
            while done < age.old {
                let upper = done.saturating_add(STEP).min(age.old);
                self.drop_window(channel, (done, upper)).await?;
                done = upper;
                self.pause().await;
            }
            if age.reached_young {
                return Ok(());
            }
            from = to;
        }
        Ok(())
    }

    async fn drop_window(&self, channel: ChannelId, window: (i64, i64)) -> Result<()> {
        self.journal
            .write(move |tx| {
                Box::pin(async move {
                    store::raise_floor(tx, JournalKey::channel(channel), window.1).await?;
                    store::drop_reactions(tx, channel.0, window).await?;
                    for ended in store::ended_memberships(tx, channel.0, window).await? {
                        // The row is the tombstone of the person's own journal too.
                        store::raise_floor(tx, JournalKey::user(UserId(ended.user_id)), ended.user_version).await?;
                        store::drop_membership(tx, &ended).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
