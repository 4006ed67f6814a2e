//! Where a part of the server gets the keys for its own secrets from.
//!
//! What is sealed names the key that sealed it, and stays sealed by it until somebody seals it anew. So whoever
//! opens asks for the key of that id, and only whoever seals asks for the newest one.

use async_trait::async_trait;
use plexichat_kernel::Result;

use crate::key::{Key, KeyId};

/// Keys of one part. Whoever keeps keys gives one to each part, so that no part can open what another sealed.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The key to seal with now, and its id, which is written into what is sealed.
    async fn newest(&self) -> Result<(Key, KeyId)>;

    /// The key of an id that stands in something sealed. Errors: `internal` when there is none, because it was destroyed or
    /// never was.
    async fn of(&self, id: KeyId) -> Result<Key>;
}
