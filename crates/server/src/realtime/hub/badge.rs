//! What an event means for somebody who does not have its channel open.

use plexichat_model::channel::ChannelKind;
use plexichat_model::gateway::{Badge, Level};
use plexichat_model::message::{Mention, MessageKind, MessageView};
use plexichat_model::permission::Role;
use plexichat_model::{ChannelId, Event, JournalEvent, UserId, WorkspaceId};

/// How a socket follows a journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interest {
    /// How much of it; journals that are no channels are always open.
    pub(crate) level: Level,
    /// The follower's role in the channel's workspace, for mentions of roles.
    pub(crate) role: Option<Role>,
    /// Whether every message of others counts.
    pub(crate) is_conversation: bool,
    /// The channel's workspace.
    pub(crate) workspace: Option<WorkspaceId>,
}

impl Interest {
    /// Everything.
    pub(crate) const OPEN: Self = Self { level: Level::Open, role: None, is_conversation: false, workspace: None };

    /// The interest of somebody with this role in a channel.
    pub(crate) fn in_channel(kind: ChannelKind, workspace: Option<WorkspaceId>, level: Level, role: Option<Role>) -> Self {
        Self { level, role, is_conversation: kind.is_conversation(), workspace }
    }
}

/// What an event changes about a channel's badge for a person.
pub(crate) fn badge(event: &JournalEvent, user: UserId, interest: &Interest) -> Option<Badge> {
    let (message, last_main_number) = match &event.event {
        Event::MessageCreated { message, last_main_number, .. } => (Some(message), *last_main_number),
        Event::MessageDeleted { last_main_number, .. } => (None, *last_main_number),
        _ => return None,
    };
    let addressed = message.is_some_and(|message| addresses(message, user, interest));
    let is_reply = message.is_some_and(|message| message.thread_id.is_some());
    (addressed || !is_reply).then_some(Badge {
        channel_id: ChannelId(event.journal.id),
        last_main_number,
        version: event.version,
        new_mentions: u32::from(addressed),
        mention_count: None,
        counted_from: event.version - 1,
    })
}

/// Two badges of one channel as one.
pub(crate) fn merged(held: &Badge, fresh: &Badge) -> Badge {
    let new_mentions = held.new_mentions.saturating_add(fresh.new_mentions);
    Badge { new_mentions, counted_from: held.counted_from, mention_count: held.mention_count, ..fresh.clone() }
}

/// Whether a message counts for a person who does not have the channel open.
fn addresses(message: &MessageView, user: UserId, interest: &Interest) -> bool {
    if message.author_id == user || message.kind == MessageKind::System {
        return false;
    }
    interest.is_conversation
        || message.mentions.iter().any(|mention| match mention {
            Mention::User(id) => *id == user,
            Mention::Everyone => true,
            Mention::Role(role) => interest.role == Some(*role),
            // Notifies who is present, never counts.
            Mention::Here => false,
        })
}
