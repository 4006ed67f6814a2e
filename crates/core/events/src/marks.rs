//! What this node knows of the database's history, to notice when it has another one.
//!
//! How far it has committed in each stream of the outbox and has heard of those of others, on which timeline of
//! PostgreSQL, and the newest versions of journals that anybody here has been shown. A small file in the data directory
//! keeps the first two, so that a restored backup is noticed at the next start too. Not here: what follows from it
//! ([`Epoch`](crate::epoch::Epoch)).

use crate::{epoch::Epoch, outbox};
use moka::sync::Cache;
use plexichat_database::{Db, Engine, Sql};
use plexichat_kernel::{Result, tasks};
use plexichat_model::JournalKey;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Journals whose newest shown version is remembered.
const SHOWN: u64 = 4_096;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    epoch: String,
    /// Epochs that are over.
    past: Vec<String>,
    /// Stream → position.
    positions: BTreeMap<i64, i64>,
    timeline: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    positions: BTreeMap<i64, i64>,
    timeline: Option<String>,
    /// What the file said at the start.
    loaded: Option<Kept>,
    /// Streams that the file on the disk names.
    kept: BTreeSet<i64>,
    dirty: bool,
}

/// The marks. The file is written durably when a stream is new to it, before anybody is told of its first commit, then
/// each second without waiting for the disk: after a power loss it may be a second older, which makes it only that much
/// less watchful.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    file: Option<Arc<Path>>,
    state: Arc<Mutex<State>>,
    shown: Cache<JournalKey, i64>,
}

impl Marks {
    pub(crate) fn load(file: Option<PathBuf>) -> Self {
        let loaded = file.as_ref().and_then(|f| std::fs::read(f).ok()).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let state = State { loaded, ..State::default() };
        Self { file: file.map(Arc::from), state: Arc::new(Mutex::new(state)), shown: Cache::new(SHOWN) }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no panic while held")
    }

    /// Epochs that the file knows to be over.
    pub(crate) fn past(&self) -> Vec<String> {
        self.state().loaded.as_ref().map(|kept| kept.past.clone()).unwrap_or_default()
    }

