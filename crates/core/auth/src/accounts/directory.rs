//! Everybody by name, in memory: what the database cannot sort or search because it is sealed.
//!
//! Brought up to date before each use by the accounts whose version is above the newest one seen: versions of the
//! instance's journal become visible in their order, so nobody is missed, on whichever node. A new epoch of the journal
//! drops everything. Bounded: an instance takes no more than [`MOST`] accounts, some 250 bytes each. Not here: who sees
//! whom, which the database is asked about the ids that are found.

use super::store;
use crate::Auth;
use plexichat_kernel::{Error, Result};
use plexichat_model::{ErrorCode, UserId};
use std::{
    collections::{BTreeSet, HashMap},
    ops::Bound,
    sync::{Arc, PoisonError, RwLock},
};

/// Accounts of an instance.
const MOST: usize = 200_000;
/// Accounts that may have been made at the same moment as the last one allowed.
const SLACK: usize = 1_000;
/// Accounts read at once.
const PAGE: u64 = 1_000;

/// Refuses an account beside so many.
pub(super) fn check_room(accounts: usize) -> Result<()> {
    if accounts < MOST {
        return Ok(());
    }
    Err(Error::new(ErrorCode::LimitReached, format!("an instance has at most {MOST} accounts, and this one has them")))
}

/// A name and whose it is, in order. Two may share one for a moment: they exchanged names, and one is seen first.
type ByName = BTreeSet<(Arc<str>, i64)>;

#[derive(Debug)]
struct Entry {
    version: i64,
    handle: Arc<str>,
    display: Arc<str>,
}

#[derive(Debug, Default)]
struct Held {
    epoch: Arc<str>,
    /// Everybody up to this version of the instance's journal, and the id at it, is here.
    seen: Option<(i64, i64)>,
    entries: HashMap<i64, Entry>,
    by_handle: ByName,
    by_display: ByName,
}

impl Held {
    fn put(&mut self, id: i64, entry: Entry) {
        match self.entries.get(&id) {
            // Two readers at once: the other was faster.
            Some(before) if before.version > entry.version => return,
            Some(before) => {
                self.by_handle.remove(&(Arc::clone(&before.handle), id));
                self.by_display.remove(&(Arc::clone(&before.display), id));
            }
            None => {}
        }
        self.by_handle.insert((Arc::clone(&entry.handle), id));
        self.by_display.insert((Arc::clone(&entry.display), id));
        self.entries.insert(id, entry);
    }
}

/// Ids under names that begin with a text.
fn beginning<'a>(names: &'a ByName, prefix: &'a str) -> impl Iterator<Item = i64> + 'a {
    let from = (Arc::from(prefix), i64::MIN);
    names.range(from..).take_while(move |(name, _)| name.starts_with(prefix)).map(|(_, id)| *id)
}

/// Accounts by folded handle and display name, those that are suspended or deactivated and the instance's own too.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    held: Arc<RwLock<Held>>,
    /// Held while very many are read, so that many who need them read them once.
    filling: Arc<tokio::sync::Mutex<()>>,
}

