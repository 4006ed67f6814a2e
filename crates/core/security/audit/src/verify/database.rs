//! Verifies the log of a database, page by page, in memory that does not grow with it.
//!
//! Leaves are compared one by one, rows above them when one below is full, roots at every checkpoint. What is numbered
//! meanwhile is walked too. Not here: what a finding is (`verify`), files (`export`).

use super::{Finding, FindingKind, Kept, Opened, Report, Walk, opened};
use crate::{
    checkpoint::{Trusted, Verifier},
    entry::{Entry, hash_of},
    merkle::{Hash, Node},
    note::hex,
    sequencer::numbered,
    store::{self, CheckpointRow, EntryRow, LogRow},
    tiles::{TileId, Tiles, WIDTH},
};
use plexichat_database::Db;
use plexichat_kernel::{Error, Result};
use std::collections::{BTreeSet, VecDeque};

const PAGE: u64 = 1_024;

/// Verifies the log of a database. `trusted`: the log it must be, else that of the keys that the database names.
pub async fn database(db: &Db, trusted: Option<&Trusted>, kept: &[Kept]) -> Result<Report> {
    let log = store::log(db.reader()).await?.ok_or_else(|| Error::not_found("audit log", "of this database"))?;
    let strange = |finding| Ok(Report { finding: Some(finding), ..Report::default() });
    let named = match Verifier::from_bytes(&log.public_key) {
        Ok(named) if named.origin() == log.origin => named,
        _ => return strange(Finding::at(FindingKind::Key, 0, "the public keys in the database are not those of its log")),
    };
    let kept = match opened(&named, trusted, kept) {
        Ok(kept) => kept,
        Err(finding) => return strange(finding),
    };
    let mut check = Check {
        db,
        dropped_before: u64::try_from(log.dropped).unwrap_or(0),
        log,
        verifier: named,
        kept: kept.into(),
        walk: Walk::default(),
        own: Tiles::default(),
        notes: VecDeque::new(),
        notes_to: 0,
        report: Report::default(),
    };
    let finding = check.run().await?;
    let Check { walk, mut report, .. } = check;
    (report.entries, report.checkpoints, report.root) = (walk.size, walk.checkpoints, hex(&walk.root()));
    report.finding = finding;
    Ok(report)
}

struct Check<'a> {
    db: &'a Db,
    log: LogRow,
    dropped_before: u64,
    verifier: Verifier,
    kept: VecDeque<Opened>,
    walk: Walk,
    own: Tiles,
    notes: VecDeque<CheckpointRow>,
    notes_to: i64,
    report: Report,
}

