//! Writing single rows: the last writer is decided by version, so the order of arrival does not matter.
//!
//! Applying a row twice changes nothing, and an older row never replaces a newer one. Not here: which event carries
//! which row, and the positions in the journals.

use super::{Effect, Replica, USERS_HELD, channel::Reacted, counting::Steps};
use plexichat_model::{
    ChannelId, Event, WorkspaceId,
    channel::{ChannelState, ChannelView},
    event::{MembershipView, WorkspaceMembershipView},
    message::{Mention, MessageKind, MessageView, ThreadView},
    user::UserView,
};

impl Replica {
    pub(crate) fn put_user(&mut self, user: UserView) {
        match self.users.get(&user.id) {
            Some(held) if held.version > user.version => return,
            None if self.users.len() >= USERS_HELD => return,
            _ => {}
        }
        self.users.insert(user.id, user);
    }

    pub(super) fn put_profile(&mut self, user: UserView) {
        if user.id == self.me.user.id && user.version >= self.me.user.version {
            self.me.user = user.clone();
        }
        self.put_user(user);
    }

    /// Takes a whole state as the server gave it; parts of it may be older than what events already told.
    pub fn put_channel_state(&mut self, mut next: ChannelState) {
        let id = next.channel.id;
        if let Some(held) = self.channels.get(&id) {
            self.settle_count(held, &mut next);
            if held.head.version > next.head.version {
                next.head = held.head;
            }
            if held.channel.version > next.channel.version {
                next.channel = held.channel.clone();
            }
            if held.membership_version > next.membership_version {
                (next.notify, next.membership_version) = (held.notify, held.membership_version);
            }
        }
        let counted_to = next.counted_to;
        self.steps.entry(id).or_insert_with(|| Steps::new(counted_to));
        self.channels.insert(id, next);
    }

    pub(super) fn put_channel_view(&mut self, channel: &ChannelView) {
        let Some(held) = self.channels.get_mut(&channel.id) else { return };
        if held.channel.version > channel.version {
            return;
        }
        // A conversation's participants do not change; events may leave them out.
        let participants = std::mem::take(&mut held.channel.participants);
        held.channel = channel.clone();
        if held.channel.participants.is_empty() {
            held.channel.participants = participants;
        }
    }

    pub(super) fn put_message(&mut self, message: &MessageView, version: i64, last_main: Option<i64>, created: bool) {
        let Some(open) = self.open.get_mut(&message.channel_id) else { return };
        let known_to = open.known_to;
        let Ok(before) = open.put(message) else { return };
        let Some(state) = self.channels.get(&message.channel_id) else { return };
        // A row that is not held may have counted already, unless it is newer than all that was counted.
        if created || before.is_some() || message.number > known_to {
            let meant = |message: &MessageView| i64::from(self.is_meant(state, message));
            let by = meant(message) - before.as_ref().map_or(0, meant);
            self.count_message(message.channel_id, (message.number, version), by);
        }
        let Some(state) = self.channels.get_mut(&message.channel_id) else { return };
        let head = &mut state.head;
        head.last_number = head.last_number.max(message.number);
        let shown = message.thread_id.is_none() && message.kind != MessageKind::System && !message.deleted;
        match last_main {
            Some(last_main) if version >= head.version => head.last_main_number = last_main,
            // An edit may be all that is told of a message that was missed.
            None if shown => head.last_main_number = head.last_main_number.max(message.number),
            _ => {}
        }
    }

    pub(super) fn mentions_me(&self, state: &ChannelState, message: &MessageView) -> bool {
        let workspace = state.channel.workspace_id.and_then(|id| self.workspaces.get(&id));
        message.mentions.iter().any(|mention| match mention {
            Mention::User(user) => *user == self.me.user.id,
            Mention::Everyone => true,
            Mention::Here => false,
            Mention::Role(role) => workspace.is_some_and(|workspace| workspace.role == *role),
        })
    }

    pub(super) fn put_thread(&mut self, thread: &ThreadView) {
        if let Some(open) = self.open.get_mut(&thread.channel_id) {
            open.put_thread(thread);
        }
    }

    pub(super) fn put_reaction(&mut self, event: &Event) {
        let Event::ReactionUpdated { message_id, emoji, user_id, removed, count, .. } = event else { return };
        let reacted = Reacted { emoji, user: *user_id, removed: *removed, count: *count };
        self.open.values_mut().for_each(|open| open.react(*message_id, &reacted));
    }

    pub(super) fn put_membership(&mut self, membership: &MembershipView) -> Vec<Effect> {
        let id = membership.channel_id;
        match self.channels.get_mut(&id) {
            Some(held) if held.membership_version > membership.version => Vec::new(),
            Some(_) if membership.removed => self.drop_channel(id),
            Some(held) => {
                (held.notify, held.membership_version) = (membership.notify, membership.version);
                Vec::new()
            }
            None if membership.removed => Vec::new(),
            None => vec![Effect::LoadChannel(id)],
        }
    }

    pub(super) fn put_workspace_membership(&mut self, membership: &WorkspaceMembershipView) -> Vec<Effect> {
        let id = membership.workspace_id;
        if membership.removed {
            return self.drop_workspace(id);
        }
        if let Some(held) = self.workspaces.get_mut(&id) {
            held.role = membership.role;
        }
        // Permissions follow from the role and are the server's to say.
        vec![Effect::LoadWorkspace(id)]
    }

    /// Forgets a channel, as when it turns out not to be visible any more.
    pub fn drop_channel(&mut self, id: ChannelId) -> Vec<Effect> {
        self.open.remove(&id);
        self.steps.remove(&id);
        self.channels.remove(&id).map(|_| Effect::ChannelDropped(id)).into_iter().collect()
    }

    /// Forgets a workspace and its channels.
    pub fn drop_workspace(&mut self, id: WorkspaceId) -> Vec<Effect> {
        if self.workspaces.remove(&id).is_none() {
            return Vec::new();
        }
        let inside: Vec<ChannelId> =
            self.channels.values().filter(|c| c.channel.workspace_id == Some(id)).map(|c| c.channel.id).collect();
        let mut effects: Vec<Effect> = inside.into_iter().flat_map(|id| self.drop_channel(id)).collect();
        effects.push(Effect::WorkspaceDropped(id));
        effects
    }
}
