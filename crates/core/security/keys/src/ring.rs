//! Looks keys up, opens them, and makes those that are missing.
//!
//! A key is found by its id, or as the newest of its scope: a workspace, or a channel in a month. Two nodes that make
//! the same one at the same moment end up with the one that was written first.

use crate::{
    DataKey, Keys, root,
    store::{self, NewKey},
};
use moka::sync::Cache;
use plexichat_database::{Engine, Tx, json_ids, violation};
use plexichat_kernel::{Error, Result, clock::year_month};
use plexichat_model::{ChannelId, WorkspaceId};
use plexichat_sealing::{Context, Key, KeyId, unwrap_key, wrap};
use sea_orm::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Opened keys that are remembered: some 300 bytes each.
const MOST_OPEN: u64 = 50_000;
/// How long one is remembered that nobody asks for.
const IDLE: Duration = Duration::from_hours(1);
/// A key is taken from memory for sealing only if the node has asked this lately whether keys changed.
pub(crate) const FRESH: Duration = Duration::from_secs(10);
/// Times a key is made again when its parent is replaced at that very moment.
const ATTEMPTS: usize = 5;

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
    /// Seals the names of a workspace and of what is in it; of people and of the instance with the id 0.
    Names = 4,
    /// The key of blind indexes. One for the instance; never replaced, only sealed anew.
    Index = 5,
}

const KINDS: [Kind; 6] = [Kind::Root, Kind::Workspace, Kind::Channel, Kind::Instance, Kind::Names, Kind::Index];

impl Scope {
    pub(crate) fn workspace(workspace: Option<WorkspaceId>) -> Self {
        Self { kind: Kind::Workspace, id: workspace.map_or(0, WorkspaceId::get), period: 0 }
    }

    pub(crate) fn instance() -> Self {
        Self { kind: Kind::Instance, id: 0, period: 0 }
    }

    pub(crate) fn names(workspace: Option<WorkspaceId>) -> Self {
        Self { kind: Kind::Names, id: workspace.map_or(0, WorkspaceId::get), period: 0 }
    }

    pub(crate) fn index() -> Self {
        Self { kind: Kind::Index, id: 0, period: 0 }
    }

    /// The scope of a row. Errors: `internal` for a kind that this version does not know.
    pub(crate) fn of(row: &store::StoredKey) -> Result<Self> {
        let kind = KINDS.into_iter().find(|kind| *kind as i16 == row.kind);
        let kind = kind.ok_or_else(|| Error::internal(format!("the key {} is of the unknown kind {}", row.id, row.kind)))?;
        Ok(Self { kind, id: row.scope_id, period: row.period })
    }

    pub(crate) fn channel(channel: ChannelId, now_ms: i64) -> Self {
        Self { kind: Kind::Channel, id: channel.get(), period: year_month(now_ms) }
    }
}

/// Opened keys. Each is remembered together with the generation in which it was looked up: what was read before keys
/// changed and is put in after it, is not found.
#[derive(Debug)]
pub(crate) struct Ring {
    by_id: Cache<(i64, KeyId), Arc<DataKey>>,
    newest: Cache<(i64, Scope), Arc<DataKey>>,
    /// How often keys had changed when this node last looked.
    generation: AtomicI64,
    /// When that was, by the node's own clock in milliseconds; 0: never.
    checked_ms: AtomicU64,
    /// Held while a key is made, so that many who need it make one.
    making: tokio::sync::Mutex<()>,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            by_id: bounded(),
            newest: bounded(),
            generation: AtomicI64::new(0),
            checked_ms: AtomicU64::new(0),
            making: tokio::sync::Mutex::default(),
        }
    }
}

fn bounded<K>() -> Cache<K, Arc<DataKey>>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
{
    Cache::builder().max_capacity(MOST_OPEN).time_to_idle(IDLE).build()
}

impl Ring {
    pub(crate) fn generation(&self) -> i64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Goes over to a generation of which was asked at a time. True: keys have changed, and nothing is remembered.
    pub(crate) fn turn(&self, generation: i64, asked: Duration) -> bool {
        let before = self.generation.swap(generation, Ordering::AcqRel);
        self.checked_ms.store(ms(asked).max(1), Ordering::Release);
        if before == generation {
            return false;
        }
        self.by_id.invalidate_all();
        self.newest.invalidate_all();
        true
    }

