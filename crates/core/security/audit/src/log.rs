//! Reading the log: what it is, entries, checkpoints, proofs.
//!
//! A proof is computed from a few rows of the tree, whatever the size. Nothing here is trusted by who checks: what is
//! answered carries its signature and its hashes. Not here: walking everything (`verify`), files (`export`).

use crate::{
    Entry,
    checkpoint::{Checkpoint, Verifier},
    entry::hash_of,
    merkle::{Hash, consistency_ranges, inclusion_ranges, range_nodes},
    store::{self, EntryQuery, EntryRow},
    tiles::{Tiles, needed},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use plexichat_database::Db;
use plexichat_kernel::{Error, Result, ids::created_at_ms};
use plexichat_model::ErrorCode;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How the log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Numbered entries.
    pub size: u64,
    /// When the newest checkpoint was signed, milliseconds UTC.
    pub signed_ms: Option<i64>,
    /// Entries without a number, counted up to [`Standing::MOST_WAITING`].
    pub waiting: usize,
    /// When the oldest of them was written, milliseconds UTC.
    pub waiting_since_ms: Option<i64>,
}

impl Standing {
    /// More entries without a number are not counted.
    pub const MOST_WAITING: u64 = 10_000;
    /// An entry that has waited longer was forgotten: numbers are given every second, and who gives them is replaced in ten.
    pub const PATIENCE: Duration = Duration::from_mins(1);
}

/// Reads the log.
#[derive(Clone, Debug)]
pub struct Log {
    db: Db,
}

/// A numbered entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Number, from 0.
    pub number: u64,
    /// The leaf; absent when retention has dropped it.
    pub body: Option<String>,
}

impl Numbered {
    pub(crate) fn of(row: EntryRow) -> Self {
        Self { number: u64::try_from(row.number).unwrap_or(0), body: row.body }
    }

    /// What the leaf says, if it is there and readable.
    pub fn entry(&self) -> Option<Entry> {
        Entry::parse(self.body.as_deref()?).ok()
    }
}

/// That an entry is in the log, for whoever has the verifier key. Also a file format of `audit prove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// Verifier keys of the log, a line each.
    pub key: String,
    /// The signed checkpoint it leads to.
    pub checkpoint: String,
    /// Number of the entry.
    pub number: u64,
    /// The leaf; absent when retention has dropped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Hash of the leaf, base64.
    pub leaf: String,
    /// Hashes, base64, from the leaf upwards.
    pub proof: Vec<String>,
}

/// A checkpoint, and that it continues an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCheckpoint {
    /// Verifier keys of the log, a line each.
    pub key: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// How many entries it has.
    pub size: u64,
    /// Hashes, base64, of the proof that it continues the earlier size that was asked for.
    pub consistency: Vec<String>,
}

