//! What stands for a sealed value where the database has to find it or to keep it unique.

use crate::DataKey;
use plexichat_kernel::Result;
use plexichat_sealing::index;
use std::{fmt::Write as _, sync::Arc};

/// Blind indexes of every column, under the one key of the instance. Cheap to clone.
///
/// That key is not replaced by rotations, only sealed anew: an index under another key finds nothing that was written
/// before, so all of them would have to change in one transaction. Whoever learns it can try out guesses at names; it
/// opens nothing.
#[derive(Clone, Debug)]
pub struct BlindIndex(Arc<DataKey>);

impl BlindIndex {
    pub(crate) fn new(key: Arc<DataKey>) -> Self {
        Self(key)
    }

    /// 64 lower-case hexadecimal digits that stand for `value` in this column: HMAC-SHA-256 (RFC 2104) under a key of the
    /// column's own. Equal values of one `scope`, such as a workspace, are equal; in another scope, column or table they
    /// are not. The value is compared byte by byte: fold it before.
    ///
    /// Errors: `internal` when the key was destroyed, which nothing does.
    pub fn of(&self, table: &str, column: &str, scope: i64, value: &str) -> Result<String> {
        // The scope has a fixed length, so that the two parts can be read in one way only.
        let full = self.digest(table, column, &[&scope.to_be_bytes()[..], value.as_bytes()].concat())?;
        Ok(full.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    /// 32 bytes that stand for a value of a column that keeps bytes, such as a digest.
    pub fn digest(&self, table: &str, column: &str, value: &[u8]) -> Result<[u8; 32]> {
        Ok(index::BlindIndex::new(self.0.key()?, &format!("{table}.{column}")).full(value))
    }
}
