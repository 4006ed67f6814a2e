//! Looks keys up, opens them, and makes those that are missing.
//!
//! A key is found by its id, or as the newest of its scope: a workspace, or a channel in a month. Two nodes that make
//! the same one at the same moment end up with the one that was written first.

use crate::{
    DataKey, Keys,
    store::{self, NewKey},
};
use moka::sync::Cache;
use plexichat_database::violation;
use plexichat_kernel::{Error, Result};
use plexichat_model::{ChannelId, WorkspaceId};
use plexichat_sealing::{Context, Key, KeyId, unwrap_key, wrap};
use std::{sync::Arc, time::Duration};

/// Opened keys that are remembered: some 300 bytes each.
const MOST_OPEN: u64 = 50_000;
/// How long one is remembered that nobody asks for.
const IDLE: Duration = Duration::from_hours(1);

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) kind: Kind,
    pub(crate) id: i64,
    /// Year and month as `YYYYMM`; 0 for a key that is not of a month.
    pub(crate) period: i32,
}

/// Kinds of keys, with their number in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub(crate) enum Kind {
    /// Proves that a root key is the right one.
    Root = 0,
    /// Seals the data keys of a workspace; of the instance with the id 0.
    Workspace = 1,
    /// Seals what is written in a channel.
    Channel = 2,
    /// Keys of what belongs to no channel are derived from it.
    Instance = 3,
}

impl Scope {
    pub(crate) fn workspace(workspace: Option<WorkspaceId>) -> Self {
        Self { kind: Kind::Workspace, id: workspace.map_or(0, WorkspaceId::get), period: 0 }
    }

    pub(crate) fn instance() -> Self {
        Self { kind: Kind::Instance, id: 0, period: 0 }
    }

    pub(crate) fn channel(channel: ChannelId, now_ms: i64) -> Self {
        Self { kind: Kind::Channel, id: channel.get(), period: month(now_ms) }
    }
}

/// Year and month of a moment, UTC, as `YYYYMM`.
fn month(ms: i64) -> i32 {
    // Days since 1970 to the civil calendar, after Howard Hinnant, "chrono-compatible low-level date algorithms".
    let days = ms.div_euclid(86_400_000) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    i32::try_from(year * 100 + month).unwrap_or(0)
}

/// Opened keys.
#[derive(Debug)]
pub(crate) struct Ring {
    by_id: Cache<KeyId, Arc<DataKey>>,
    newest: Cache<Scope, Arc<DataKey>>,
    /// Held while a key is looked for that is not remembered, so that many who need it make one.
    making: tokio::sync::Mutex<()>,
}

impl Default for Ring {
    fn default() -> Self {
        let cache = || Cache::builder().max_capacity(MOST_OPEN).time_to_idle(IDLE).build();
        let newest = Cache::builder().max_capacity(MOST_OPEN).time_to_idle(IDLE).build();
        Self { by_id: cache(), newest, making: tokio::sync::Mutex::default() }
    }
}

impl Ring {
    pub(crate) fn known(&self, id: KeyId) -> Option<Arc<DataKey>> {
        self.by_id.get(&id)
    }
}

/// The place of a key.
pub(crate) fn place(id: KeyId) -> Context<'static> {
    Context::row("sealing_keys", "sealed", id.get())
}

/// The id of a key in a row.
pub(crate) fn id_of(id: i64) -> Result<KeyId> {
    KeyId::new(id).ok_or_else(|| Error::internal(format!("{id} is no id of a key")))
}

impl Keys {
    /// The newest key of a scope, from memory, from the database, or made.
    pub(crate) async fn current(&self, scope: Scope, workspace: Option<WorkspaceId>) -> Result<Arc<DataKey>> {
        if let Some(key) = self.ring.newest.get(&scope) {
            return Ok(key);
        }
        let _alone = self.ring.making.lock().await;
        self.found_or_made(scope, workspace).await
    }

    async fn found_or_made(&self, scope: Scope, workspace: Option<WorkspaceId>) -> Result<Arc<DataKey>> {
        if let Some(key) = self.ring.newest.get(&scope) {
            return Ok(key);
        }
        let key = match store::newest(self.journal.db().reader(), scope).await? {
            Some(row) => self.opened(row).await?,
            None => self.make(scope, workspace).await?,
        };
        self.ring.newest.insert(scope, Arc::clone(&key));
        Ok(key)
    }

