//! What a change is: the journals it advances, the rows it writes, the events it yields.
//!
//! A change is applied inside the lane's transaction, perhaps more than once (a batch that fails is replayed in halves),
//! so it keeps nothing outside of it. Versions and numbers are granted, never chosen. Not here: when it runs (`lane`).

use super::Head;
use plexichat_database::Tx;
use plexichat_kernel::{Error, Result};
use plexichat_model::{Event, JournalEvent, JournalKey};
use std::{any::Any, collections::BTreeMap};

/// One journal that a change advances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Which journal.
    pub key: JournalKey,
    /// How many versions it takes, at least 1.
    pub versions: u32,
    /// How many message numbers it takes (channels only).
    pub numbers: u32,
    /// Whether the last of these numbers becomes the channel's `last_main_number`.
    pub main: bool,
    /// Whether it may change who has access: the journal's access version becomes the last version taken.
    pub access: bool,
    /// Whether the journal is new: its head row is created in the same transaction.
    pub create: bool,
}

impl Touch {
    /// One version of an existing journal.
    pub const fn one(key: JournalKey) -> Self {
        Self { key, versions: 1, numbers: 0, main: false, access: false, create: false }
    }

    /// So many versions of an existing journal.
    pub const fn many(key: JournalKey, versions: u32) -> Self {
        Self { key, versions, numbers: 0, main: false, access: false, create: false }
    }

    /// The same, changing access.
    #[must_use]
    pub const fn access(mut self) -> Self {
        self.access = true;
        self
    }

    /// The same, of a journal that does not exist yet.
    #[must_use]
    pub const fn create(mut self) -> Self {
        self.create = true;
        self
    }

    /// The same, taking message numbers too.
    #[must_use]
    pub const fn numbers(mut self, numbers: u32, main: bool) -> Self {
        self.numbers = numbers;
        self.main = main;
        self
    }
}

/// The access version under which something was permitted. A commit whose stamps are stale re-evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Journal whose access version it is.
    pub key: JournalKey,
    /// The access version seen.
    pub access_version: i64,
}

/// Makes a change exactly once: unique in its journal and author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NonceKey {
    /// Journal (a channel).
    pub journal: JournalKey,
    /// Author.
    pub author: i64,
    /// Nonce.
    pub nonce: i64,
    /// Digest of what is asked: the same nonce with another digest is refused (409).
    pub digest: u64,
}

impl NonceKey {
    /// What identifies it, without the digest.
    pub fn identity(&self) -> (JournalKey, i64, i64) {
        (self.journal, self.author, self.nonce)
    }
}

/// What a change was given: versions, numbers, and the heads as they were before it.
#[derive(Clone, Debug, Default)]
pub struct Granted {
    /// Journal → (versions taken, head before this change).
    pub(super) entries: BTreeMap<JournalKey, (Touch, Head)>,
    /// Time of the commit, milliseconds UTC.
    pub now_ms: i64,
    pub(super) main_numbers: std::sync::Arc<std::sync::Mutex<BTreeMap<JournalKey, i64>>>,
}

impl Granted {
    fn entry(&self, key: JournalKey) -> &(Touch, Head) {
        self.entries.get(&key).expect("a change asks only for journals it touches")
    }

    /// The `nth` version (from 0) taken from a journal. Asking beyond what was touched is a defect.
    pub fn version(&self, key: JournalKey, nth: u32) -> i64 {
        let (touch, head) = self.entry(key);
        assert!(nth < touch.versions, "version {nth} of {key} was not asked for");
        head.version + 1 + i64::from(nth)
    }

    /// The `nth` message number (from 0) taken from a channel.
    pub fn number(&self, key: JournalKey, nth: u32) -> i64 {
        let (touch, head) = self.entry(key);
        assert!(nth < touch.numbers, "number {nth} of {key} was not asked for");
        head.number + 1 + i64::from(nth)
    }