impl Check<'_> {
    async fn run(&mut self) -> Result<Option<Finding>> {
        loop {
            let from = i64::try_from(self.walk.size).unwrap_or(i64::MAX);
            let rows = store::entries_from(self.db.reader(), from, PAGE).await?;
            if rows.is_empty() {
                let finding = self.end().await?;
                // What was numbered while this walked is missing from nothing.
                let is_over = finding.is_none() || store::entries_from(self.db.reader(), from, 1).await?.is_empty();
                if is_over {
                    return Ok(finding);
                }
                continue;
            }
            if let Some(finding) = self.page(rows).await? {
                return Ok(Some(finding));
            }
        }
    }

    async fn page(&mut self, rows: Vec<EntryRow>) -> Result<Option<Finding>> {
        let start = self.walk.size;
        let end = start + u64::try_from(rows.len()).unwrap_or(0);
        let ids: BTreeSet<TileId> = (start / WIDTH..=(end - 1) / WIDTH).map(|index| TileId { level: 0, index }).collect();
        let stored = store::tiles(self.db.reader(), &ids).await?;
        for (number, row) in (start..).zip(rows) {
            let signed = stored.node(Node { level: 0, index: number });
            let leaf = match self.leaf(number, &row, signed, &stored) {
                Ok(leaf) => leaf,
                Err(finding) => return Ok(Some(finding)),
            };
            self.walk.push(leaf);
            let changed = self.own.append(number, &[leaf]);
            // Rows above the leaves are compared when a row below is full.
            if changed.len() > 1
                && let Some(finding) = self.above(&changed).await?
            {
                return Ok(Some(finding));
            }
            if let Some(finding) = self.checkpoints().await? {
                return Ok(Some(finding));
            }
        }
        Ok(None)
    }

    fn leaf(&mut self, number: u64, row: &EntryRow, signed: Option<Hash>, stored: &Tiles) -> std::result::Result<Hash, Finding> {
        if u64::try_from(row.number) != Ok(number) {
            return Err(Finding::at(FindingKind::Deleted, number, format!("it is missing; the next one is {}", row.number)));
        }
        let Some(body) = &row.body else {
            if number >= self.dropped_before {
                return Err(Finding::at(
                    FindingKind::Deleted,
                    number,
                    "its content is missing, though retention did not drop it",
                ));
            }
            self.report.dropped += 1;
            return signed.ok_or_else(|| Finding::at(FindingKind::Tree, number, "its hash is missing"));
        };
        let leaf = hash_of(body);
        match signed {
            None => return Err(Finding::at(FindingKind::Tree, number, "its hash is missing")),
            Some(signed) if signed != leaf => return Err(moved(number, &leaf, stored)),
            Some(_) => {}
        }
        if numbered(row.number, body.clone()) != *row {
            let what = "what it is listed by (time, action, actor, target, workspace) is not what it says";
            return Err(Finding::at(FindingKind::Listing, number, what));
        }
        if let Err(why) = Entry::parse(body) {
            tracing::warn!(number, why, "an entry that is what was signed cannot be read by this binary");
        }
        Ok(leaf)
    }

    async fn above(&mut self, changed: &BTreeSet<TileId>) -> Result<Option<Finding>> {
        let upper: BTreeSet<TileId> = changed.iter().copied().filter(|id| id.level > 0).collect();
        let stored = store::tiles(self.db.reader(), &upper).await?;
        for id in &upper {
            let own = self.own.row(*id).unwrap_or_default();
            let same = stored.row(*id).is_some_and(|row| row.get(..own.len()) == Some(own));
            if !same {
                let width = WIDTH.pow(u32::from(id.level));
                let last = (id.index * WIDTH + u64::try_from(own.len()).unwrap_or(1)) * width;
                let what = "the hash over them is not theirs: an entry was changed together with its hash, or the tree was";
                return Ok(Some(Finding::within(FindingKind::Altered, last - width, last, what)));
            }
        }
        for id in changed {
            if self.own.row(*id).is_some_and(|row| row.len() == 256) {
                self.own.forget(*id);
            }
        }
        Ok(None)
    }

    /// Checkpoints of the size that is reached.
    async fn checkpoints(&mut self) -> Result<Option<Finding>> {
        if self.notes.is_empty() {
            self.notes = store::checkpoints_after(self.db.reader(), self.notes_to, PAGE).await?.into();
            self.notes_to = self.notes.back().map_or(self.notes_to, |row| row.size);
        }
        while let Some(row) = self.notes.front() {
            let size = u64::try_from(row.size).unwrap_or(0);
            if size > self.walk.size {
                break;
            }
            let opened = self.verifier.open(&row.note).ok().filter(|checkpoint| checkpoint.size == size);
            let Some(checkpoint) = opened else {
                let message = format!("the stored checkpoint of {size} entries is not genuine");
                return Ok(Some(Finding::within(FindingKind::Checkpoint, self.walk.proven, size, message)));
            };
            self.notes.pop_front();
            if let Some(finding) = self.walk.check(&checkpoint, "the stored checkpoint") {
                return Ok(Some(finding));
            }
        }
        while let Some(kept) = self.kept.front() {
            if kept.checkpoint.size > self.walk.size {
                break;
            }
            let kept = self.kept.pop_front();
            if let Some(kept) = kept.filter(|kept| kept.checkpoint.size > 0)
                && let Some(finding) = self.walk.check(&kept.checkpoint, &kept.source)
            {
                return Ok(Some(finding));
            }
        }
        Ok(None)
    }

    async fn end(&mut self) -> Result<Option<Finding>> {
        let size = self.walk.size;
        if let Some(finding) = self.checkpoints().await? {
            return Ok(Some(finding));
        }
        let cut = |longer: u64, source: &str| {
            let message = format!("they are missing: the log ends with {size} entries, {source} was signed over {longer}");
            Some(Finding::within(FindingKind::Truncated, size, longer, message))
        };
        if let Some(kept) = self.kept.back() {
            return Ok(cut(kept.checkpoint.size, &kept.source));
        }
        if let Some(row) = self.notes.back() {
            return Ok(cut(u64::try_from(row.size).unwrap_or(0), "a stored checkpoint"));
        }
        let counted = u64::try_from(self.log.size).unwrap_or(0);
        // Entries that were numbered while this walked are not behind anything.
        let now = store::log(self.db.reader()).await?.map_or(self.log.size, |log| log.size);
        if counted > size {
            return Ok(cut(counted, "its own count"));
        }
        if self.walk.proven < size && u64::try_from(now).unwrap_or(0) <= size {
            let message = "nobody signed them: they stand behind the last checkpoint";
            return Ok(Some(Finding::within(FindingKind::Unsigned, self.walk.proven, size, message)));
        }
        Ok(None)
    }
}

/// Whether another entry of the neighbourhood stands here, or this one was changed.
fn moved(number: u64, leaf: &Hash, stored: &Tiles) -> Finding {
    let first = (number / WIDTH) * WIDTH;
    let near = (first..first + 2 * WIDTH).find(|n| *n != number && stored.node(Node { level: 0, index: *n }) == Some(*leaf));
    match near {
        Some(n) => Finding::at(FindingKind::Reordered, number, format!("here stands what was signed as entry {n}")),
        None => Finding::at(FindingKind::Altered, number, "it is not what was signed"),
    }
}
