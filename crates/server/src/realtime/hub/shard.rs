//! One shard of the hub: a part of the journals in one task.
//!
//! The task never waits for the database: questions run beside it, a journal is held until its answer is in,
//! all others go on. Bounded: the mailbox, the questions under way, the events that wait per journal.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use plexichat_kernel::{Clock, Shutdown};
use plexichat_messaging::Messaging;
use tokio::sync::mpsc;

use super::Hub;
use super::journals::{Command, Journals};
use super::questions::{Answer, ask};

/// Questions under way at once; more would only queue for the database's connections.
const MOST_ASKED: usize = 8;
/// Badges and reactions in a crowd are shown this often.
const SHOWN: Duration = Duration::from_secs(1);
/// Commands taken from the mailbox at once.
const BATCH: usize = 64;

/// One shard.
pub(super) struct Shard {
    messaging: Messaging,
    hub: Hub,
    clock: Clock,
    journals: Journals,
    asked: FuturesUnordered<BoxFuture<'static, Answer>>,
}

impl Shard {
    pub(super) fn new(messaging: Messaging, hub: Hub, clock: Clock) -> Self {
        let journals = Journals::new(clock.clone());
        Self { messaging, hub, clock, journals, asked: FuturesUnordered::new() }
    }

    /// Works until the signal.
    pub(super) async fn run(&mut self, mailbox: &mut mpsc::Receiver<Command>, shutdown: &Shutdown) {
        let mut commands = Vec::with_capacity(BATCH);
        let mut shown = tokio::time::interval(SHOWN);
        shown.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let due = self.journals.due();
            tokio::select! {
                biased;
                () = shutdown.triggered() => return,
                Some(answer) = self.asked.next(), if !self.asked.is_empty() => self.journals.learn(answer),
                count = mailbox.recv_many(&mut commands, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    commands.drain(..).for_each(|command| self.journals.obey(command));
                }
                () = sleep_until(&self.clock, due), if due.is_some() => self.journals.look_at_due(),
                _ = shown.tick() => self.journals.show_more(),
            }
            self.ask_more();
        }
    }

    fn ask_more(&mut self) {
        while self.asked.len() < MOST_ASKED
            && let Some(question) = self.journals.question()
        {
            self.asked.push(Box::pin(ask(self.messaging.clone(), self.hub.clone(), question)));
        }
    }
}

async fn sleep_until(clock: &Clock, due: Option<Duration>) {
    match due {
        Some(due) => tokio::time::sleep(due.saturating_sub(clock.monotonic()).max(Duration::from_millis(1))).await,
        None => std::future::pending().await,
    }
}