    /// At the start: what shows that the database is not, or no longer, the one that the file was written beside.
    pub(crate) async fn gone_back(&self, db: &Db, epoch: &str) -> Result<Option<&'static str>> {
        let conn = db.maintenance();
        let timeline = timeline(conn, db.engine()).await;
        let Some(kept) = self.state().loaded.clone() else {
            self.state().timeline = timeline;
            return Ok(None);
        };
        self.state().timeline.clone_from(&timeline);
        if kept.past.iter().any(|past| past == epoch) {
            return Ok(Some("the database is of an epoch that was over"));
        }
        if kept.epoch != epoch {
            // A new epoch began while this node was away: nothing of what it knew counts any more.
            return Ok(None);
        }
        if is_behind(conn, db.engine(), &kept.positions).await? {
            return Ok(Some("the database is older than what this node had committed"));
        }
        let moved = kept.timeline.is_some() && timeline.is_some() && kept.timeline != timeline;
        Ok(moved.then_some("the timeline of the database changed"))
    }

    /// A position of a stream was committed, or heard of.
    pub(crate) fn reached(&self, stream: i64, position: i64) {
        let mut state = self.state();
        state.positions.insert(stream, position);
        state.dirty = true;
    }

    /// Whether the file does not name this stream yet.
    pub(crate) fn is_new(&self, stream: i64) -> bool {
        self.file.is_some() && !self.state().kept.contains(&stream)
    }

    /// A version of a journal was shown to somebody.
    pub(crate) fn shown(&self, key: JournalKey, version: i64) {
        // Most reads show what was shown before; a look costs a fraction of an entry.
        if self.shown.get(&key).is_some_and(|shown| shown >= version) {
            return;
        }
        let newer = |held: Option<moka::Entry<JournalKey, i64>>| held.map_or(version, |held| held.into_value().max(version));
        self.shown.entry(key).and_upsert_with(newer);
    }

    /// The newest version of a journal that was shown.
    pub(crate) fn known(&self, key: JournalKey) -> Option<i64> {
        self.shown.get(&key)
    }

    /// The newest versions shown.
    pub(crate) fn all_shown(&self) -> Vec<(JournalKey, i64)> {
        self.shown.iter().map(|(key, version)| (*key, version)).collect()
    }

    /// Whether a stream was known to be further than this.
    pub(crate) fn is_beyond(&self, stream: i64, position: i64) -> bool {
        self.state().positions.get(&stream).is_some_and(|known| *known > position)
    }

    /// Whether a stream now has less than it had.
    pub(crate) async fn went_back(&self, conn: &impl ConnectionTrait, engine: Engine) -> Result<bool> {
        let known = self.state().positions.clone();
        is_behind(conn, engine, &known).await
    }

    /// The timeline of the database, if it is another one than before.
    pub(crate) async fn new_timeline(&self, conn: &impl ConnectionTrait, engine: Engine) -> Option<String> {
        let found = timeline(conn, engine).await?;
        let mut state = self.state();
        let known = state.timeline.get_or_insert_with(|| found.clone());
        (*known != found).then_some(found)
    }

    /// From now on the database is known to be on this timeline.
    pub(crate) fn set_timeline(&self, timeline: String) {
        let mut state = self.state();
        state.timeline = Some(timeline);
        state.dirty = true;
    }

    /// A new epoch: what was known belongs to the one before.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.positions.clear();
        state.kept.clear();
        state.loaded = None;
        state.dirty = true;
        drop(state);
        self.shown.invalidate_all();
    }

    /// Writes the file if something changed, without waiting for the disk.
    pub(crate) fn save(&self, epoch: &Epoch) {
        self.write(epoch, false);
    }

    /// Writes the file and waits until it is on the disk.
    pub(crate) async fn save_durably(&self, epoch: &Epoch) {
        let (marks, epoch) = (self.clone(), epoch.clone());
        let _ = tasks::spawn_blocking("marks", move || marks.write(&epoch, true)).await;
    }

    fn write(&self, epoch: &Epoch, durably: bool) {
        let Some(file) = &self.file else { return };
        let kept = {
            let mut state = self.state();
            if !std::mem::replace(&mut state.dirty, false) {
                return;
            }
            let (positions, timeline) = (state.positions.clone(), state.timeline.clone());
            Kept { epoch: epoch.current().to_string(), past: epoch.past(), positions, timeline }
        };
        match replace(file, &serde_json::to_vec(&kept).unwrap_or_default(), durably) {
            Ok(()) => self.state().kept.extend(kept.positions.into_keys()),
            Err(error) => {
                self.state().dirty = true;
                tracing::warn!(%error, "the marks file in the data directory cannot be written");
            }
        }
    }
}

/// Whether some stream has not got as far as known.
async fn is_behind(conn: &impl ConnectionTrait, engine: Engine, known: &BTreeMap<i64, i64>) -> Result<bool> {
    for (stream, position) in known {
        if outbox::last_position(conn, engine, *stream).await? < *position {
            return Ok(true);
        }
    }
    Ok(false)
}

fn replace(file: &Path, bytes: &[u8], durably: bool) -> std::io::Result<()> {
    // Two may write at once: each has a file of its own until it takes the name.
    let next = file.with_extension(if durably { "first" } else { "new" });
    let mut out = std::fs::File::create(&next)?;
    out.write_all(bytes)?;
    if durably {
        out.sync_all()?;
    }
    std::fs::rename(&next, file)?;
    if durably && let Some(directory) = file.parent() {
        std::fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// The timeline of a PostgreSQL server, which is another one after a failover or a recovery to a point in time. `None`
/// elsewhere, and where the server does not say.
async fn timeline(conn: &impl ConnectionTrait, engine: Engine) -> Option<String> {
    if engine != Engine::Postgres {
        return None;
    }
    let text = "select left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) as timeline";
    match conn.query_one_raw(Sql::new(engine, text).build()).await {
        Ok(row) => row?.try_get("", "timeline").ok(),
        Err(error) => {
            tracing::debug!(%error, "the database does not tell its timeline");
            None
        }
    }
}
