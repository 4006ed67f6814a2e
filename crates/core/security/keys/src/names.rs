//! Names of rows: what people call things, as the database holds it.
//!
//! A table with names has a column `sealed`: all names of a row in one value, sealed by the names key of whom the row
//! belongs to and bound to the row. The columns that held them are written empty, or hold a blind index where the
//! database has to find a name or to keep it unique. Stores seal a row before they write it ([`NameSealer::seal`]) and open
//! rows after they read them ([`Keys::open_names`]); between the two a row has its names as if nothing were sealed. A row
//! that was not opened cannot be sealed, so that nothing is written over a name that was not read.
//!
//! ```text
//! sealed  AES-256-GCM-SIV of: version 1 ‖ count 1 ‖ texts ‖ zeros up to a multiple of 64 bytes
//! text    0x00 absent   or   0x01 ‖ len 4 ‖ bytes (UTF-8)          numbers are big-endian
//! ```
//!
//! Rows of an earlier version, whose `sealed` is null, are read as they are and sealed at the next start (`fill`).

mod encoding;
mod fill;
mod rows;
mod store;
pub mod tables;
pub(crate) mod walk;

pub use rows::{Named, Parts, Slot};
pub use tables::{Lost, NamedColumn, NamedTable, Owner};

use crate::{BlindIndex, DataKey, Keys};
use plexichat_database::Tx;
use plexichat_kernel::{Error, Result};
use plexichat_model::WorkspaceId;
use plexichat_sealing::{Context, KeyId, key_id};
use std::{sync::Arc, time::Duration};

/// The column of every table with names.
pub(crate) const COLUMN: &str = "sealed";

/// The place of the names of a row.
fn place(table: &NamedTable, id: i64) -> Context<'static> {
    Context::row(table.name, COLUMN, id)
}

/// What seals names: got before a change, and used in it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NameSealer {
    keys: Keys,
    key: Arc<DataKey>,
    index: BlindIndex,
}

impl NameSealer {
    /// Seals the names of a row that is about to be written in this transaction.
    ///
    /// Errors: `overloaded` when the key was replaced or destroyed meanwhile: to be tried again at once; `internal` for a
    /// row that was read and not opened.
    pub async fn seal<M: Named>(&self, tx: &Tx, mut row: M) -> Result<M> {
        let parts = row.parts();
        if parts.sealed.is_some() {
            let text = format!("the names of row {} of {} were not opened before they were sealed", parts.id, M::TABLE.name);
            return Err(Error::internal(text));
        }
        let texts: Vec<Option<&str>> = parts.texts.iter().map(Slot::text).collect();
        let Some(plain) = encoding::encode(&texts) else { return Ok(row) };
        if !self.keys.may_seal(tx, &[self.key.id()]).await? {
            return Err(Error::overloaded(Duration::from_millis(100)));
        }
        *parts.sealed = Some(self.key.seal(&place(M::TABLE, parts.id), &plain)?);
        for (column, slot) in M::TABLE.columns.iter().zip(parts.texts) {
            let index = match slot.text() {
                Some(text) if column.is_indexed => Some(self.index.of(M::TABLE.name, column.name, parts.scope, text)?),
                _ => None,
            };
            slot.set(index);
        }
        Ok(row)
    }

    /// The blind indexes.
    pub fn index(&self) -> &BlindIndex {
        &self.index
    }
}

impl Keys {
    /// What seals names of a workspace and of what is in it, or with `None` of people, conversations and the instance. A key
    /// may have to be made, so this is not asked for while something is committed.
    pub async fn name_sealer(&self, workspace: Option<WorkspaceId>) -> Result<NameSealer> {
        let (key, index) = (self.of_names(workspace).await?, self.blind_index().await?);
        Ok(NameSealer { keys: self.clone(), key, index })
    }

    /// Opens the names of these rows. What a destroyed key sealed has its row's id for a name from then on.
    ///
    /// Errors: `internal` for a value that was changed or moved.
    pub async fn open_names<M: Named>(&self, mut rows: Vec<M>) -> Result<Vec<M>> {
        let mut ids: Vec<KeyId> = Vec::new();
        for row in &mut rows {
            let parts = row.parts();
            if let Some(sealed) = parts.sealed {
                let id = needed(M::TABLE, parts.id, sealed)?;
                // Most rows of a page are of one key.
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
            }
        }
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(rows);
        }
        let keys = self.load(&ids).await?;
        for row in &mut rows {
            open(&keys, M::TABLE, row.parts())?;
        }
        Ok(rows)
    }

    /// The same for one row, or none.
    pub async fn open_name<M: Named>(&self, row: Option<M>) -> Result<Option<M>> {
        match row {
            Some(row) => Ok(self.open_names(vec![row]).await?.pop()),
            None => Ok(None),
        }
    }
}

fn needed(table: &NamedTable, id: i64, sealed: &[u8]) -> Result<KeyId> {
    key_id(sealed).map_err(|cause| Error::internal(format!("the names of row {id} of {} cannot be opened: {cause}", table.name)))
}

fn open(keys: &[Arc<DataKey>], table: &NamedTable, parts: Parts<'_>) -> Result<()> {
    // From here on it counts as opened.
    let Some(sealed) = parts.sealed.take() else { return Ok(()) };
    let id = needed(table, parts.id, &sealed)?;
    let key = keys.iter().find(|key| key.id() == id).ok_or_else(|| Error::internal("a key was not loaded"))?;
    if key.is_destroyed() {
        for (column, slot) in table.columns.iter().zip(parts.texts) {
            slot.set((column.lost == Lost::Id).then(|| parts.id.to_string()));
        }
        return Ok(());
    }
    let plain = key.open(&place(table, parts.id), &sealed)?;
    let texts = encoding::decode(&plain)
        .ok_or_else(|| Error::internal(format!("the names of row {} of {} are of a later version", parts.id, table.name)))?;
    let texts = texts.into_iter().chain(std::iter::repeat(None));
    for (slot, text) in parts.texts.into_iter().zip(texts) {
        slot.set(text);
    }
    Ok(())
}
