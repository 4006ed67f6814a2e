//! The keys of the parts of the server, as each of them asks for them.

use async_trait::async_trait;
use plexichat_kernel::Result;
use plexichat_keys::Keys;
use plexichat_sealing::{Key, KeyId, KeySource};

/// The keys of one part.
pub(super) struct PartKeys {
    pub(super) keys: Keys,
    /// Never changed: another name has other keys.
    pub(super) part: &'static str,
}

#[async_trait]
impl KeySource for PartKeys {
    async fn newest(&self) -> Result<(Key, KeyId)> {
        self.keys.of_part(self.part).await
    }

    async fn of(&self, id: KeyId) -> Result<Key> {
        self.keys.of_part_under(self.part, id).await
    }
}
