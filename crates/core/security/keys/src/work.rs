//! The steps of rotations and shreddings.
//!
//! | task | steps |
//! |---|---|
//! | rotate root | make the next one → seal what the old one seals under it, page by page → forget it |
//! | rotate instance, workspace | retire the key and the names key → seal what the key seals under its successor, page by page → forget it → let nodes and requests that still hold the names key end → seal each name anew, until a whole pass finds none → forget it |
//! | rotate channel | retire its keys → let nodes and requests that still hold them end → seal each message anew, until a whole pass finds none → forget them |
//! | shred | wait for approval and due time → take the keys out of use → let nodes and requests end → write the list, destroy them → bury what they sealed |
//!
//! A key is forgotten only when nothing is sealed by it, and destroyed only after the list says so.

use crate::{
    Contents, Keys, Ledger,
    contents::Page,
    nodes::NodeSeals,
    recovery,
    ring::{Kind, Scope, id_of, place},
    root,
    store::{
        self, DOOMED, FORGOTTEN, IN_USE, Moved, OPEN_ROWS, RETIRED, SWEEPING, StoredKey, Which,
        tasks::{self, StoredTask},
    },
    tasks::{ROTATE, names_of, which, workspace},
};
use plexichat_kernel::{Error, Result};
use plexichat_model::ChannelId;
use plexichat_sealing::wrap;
use std::{sync::Arc, time::Duration};

mod names;

/// Versions of one key looked at in a step.
const VERSIONS: u64 = 10_000;

/// States of keys that are to be destroyed with the others; those that a copy of the database still has among them.
const LIVE: [i16; 4] = [IN_USE, RETIRED, SWEEPING, FORGOTTEN];
/// Every state.
const ANY: [i16; 7] = [IN_USE, OPEN_ROWS, RETIRED, DOOMED, store::DESTROYED, FORGOTTEN, SWEEPING];

/// Keys that go from some states to another.
#[derive(Clone, Copy)]
struct Turn {
    which: Which,
    from: &'static [i16],
    to: i16,
}

fn is_of_root(task: &StoredTask) -> bool {
    task.level == Kind::Root as i16
}

/// What the steps need.
pub(crate) struct Work {
    pub(crate) keys: Keys,
    pub(crate) contents: Arc<dyn Contents>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) quiet: Duration,
}

impl Work {
    fn now_ms(&self) -> i64 {
        self.keys.journal.clock().now_ms()
    }

    /// Takes one step. False: nothing can be done now.
    pub(crate) async fn step(&self, task: &StoredTask) -> Result<bool> {
        match (task.state, task.kind == ROTATE) {
            (tasks::WAITING, _) if self.now_ms() < task.due_ms => Ok(false),
            (tasks::WAITING, true) if is_of_root(task) && !self.keys.vault.can_seal() => Ok(false),
            (tasks::WAITING, true) if is_of_root(task) => self.replace_root(task).await,
            (tasks::WAITING, true) => self.retire(task).await,
            (tasks::WAITING, false) => self.doom(task).await,
            (tasks::QUIET, _) if !self.is_quiet(task) => Ok(false),
            (tasks::QUIET, true) => {
                // From here on nothing more is committed under them, so what a pass does not find is not there.
                let next = StoredTask { state: tasks::WORKING, ..self.since(task) };
                match names_of(task) {
                    Some(names) => {
                        self.change(task, names::begin(&next), vec![Turn { which: names, from: &[RETIRED], to: SWEEPING }]).await
                    }
                    None => self.change(task, next, vec![Turn { which: which(task), from: &[RETIRED], to: SWEEPING }]).await,
                }
            }
            (tasks::QUIET, false) => self.destroy(task).await,
            (tasks::WORKING, true) if task.level == Kind::Channel as i16 => self.reseal(task).await,
            (tasks::WORKING, true) if names::is_begun(task) => self.reseal_names(task).await,
            (tasks::WORKING, true) => self.rewrap(task).await,
            (tasks::WORKING, false) if task.level == Kind::Channel as i16 => self.bury(task).await,
            (tasks::WORKING, false) => self.bury_workspace(task).await,
            _ => Ok(false),
        }
    }

