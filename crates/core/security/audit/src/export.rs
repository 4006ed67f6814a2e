//! The log as a file that can be checked without us: lines of JSON (NDJSON).
//!
//! First a header with the verifier keys, then entries in order with their hashes, and after the last entry that each
//! checkpoint covers, the checkpoint. [`verify`] and [`prove`] need the file alone; who trusts nobody gives the key too.

use crate::{
    checkpoint::{Checkpoint, Trusted, Verifier},
    entry::hash_of,
    log::{InclusionProof, Log, decode, encode},
    merkle::{Hash, inclusion_ranges, is_included},
    note::hex,
    store,
    tiles::{Tiles, WIDTH},
    verify::{Finding, FindingKind, Kept, Opened, Report, Walk, opened},
};
use plexichat_database::Db;
use plexichat_kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use std::io::BufRead;

/// Name of the format, in the header.
pub const FORMAT: &str = "plexichat-audit-export/1";
const PAGE: u64 = 512;
/// Longest line of a file that is read.
const LINE: u64 = 256 * 1024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Header {
        format: String,
        key: String,
        size: u64,
    },
    Entry {
        number: u64,
        leaf: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    Checkpoint {
        checkpoint: String,
    },
}

fn json(line: &Line) -> Result<String> {
    serde_json::to_string(line).map(|text| text + "\n").map_err(Error::internal)
}

/// Writes an export page by page: what was there when it began, up to the newest checkpoint then.
#[derive(Debug)]
pub struct Exporter {
    db: Db,
    size: u64,
    next: u64,
    header: Option<String>,
    last: String,
}

impl Exporter {
    /// Begins one.
    pub async fn start(db: Db) -> Result<Self> {
        let log = Log::new(db.clone());
        let verifier = log.verifier().await?;
        let last = log.checkpoint().await?.ok_or_else(|| Error::not_found("checkpoint", "of the audit log"))?;
        let size = verifier.open(&last)?.size;
        let header = json(&Line::Header { format: FORMAT.to_owned(), key: verifier.lines(), size })?;
        Ok(Self { db, size, next: 0, header: Some(header), last })
    }

    /// How many entries it will have.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The next lines; `None` at the end.
    pub async fn page(&mut self) -> Result<Option<String>> {
        if let Some(header) = self.header.take() {
            return Ok(Some(header));
        }
        if self.next >= self.size {
            return Ok(None);
        }
        let (start, end) = (self.next, (self.next + PAGE).min(self.size));
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let rows = store::entries_from(self.db.reader(), signed(start), end - start).await?;
        let ids = (start / WIDTH..=(end - 1) / WIDTH).map(|index| crate::tiles::TileId { level: 0, index }).collect();
        let tiles = store::tiles(self.db.reader(), &ids).await?;
        let mut notes = store::checkpoints_after(self.db.reader(), signed(start), end - start).await?.into_iter().peekable();
        let mut out = String::new();
        for (number, row) in (start..end).zip(rows) {
            // What is wrong in the database is exported as it is: `verify` says where.
            let leaf = match (tiles.range(number, number + 1), &row.body) {
                (Some(leaf), _) => leaf,
                (None, Some(body)) => hash_of(body),
                (None, None) => return Err(Error::internal("the audit log is damaged; run `plexichat audit verify`")),
            };
            let leaf = encode(&[leaf]).remove(0);
            out += &json(&Line::Entry { number: u64::try_from(row.number).unwrap_or(number), leaf, body: row.body })?;
            while let Some(note) = notes.next_if(|note| note.size <= signed(number + 1)) {
                // The newest one comes at the end, whatever the database says meanwhile.
                if note.size < signed(self.size) {
                    out += &json(&Line::Checkpoint { checkpoint: note.note })?;
                }
            }
        }
        self.next = end;
        if end == self.size {
            out += &json(&Line::Checkpoint { checkpoint: self.last.clone() })?;
        }
        Ok(Some(out))
    }
}

