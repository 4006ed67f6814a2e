//! The journal epoch: a random name of this history.
//!
//! Positions are worth something only within an epoch. A new one begins when the database turns out to be
//! older than what this node had seen committed (a restored snapshot, a failover that lost commits, a crash
//! recovery that lost what was visible): clients reload, indexes reconcile. [`Marks`] is the node's own memory
//! of its outbox positions, beside the database in the data directory.

use crate::{
    bus::{Bus, Signal},
    outbox,
};
use arc_swap::ArcSwap;
use plexichat_database::{Db, DbResultExt, Sql, entity::instance};
use plexichat_kernel::{Clock, Error, Result, random};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// The one row of `instance`.
pub const INSTANCE_ROW: i64 = 1;

/// Keeper of the epoch.
#[derive(Clone, Debug)]
pub struct Epoch {
    current: Arc<ArcSwap<Arc<str>>>,
    db: Db,
    bus: Bus,
}

impl Epoch {
    /// Reads the epoch; makes the instance row on a new database.
    pub(crate) async fn load(db: Db, clock: Clock, bus: Bus) -> Result<Self> {
        if instance::Entity::find_by_id(INSTANCE_ROW).one(db.maintenance()).await.db()?.is_none() {
            create_instance(&db, &clock).await?;
        }
        let current = read(&db).await?;
        Ok(Self { current: Arc::new(ArcSwap::from_pointee(Arc::from(current.as_str()))), db, bus })
    }

    /// The epoch now.
    pub fn current(&self) -> Arc<str> {
        Arc::clone(&self.current.load())
    }

    /// Begins a new epoch.
    pub async fn renew(&self, reason: &'static str) -> Result<()> {
        let epoch = random::token();
        let text = "update instance set journal_epoch = ? where id = ?";
        let statement = Sql::new(self.db.engine(), text).bind(epoch.clone()).bind(INSTANCE_ROW).build();
        self.db.maintenance().execute_raw(statement).await.db()?;
        tracing::warn!(reason, "a new journal epoch began: clients load everything again");
        self.adopt(&epoch);
        Ok(())
    }

    /// Reads the epoch again: another node may have begun a new one.
    pub async fn refresh(&self) -> Result<()> {
        let epoch = read(&self.db).await?;
        if *epoch != *self.current() {
            self.adopt(&epoch);
        }
        Ok(())
    }

    fn adopt(&self, epoch: &str) {
        let epoch: Arc<str> = Arc::from(epoch);
        self.current.store(Arc::new(Arc::clone(&epoch)));
        self.bus.send(Signal::Epoch(epoch));
    }
}

async fn read(db: &Db) -> Result<String> {
    let row = instance::Entity::find_by_id(INSTANCE_ROW).one(db.maintenance()).await.db()?;
    row.map(|row| row.journal_epoch).ok_or_else(|| Error::unavailable("the instance row is missing; run `plexichat migrate`"))
}

async fn create_instance(db: &Db, clock: &Clock) -> Result<()> {
    use plexichat_database::entity::journal;
    let row = instance::ActiveModel {
        id: Set(INSTANCE_ROW),
        name: Set("PlexiChat".to_owned()),
        journal_epoch: Set(random::token()),
        set_up: Set(false),
        created_ms: Set(clock.now_ms()),
        version: Set(1),
    };
    let inserted = instance::Entity::insert(row).exec_without_returning(db.maintenance()).await;
    // Two nodes may start on a new database at once: the second finds the rows of the first.
    if let Err(e) = &inserted
        && plexichat_database::violation(e).is_none()
    {
        inserted.db()?;
    }
    let head = journal::ActiveModel {
        kind: Set(plexichat_model::JournalKind::Instance.code()),
        id: Set(0),
        version: Set(1),
        number: Set(0),
        main_number: Set(0),
        first_number: Set(1),
        access_version: Set(0),
        resume_floor: Set(0),
    };
    let inserted = journal::Entity::insert(head).exec_without_returning(db.maintenance()).await;
    match inserted {
        Err(e) if plexichat_database::violation(&e).is_none() => Err(e).db(),
        _ => Ok(()),
    }
}

/// How far this node had committed, per stream, in a small file. Written each second and at the end, not synced:
/// it survives a kill; after a power loss it is merely older, which only makes it less watchful.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    file: Option<PathBuf>,
    state: Mutex<MarkState>,
}

#[derive(Debug, Default)]
struct MarkState {
    positions: BTreeMap<i64, i64>,
    loaded: Option<(String, BTreeMap<i64, i64>)>,
    dirty: bool,
}

impl Marks {
    pub(crate) fn load(file: Option<PathBuf>) -> Self {
        let loaded = file.as_ref().and_then(|f| std::fs::read(f).ok()).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { file, state: Mutex::new(MarkState { loaded, ..MarkState::default() }) }
    }

    /// Whether the database has less of some stream than the file of the same epoch remembers.
    pub(crate) async fn database_went_back(&self, db: &Db, epoch: &str) -> Result<bool> {
        let loaded = self.state.lock().expect("no panic while held").loaded.clone();
        let Some((marked, positions)) = loaded else { return Ok(false) };
        // A restored snapshot may be of an earlier epoch too: then the file's streams are compared all the same.
        for (stream, position) in &positions {
            if outbox::last_position(db.maintenance(), db.engine(), *stream).await? < *position {
                return Ok(true);
            }
        }
        Ok(marked != epoch && positions.is_empty())
    }

    pub(crate) fn reached(&self, stream: i64, position: i64) {
        let mut state = self.state.lock().expect("no panic while held");
        state.positions.insert(stream, position);
        state.dirty = true;
    }

    pub(crate) fn went_back(&self, stream: i64, found: i64) -> bool {
        self.state.lock().expect("no panic while held").positions.get(&stream).is_some_and(|known| found < *known)
    }

    pub(crate) fn reset(&self, stream: i64, found: i64) {
        let mut state = self.state.lock().expect("no panic while held");
        state.positions.insert(stream, found);
        state.dirty = true;
    }

    pub(crate) fn clear(&self) {
        let mut state = self.state.lock().expect("no panic while held");
        state.positions.clear();
        state.loaded = None;
        state.dirty = true;
    }

    pub(crate) fn save(&self, epoch: &str) {
        let Some(file) = &self.file else { return };
        let bytes = {
            let mut state = self.state.lock().expect("no panic while held");
            if !state.dirty {
                return;
            }
            state.dirty = false;
            serde_json::to_vec(&(epoch, &state.positions)).unwrap_or_default()
        };
        let next = file.with_extension("new");
        if let Err(error) = std::fs::write(&next, bytes).and_then(|()| std::fs::rename(&next, file)) {
            tracing::warn!(%error, "the marks file in the data directory cannot be written");
        }
    }
}
