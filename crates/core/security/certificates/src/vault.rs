//! Sealing of what the tables of this crate keep secret. The key is handed in.

use std::fmt;
use std::sync::Arc;

use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, Key, KeyId, column};

/// Seals and opens columns. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    key: Arc<Key>,
    id: KeyId,
}

impl Vault {
    /// Seals by `key`, whose id is written into what is sealed.
    pub fn new(key: Arc<Key>, id: KeyId) -> Self {
        Self { key, id }
    }

    pub(crate) fn seal(&self, table: &str, column: &str, row: &str, value: &[u8]) -> Vec<u8> {
        column::seal(&self.key, self.id, &context(table, column, row), value)
    }

    pub(crate) fn open(&self, table: &str, column: &str, row: &str, blob: &[u8]) -> Result<Vec<u8>> {
        let opened = column::open(&self.key, &context(table, column, row), blob);
        opened.map(|value| value.to_vec()).map_err(|error| {
            let text = format!("{table}.{column} of {row} cannot be opened: it was sealed with another key, or changed");
            Error::unavailable(text).with_source(error)
        })
    }
}

fn context<'a>(table: &'a str, column: &'a str, row: &'a str) -> Context<'a> {
    Context { table, column, row: plexichat_sealing::Row::Bytes(row.as_bytes()) }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("id", &self.id).finish_non_exhaustive()
    }
}
