//! What a kit is made of: its form, what opens it, its row.
//!
//! A row is used by nobody before its tag was compared ([`own`]), except to recover, when the key of the tag is what is
//! looked for. Not here: when a kit counts, and what it brings back.

use plexichat_database::entity::recovery_kit;
use plexichat_kernel::{Error, Result};
use plexichat_model::{
    ErrorCode, RecoveryKitId, Timestamp,
    keys::{KitForm, RecoveryKitView},
};
use plexichat_sealing::{Identity, Key, Recipient, envelope, share, words};
use zeroize::Zeroizing;

pub(super) use recovery_kit::Model as Row;

/// Most shares of a kit.
pub const MOST_SHARES: u8 = 16;

const WORDS: i16 = 0;
const SHARES: i16 = 1;

/// In which form people keep a kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 24 words.
    Words,
    /// Shares, some of which open it.
    Shares {
        /// How many open it.
        needed: u8,
        /// How many there are.
        total: u8,
    },
}

impl Form {
    /// Shares of which so many open it: 2 ≤ `needed` ≤ `total` ≤ [`MOST_SHARES`].
    pub fn shares(needed: u8, total: u8) -> Result<Self> {
        if needed < 2 || needed > total || total > MOST_SHARES {
            let message = format!(
                "a kit has up to {MOST_SHARES} shares, of which at least 2 are needed; {needed} of {total} is not possible"
            );
            return Err(refused(&message));
        }
        Ok(Self::Shares { needed, total })
    }

    /// How many entries open it, and how many there are.
    pub const fn counts(self) -> (u8, u8) {
        match self {
            Self::Words => (1, 1),
            Self::Shares { needed, total } => (needed, total),
        }
    }
}

/// What may be known of a kit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kit {
    /// Its id.
    pub id: i64,
    /// Its form.
    pub form: Form,
    /// What stands on its sheet, to tell it from others.
    pub fingerprint: String,
    /// When it was made, milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// When it was last entered and opened the root key; `None`: never, and it does not count.
    pub proven_ms: Option<i64>,
}

impl Kit {
    /// As the wire shows it.
    pub fn view(&self) -> RecoveryKitView {
        let (needed, total) = self.form.counts();
        RecoveryKitView {
            id: RecoveryKitId(self.id),
            form: if self.form == Form::Words { KitForm::Words } else { KitForm::Shares },
            needed,
            total,
            fingerprint: self.fingerprint.clone(),
            created_at: Timestamp(self.created_ms),
            proven_at: self.proven_ms.map(Timestamp),
        }
    }

    pub(super) fn of(row: &Row) -> Result<Self> {
        let count = |count: i16| u8::try_from(count).map_err(|_| damaged());
        let form = match row.form {
            WORDS => Form::Words,
            SHARES => Form::Shares { needed: count(row.needed)?, total: count(row.total)? },
            _ => return Err(damaged()),
        };
        let fingerprint = recipient(row)?.fingerprint().to_string();
        Ok(Self { id: row.id, form, fingerprint, created_ms: row.created_ms, proven_ms: row.proven_ms })
    }
}

/// What opens a kit. Shown once; wiped when dropped.
pub enum Secret {
    /// 24 words with a space between them.
    Words(Zeroizing<String>),
    /// The texts of the shares, in the order of their numbers.
    Shares(Vec<Zeroizing<String>>),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The secret of a seed, and the public description of its shares.
    pub(super) fn of(seed: &Key, form: Form) -> Result<(Self, Option<Vec<u8>>)> {
        let Form::Shares { needed, total } = form else { return Ok((Self::Words(words::encode(seed)), None)) };
        let (set, shares) = share::split(seed, needed, total).map_err(|cause| Error::internal(cause.to_string()))?;
        Ok((Self::Shares(shares.iter().map(share::Share::to_text).collect()), Some(set.to_bytes())))
    }
}

pub(super) fn new_row(
    id: i64,
    form: Form,
    recipient: &Recipient,
    share_set: Option<Vec<u8>>,
    root_version: i32,
    root: &Key,
    created_ms: i64,
) -> Result<Row> {
    let (needed, total) = form.counts();
    let mut row = Row {
        id,
        form: if form == Form::Words { WORDS } else { SHARES },
        needed: i16::from(needed),
        total: i16::from(total),
        recipient: recipient.as_bytes().to_vec(),
        share_set,
        root_version,
        envelope: envelope_of(recipient, root_version, root)?,
        tag: Vec::new(),
        created_ms,
        proven_ms: None,
    };
    row.tag = tag(root, &row);
    Ok(row)
}

/// The same kit with another root key in it.
pub(super) fn sealed_again(mut row: Row, version: i32, root: &Key) -> Result<Row> {
    row.envelope = envelope_of(&recipient(&row)?, version, root)?;
    row.root_version = version;
    row.tag = tag(root, &row);
    Ok(row)
}

fn purpose(version: i32) -> String {
    format!("recovery kit, root key {version}")
}

fn envelope_of(recipient: &Recipient, version: i32, root: &Key) -> Result<Vec<u8>> {
    let sealed = envelope::seal(&purpose(version), &[recipient], None, root.expose());
    sealed.map_err(|cause| Error::internal(cause.to_string()))
}

/// The root key in the envelope of a row.
pub(super) fn root_of(identity: &Identity, row: &Row) -> Result<Key> {
    let opened = envelope::open(&purpose(row.root_version), identity, None, &row.envelope);
    let (key, _) = opened.map_err(|_| damaged())?;
    Key::try_from(key.as_slice()).map_err(|_| damaged())
}

pub(super) fn recipient(row: &Row) -> Result<Recipient> {
    Recipient::from_bytes(&row.recipient).map_err(|_| damaged())
}

/// What stands in `tag`: a keyed hash of everything by which the row is used.
pub(super) fn tag(root: &Key, row: &Row) -> Vec<u8> {
    let numbers = [row.id, row.form.into(), row.needed.into(), row.total.into(), row.root_version.into(), row.created_ms];
    let numbers: Vec<u8> = numbers.iter().flat_map(|number: &i64| number.to_be_bytes()).collect();
    let proven = row.proven_ms.map(i64::to_be_bytes);
    let proven = proven.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
    let set = row.share_set.as_deref().unwrap_or_default();
    root.derive("recovery kit tag", &[&numbers, proven, set, &row.recipient, &row.envelope]).expose().to_vec()
}

/// The rows that were written by somebody who has the root key.
pub(super) fn own(root: &Key, rows: Vec<Row>) -> Vec<Row> {
    let is_own = |row: &Row| {
        let stored: Option<Key> = Key::try_from(row.tag.as_slice()).ok();
        let computed = Key::try_from(tag(root, row).as_slice()).ok();
        let is_own = stored.is_some() && stored == computed;
        if !is_own {
            tracing::warn!(kit = row.id, "a recovery kit in the database is not one that this server made; it is ignored");
        }
        is_own
    };
    rows.into_iter().filter(is_own).collect()
}

pub(super) fn refused(message: &str) -> Error {
    Error::new(ErrorCode::Invalid, message)
}

fn damaged() -> Error {
    Error::unavailable(
        "the recovery kit in the database is damaged; restore table recovery_kits from a backup, or make a new kit",
    )
}
