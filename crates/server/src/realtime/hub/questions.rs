//! What the hub must ask the database before a journal may go on. Each answer is bounded in time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use plexichat_events::Head;
use plexichat_kernel::{Error, Result};
use plexichat_messaging::Messaging;
use plexichat_model::{ChannelId, JournalEvent, JournalKey, UserId, WorkspaceId};

use super::Hub;
use super::watched::Turn;

/// Longest wait for an answer; then the followers concerned are told to identify anew.
const PATIENCE: Duration = Duration::from_secs(2);
/// Members above which a channel shows a badge only to who is mentioned.
const MOST_BADGED: u64 = 5_000;

/// The watch a question is about, and when it was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) key: JournalKey,
    pub(super) turn: Turn,
}

/// Something to ask.
#[derive(Debug)]
pub(super) enum Question {
    /// What lies in a gap, and who of these may still follow.
    Gap { about: About, after: i64, up_to: i64, people: Vec<UserId> },
    /// Who of these may read the event.
    Readers { about: About, event: Arc<JournalEvent>, people: Vec<UserId> },
    /// Who of these may still follow.
    Followers { about: About, people: Vec<UserId> },
    /// Where these journals stand.
    Heads { keys: Vec<JournalKey> },
    /// Which of these channels have so many members that badges are for mentions alone.
    Counts { channels: Vec<ChannelId> },
    /// No question: tells all shards that somebody left a workspace.
    Leave { workspace: WorkspaceId, user: UserId },
}

/// What was learned.
#[derive(Debug)]
pub(super) enum Answer {
    Gap { about: About, after: i64, people: Vec<UserId>, outcome: Result<Gap> },
    Readers { about: About, outcome: Result<HashSet<UserId>> },
    Followers { about: About, people: Vec<UserId>, outcome: Result<HashSet<UserId>> },
    Heads { outcome: Result<HashMap<JournalKey, Head>> },
    Counts { channels: Vec<ChannelId>, outcome: Result<HashSet<ChannelId>> },
    Told,
}

/// What lay in a gap.
#[derive(Debug)]
pub(super) struct Gap {
    /// Whole: a version without anything to show is `nothing`.
    pub(super) events: Vec<JournalEvent>,
    pub(super) allowed: HashSet<UserId>,
}

/// Asks.
pub(super) async fn ask(messaging: Messaging, hub: Hub, question: Question) -> Answer {
    let auth = messaging.auth();
    match question {
        Question::Gap { about, after, up_to, people } => {
            let outcome = in_time(gap(&messaging, about.key, after, up_to, &people)).await;
            Answer::Gap { about, after, people, outcome }
        }
        Question::Readers { about, event, people } => {
            Answer::Readers { about, outcome: in_time(auth.who_may_read(&event, &people)).await }
        }
        Question::Followers { about, people } => {
            let outcome = in_time(auth.who_may_follow(about.key, &people)).await;
            Answer::Followers { about, people, outcome }
        }
        Question::Heads { keys } => Answer::Heads { outcome: in_time(messaging.journal().heads(&keys)).await },
        Question::Counts { channels } => {
            let outcome = in_time(messaging.channels_above(&channels, MOST_BADGED)).await;
            Answer::Counts { channels, outcome }
        }
        Question::Leave { workspace, user } => {
            hub.member(workspace, user, None).await;
            Answer::Told
        }
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T>>) -> Result<T> {
    let late = || Error::unavailable("the database did not answer in time");
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(late()))
}

async fn gap(messaging: &Messaging, key: JournalKey, after: i64, up_to: i64, people: &[UserId]) -> Result<Gap> {
    let events = messaging.read_journal(key, after, up_to).await?;
    // After the rows. What another node committed may have ended access in a journal we have not read yet, so
    // everybody is asked about, always.
    let allowed = messaging.auth().who_may_follow(key, people).await?;
    Ok(Gap { events, allowed })
}