    fn since(&self, task: &StoredTask) -> StoredTask {
        StoredTask { since_ms: self.now_ms(), ..task.clone() }
    }

    /// Whether a step can be taken now.
    pub(crate) fn is_due(&self, task: &StoredTask) -> bool {
        match task.state {
            // A node that joined opens what the vault does not keep for it alone: one that has the vault makes the next root key.
            tasks::WAITING if is_of_root(task) && !self.keys.vault.can_seal() => false,
            tasks::WAITING => self.now_ms() >= task.due_ms,
            tasks::QUIET => self.is_quiet(task),
            state => state == tasks::WORKING,
        }
    }

    fn is_quiet(&self, task: &StoredTask) -> bool {
        let quiet = i64::try_from(self.quiet.as_millis()).unwrap_or(i64::MAX);
        self.now_ms() >= task.since_ms.saturating_add(quiet)
    }

    /// Moves a task alone.
    async fn go(&self, task: &StoredTask, next: StoredTask) -> Result<bool> {
        let seen = task.clone();
        self.keys
            .journal
            .write(move |tx| {
                let (seen, next) = (seen.clone(), next.clone());
                Box::pin(async move { tasks::advance(tx, &seen, &next).await })
            })
            .await
    }

    /// Makes the next root key; what follows seals under it.
    async fn replace_root(&self, task: &StoredTask) -> Result<bool> {
        let keys = &self.keys;
        // Another node may have sealed the last open row, which changes no key.
        keys.reload_roots().await?;
        if !keys.is_all_sealed() {
            return Err(Error::unavailable("what an earlier version had stored open is still being sealed"));
        }
        let roots = keys.roots.load_full();
        let (old, version) = (roots.newest().id().get(), roots.newest().version);
        let seals = store::root_seals(keys.journal.db().reader()).await?;
        let seals: Arc<Vec<_>> = Arc::new(seals.into_iter().filter(|seal| seal.version == version).collect());
        let fresh = root::fresh(&keys.journal, keys.vault.as_ref(), version + 1, IN_USE).await?;
        let nodes = NodeSeals::of(keys, version + 1, fresh.root.key()).await?;
        let total = store::count_children(keys.journal.db().reader(), &[old]).await?;
        let next = StoredTask { state: tasks::WORKING, total: i64::try_from(total).unwrap_or(0), ..self.since(task) };
        let (seen, proof, vault, sealed) = (task.clone(), fresh.proof, keys.vault.name().to_owned(), fresh.sealed);
        let (new, now_ms) = (Arc::new(fresh.root), self.now_ms());
        let under = root::seal_under(&new, roots.newest());
        let done = keys
            .journal
            .write(move |tx| {
                let (seen, next) = (seen.clone(), next.clone());
                let (proof, vault, sealed) = (proof.clone(), vault.clone(), sealed.clone());
                let (roots, new) = (Arc::clone(&roots), Arc::clone(&new));
                let (seals, under, nodes) = (Arc::clone(&seals), under.clone(), nodes.clone());
                Box::pin(async move {
                    if !tasks::advance(tx, &seen, &next).await? {
                        return Ok(false);
                    }
                    // First: a node joins, or is removed, before or after, never between.
                    store::next_generation(tx).await?;
                    store::set_state(tx, old, IN_USE, RETIRED).await?;
                    store::put_under_successor(tx, &seals, version, under, now_ms).await?;
                    recovery::seal_root(tx, roots.newest().key(), new.version, new.key()).await?;
                    root::put(tx, proof, vault, sealed).await?;
                    nodes.write(tx, now_ms).await?;
                    Ok(true)
                })
            })
            .await?;
        keys.refresh().await?;
        Ok(done)
    }

