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
use plexichat_kernel::{Error, Result, clock::year_month};
use plexichat_model::{ChannelId, WorkspaceId};
use plexichat_sealing::{Context, Key, KeyId, unwrap_key, wrap};
use std::{collections::HashMap, sync::Arc, time::Duration};

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
        Self { kind: Kind::Channel, id: channel.get(), period: year_month(now_ms) }
    }
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
        Self { by_id: bounded(), newest: bounded(), making: tokio::sync::Mutex::default() }
    }
}

fn bounded<K>() -> Cache<K, Arc<DataKey>>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
{
    Cache::builder().max_capacity(MOST_OPEN).time_to_idle(IDLE).build()
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
        if let Some(key) = self.ring.by_id.get(&id) {
            return Ok(key);
        }
        let parent = id_of(row.parent_id)?;
        let opened = if parent == self.root.id() {
            unwrap_key(self.root.key(), &place(id), &row.sealed)
        } else {
            let above = Box::pin(self.load(&[parent])).await?;
            let above = above.first().ok_or_else(|| Error::internal("a key without a parent"))?;
            unwrap_key(above.key(), &place(id), &row.sealed)
        };
        let key = opened.map_err(|_| Error::internal(format!("the key {id} was changed, or belongs to another row")))?;
        let key = Arc::new(DataKey::new(id, key));
        self.ring.by_id.insert(id, Arc::clone(&key));
        Ok(key)
    }

    /// The data keys with these ids, in their order, from memory or the database. Errors: `internal` for one that does
    /// not exist or was changed.
    pub async fn load(&self, ids: &[KeyId]) -> Result<Vec<Arc<DataKey>>> {
        // Held from here on: what is remembered may be forgotten at any moment.
        let mut held: HashMap<KeyId, Arc<DataKey>> = ids.iter().filter_map(|id| Some((*id, self.ring.by_id.get(id)?))).collect();
        let missing: Vec<i64> = ids.iter().filter(|id| !held.contains_key(id)).map(|id| id.get()).collect();
        for row in store::by_ids(self.journal.db().reader(), &missing).await? {
            held.insert(id_of(row.id)?, self.opened(row).await?);
        }
        let get = |id: &KeyId| {
            let missing = || Error::internal(format!("the key {id} does not exist; what it sealed cannot be read"));
            held.get(id).cloned().ok_or_else(missing)
        };
        ids.iter().map(get).collect()
    }
}

/// Whether an error of the driver is about two keys of one scope.
fn is_taken(error: &Error) -> bool {
    plexichat_database::driver_error(error).and_then(violation).is_some_and(|violation| {
        violation
            .is("ux_sealing_keys_scope", "sealing_keys.kind, sealing_keys.scope_id, sealing_keys.period, sealing_keys.version")
    })
}
