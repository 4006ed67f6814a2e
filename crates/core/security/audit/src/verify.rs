//! Walks the whole log and names the first entry that is not what was signed.
//!
//! Every body is hashed and compared with its leaf, every row of the tree is computed again, every checkpoint's signature
//! and root are checked, and the end is compared with checkpoints kept elsewhere: only these can tell that a log was cut
//! together with its checkpoints.

mod database;

pub use database::database;

use crate::{
    checkpoint::{Checkpoint, Trusted, Verifier},
    merkle::{Hash, fold, node_hash},
};
use serde::Serialize;
use std::fmt;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An entry is not what was signed.
    Altered,
    /// An entry is missing.
    Deleted,
    /// Entries stand under each other's numbers.
    Reordered,
    /// The log ends before a checkpoint that was kept.
    Truncated,
    /// Entries stand behind the last checkpoint that nobody signed.
    Unsigned,
    /// What entries are listed by is not what they say.
    Listing,
    /// A checkpoint is not genuine.
    Checkpoint,
    /// The hashes of the tree were changed.
    Tree,
    /// The public keys are not those that are trusted, or those that signed what was kept.
    Key,
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The first entry that may be concerned.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// In words.
    pub message: String,
}

impl Finding {
    pub(crate) fn at(kind: FindingKind, number: u64, message: impl Into<String>) -> Self {
        Self { kind, first: number, last: number, message: message.into() }
    }

    pub(crate) fn within(kind: FindingKind, first: u64, end: u64, message: impl Into<String>) -> Self {
        Self { kind, first, last: end.saturating_sub(1).max(first), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "entry {}: {}", self.first, self.message)
        } else {
            write!(f, "entries {} to {}: {}", self.first, self.last, self.message)
        }
    }
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Entries of the log.
    pub entries: u64,
    /// Of these, such whose body was dropped by retention: their hashes were checked.
    pub dropped: u64,
    /// Checkpoints whose signature and root were checked.
    pub checkpoints: u64,
    /// Root at the end, hexadecimal.
    pub root: String,
    /// The first thing that is wrong.
    pub finding: Option<Finding>,
}

/// A checkpoint from outside of what is looked at.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where it is from, for people.
    pub source: String,
    /// The signed note.
    pub note: String,
}

/// The same, whose signatures were checked.
pub(crate) struct Opened {
    pub(crate) source: String,
    pub(crate) checkpoint: Checkpoint,
}

/// Checks the keys that are named against what one trusts, and opens what was kept by them.
pub(crate) fn opened(named: &Verifier, trusted: Option<&Trusted>, kept: &[Kept]) -> Result<Vec<Opened>, Finding> {
    if trusted.is_some_and(|trusted| !trusted.is(named)) {
        let what = format!("the keys are those of {}, which is not the log that is trusted", named.origin());
        return Err(Finding::at(FindingKind::Key, 0, what));
    }
    let mut opened = Vec::new();
    for Kept { source, note } in kept {
        let checkpoint = named.open(note).map_err(|error| {
            let what = format!("{source} was not signed by this log's keys, or is of another log ({})", error.message());
            Finding::at(FindingKind::Key, 0, what)
        })?;
        opened.push(Opened { source: source.clone(), checkpoint });
    }
    opened.sort_by_key(|kept| kept.checkpoint.size);
    Ok(opened)
}

/// The hashes at the right edge of a growing tree: enough for its root.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) size: u64,
    stack: Vec<Hash>,
    /// Up to here a checkpoint holds.
    pub(crate) proven: u64,
    pub(crate) checkpoints: u64,
}

impl Walk {
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut rest = self.size;
        while rest & 1 == 1 {
            let Some(left) = self.stack.pop() else { break };
            hash = node_hash(&left, &hash);
            rest >>= 1;
        }
        self.stack.push(hash);
        self.size += 1;
    }

    pub(crate) fn root(&self) -> Hash {
        fold(&self.stack)
    }

    /// Compares the tree as it is now with a checkpoint of this size.
    pub(crate) fn check(&mut self, checkpoint: &Checkpoint, source: &str) -> Option<Finding> {
        if checkpoint.root != self.root() {
            let message = format!("at least one is not what {source} of {} entries was signed over", checkpoint.size);
            return Some(Finding::within(FindingKind::Altered, self.proven, checkpoint.size, message));
        }
        (self.proven, self.checkpoints) = (checkpoint.size, self.checkpoints + 1);
        None
    }
}
