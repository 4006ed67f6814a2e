//! What the hub must ask the database before a journal may go on. Each answer is bounded in time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use plexichat_auth::Auth;
use plexichat_events::Head;
use plexichat_kernel::{Error, Result};
use plexichat_messaging::Messaging;
use plexichat_model::{JournalEvent, JournalKey, UserId};

/// Longest wait for an answer; then the followers concerned are told to identify anew.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something to ask.
#[derive(Debug)]
pub(super) enum Question {
    /// What lies in a gap, and who of these may still follow.
    Gap { key: JournalKey, after: i64, up_to: i64, people: Vec<UserId> },
    /// Who of these may read the event.
    Readers { event: Arc<JournalEvent>, people: Vec<UserId> },
    /// Who of these may still follow.
    Followers { key: JournalKey, people: Vec<UserId> },
    /// Where these journals stand.
    Heads { keys: Vec<JournalKey> },
}

/// What was learned.
#[derive(Debug)]
pub(super) enum Answer {
    Gap { key: JournalKey, after: i64, people: Vec<UserId>, outcome: Result<Gap> },
    Readers { key: JournalKey, outcome: Result<HashSet<UserId>> },
    Followers { key: JournalKey, people: Vec<UserId>, outcome: Result<HashSet<UserId>> },
    Heads { outcome: Result<HashMap<JournalKey, Head>> },
}

/// What lay in a gap.
#[derive(Debug)]
pub(super) struct Gap {
    /// Whole: a version without anything to show is `nothing`.
    pub(super) events: Vec<JournalEvent>,
    pub(super) allowed: HashSet<UserId>,
}

/// Asks.
pub(super) async fn ask(messaging: Messaging, auth: Auth, question: Question) -> Answer {
    let late = || Error::unavailable("the database did not answer in time");
    match question {
        Question::Gap { key, after, up_to, people } => {
            let asked = gap(&messaging, &auth, key, after, up_to, &people);
            let outcome = tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(late()));
            Answer::Gap { key, after, people, outcome }
        }
        Question::Readers { event, people } => {
            let asked = auth.who_may_read(&event, &people);
            let outcome = tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(late()));
            Answer::Readers { key: event.journal, outcome }
        }
        Question::Followers { key, people } => {
            let asked = auth.who_may_follow(key, &people);
            let outcome = tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(late()));
            Answer::Followers { key, people, outcome }
        }
        Question::Heads { keys } => {
            let asked = messaging.journal().heads(&keys);
            Answer::Heads { outcome: tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(late())) }
        }
    }
}

async fn gap(messaging: &Messaging, auth: &Auth, key: JournalKey, after: i64, up_to: i64, people: &[UserId]) -> Result<Gap> {
    let events = messaging.read_journal(key, after, up_to).await?;
    // After the rows. What another node committed may have ended access in a journal we have not read yet, so
    // everybody is asked about, always.
    let allowed = auth.who_may_follow(key, people).await?;
    Ok(Gap { events, allowed })
}
