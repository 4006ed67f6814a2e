//! A key that seals values of columns.

use crate::{ring::Scope, store};
use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, Key, KeyId, column};
use zeroize::Zeroizing;

/// A data key, opened.
#[derive(Debug)]
pub struct DataKey {
    id: KeyId,
    scope: Scope,
    state: i16,
    /// `None`: it was destroyed.
    key: Option<Key>,
}

impl DataKey {
    pub(crate) fn new(id: KeyId, scope: Scope, state: i16, key: Option<Key>) -> Self {
        Self { id, scope, state, key }
    }

    /// Its id, which every value that it seals names.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether it was destroyed: what it sealed cannot be read any more, by nobody.
    pub fn is_destroyed(&self) -> bool {
        self.state == store::DESTROYED
    }

    /// Whether another has taken its place, under which what it sealed is to be sealed anew.
    pub fn is_retired(&self) -> bool {
        matches!(self.state, store::RETIRED | store::SWEEPING)
    }

    pub(crate) fn scope(&self) -> Scope {
        self.scope
    }

    pub(crate) fn is_current(&self) -> bool {
        self.state == store::IN_USE
    }

    pub(crate) fn key(&self) -> Result<&Key> {
        self.key.as_ref().ok_or_else(|| Error::internal(format!("the key {} was destroyed", self.id)))
    }

    /// Seals a value, bound to its place. Errors: `internal` for a key that was destroyed.
    pub fn seal(&self, context: &Context<'_>, value: &[u8]) -> Result<Vec<u8>> {
        Ok(column::seal(self.key()?, self.id, context, value))
    }

    /// Opens what was sealed for this place. Errors: `internal` for anything else; a changed value is not shown.
    pub fn open(&self, context: &Context<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        column::open(self.key()?, context, sealed).map_err(|_| {
            let Context { table, column, .. } = context;
            Error::internal(format!("a value of {table}.{column} was changed, or belongs to another row"))
        })
    }
}
