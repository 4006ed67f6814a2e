//! What parts of the server seal for themselves: each has a key of its own, derived from one of the instance.

use crate::{Keys, ring::Scope};
use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, Key, KeyId, Row, column, key_id};

impl Keys {
    /// The key of a part of the server for its own secrets, such as `certificates`, and the id it seals under. Every node
    /// gets the same; no part learns anything of another's.
    pub async fn of_part(&self, part: &str) -> Result<(Key, KeyId)> {
        let key = self.current(Scope::instance(), None).await?;
        Ok((key.key()?.derive("plexichat part", &[part.as_bytes()]), key.id()))
    }

    /// The key of a part that sealed what names `id`: that of [`Keys::of_part`] when it was the newest. Errors: `internal`
    /// when there is no such key.
    pub async fn of_part_under(&self, part: &str, id: KeyId) -> Result<Key> {
        let keys = self.load(&[id]).await?;
        let key = keys.first().ok_or_else(|| Error::internal(format!("the key {id} does not exist")))?;
        Ok(key.key()?.derive("plexichat part", &[part.as_bytes()]))
    }

    /// Seals a value of a part, bound to a row whose key is `row`: bytes that can be read in one way only.
    pub async fn seal_for_part(&self, part: &str, (table, column): (&str, &str), row: &[u8], value: &[u8]) -> Result<Vec<u8>> {
        let (key, id) = self.of_part(part).await?;
        Ok(column::seal(&key, id, &Context { table, column, row: Row::Bytes(row) }, value))
    }

    /// Opens what [`Keys::seal_for_part`] made for the same place. Errors: `internal` for anything else.
    pub async fn open_for_part(&self, part: &str, (table, column): (&str, &str), row: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let refused = || Error::internal(format!("a value of {table}.{column} was changed, or belongs to another row"));
        let key = self.of_part_under(part, key_id(sealed).map_err(|_| refused())?).await?;
        let opened = column::open(&key, &Context { table, column, row: Row::Bytes(row) }, sealed);
        opened.map(|mut value| std::mem::take(&mut *value)).map_err(|_| refused())
    }
}