/// What a file says, line by line.
struct Reader<R> {
    lines: R,
    line: u64,
}

impl<R: BufRead> Reader<R> {
    fn next(&mut self) -> Result<Option<Line>> {
        let mut bytes = Vec::new();
        let bad = |line: u64, why: &str| Error::invalid("file", format!("line {line} of the export {why}"));
        let read = std::io::Read::take(&mut self.lines, LINE).read_until(b'\n', &mut bytes);
        self.line += 1;
        match read {
            Ok(0) => Ok(None),
            Ok(_) if bytes.last() != Some(&b'\n') => Err(bad(self.line, "is cut off or too long")),
            Ok(_) => serde_json::from_slice(&bytes).map(Some).map_err(|_| bad(self.line, "is not one of an export")),
            Err(e) => Err(bad(self.line, "cannot be read").with_source(e)),
        }
    }
}

/// What was found in a file.
struct Found {
    report: Report,
    verifier: Verifier,
    last: Option<(String, Checkpoint)>,
    tiles: Tiles,
    body: Option<String>,
}

/// Verifies an export. `trusted`: the log it must be of, else that of the keys in the file.
pub fn verify(file: impl BufRead, trusted: Option<&Trusted>, kept: &[Kept]) -> Result<Report> {
    walk(file, trusted, kept, None).map(|found| found.report)
}

/// The proof that an entry is in the log of the last checkpoint of an export, which must be without findings.
pub fn prove(file: impl BufRead, trusted: Option<&Trusted>, number: u64) -> Result<InclusionProof> {
    let found = walk(file, trusted, &[], Some(number))?;
    if let Some(finding) = found.report.finding {
        return Err(Error::invalid("file", format!("the export does not hold: {finding}")));
    }
    let (note, checkpoint) = found.last.ok_or_else(|| Error::invalid("file", "the export has no checkpoint"))?;
    let missing = || Error::not_found("audit entry", number);
    let ranges = inclusion_ranges(number, checkpoint.size).ok_or_else(missing)?;
    let proof = found.tiles.ranges(&ranges).ok_or_else(missing)?;
    let leaf = found.tiles.range(number, number + 1).ok_or_else(missing)?;
    let leaf = encode(&[leaf]).remove(0);
    Ok(InclusionProof { key: found.verifier.lines(), checkpoint: note, number, body: found.body, leaf, proof: encode(&proof) })
}

fn walk(file: impl BufRead, trusted: Option<&Trusted>, kept: &[Kept], wanted: Option<u64>) -> Result<Found> {
    let mut reader = Reader { lines: file, line: 0 };
    let Some(Line::Header { format, key, size }) = reader.next()? else {
        return Err(Error::invalid("file", "this is not an export of an audit log: it has no header"));
    };
    if format != FORMAT {
        return Err(Error::invalid(
            "file",
            format!("the export is of format {}, this binary reads {FORMAT}", crate::shown(&format)),
        ));
    }
    let named = Verifier::parse(&key)?;
    let mut found = Found { report: Report::default(), verifier: named.clone(), last: None, tiles: Tiles::default(), body: None };
    let kept = match opened(&named, trusted, kept) {
        Ok(kept) => kept,
        Err(finding) => {
            found.report.finding = Some(finding);
            return Ok(found);
        }
    };
    let mut walk = Walk::default();
    found.report.finding = lines(&mut reader, &mut walk, &mut found, &kept, (size, wanted))?;
    (found.report.entries, found.report.checkpoints, found.report.root) = (walk.size, walk.checkpoints, hex(&walk.root()));
    Ok(found)
}

