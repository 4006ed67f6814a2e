//! Main timelines kept in memory: a page that is read again costs no rows.
//!
//! Messages are kept in blocks of consecutive numbers. All blocks of a channel are exact as of one version of its
//! journal; who knows a newer head first takes over what changed since (a few rows by index), or, when that is too
//! much, begins anew. Nothing is told of changes by the bus and nothing expires by time alone: a version decides, on any
//! number of nodes. Viewer-neutral: reactions and threads are looked up by who shows a message. Bounded by bytes.

use crate::{
    bodies::Bodies,
    store::{messages, messages::Timeline, reactions, threads},
};
use moka::sync::Cache;
use plexichat_database::{Db, entity::message};
use plexichat_events::Head;
use plexichat_kernel::{Error, Result};
use plexichat_model::{
    ChannelId,
    limits::CHANGES_WINDOW,
    message::{Mention, MessageView},
};
use serde_json::value::{RawValue, to_raw_value};
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Numbers of a block.
const BLOCK: i64 = 64;
/// Bytes of all blocks together.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// Channels whose version is remembered.
const MOST_CHANNELS: u64 = 10_000;
/// Blocks looked at for one page; a timeline whose messages stand further apart is read by query.
const MOST_BLOCKS: usize = 8;
/// Bytes of the memory's own book-keeping for a message; a block has some more.
const OVERHEAD: usize = 48;
/// Times a reader tries to catch up with writers before it reads by query.
const ATTEMPTS: usize = 3;

/// A message as its row was, with the bits that say whether reactions or a thread are to be looked up.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) view: MessageView,
    pub(crate) flags: i16,
    /// The view as JSON, for messages without either: most pages are put together from these alone.
    pub(crate) json: Option<Box<RawValue>>,
}

impl Kept {
    pub(crate) fn of(row: &message::Model) -> Result<Self> {
        Ok(Self { view: messages::view(row)?, flags: row.flags, json: None })
    }

    /// The same with its JSON, for a block that is read again and again.
    fn encoded(row: &message::Model) -> Result<Arc<Self>> {
        let kept = Self::of(row)?;
        let json = if kept.looks_up() { None } else { Some(to_raw_value(&kept.view).map_err(Error::internal)?) };
        Ok(Arc::new(Self { json, ..kept }))
    }

    /// Whether reactions or a thread are to be looked up.
    pub(crate) fn looks_up(&self) -> bool {
        self.flags & (messages::HAS_REACTIONS | messages::HAS_THREAD) != 0
    }
}

/// Where blocks are read from, and what opens them.
type Source<'a> = (&'a Db, &'a Bodies);

/// Main-timeline messages of one block, in ascending number.
type Block = Arc<[Arc<Kept>]>;

#[derive(Debug)]
struct Place {
    epoch: Arc<str>,
    version: i64,
    generation: u64,
}

/// Where a channel's blocks stand: their generation, and the version as of which they are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    generation: u64,
    version: i64,
}

/// What changed in a window of versions.
struct Changed {
    rows: Vec<message::Model>,
    /// Numbers of messages that have reactions, or a thread, since then.
    flagged: Vec<(i64, i16)>,
}

/// A stretch of a timeline.
pub(crate) struct Stretch {
    /// Ascending.
    pub(crate) messages: Vec<Arc<Kept>>,
    /// The version as of which it is exact when nothing was read for it; `None` when rows were read.
    pub(crate) exact_at: Option<i64>,
}

/// The timelines of a node.
#[derive(Clone, Debug)]
pub(crate) struct Timelines {
    places: Cache<ChannelId, Arc<Mutex<Place>>>,
    blocks: Cache<(u64, i64), Block>,
    generations: Arc<AtomicU64>,
}

impl Default for Timelines {
    fn default() -> Self {
        let weigh = |_: &(u64, i64), block: &Block| {
            let of = |kept: &Arc<Kept>| {
                let mentions = kept.view.mentions.len() * size_of::<Mention>();
                size_of::<Kept>()
                    + kept.view.text.len()
                    + kept.json.as_ref().map_or(0, |json| json.get().len())
                    + mentions
                    + OVERHEAD
            };
            u32::try_from(block.iter().map(of).sum::<usize>() + 8 * OVERHEAD).unwrap_or(u32::MAX)
        };
        Self {
            places: Cache::new(MOST_CHANNELS),
            blocks: Cache::builder().weigher(weigh).max_capacity(MOST_BYTES).build(),
            generations: Arc::new(AtomicU64::new(1)),
        }
    }
}