    /// Takes keys out of use; whoever seals next makes their successors.
    async fn retire(&self, task: &StoredTask) -> Result<bool> {
        let state = if task.level == Kind::Channel as i16 { tasks::QUIET } else { tasks::WORKING };
        let reader = self.keys.journal.db().reader();
        let olds = store::in_state(reader, which(task), &[IN_USE, RETIRED], VERSIONS).await?;
        let olds: Vec<i64> = olds.iter().map(|row| row.id).collect();
        let total = if state == tasks::WORKING { store::count_children(reader, &olds).await? } else { 0 };
        let next = StoredTask { state, total: i64::try_from(total).unwrap_or(0), ..self.since(task) };
        let whose = std::iter::once(which(task)).chain(names_of(task));
        self.change(task, next, whose.map(|which| Turn { which, from: &[IN_USE], to: RETIRED }).collect()).await
    }

    /// Moves a task, and keys from some states to another.
    async fn change(&self, task: &StoredTask, next: StoredTask, turns: Vec<Turn>) -> Result<bool> {
        let seen = task.clone();
        let done = self
            .keys
            .journal
            .write(move |tx| {
                let (seen, next, turns) = (seen.clone(), next.clone(), turns.clone());
                Box::pin(async move {
                    if !tasks::advance(tx, &seen, &next).await? {
                        return Ok(false);
                    }
                    for Turn { which, from, to } in turns {
                        store::change_states(tx, which, from, to).await?;
                    }
                    store::next_generation(tx).await?;
                    Ok(true)
                })
            })
            .await?;
        self.keys.refresh().await?;
        Ok(done)
    }