fn lines<R: BufRead>(
    reader: &mut Reader<R>,
    walk: &mut Walk,
    found: &mut Found,
    kept: &[Opened],
    (size, wanted): (u64, Option<u64>),
) -> Result<Option<Finding>> {
    while let Some(line) = reader.next()? {
        match line {
            Line::Header { .. } => return Err(Error::invalid("file", "the export has two headers")),
            Line::Entry { number, leaf, body } => {
                let hash = match entry(walk.size, number, &leaf, body.as_deref()) {
                    Ok(hash) => hash,
                    Err(finding) => return Ok(Some(finding)),
                };
                found.report.dropped += u64::from(body.is_none());
                if wanted.is_some() {
                    found.tiles.append(walk.size, &[hash]);
                }
                if wanted == Some(number) {
                    found.body = body;
                }
                walk.push(hash);
                for kept in kept {
                    if kept.checkpoint.size == walk.size
                        && let Some(finding) = walk.check(&kept.checkpoint, &kept.source)
                    {
                        return Ok(Some(finding));
                    }
                }
            }
            Line::Checkpoint { checkpoint: note } => {
                let opened = found.verifier.open(&note).ok().filter(|checkpoint| checkpoint.size == walk.size);
                let Some(checkpoint) = opened else {
                    let what = "the checkpoint behind them is not genuine, or not of this place";
                    return Ok(Some(Finding::within(FindingKind::Checkpoint, walk.proven, walk.size, what)));
                };
                if let Some(finding) = walk.check(&checkpoint, "the checkpoint in the file") {
                    return Ok(Some(finding));
                }
                found.last = Some((note, checkpoint));
            }
        }
    }
    let longest = kept.iter().map(|kept| kept.checkpoint.size).max().unwrap_or(0).max(size);
    Ok(if walk.size < longest {
        let what = format!("they are missing: the file ends with {} entries", walk.size);
        Some(Finding::within(FindingKind::Truncated, walk.size, longest, what))
    } else if walk.proven < walk.size {
        Some(Finding::within(FindingKind::Unsigned, walk.proven, walk.size, "nobody signed them: no checkpoint follows"))
    } else {
        None
    })
}

fn entry(expected: u64, number: u64, leaf: &str, body: Option<&str>) -> std::result::Result<Hash, Finding> {
    if number > expected {
        return Err(Finding::at(FindingKind::Deleted, expected, format!("it is missing; the next one is {number}")));
    }
    if number < expected {
        return Err(Finding::at(FindingKind::Reordered, expected, format!("here stands entry {number}")));
    }
    let leaf = decode(leaf).ok_or_else(|| Finding::at(FindingKind::Tree, number, "its hash is not one"))?;
    match body {
        Some(body) if hash_of(body) != leaf => Err(Finding::at(FindingKind::Altered, number, "it is not what its hash says")),
        _ => Ok(leaf),
    }
}

/// Checks a proof as `prove` makes it; answers the checkpoint it leads to. `trusted`: the log it must be of, else that of its own keys.
pub fn check_proof(proof: &InclusionProof, trusted: Option<&Trusted>) -> Result<Checkpoint> {
    let bad = |why: &str| Error::invalid("proof", format!("the proof does not hold: {why}"));
    let named = Verifier::parse(&proof.key)?;
    if trusted.is_some_and(|trusted| !trusted.is(&named)) {
        return Err(bad("it is of another log"));
    }
    let checkpoint = named.open(&proof.checkpoint)?;
    let leaf = decode(&proof.leaf).ok_or_else(|| bad("the hash of the entry is not one"))?;
    if proof.body.as_ref().is_some_and(|body| hash_of(body) != leaf) {
        return Err(bad("the entry is not what its hash says"));
    }
    let hashes: Option<Vec<Hash>> = proof.proof.iter().map(|hash| decode(hash)).collect();
    let hashes = hashes.ok_or_else(|| bad("a hash is not one"))?;
    if is_included(&leaf, proof.number, checkpoint.size, &checkpoint.root, &hashes) {
        Ok(checkpoint)
    } else {
        Err(bad("its hashes do not lead to the checkpoint"))
    }
}
