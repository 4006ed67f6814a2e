//! The secrets of the log, all below one seed: what signs, and what wraps the keys of people.
//!
//! The seed is random, made once when the log begins, and stands in the database sealed by a key of the instance
//! ([`open`]). So every node that the vault opens can number; the instance's keys may be rotated without the log becoming
//! another one. Personal fields are sealed under a key of the person they are about. Erasing somebody destroys
//! that key: what is sealed stays in every leaf, unreadable, so no hash changes.

use crate::{
    checkpoint::Signer,
    store::{self, LogRow},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use plexichat_database::{driver_error, violation};
use plexichat_events::Journal;
use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, Key, KeyId, KeySource, Row, column, key_id, unwrap_key, wrap};

/// The place of the seed.
const SEED: Context<'static> = Context::row("audit_log", "sealed_seed", store::LOG);

/// What a key that never gets a successor writes into what it seals.
fn only() -> KeyId {
    KeyId::new(1).expect("one is positive")
}

/// What a node needs to sequence the log and to seal what is personal in it. Never printed.
pub struct AuditKeys {
    /// Signs checkpoints.
    pub signer: Signer,
    /// Wraps the keys of people.
    pub(crate) subjects: Key,
}

impl std::fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditKeys").field("signer", &self.signer).finish_non_exhaustive()
    }
}

impl AuditKeys {
    /// Those of a seed.
    pub fn from_seed(seed: &Key) -> Self {
        Self { signer: Signer::from_seed(seed), subjects: seed.derive("audit subjects", &[]) }
    }
}

/// Opens the secrets of the database's log, or begins one where there is none. A seed that an older key sealed is sealed
/// anew, so that the older one is needed no more.
///
/// Errors: `unavailable` when the seed is not what was sealed, or does not belong to the log's public key.
pub async fn open(journal: &Journal, source: &dyn KeySource) -> Result<AuditKeys> {
    let row = match store::log(journal.db().reader()).await? {
        Some(row) => row,
        None => begin(journal, source).await?,
    };
    let wrong = |why: &str| {
        let text = format!("the secret of the audit log, audit_log.sealed_seed, {why}; restore that row from a backup");
        Error::unavailable(text)
    };
    let id = key_id(&row.sealed_seed).map_err(|_| wrong("is damaged"))?;
    let seed = unwrap_key(&source.of(id).await?, &SEED, &row.sealed_seed).map_err(|_| wrong("was changed"))?;
    let keys = AuditKeys::from_seed(&seed);
    if keys.signer.verifier().to_bytes() != row.public_key {
        return Err(wrong("does not belong to the public key beside it"));
    }
    let (newest, newest_id) = source.newest().await?;
    if newest_id != id {
        let (old, new) = (row.sealed_seed, wrap(&newest, newest_id, &SEED, &seed));
        journal
            .write(move |tx| {
                let (old, new) = (old.clone(), new.clone());
                Box::pin(async move { store::put_seed(tx, old, new).await })
            })
            .await?;
    }
    Ok(keys)
}

async fn begin(journal: &Journal, source: &dyn KeySource) -> Result<LogRow> {
    let ((key, id), seed) = (source.newest().await?, Key::random());
    let verifier = AuditKeys::from_seed(&seed).signer.verifier().clone();
    let row = LogRow {
        id: store::LOG,
        origin: verifier.origin().to_owned(),
        public_key: verifier.to_bytes(),
        sealed_seed: wrap(&key, id, &SEED, &seed),
        size: 0,
        dropped: 0,
    };
    let begun = row.clone();
    let written = journal
        .write(move |tx| {
            let row = begun.clone();
            Box::pin(async move { store::begin(tx, row).await })
        })
        .await;
    match written {
        Ok(()) => Ok(row),
        // Another node was faster.
        Err(e) if driver_error(&e).is_some_and(|d| violation(d).is_some()) => {
            store::log(journal.db().reader()).await?.ok_or_else(|| Error::internal("the audit log vanished while it began"))
        }
        Err(e) => Err(e),
    }
}

fn subject_place(subject: i64) -> Context<'static> {
    Context::row("audit_subjects", "wrapped_key", subject)
}

/// Wraps the key of a subject.
pub(crate) fn wrap_subject(wrapping: &Key, subject: i64, key: &Key) -> Vec<u8> {
    wrap(wrapping, only(), &subject_place(subject), key)
}

pub(crate) fn unwrap_subject(wrapping: &Key, subject: i64, wrapped: &[u8]) -> Option<Key> {
    unwrap_key(wrapping, &subject_place(subject), wrapped).ok()
}

fn with_field_place<R>(entry: &str, subject: i64, then: impl FnOnce(&Context<'_>) -> R) -> R {
    // An id has no space, so this can be read in one way only.
    let row = format!("{entry} {subject}");
    then(&Context { table: "audit_entries", column: "sealed", row: Row::Bytes(row.as_bytes()) })
}

/// Seals the personal fields of an entry.
pub(crate) fn seal_fields(key: &Key, entry: &str, subject: i64, fields: &str) -> String {
    STANDARD.encode(with_field_place(entry, subject, |place| column::seal(key, only(), place, fields.as_bytes())))
}

pub(crate) fn open_fields(key: &Key, entry: &str, subject: i64, data: &str) -> Option<String> {
    let sealed = STANDARD.decode(data).ok()?;
    let opened = with_field_place(entry, subject, |place| column::open(key, place, &sealed)).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}