impl Directory {
    fn read<T>(&self, read: impl FnOnce(&Held) -> T) -> T {
        read(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.read(|held| held.entries.len())
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Ids above `after` in their order, of those whose handle or display name begins with `prefix`, folded.
    pub(crate) fn beginning_with(&self, prefix: &str, after: i64) -> Vec<i64> {
        self.read(|held| {
            let found = beginning(&held.by_handle, prefix).chain(beginning(&held.by_display, prefix));
            let mut ids: Vec<i64> = found.filter(|id| *id > after).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        })
    }

    /// At most so many ids in the order of handles, of those whose handle or display name begins with `prefix`, folded, and
    /// whose handle is behind that of `after`. Behind somebody who does not exist is nobody.
    pub fn by_handle(&self, prefix: &str, after: Option<UserId>, most: usize) -> Vec<i64> {
        self.read(|held| {
            let Some(start) = start(held, after) else { return Vec::new() };
            if prefix.is_empty() {
                return held.by_handle.range((start, Bound::Unbounded)).take(most).map(|(_, id)| *id).collect();
            }
            let found = beginning(&held.by_handle, prefix).chain(beginning(&held.by_display, prefix));
            let mut ids = ordered(held, found, &start);
            ids.truncate(most);
            ids
        })
    }

    /// Those of `ids` whom [`by_handle`](Self::by_handle) would answer, in the same order.
    pub fn sorted(&self, ids: &[i64], prefix: &str, after: Option<UserId>) -> Vec<i64> {
        self.read(|held| {
            let Some(start) = start(held, after) else { return Vec::new() };
            let begins = |id: &i64| {
                held.entries.get(id).is_some_and(|entry| entry.handle.starts_with(prefix) || entry.display.starts_with(prefix))
            };
            ordered(held, ids.iter().copied().filter(begins), &start)
        })
    }
}

/// Behind whom a page begins; `None`: behind somebody who does not exist.
fn start(held: &Held, after: Option<UserId>) -> Option<Bound<(Arc<str>, i64)>> {
    match after {
        None => Some(Bound::Unbounded),
        Some(id) => held.entries.get(&id.0).map(|entry| Bound::Excluded((Arc::clone(&entry.handle), i64::MAX))),
    }
}

fn ordered(held: &Held, ids: impl Iterator<Item = i64>, start: &Bound<(Arc<str>, i64)>) -> Vec<i64> {
    let with = |id: i64| held.entries.get(&id).map(|entry| (&*entry.handle, id));
    let mut found: Vec<(&str, i64)> = ids.filter_map(with).collect();
    if let Bound::Excluded((handle, _)) = start {
        found.retain(|(name, _)| *name > &**handle);
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(_, id)| id).collect()
}

impl Auth {
    /// Everybody by name, as of now.
    ///
    /// Errors: `unavailable` when there are more than an instance takes, which only a database filled otherwise has.
    pub async fn directory(&self) -> Result<Directory> {
        let directory = &self.inner.directory;
        if !self.learn(directory).await? {
            let _alone = directory.filling.lock().await;
            while !self.learn(directory).await? {}
        }
        if directory.len() > MOST + SLACK {
            let message = format!("this database has more than {MOST} accounts: they are not listed or searched by name");
            return Err(Error::unavailable(message));
        }
        Ok(directory.clone())
    }

    /// Takes a page of what is new into the directory; answers whether that was all.
    async fn learn(&self, directory: &Directory) -> Result<bool> {
        let epoch = self.journal().epoch();
        let after = directory.read(|held| if held.epoch == epoch { held.seen } else { None });
        if directory.len() > MOST + SLACK {
            return Ok(true);
        }
        let rows = store::changed_since(self.db().reader(), after, PAGE).await?;
        let is_all = u64::try_from(rows.len()).unwrap_or(u64::MAX) < PAGE;
        let newest = rows.last().map(|row| (row.version, row.id));
        let accounts = self.names().accounts(rows).await?;
        let mut held = directory.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.epoch != epoch {
            if after.is_some() {
                // What these accounts follow on was dropped meanwhile.
                return Ok(false);
            }
            *held = Held { epoch, ..Held::default() };
        }
        for account in &accounts {
            let entry = Entry {
                version: account.version,
                handle: account.handle_folded.as_str().into(),
                display: account.display_folded.as_str().into(),
            };
            held.put(account.id, entry);
        }
        held.seen = held.seen.max(newest);
        Ok(is_all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(people: &[(i64, &str, &str)]) -> Directory {
        let directory = Directory::default();
        put(&directory, 1, people);
        directory
    }

    fn put(directory: &Directory, version: i64, people: &[(i64, &str, &str)]) {
        let mut held = directory.held.write().expect("nobody panicked");
        for (id, handle, display) in people {
            held.put(*id, Entry { version, handle: (*handle).into(), display: (*display).into() });
        }
    }

    #[test]
    fn people_are_in_the_order_of_their_handles() {
        let all = directory(&[(1, "zoe", "the zoe"), (2, "ada", "zoë"), (3, "bob.x", "the bob"), (4, "bob", "ada b")]);
        assert_eq!(all.by_handle("", None, 10), [2, 4, 3, 1]);
        assert_eq!(all.by_handle("", None, 2), [2, 4]);
        assert_eq!(all.by_handle("", Some(UserId(4)), 10), [3, 1]);
        assert_eq!(all.by_handle("", Some(UserId(9)), 10), [] as [i64; 0], "behind somebody who does not exist");
        assert_eq!(all.by_handle("ada", None, 10), [2, 4], "by handle and by display name");
        assert_eq!(all.by_handle("zo", None, 10), [2, 1]);
        assert_eq!(all.by_handle("zo", Some(UserId(3)), 10), [1]);
        assert_eq!(all.by_handle("the", None, 1), [3]);
        assert_eq!(all.by_handle("_", None, 10), [] as [i64; 0]);
        assert_eq!(all.sorted(&[1, 4, 9, 2, 1], "", None), [2, 4, 1]);
        assert_eq!(all.sorted(&[1, 2, 3, 4], "zo", Some(UserId(2))), [1]);
        assert_eq!(all.beginning_with("b", 0), [3, 4]);
        assert_eq!(all.beginning_with("zo", 1), [2]);
    }

    #[test]
    fn an_account_too_many_is_refused() {
        assert!(check_room(MOST - 1).is_ok());
        assert_eq!(check_room(MOST).expect_err("full").code(), ErrorCode::LimitReached);
    }

    #[test]
    fn names_may_be_exchanged() {
        let all = directory(&[(1, "ada", "ada"), (2, "bob", "bob")]);
        put(&all, 2, &[(1, "bob", "ada")]);
        assert_eq!(all.by_handle("bob", None, 10), [1, 2], "one is seen first");
        put(&all, 3, &[(2, "ada", "bob")]);
        assert_eq!(all.by_handle("", None, 10), [2, 1]);
        put(&all, 1, &[(2, "bob", "bob")]);
        assert_eq!(all.by_handle("", None, 10), [2, 1], "what is older changes nothing");
        assert_eq!(all.beginning_with("a", 0), [1, 2]);
        assert_eq!(all.len(), 2);
    }
}