pub(crate) fn encode(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

/// Decodes a hash in base64.
pub fn decode(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn damaged() -> Error {
    Error::internal("the tree of the audit log is damaged; run `plexichat audit verify`")
}

impl Log {
    /// Of a database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// How it stands; `None` when the database has no log yet.
    pub async fn standing(&self) -> Result<Option<Standing>> {
        let conn = self.db.reader();
        let Some(log) = store::log(conn).await? else { return Ok(None) };
        let signed_ms = store::last_checkpoint(conn).await?.map(|row| row.time_ms);
        let waiting = store::pending_ids(conn, Standing::MOST_WAITING).await?;
        Ok(Some(Standing {
            size: u64::try_from(log.size).unwrap_or(0),
            signed_ms,
            waiting: waiting.len(),
            waiting_since_ms: waiting.first().map(|id| created_at_ms(*id)),
        }))
    }

    /// What its checkpoints are checked with, as the database says.
    pub async fn verifier(&self) -> Result<Verifier> {
        let row = store::log(self.db.reader()).await?.ok_or_else(|| Error::not_found("audit log", "of this database"))?;
        Verifier::from_bytes(&row.public_key)
    }

    /// The newest checkpoint; `None` when nothing was numbered yet.
    pub async fn checkpoint(&self) -> Result<Option<String>> {
        Ok(store::last_checkpoint(self.db.reader()).await?.map(|row| row.note))
    }

    async fn signed(&self) -> Result<(Verifier, String, Checkpoint)> {
        let verifier = self.verifier().await?;
        let note = self.checkpoint().await?.ok_or_else(|| Error::not_found("checkpoint", "of the audit log"))?;
        let checkpoint = verifier.open(&note)?;
        Ok((verifier, note, checkpoint))
    }

    /// The newest checkpoint, with the proof that it continues that of `since` entries.
    pub async fn signed_checkpoint(&self, since: Option<u64>) -> Result<SignedCheckpoint> {
        let (verifier, note, checkpoint) = self.signed().await?;
        let consistency = match since {
            None | Some(0) => Vec::new(),
            Some(since) => {
                // A checkpoint that was kept and is not in the log: it was cut, or is another.
                let too_far = || {
                    let text = format!("the log has {} entries, fewer than {since}", checkpoint.size);
                    Error::conflict(ErrorCode::Conflict, text)
                };
                let ranges = consistency_ranges(since, checkpoint.size).ok_or_else(too_far)?;
                self.tiles_of(&ranges).await?.ranges(&ranges).ok_or_else(damaged)?
            }
        };
        Ok(SignedCheckpoint { key: verifier.lines(), checkpoint: note, size: checkpoint.size, consistency: encode(&consistency) })
    }

    async fn tiles_of(&self, ranges: &[(u64, u64)]) -> Result<Tiles> {
        let nodes: Vec<_> = ranges.iter().flat_map(|(start, end)| range_nodes(*start, *end)).collect();
        store::tiles(self.db.reader(), &needed(&nodes)).await
    }

    /// The proof that an entry is in the log of the newest checkpoint.
    pub async fn prove(&self, number: u64) -> Result<InclusionProof> {
        let missing = || Error::not_found("audit entry", number);
        let (verifier, note, checkpoint) = self.signed().await?;
        let ranges = inclusion_ranges(number, checkpoint.size).ok_or_else(missing)?;
        let row = store::entry(self.db.reader(), i64::try_from(number).map_err(|_| missing())?).await?.ok_or_else(missing)?;
        let mut wanted = ranges.clone();
        wanted.push((number, number + 1));
        let tiles = self.tiles_of(&wanted).await?;
        let proof = tiles.ranges(&ranges).ok_or_else(damaged)?;
        let leaf = match &row.body {
            Some(body) => hash_of(body),
            None => tiles.range(number, number + 1).ok_or_else(damaged)?,
        };
        let leaf = encode(&[leaf]).remove(0);
        Ok(InclusionProof { key: verifier.lines(), checkpoint: note, number, body: row.body, leaf, proof: encode(&proof) })
    }

    /// Whether the log is that of this checkpoint, or continues it.
    pub(crate) async fn continues(&self, seen: &Checkpoint) -> Result<bool> {
        let Some(log) = store::log(self.db.reader()).await? else { return Ok(false) };
        if seen.size == 0 {
            return Ok(true);
        }
        if u64::try_from(log.size).unwrap_or(0) < seen.size {
            return Ok(false);
        }
        let tiles = self.tiles_of(&[(0, seen.size)]).await?;
        Ok(tiles.range(0, seen.size) == Some(seen.root))
    }

    /// Entries, newest first.
    pub async fn entries(&self, query: &EntryQuery) -> Result<Vec<Numbered>> {
        Ok(store::entries(self.db.reader(), query).await?.into_iter().map(Numbered::of).collect())
    }

    /// One entry.
    pub async fn entry(&self, number: u64) -> Result<Numbered> {
        let missing = || Error::not_found("audit entry", number);
        let row = store::entry(self.db.reader(), i64::try_from(number).map_err(|_| missing())?).await?;
        row.map(Numbered::of).ok_or_else(missing)
    }
}