    /// Seals some of what a retired key seals under its successor; forgets it when nothing is left.
    async fn rewrap(&self, task: &StoredTask) -> Result<bool> {
        let reader = self.keys.journal.db().reader();
        let Some(old) = store::in_state(reader, which(task), &[RETIRED], 1).await?.pop() else {
            return self.go(task, StoredTask { state: self.after_rewrap(task).await?, ..self.since(task) }).await;
        };
        let kids = store::children(reader, old.id, store::PAGE).await?;
        if kids.is_empty() {
            return self.forget_parent(old).await;
        }
        let moved: Arc<Vec<Moved>> = Arc::new(self.moved(task, kids).await?);
        let done = task.done + i64::try_from(moved.len()).unwrap_or(0);
        // The place tells steps apart.
        let next = StoredTask { done, at_number: done, ..task.clone() };
        let (seen, from) = (task.clone(), old.id);
        self.keys
            .journal
            .write(move |tx| {
                let (seen, next, moved) = (seen.clone(), next.clone(), Arc::clone(&moved));
                Box::pin(async move {
                    if !tasks::advance(tx, &seen, &next).await? {
                        return Ok(false);
                    }
                    for one in moved.iter() {
                        store::move_to(tx, from, one).await?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// What comes when everything stands under the successor: the names, if they had a key.
    async fn after_rewrap(&self, task: &StoredTask) -> Result<i16> {
        let Some(names) = names_of(task) else { return Ok(tasks::DONE) };
        let retired = store::in_state(self.keys.journal.db().reader(), names, &[RETIRED], 1).await?;
        Ok(if retired.is_empty() { tasks::DONE } else { tasks::QUIET })
    }

    async fn moved(&self, task: &StoredTask, kids: Vec<StoredKey>) -> Result<Vec<Moved>> {
        let keys = &self.keys;
        let mut moved = Vec::with_capacity(kids.len());
        for kid in kids {
            let id = id_of(kid.id)?;
            let is_gone = matches!(kid.state, store::DESTROYED | FORGOTTEN);
            let (row, old) = (kid.id, kid.sealed.clone());
            let key = if is_gone { None } else { Some(keys.unsealed(kid, id).await?) };
            let (to, sealed) = if task.level == Kind::Root as i16 {
                let roots = keys.roots.load();
                let root = roots.newest();
                (root.id(), key.map(|key| wrap(root.key(), root.id(), &place(id), &key)))
            } else {
                let above = keys.current(Scope::workspace(workspace(task)), workspace(task)).await?;
                let sealed = key.map(|key| Ok::<_, Error>(wrap(above.key()?, above.id(), &place(id), &key))).transpose()?;
                (above.id(), sealed)
            };
            moved.push(Moved { id: row, old, to: to.get(), sealed: sealed.unwrap_or_default() });
        }
        Ok(moved)
    }

    /// No key can come under a retired one, so none is left when none was found.
    async fn forget_parent(&self, old: StoredKey) -> Result<bool> {
        let done = self
            .keys
            .journal
            .write(move |tx| {
                let (id, kind, version) = (old.id, old.kind, old.period);
                Box::pin(async move {
                    if store::count_children(tx, &[id]).await? > 0 {
                        return Ok(false);
                    }
                    if kind == Kind::Root as i16 {
                        store::forget_root(tx, version, id).await?;
                    } else {
                        store::forget(tx, &[id]).await?;
                    }
                    store::next_generation(tx).await?;
                    Ok(true)
                })
            })
            .await?;
        self.keys.refresh().await?;
        Ok(done)
    }

    /// Seals a page of messages anew.
    async fn reseal(&self, task: &StoredTask) -> Result<bool> {
        let channel = ChannelId(task.scope_id);
        let Page { next, changed, end } = self.contents.reseal(workspace(task), channel, task.at_number).await?;
        let changed = i64::try_from(changed).unwrap_or(0);
        // `at_scope` counts what this pass has changed.
        let moved = StoredTask { done: task.done + changed, at_scope: task.at_scope + changed, total: end, ..task.clone() };
        match next {
            Some(number) => self.go(task, StoredTask { at_number: number, ..moved }).await,
            None if moved.at_scope > 0 => self.go(task, StoredTask { at_number: 0, at_scope: 0, ..moved }).await,
            None => self.forget_retired(task, moved, which(task)).await,
        }
    }

    /// Seals a page of names anew.
    async fn reseal_names(&self, task: &StoredTask) -> Result<bool> {
        let (at, mut found) = names::place(task);
        let walked = self.keys.reseal_names(workspace(task), at).await?;
        found |= walked.changed > 0;
        let moved = StoredTask { done: task.done + i64::try_from(walked.changed).unwrap_or(0), ..task.clone() };
        match walked.next {
            Some(next) => self.go(task, names::at(&moved, next, found)).await,
            None if found => self.go(task, names::begin(&moved)).await,
            None => self.forget_retired(task, moved, names_of(task).unwrap_or(which(task))).await,
        }
    }

    /// A whole pass has found nothing that these retired keys seal.
    async fn forget_retired(&self, task: &StoredTask, moved: StoredTask, keys: Which) -> Result<bool> {
        let reader = self.keys.journal.db().reader();
        let retired = store::in_state(reader, keys, &[SWEEPING], store::PAGE).await?;
        let is_last = retired.len() < usize::try_from(store::PAGE).unwrap_or(usize::MAX);
        let ids: Arc<Vec<i64>> = Arc::new(retired.iter().map(|row| row.id).collect());
        let state = if is_last { tasks::DONE } else { task.state };
        let next = StoredTask { state, since_ms: self.now_ms(), at_number: moved.at_number, ..moved };
        let seen = task.clone();
        let done = self
            .keys
            .journal
            .write(move |tx| {
                let (seen, next, ids) = (seen.clone(), next.clone(), Arc::clone(&ids));
                Box::pin(async move {
                    if !tasks::advance(tx, &seen, &next).await? {
                        return Ok(false);
                    }
                    store::empty(tx, &ids).await?;
                    store::next_generation(tx).await?;
                    Ok(true)
                })
            })
            .await?;
        self.keys.refresh().await?;
        Ok(done)
    }

    /// Keys of a workspace in any state; they seal those of its channels.
    async fn parents(&self, task: &StoredTask) -> Result<Vec<i64>> {
        let rows = store::in_state(self.keys.journal.db().reader(), which(task), &ANY, VERSIONS).await?;
        Ok(rows.iter().map(|row| row.id).collect())
    }

    /// Takes keys out of use that are to be destroyed.
    async fn doom(&self, task: &StoredTask) -> Result<bool> {
        let next = StoredTask { state: tasks::QUIET, ..self.since(task) };
        if task.level == Kind::Channel as i16 {
            return self.change(task, next, vec![Turn { which: which(task), from: &LIVE, to: DOOMED }]).await;
        }
        let seen = task.clone();
        let done = self
            .keys
            .journal
            .write(move |tx| {
                let (seen, next) = (seen.clone(), next.clone());
                Box::pin(async move {
                    if !tasks::advance(tx, &seen, &next).await? {
                        return Ok(false);
                    }
                    // The parents first: from then on no key comes under them.
                    store::change_states(tx, which(&seen), &LIVE, DOOMED).await?;
                    let parents = store::in_state(tx, which(&seen), &ANY, VERSIONS).await?;
                    let parents: Vec<i64> = parents.iter().map(|row| row.id).collect();
                    store::change_states_under(tx, &parents, &LIVE, DOOMED).await?;
                    store::next_generation(tx).await?;
                    Ok(true)
                })
            })
            .await?;
        self.keys.refresh().await?;
        Ok(done)
    }

    /// Destroys a page of keys; goes on to what they sealed when none is left.
    async fn destroy(&self, task: &StoredTask) -> Result<bool> {
        let reader = self.keys.journal.db().reader();
        let mut doomed = Vec::new();
        if task.level == Kind::Workspace as i16 {
            let parents = self.parents(task).await?;
            doomed = store::doomed_under(reader, &parents, store::PAGE).await?;
        }
        if doomed.is_empty() {
            let rows = store::in_state(reader, which(task), &[DOOMED], store::PAGE).await?;
            doomed = rows.iter().map(|row| row.id).collect();
        }
        if doomed.is_empty() {
            return self.go(task, StoredTask { state: tasks::WORKING, ..self.since(task) }).await;
        }
        self.ledger.add(&doomed, self.now_ms())?;
        let count = doomed.len();
        self.keys
            .journal
            .write(move |tx| {
                let ids = doomed.clone();
                Box::pin(async move {
                    store::destroy(tx, &ids).await?;
                    store::next_generation(tx).await
                })
            })
            .await?;
        tracing::warn!(task = task.id, keys = count, "keys were destroyed, as was asked for");
        self.keys.refresh().await?;
        self.contents.forget();
        Ok(true)
    }

    /// Buries a page of what destroyed keys sealed in a channel.
    async fn bury(&self, task: &StoredTask) -> Result<bool> {
        let Page { next, changed, end } = self.contents.bury(ChannelId(task.scope_id), task.at_number).await?;
        let moved = StoredTask { done: task.done + i64::try_from(changed).unwrap_or(0), total: end, ..task.clone() };
        match next {
            Some(number) => self.go(task, StoredTask { at_number: number, ..moved }).await,
            None => self.go(task, StoredTask { state: tasks::DONE, since_ms: self.now_ms(), ..moved }).await,
        }
    }

    /// The same in one channel of a workspace after the other.
    async fn bury_workspace(&self, task: &StoredTask) -> Result<bool> {
        let mut moved = task.clone();
        if task.at_scope != 0 {
            let Page { next, changed, end } = self.contents.bury(ChannelId(task.at_scope), task.at_number).await?;
            moved.done += i64::try_from(changed).unwrap_or(0);
            moved.total = end;
            if let Some(number) = next {
                return self.go(task, StoredTask { at_number: number, ..moved }).await;
            }
        }
        let parents = self.parents(task).await?;
        let reader = self.keys.journal.db().reader();
        match store::channels_under(reader, &parents, task.at_scope, 1).await?.first() {
            Some(channel) => self.go(task, StoredTask { at_scope: *channel, at_number: 0, ..moved }).await,
            None => self.go(task, StoredTask { state: tasks::DONE, since_ms: self.now_ms(), ..moved }).await,
        }
    }
}