    /// Whether a change of keys would have been noticed not long ago.
    fn is_fresh(&self, now: Duration) -> bool {
        let checked = self.checked_ms.load(Ordering::Acquire);
        checked != 0 && ms(now).saturating_sub(checked) < ms(FRESH)
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
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
    /// The key of a scope that seals, from memory, from the database, or made.
    pub(crate) async fn current(&self, scope: Scope, workspace: Option<WorkspaceId>) -> Result<Arc<DataKey>> {
        if self.ring.is_fresh(self.journal.clock().monotonic())
            && let Some(key) = self.ring.newest.get(&(self.ring.generation(), scope))
        {
            return Ok(key);
        }
        if let Some(key) = self.found(scope).await? {
            return Ok(key);
        }
        let _alone = self.ring.making.lock().await;
        self.found_or_made(scope, workspace).await
    }

    /// The key that the database names for a scope, if one seals.
    async fn found(&self, scope: Scope) -> Result<Option<Arc<DataKey>>> {
        let generation = self.ring.generation();
        let row = store::newest(self.journal.db().reader(), scope).await?;
        let Some(row) = row.filter(|row| row.state == store::IN_USE) else { return Ok(None) };
        let key = self.opened(row, generation).await?;
        // From the memory of this generation it may come in an older state.
        if !key.is_current() {
            return Ok(None);
        }
        self.ring.newest.insert((generation, scope), Arc::clone(&key));
        Ok(Some(key))
    }

    async fn found_or_made(&self, scope: Scope, workspace: Option<WorkspaceId>) -> Result<Arc<DataKey>> {
        for _ in 0..ATTEMPTS {
            if let Some(key) = self.found(scope).await? {
                return Ok(key);
            }
            if let Some(key) = self.make(scope, workspace).await? {
                return Ok(key);
            }
            // Its parent was replaced meanwhile, or another has made it.
            self.refresh().await?;
        }
        Err(Error::unavailable("keys are being replaced at this moment; try again"))
    }

    async fn make(&self, scope: Scope, workspace: Option<WorkspaceId>) -> Result<Option<Arc<DataKey>>> {
        let version = store::newest(self.journal.db().reader(), scope).await?.map_or(1, |row| row.version + 1);
        let id = id_of(self.journal.ids().next()?)?;
        let (generation, key) = (self.ring.generation(), Key::random());
        let (parent_id, sealed) = match scope.kind {
            Kind::Channel | Kind::Instance | Kind::Names | Kind::Index => {
                let parent = Box::pin(self.found_or_made(Scope::workspace(workspace), workspace)).await?;
                (parent.id().get(), wrap(parent.key()?, parent.id(), &place(id), &key))
            }
            Kind::Workspace | Kind::Root => {
                let roots = self.roots.load();
                let root = roots.newest();
                (root.id().get(), wrap(root.key(), root.id(), &place(id), &key))
            }
        };
        let row = NewKey {
            id: id.get(),
            scope,
            version,
            parent_id,
            state: store::IN_USE,
            sealed,
            created_ms: self.journal.clock().now_ms(),
        };
        let written = self.journal.write(move |tx| Box::pin(store::insert_under(tx, row.clone()))).await;
        match written {
            Ok(true) => {
                let made = Arc::new(DataKey::new(id, scope, store::IN_USE, Some(key)));
                self.ring.by_id.insert((generation, id), Arc::clone(&made));
                Ok(Some(made))
            }
            Ok(false) => Ok(None),
            // Another node, or another request, was faster.
            Err(error) if is_taken(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a key of the database, and its parents before it.
    async fn opened(&self, row: store::StoredKey, generation: i64) -> Result<Arc<DataKey>> {
        let id = id_of(row.id)?;
        if let Some(key) = self.ring.by_id.get(&(generation, id)) {
            return Ok(key);
        }
        let (scope, state) = (Scope::of(&row)?, row.state);
        let key = if matches!(state, store::DESTROYED | store::FORGOTTEN) { None } else { Some(self.unsealed(row, id).await?) };
        let key = Arc::new(DataKey::new(id, scope, state, key));
        self.ring.by_id.insert((generation, id), Arc::clone(&key));
        Ok(key)
    }

    /// What a key of the database is, opened by its parent. While a parent is replaced the row may name another by now.
    pub(crate) async fn unsealed(&self, row: store::StoredKey, id: KeyId) -> Result<Key> {
        let mut row = row;
        for _ in 0..ATTEMPTS {
            let parent = id_of(row.parent_id)?;
            let is_under_unknown_root = row.kind == Kind::Workspace as i16 && !self.roots.load().has(parent);
            let refused = match self.by_parent(&row, id, parent).await {
                Ok(key) => return Ok(key),
                Err(error) => error,
            };
            self.refresh().await?;
            if is_under_unknown_root {
                if !self.roots.load().has(parent) {
                    // It may be that it could not be read again when it was replaced.
                    self.reload_roots().await?;
                }
                if self.roots.load().has(parent) {
                    continue;
                }
            }
            let again = store::by_ids(self.journal.db().reader(), &[id.get()]).await?.pop();
            row = match again {
                Some(again) if again.parent_id != row.parent_id => again,
                _ => return Err(refused),
            };
        }
        Err(Error::unavailable("keys are being replaced at this moment; try again"))
    }

    async fn by_parent(&self, row: &store::StoredKey, id: KeyId, parent: KeyId) -> Result<Key> {
        let opened = if row.kind == Kind::Workspace as i16 {
            let roots = self.roots.load();
            let root = roots.by_id(parent).ok_or_else(|| Error::internal(format!("the root key {parent} is not known")))?;
            unwrap_key(root.key(), &place(id), &row.sealed)
        } else {
            let above = Box::pin(self.load(&[parent])).await?;
            let above = above.first().ok_or_else(|| Error::internal("a key without a parent"))?;
            unwrap_key(above.key()?, &place(id), &row.sealed)
        };
        opened.map_err(|_| Error::internal(format!("the key {id} was changed, or belongs to another row")))
    }

    /// The data keys with these ids, in their order, from memory or the database; one that was destroyed says so.
    /// Errors: `internal` for one that does not exist or was changed.
    pub async fn load(&self, ids: &[KeyId]) -> Result<Vec<Arc<DataKey>>> {
        let generation = self.ring.generation();
        // Held from here on: what is remembered may be forgotten at any moment.
        let remembered = |id: &KeyId| Some((*id, self.ring.by_id.get(&(generation, *id))?));
        let mut held: HashMap<KeyId, Arc<DataKey>> = ids.iter().filter_map(remembered).collect();
        let missing: Vec<i64> = ids.iter().filter(|id| !held.contains_key(id)).map(|id| id.get()).collect();
        for row in store::by_ids(self.journal.db().reader(), &missing).await? {
            held.insert(id_of(row.id)?, self.opened(row, generation).await?);
        }
        let get = |id: &KeyId| {
            let missing = || Error::internal(format!("the key {id} does not exist; what it sealed cannot be read"));
            held.get(id).cloned().ok_or_else(missing)
        };
        ids.iter().map(get).collect()
    }

    /// Whether something may be committed that these keys seal; if so, they stay as they are until the transaction has ended.
    pub async fn may_seal(&self, tx: &Tx, ids: &[KeyId]) -> Result<bool> {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        store::hold(tx, &ids, &[store::IN_USE, store::RETIRED]).await
    }

    /// The condition of [`Keys::may_seal`] for the `where` of the statement that writes what these keys sealed, with its two
    /// values: that statement then writes nothing when they may not. `None`: to be asked on its own.
    pub fn may_seal_guard(engine: Engine, ids: &[KeyId]) -> Option<(&'static str, [Value; 2])> {
        let sql = store::may_seal_sql(engine)?;
        let mut ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        ids.sort_unstable();
        ids.dedup();
        let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let list = if engine == Engine::Postgres { ids.into() } else { json_ids(ids).into() };
        Some((sql, [list, count.into()]))
    }

    /// Whether these keys are still being replaced; if so, until the transaction has ended.
    pub async fn are_retired(&self, tx: &Tx, ids: &[KeyId]) -> Result<bool> {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        store::hold(tx, &ids, &[store::RETIRED, store::SWEEPING]).await
    }

    /// The key that has taken the place of a retired one.
    pub async fn successor(&self, key: &DataKey, workspace: Option<WorkspaceId>) -> Result<Arc<DataKey>> {
        self.current(key.scope(), workspace).await
    }

    pub(crate) fn generation(&self) -> i64 {
        self.ring.generation()
    }

    /// Asks whether keys have changed, and forgets what is remembered if so. True: they have.
    pub async fn refresh(&self) -> Result<bool> {
        let asked = self.journal.clock().monotonic();
        let generation = store::generation(self.journal.db().reader()).await?;
        if generation != self.ring.generation()
            && let Err(error) = self.reload_roots().await
        {
            // Moved to a vault that this node will have with its next start: the root key that it holds is the same.
            tracing::warn!(%error, "the root key was not read again");
        }
        Ok(self.ring.turn(generation, asked))
    }

    pub(crate) async fn reload_roots(&self) -> Result<()> {
        let roots = root::all(self.journal.db(), self.vault.as_ref()).await?;
        self.roots.store(Arc::new(roots.ok_or_else(|| Error::unavailable("the root key is gone from the database"))?));
        Ok(())
    }
}

/// Whether an error of the driver is about two keys of one scope.
fn is_taken(error: &Error) -> bool {
    plexichat_database::driver_error(error).and_then(violation).is_some_and(|violation| {
        violation
            .is("ux_sealing_keys_scope", "sealing_keys.kind, sealing_keys.scope_id, sealing_keys.period, sealing_keys.version")
    })
}
