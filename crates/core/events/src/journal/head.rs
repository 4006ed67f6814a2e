//! The head of a journal.

use plexichat_model::channel::ChannelHead;

/// Counters of a journal, as one narrow row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Newest version.
    pub version: i64,
    /// Newest message number (channels).
    pub number: i64,
    /// Newest visible, non-system number of the main timeline (channels).
    pub main_number: i64,
    /// First number still kept (channels).
    pub first_number: i64,
    /// Version of the last change of access.
    pub access_version: i64,
    /// Positions below this must load anew: tombstones up to here are gone.
    pub resume_floor: i64,
}

impl Head {
    /// As the wire shows a channel's head.
    pub const fn channel(&self) -> ChannelHead {
        ChannelHead {
            version: self.version,
            last_number: self.number,
            last_main_number: self.main_number,
            first_number: self.first_number,
        }
    }
}