    /// The head of a touched journal as it was before this change.
    pub fn head(&self, key: JournalKey) -> Head {
        self.entry(key).1
    }

    /// Sets the channel's `last_main_number`, for deletes and moves that recompute it in this transaction.
    pub fn set_main_number(&self, key: JournalKey, main_number: i64) {
        self.main_numbers.lock().expect("no panic while held").insert(key, main_number);
    }

    /// An event at the `nth` version taken from a journal.
    pub fn event(&self, key: JournalKey, nth: u32, event: Event) -> JournalEvent {
        JournalEvent { journal: key, version: self.version(key, nth), from_version: None, event }
    }
}

/// What a change did.
#[derive(Debug)]
pub struct Applied<T> {
    /// Answer to the committer.
    pub output: T,
    /// Its events; versions without one are published as `nothing`.
    pub events: Vec<JournalEvent>,
}

/// A committed change.
#[derive(Clone, Debug)]
pub struct Committed<T> {
    /// Answer of the change; when this is a duplicate, what the first one made, as it is now.
    pub output: T,
    /// Whether the nonce was known: nothing was written.
    pub duplicate: bool,
}

/// One way to change something versioned (or, touching nothing, a small write in the lane).
#[async_trait::async_trait]
pub trait Change: Send + Sync + 'static {
    /// Answer to the committer; cloned for duplicates.
    type Output: Clone + Send + Sync + 'static;

    /// Journals it advances. Empty: a plain write, on the lane of nothing in particular.
    fn touches(&self) -> Vec<Touch>;

    /// Access versions it was permitted under.
    fn stamps(&self) -> Vec<Stamp> {
        Vec::new()
    }

    /// Called in the transaction, heads locked, when a stamp is stale: permits it again or refuses.
    async fn recheck(&self, _tx: &Tx) -> Result<()> {
        Err(Error::forbidden("your permissions have changed meanwhile"))
    }

    /// Makes it exactly once.
    fn nonce(&self) -> Option<NonceKey> {
        None
    }

    /// Name of the registered [`Bulk`] that writes changes of this type together; `None`: [`Change::apply`] is called.
    fn bulk(&self) -> Option<&'static str> {
        None
    }

    /// Whether it tells what others have written up to a journal's version. Heads are advanced for the whole batch at
    /// once, so such a change is applied after all others of its batch.
    fn reads_the_batch(&self) -> bool {
        false
    }

    /// Writes the rows and yields the events. May be run again after a rollback, so it keeps nothing in `self`
    /// that a second run would not overwrite. An error refuses this change alone: the batch is run again without it.
    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<Self::Output>>;
}

/// A change of a bulk with what it was given.
pub struct BulkItem<'a> {
    /// The change; downcast to the concrete type.
    pub change: &'a mut (dyn Any + Send + Sync),
    /// What it was given.
    pub granted: &'a Granted,
}

/// Erased [`Applied`].
pub type BulkApplied = Applied<Box<dyn Any + Send + Sync>>;

/// Writes many changes of one type with few statements, and knows their nonces.
#[async_trait::async_trait]
pub trait Bulk: Send + Sync + 'static {
    /// Writes all; one result per item, in order. An error fails the attempt (a nonce violation leads to the slow
    /// path, anything else to each change alone under a savepoint).
    async fn apply_all(&self, tx: &Tx, items: &mut [BulkItem<'_>]) -> Result<Vec<BulkApplied>>;

    /// Whether this error is the violation of the nonce index.
    fn is_nonce_violation(&self, error: &Error) -> bool;

    /// Finds what earlier commits made of these nonces: per known one the output (boxed `Change::Output`) as it is now,
    /// and the digest of what was asked then, or of what is asked now where that can no longer be told.
    async fn find(&self, tx: &Tx, keys: &[NonceKey]) -> Result<Vec<(NonceKey, Box<dyn Any + Send + Sync>)>>;
}
