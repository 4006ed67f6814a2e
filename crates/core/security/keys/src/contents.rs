//! What data keys seal, as those who own it show it to the keeper.

use plexichat_kernel::Result;
use plexichat_model::{ChannelId, WorkspaceId};

/// What a step through a channel did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where to go on; `None`: this was the last.
    pub next: Option<i64>,
    /// Messages that were changed.
    pub changed: u64,
    /// Where the channel ends, as far as is known.
    pub end: i64,
}

/// What is sealed by the keys of channels. Each method may be called again for the same place.
#[async_trait::async_trait]
pub trait Contents: Send + Sync + 'static {
    /// Seals anew what retired keys seal, in one page of a channel above a place.
    async fn reseal(&self, workspace: Option<WorkspaceId>, channel: ChannelId, above: i64) -> Result<Page>;

    /// Removes what destroyed keys sealed, in one page of a channel above a place.
    async fn bury(&self, channel: ChannelId, above: i64) -> Result<Page>;

    /// Forgets what is held opened in memory.
    fn forget(&self);
}