impl Timelines {
    /// Holds nothing any more. Who reads at this moment may still put a block in: under a generation that nobody asks for.
    pub(crate) fn forget(&self) {
        self.places.invalidate_all();
        self.blocks.invalidate_all();
    }

    /// Up to `want` messages on each side of `split`: `below` of those with `floor <= number < split`, `above` of
    /// those with `split <= number < end`. `None`: to be read by query.
    pub(crate) async fn around(
        &self,
        source: Source<'_>,
        channel: ChannelId,
        (head, epoch): (&Head, &Arc<str>),
        (floor, split, end): (i64, i64, i64),
        (below, above): (usize, usize),
    ) -> Result<Option<(Stretch, Stretch)>> {
        let Some(at) = self.settle(source, channel, head, epoch).await? else { return Ok(None) };
        let (mut has_read, mut older, mut newer) = (false, Vec::new(), Vec::new());
        let (mut looked, mut index) = (0, (split - 1).div_euclid(BLOCK));
        while older.len() < below && (index + 1) * BLOCK > floor && split > floor {
            looked += 1;
            let block = self.block(source, channel, at, index, &mut has_read).await?;
            let within = |kept: &&Arc<Kept>| (floor..split).contains(&kept.view.number);
            older.extend(block.iter().rev().filter(within).take(below - older.len()).cloned());
            index -= 1;
            if looked > MOST_BLOCKS {
                return Ok(None);
            }
        }
        (looked, index) = (0, split.div_euclid(BLOCK));
        while newer.len() < above && index * BLOCK < end {
            looked += 1;
            let block = self.block(source, channel, at, index, &mut has_read).await?;
            let within = |kept: &&Arc<Kept>| (split..end).contains(&kept.view.number);
            newer.extend(block.iter().filter(within).take(above - newer.len()).cloned());
            index += 1;
            if looked > MOST_BLOCKS {
                return Ok(None);
            }
        }
        older.reverse();
        let exact_at = (!has_read && self.is_at(channel, at)).then_some(at.version);
        let stretch = |messages| Stretch { messages, exact_at };
        Ok(Some((stretch(older), stretch(newer))))
    }

    /// Brings a channel's blocks at least up to this head. `None`: writers were faster, time and again.
    async fn settle(&self, source: Source<'_>, channel: ChannelId, head: &Head, epoch: &Arc<str>) -> Result<Option<At>> {
        let anew = || Place { epoch: Arc::clone(epoch), version: head.version, generation: self.generation() };
        let place = self.places.get_with(channel, || Arc::new(Mutex::new(anew())));
        for _ in 0..ATTEMPTS {
            let at = {
                let mut standing = place.lock().unwrap_or_else(PoisonError::into_inner);
                if standing.epoch != *epoch || head.version.saturating_sub(standing.version) > CHANGES_WINDOW {
                    *standing = anew();
                }
                At { generation: standing.generation, version: standing.version }
            };
            if at.version >= head.version {
                // Others know a newer head, or this history is shorter than the one held: rows decide.
                return Ok((at.version == head.version).then_some(at));
            }
            // Beyond the head too: a row that has changed once more carries its last version alone.
            let changed = changed(source, channel, (at.version, head.version.saturating_add(CHANGES_WINDOW))).await?;
            let mut standing = place.lock().unwrap_or_else(PoisonError::into_inner);
            if standing.generation == at.generation && standing.version == at.version {
                self.take_over(at.generation, &changed)?;
                standing.version = head.version;
                return Ok(Some(At { version: head.version, ..at }));
            }
        }
        Ok(None)
    }