    async fn make(&self, scope: Scope, workspace: Option<WorkspaceId>) -> Result<Arc<DataKey>> {
        let id = id_of(self.journal.ids().next()?)?;
        let key = Key::random();
        let (parent_id, sealed) = match scope.kind {
            Kind::Channel | Kind::Instance => {
                let parent = Box::pin(self.found_or_made(Scope::workspace(workspace), workspace)).await?;
                (parent.id().get(), wrap(parent.key(), parent.id(), &place(id), &key))
            }
            Kind::Workspace | Kind::Root => {
                let root = &self.root;
                (root.id().get(), wrap(root.key(), root.id(), &place(id), &key))
            }
        };
        let row = NewKey {
            id: id.get(),
            scope,
            version: 1,
            parent_id,
            state: store::IN_USE,
            sealed,
            created_ms: self.journal.clock().now_ms(),
        };
        let written = self.journal.write(move |tx| Box::pin(store::insert(tx, row.clone()))).await;
        match written {
            Ok(()) => {
                let made = Arc::new(DataKey::new(id, key));
                self.ring.by_id.insert(id, Arc::clone(&made));
                Ok(made)
            }
            // Another node, or another request, was faster.
            Err(error) if is_taken(&error) => {
                let row = store::newest(self.journal.db().reader(), scope).await?;
                self.opened(row.ok_or_else(|| Error::internal("a key vanished while it was made"))?).await
            }
            Err(error) => Err(error),
        }
    }

    /// Opens a key of the database, and its parents before it.
    async fn opened(&self, row: store::StoredKey) -> Result<Arc<DataKey>> {
        let id = id_of(row.id)?;
        if let Some(key) = self.ring.known(id) {
            return Ok(key);
        }
        let parent = id_of(row.parent_id)?;
        let opened = if parent == self.root.id() {
            unwrap_key(self.root.key(), &place(id), &row.sealed)
        } else {
            let above = Box::pin(self.open_all(&[parent])).await?;
            let above = above.first().ok_or_else(|| Error::internal("a key without a parent"))?;
            unwrap_key(above.key(), &place(id), &row.sealed)
        };
        let key = opened.map_err(|_| Error::internal(format!("the key {id} was changed, or belongs to another row")))?;
        let key = Arc::new(DataKey::new(id, key));
        self.ring.by_id.insert(id, Arc::clone(&key));
        Ok(key)
    }

    /// The keys with these ids, in their order.
    pub(crate) async fn open_all(&self, ids: &[KeyId]) -> Result<Vec<Arc<DataKey>>> {
        let missing: Vec<i64> = ids.iter().filter(|id| self.ring.known(**id).is_none()).map(|id| id.get()).collect();
        let mut found = std::collections::HashMap::new();
        for row in store::by_ids(self.journal.db().reader(), &missing).await? {
            let id = id_of(row.id)?;
            found.insert(id, self.opened(row).await?);
        }
        let get = |id: &KeyId| {
            let key = self.ring.known(*id).or_else(|| found.get(id).cloned());
            key.ok_or_else(|| Error::internal(format!("the key {id} does not exist; what it sealed cannot be read")))
        };
        ids.iter().map(get).collect()
    }
}

/// Whether an error of the driver is about two keys of one scope.
pub(crate) fn is_taken(error: &Error) -> bool {
    plexichat_database::driver_error(error).and_then(violation).is_some_and(|violation| {
        violation
            .is("ux_sealing_keys_scope", "sealing_keys.kind, sealing_keys.scope_id, sealing_keys.period, sealing_keys.version")
    })
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn months_are_those_of_the_calendar() {
        for (ms, expected) in [
            (0, 1970 * 100 + 1),
            (-1, 1969 * 100 + 12),
            (951_782_399_999, 2000 * 100 + 2),
            (951_868_800_000, 2000 * 100 + 3),
            (1_709_164_800_000, 2024 * 100 + 2),
            (1_709_251_200_000, 2024 * 100 + 3),
            (1_795_725_423_153, 2026 * 100 + 11),
            (1_798_761_599_999, 2026 * 100 + 12),
            (1_798_761_600_000, 2027 * 100 + 1),
        ] {
            assert_eq!(month(ms), expected, "{ms}");
        }
    }
}
