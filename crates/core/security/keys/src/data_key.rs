//! A key that seals values of columns.

use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, Key, KeyId, column};
use zeroize::Zeroizing;

/// A data key, opened.
#[derive(Debug)]
pub struct DataKey {
    id: KeyId,
    key: Key,
}

impl DataKey {
    pub(crate) fn new(id: KeyId, key: Key) -> Self {
        Self { id, key }
    }

    /// Its id, which every value that it seals names.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Seals a value, bound to its place.
    pub fn seal(&self, context: &Context<'_>, value: &[u8]) -> Vec<u8> {
        column::seal(&self.key, self.id, context, value)
    }

    /// Opens what was sealed for this place. Errors: `internal` for anything else; a changed value is not shown.
    pub fn open(&self, context: &Context<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        column::open(&self.key, context, sealed).map_err(|_| {
            let Context { table, column, .. } = context;
            Error::internal(format!("a value of {table}.{column} was changed, or belongs to another row"))
        })
    }
}
