//! What a socket follows, small: eight bytes a channel.

use plexichat_model::gateway::Level;
use plexichat_model::{ChannelId, JournalKey, UserId, WorkspaceId};

/// The journals of one socket.
#[derive(Debug, Default)]
pub(super) struct Follows {
    /// Sorted.
    channels: Vec<ChannelId>,
    open: Vec<ChannelId>,
    workspaces: Vec<WorkspaceId>,
}

impl Follows {
    /// Adds a channel, or changes how much of it is wanted.
    pub(super) fn channel(&mut self, id: ChannelId, level: Level) {
        if let Err(at) = self.channels.binary_search(&id) {
            self.channels.insert(at, id);
        }
        self.open.retain(|other| *other != id);
        if level == Level::Open {
            self.open.push(id);
        }
    }

    /// Adds a workspace.
    pub(super) fn workspace(&mut self, id: WorkspaceId) {
        if !self.workspaces.contains(&id) {
            self.workspaces.push(id);
        }
    }

    /// Forgets a channel.
    pub(super) fn drop_channel(&mut self, id: ChannelId) {
        if let Ok(at) = self.channels.binary_search(&id) {
            self.channels.remove(at);
        }
        self.open.retain(|other| *other != id);
    }

    /// Forgets a workspace.
    pub(super) fn drop_workspace(&mut self, id: WorkspaceId) {
        self.workspaces.retain(|other| *other != id);
    }

    /// The channels, sorted.
    pub(super) fn channels(&self) -> &[ChannelId] {
        &self.channels
    }

    /// Whether a channel is followed.
    pub(super) fn has_channel(&self, id: ChannelId) -> bool {
        self.channels.binary_search(&id).is_ok()
    }

    /// Whether a workspace is followed.
    pub(super) fn has_workspace(&self, id: WorkspaceId) -> bool {
        self.workspaces.contains(&id)
    }

    /// Whether a channel is open.
    pub(super) fn is_open(&self, id: ChannelId) -> bool {
        self.open.contains(&id)
    }

    /// How many channels would be open after these changes.
    pub(super) fn open_after(&self, changes: &[(ChannelId, Level)]) -> usize {
        let untouched = self.open.iter().filter(|id| !changes.iter().any(|(other, _)| other == *id)).count();
        let mut opened: Vec<ChannelId> = changes.iter().filter(|(_, level)| *level == Level::Open).map(|(id, _)| *id).collect();
        opened.sort_unstable();
        opened.dedup();
        untouched + opened.len()
    }

    /// Every journal.
    pub(super) fn journals(&self, user: UserId) -> Vec<JournalKey> {
        let own = [JournalKey::INSTANCE, JournalKey::user(user)];
        let workspaces = self.workspaces.iter().map(|id| JournalKey::workspace(*id));
        let channels = self.channels.iter().map(|id| JournalKey::channel(*id));
        own.into_iter().chain(workspaces).chain(channels).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_channels_are_counted_once() {
        let mut follows = Follows::default();
        for id in [3, 1, 2] {
            follows.channel(ChannelId(id), Level::Badge);
        }
        follows.channel(ChannelId(1), Level::Open);
        assert_eq!(
            follows.open_after(&[(ChannelId(1), Level::Open), (ChannelId(2), Level::Open), (ChannelId(2), Level::Open)]),
            2
        );
        assert_eq!(follows.open_after(&[(ChannelId(1), Level::Badge)]), 0);
        follows.drop_channel(ChannelId(1));
        assert!(!follows.has_channel(ChannelId(1)) && follows.has_channel(ChannelId(2)));
        assert_eq!(follows.journals(UserId(1)).len(), 4);
    }
}