    /// One block, from memory or read.
    async fn block(
        &self,
        (db, bodies): Source<'_>,
        channel: ChannelId,
        at: At,
        index: i64,
        has_read: &mut bool,
    ) -> Result<Block> {
        if let Some(block) = self.blocks.get(&(at.generation, index)) {
            return Ok(block);
        }
        *has_read = true;
        let bounds = (index * BLOCK, (index + 1) * BLOCK);
        let want = usize::try_from(BLOCK).unwrap_or(usize::MAX);
        let rows = messages::after(db.reader(), db.engine(), Timeline::Main(channel), bounds, want).await?;
        let rows = bodies.open(rows).await?;
        let block: Block = rows.iter().map(Kept::encoded).collect::<Result<Vec<_>>>()?.into();
        // What others took over while we read is perhaps not in these rows: then they serve this once only.
        let place = self.places.get(&channel);
        if let Some(place) = place {
            let held = place.lock().unwrap_or_else(PoisonError::into_inner);
            if held.generation == at.generation && held.version == at.version {
                self.blocks.insert((at.generation, index), Arc::clone(&block));
            }
        }
        Ok(block)
    }

    /// Puts newer rows into the blocks that are held. The place is locked.
    fn take_over(&self, generation: u64, changed: &Changed) -> Result<()> {
        let mut touched: BTreeMap<i64, Vec<Arc<Kept>>> = BTreeMap::new();
        let held = |touched: &mut BTreeMap<i64, Vec<Arc<Kept>>>, number: i64| -> Option<i64> {
            let index = number.div_euclid(BLOCK);
            if let Entry::Vacant(vacant) = touched.entry(index) {
                vacant.insert(self.blocks.get(&(generation, index))?.to_vec());
            }
            Some(index)
        };
        for row in &changed.rows {
            let Some(list) = held(&mut touched, row.number).and_then(|index| touched.get_mut(&index)) else { continue };
            let place = list.binary_search_by_key(&row.number, |kept| kept.view.number);
            match (place, row.thread_id.is_none()) {
                // A block may have been read after this row was: what is newer stays.
                (Ok(at), true) if list[at].view.version > row.version => {}
                (Ok(at), true) => list[at] = Kept::encoded(row)?,
                (Err(at), true) => list.insert(at, Kept::encoded(row)?),
                (Ok(at), false) => drop(list.remove(at)),
                (Err(_), false) => {}
            }
        }
        for (number, bit) in &changed.flagged {
            let Some(list) = held(&mut touched, *number).and_then(|index| touched.get_mut(&index)) else { continue };
            if let Ok(at) = list.binary_search_by_key(number, |kept| kept.view.number)
                && list[at].flags & bit == 0
            {
                let kept = &list[at];
                list[at] = Arc::new(Kept { view: kept.view.clone(), flags: kept.flags | bit, json: None });
            }
        }
        for (index, list) in touched {
            self.blocks.insert((generation, index), list.into());
        }
        Ok(())
    }

    fn is_at(&self, channel: ChannelId, at: At) -> bool {
        self.places.get(&channel).is_some_and(|place| {
            let held = place.lock().unwrap_or_else(PoisonError::into_inner);
            At { generation: held.generation, version: held.version } == at
        })
    }

    fn generation(&self) -> u64 {
        self.generations.fetch_add(1, Ordering::Relaxed)
    }
}

/// Reads what changed in a window of a channel's versions.
async fn changed((db, bodies): Source<'_>, channel: ChannelId, window: (i64, i64)) -> Result<Changed> {
    let (conn, engine) = (db.reader(), db.engine());
    let rows = bodies.open(messages::changed(conn, engine, channel, window).await?).await?;
    let reacted = reactions::changed(conn, engine, channel, window).await?;
    let replied = threads::changed(conn, engine, channel, window).await?;
    let mut flagged: Vec<(i64, i16)> = reacted.iter().map(|row| (row.number, messages::HAS_REACTIONS)).collect();
    let roots: BTreeSet<i64> = replied.iter().map(|row| row.root_id).collect();
    let roots: Vec<i64> = roots.into_iter().collect();
    flagged.extend(messages::numbers(conn, &roots).await?.into_iter().map(|number| (number, messages::HAS_THREAD)));
    Ok(Changed { rows, flagged })
}
