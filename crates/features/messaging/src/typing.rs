//! Who may be seen typing: whoever may write there, in channels small enough for it to mean something.

use crate::{Messaging, store::members};
use plexichat_kernel::{Caller, Result};
use plexichat_model::{ChannelId, Permission, limits};

impl Messaging {
    /// Whether others are told that the caller is typing; false in channels of 500 members or more.
    pub async fn may_type(&self, caller: &Caller, channel_id: ChannelId, in_thread: bool) -> Result<bool> {
        let permission = if in_thread { Permission::ReplyInThreads } else { Permission::SendMessages };
        self.auth.channel(caller, channel_id).await?.require(permission)?;
        Ok(!members::more_than(self.db.reader(), self.db.engine(), channel_id, limits::JOIN_EVENT_MEMBERS - 1).await?)
    }
}
