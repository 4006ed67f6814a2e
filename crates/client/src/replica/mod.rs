//! The state rules of the API as a pure structure: a snapshot, then events, equals the server.
//!
//! [`Replica::apply`] takes a live event, [`Replica::apply_changes`] an answer of `changes`; both follow the position
//! and row rules of the contract: a row older than the one held is ignored, a gap is reported and nothing of it
//! applied. What cannot be told from an event (permissions, a channel just joined) comes back as an [`Effect`] for
//! whoever can ask. Messages are held for opened channels alone, the newest [`MESSAGES_HELD`] of each. No input or
//! output happens here.

mod channel;
mod counting;
mod rows;
#[cfg(test)]
mod tests;

pub use channel::OpenChannel;

use plexichat_model::{
    ChannelId, Event, JournalEvent, JournalKey, JournalKind, SessionId, UserId, WorkspaceId,
    channel::ChannelState,
    limits,
    message::MessageView,
    page::MessagePage,
    sync::{Changes, Snapshot, Vector},
    system::InstanceView,
    user::{AccountView, UserView},
    workspace::WorkspaceState,
};
use std::collections::BTreeMap;

/// Messages held for one opened channel; the oldest are forgotten first.
pub const MESSAGES_HELD: usize = 2_000;
/// Profiles held; further ones are asked for when they are shown.
pub const USERS_HELD: usize = 50_000;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its rows are in the state and the position moved.
    Applied,
    /// It was known already.
    Known,
    /// Something before it is missing: ask `changes` after this position, then go on.
    Gap {
        /// Position held.
        after: i64,
    },
    /// The journal is not followed.
    NotFollowed,
}

/// What became of an answer of `changes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caught {
    /// Up to date with the head at that moment.
    Up,
    /// More follows after this position.
    More {
        /// Position now.
        after: i64,
    },
    /// What was held of this journal was dropped and must be loaded anew.
    Reset,
    /// Another history: everything must be loaded anew.
    EpochChanged,
}

/// What an event asks of whoever holds the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A channel is new to the person, or its permissions or its count changed in a way events do not tell: read its state.
    LoadChannel(ChannelId),
    /// The channel is no longer theirs; its data is gone from the state.
    ChannelDropped(ChannelId),
    /// A workspace is new to the person, or their role in it changed: read its state.
    LoadWorkspace(WorkspaceId),
    /// The workspace is no longer theirs; its data is gone from the state.
    WorkspaceDropped(WorkspaceId),
    /// The own account changed: read it again.
    LoadAccount,
    /// A session of the person ended.
    SessionEnded(SessionId),
}

/// What a client holds of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub(crate) epoch: String,
    pub(crate) instance: InstanceView,
    pub(crate) me: AccountView,
    pub(crate) users: BTreeMap<UserId, UserView>,
    pub(crate) workspaces: BTreeMap<WorkspaceId, WorkspaceState>,
    pub(crate) channels: BTreeMap<ChannelId, ChannelState>,
    pub(crate) open: BTreeMap<ChannelId, OpenChannel>,
    pub(crate) steps: BTreeMap<ChannelId, counting::Steps>,
    instance_position: i64,
    user_position: i64,
}

impl Replica {
    /// The state of a snapshot.
    pub fn from_snapshot(snapshot: Snapshot) -> Self {
        let mut replica = Self {
            epoch: snapshot.epoch,
            instance: snapshot.instance,
            me: snapshot.me,
            users: BTreeMap::new(),
            workspaces: snapshot.workspaces.into_iter().map(|w| (w.workspace.id, w)).collect(),
            channels: BTreeMap::new(),
            open: BTreeMap::new(),
            steps: BTreeMap::new(),
            instance_position: snapshot.instance_head,
            user_position: snapshot.user_head,
        };
        let me = replica.me.user.clone();
        replica.put_user(me);
        snapshot.users.into_iter().for_each(|user| replica.put_user(user));
        snapshot.channels.into_iter().for_each(|state| replica.put_channel_state(state));
        replica
    }

    /// The positions held, to resume from.
    pub fn vector(&self) -> Vector {
        Vector {
            epoch: self.epoch.clone(),
            instance: self.instance_position,
            user: self.user_position,
            workspaces: self.workspaces.iter().map(|(id, state)| (*id, state.head)).collect(),
            channels: self.open.iter().take(limits::OPEN_CHANNELS).map(|(id, open)| (*id, open.position)).collect(),
        }
    }

    /// The epoch of everything held.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Public facts of the instance.
    pub fn instance(&self) -> &InstanceView {
        &self.instance
    }

    /// Whose state it is.
    pub fn me(&self) -> &AccountView {
        &self.me
    }

    /// Takes the own account as the server has it now.
    pub fn put_me(&mut self, me: AccountView) {
        if me.user.version >= self.me.user.version {
            self.put_user(me.user.clone());
            self.me = me;
        }
    }

    /// A profile, if it is held.
    pub fn user(&self, id: UserId) -> Option<&UserView> {
        self.users.get(&id)
    }

    /// Workspaces in id order.
    pub fn workspaces(&self) -> impl Iterator<Item = &WorkspaceState> {
        self.workspaces.values()
    }

    /// Takes the state of a workspace as the server has it now.
    pub fn put_workspace_state(&mut self, state: WorkspaceState) {
        let id = state.workspace.id;
        match self.workspaces.get_mut(&id) {
            Some(held) => {
                (held.role, held.permissions) = (state.role, state.permissions);
                if state.workspace.version >= held.workspace.version {
                    held.workspace = state.workspace;
                }
            }
            None => {
                self.workspaces.insert(id, state);
            }
        }
    }

    /// Joined channels and conversations in id order.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelState> {
        self.channels.values()
    }

    /// A joined channel.
    pub fn channel(&self, id: ChannelId) -> Option<&ChannelState> {
        self.channels.get(&id)
    }

    /// An opened channel with its messages.
    pub fn opened(&self, id: ChannelId) -> Option<&OpenChannel> {
        self.open.get(&id)
    }

    /// Ids of the opened channels.
    pub fn opened_ids(&self) -> impl Iterator<Item = ChannelId> {
        self.open.keys().copied()
    }

    /// The main timeline of an opened channel, as far as it is held, in ascending number.
    pub fn timeline(&self, id: ChannelId) -> impl Iterator<Item = &MessageView> {
        self.open.get(&id).into_iter().flat_map(OpenChannel::timeline)
    }

    /// Whether something is unread.
    pub fn is_unread(&self, id: ChannelId) -> bool {
        self.channels.get(&id).is_some_and(|state| state.head.last_main_number > state.cursor.last_read_number)
    }

    /// Opens a channel with a page of its timeline, or adds a page to what is held of it.
    pub fn load_page(&mut self, id: ChannelId, page: MessagePage) {
        page.users.into_iter().for_each(|user| self.put_user(user));
        if let Some(state) = self.channels.get_mut(&id)
            && page.head.version >= state.head.version
        {
            state.head = page.head;
        }
        let me = self.me.user.id;
        let open = self.open.entry(id).or_insert_with(|| OpenChannel::new(page.head.version, page.head.last_number, me));
        open.add_page(page.messages, page.more_before, page.more_after);
    }

    /// Drops the messages of a channel; it is not followed any more.
    pub fn close(&mut self, id: ChannelId) {
        self.open.remove(&id);
    }

    /// The position held in a journal; `None` when it is not followed.
    pub fn position(&self, key: JournalKey) -> Option<i64> {
        match key.kind {
            JournalKind::Instance => Some(self.instance_position),
            JournalKind::User => (key.id == self.me.user.id.0).then_some(self.user_position),
            JournalKind::Workspace => self.workspaces.get(&WorkspaceId(key.id)).map(|state| state.head),
            JournalKind::Channel => self.open.get(&ChannelId(key.id)).map(|open| open.position),
        }
    }

    /// Takes a live event.
    pub fn apply(&mut self, entry: &JournalEvent) -> (Outcome, Vec<Effect>) {
        let Some(position) = self.position(entry.journal) else { return (Outcome::NotFollowed, Vec::new()) };
        if entry.version < position {
            return (Outcome::Known, Vec::new());
        }
        let from = entry.from_version.unwrap_or(entry.version);
        if from > position.saturating_add(1) {
            return (Outcome::Gap { after: position }, Vec::new());
        }
        let effects = self.take(entry);
        self.advance(entry.journal, entry.version);
        self.settle(entry.journal);
        (Outcome::Applied, effects)
    }

    /// Takes an answer of `changes` about a journal.
    pub fn apply_changes(&mut self, key: JournalKey, changes: &Changes) -> (Caught, Vec<Effect>) {
        if changes.epoch != self.epoch {
            return (Caught::EpochChanged, Vec::new());
        }
        if changes.reset {
            if key.kind == JournalKind::Channel {
                self.close(ChannelId(key.id));
            }
            return (Caught::Reset, Vec::new());
        }
        let mut effects = Vec::new();
        for entry in &changes.events {
            effects.append(&mut self.take(entry));
        }
        // Not the highest row: what was superseded leaves holes that `up_to` covers.
        self.advance(key, changes.up_to);
        if !changes.more {
            self.settle(key);
        }
        (if changes.more { Caught::More { after: changes.up_to } } else { Caught::Up }, effects)
    }

    /// All messages of the channel up to its newest are known now.
    fn settle(&mut self, key: JournalKey) {
        let id = ChannelId(key.id);
        if key.kind == JournalKind::Channel
            && let (Some(open), Some(state)) = (self.open.get_mut(&id), self.channels.get(&id))
        {
            open.known_to = open.known_to.max(state.head.last_number);
        }
    }

    fn advance(&mut self, key: JournalKey, version: i64) {
        let raise = |held: &mut i64| *held = version.max(*held);
        match key.kind {
            JournalKind::Instance => raise(&mut self.instance_position),
            JournalKind::User => raise(&mut self.user_position),
            JournalKind::Workspace => {
                self.workspaces.get_mut(&WorkspaceId(key.id)).into_iter().for_each(|state| raise(&mut state.head));
            }
            JournalKind::Channel => {
                let id = ChannelId(key.id);
                self.open.get_mut(&id).into_iter().for_each(|open| raise(&mut open.position));
                if let Some(state) = self.channels.get_mut(&id) {
                    raise(&mut state.head.version);
                    raise(&mut state.counted_to);
                }
            }
        }
    }

    fn take(&mut self, entry: &JournalEvent) -> Vec<Effect> {
        // An event of another journal than its own kind is none that this client understands.
        match entry.event.journal_kind() {
            Some(kind) if kind == entry.journal.kind => self.put_event(&entry.event, entry.version),
            _ => Vec::new(),
        }
    }

    fn put_event(&mut self, event: &Event, version: i64) -> Vec<Effect> {
        match event {
            Event::UserUpdated { user } => self.put_profile(user.clone()),
            Event::InstanceUpdated { instance } => {
                if instance.version >= self.instance.version {
                    self.instance = instance.clone();
                }
            }
            Event::WorkspaceUpdated { workspace } => {
                if let Some(held) = self.workspaces.get_mut(&workspace.id)
                    && held.workspace.version <= workspace.version
                {
                    held.workspace = workspace.clone();
                }
            }
            Event::WorkspaceMemberUpdated { user, .. } | Event::ChannelMemberUpdated { user, .. } => {
                self.put_user(user.clone());
            }
            Event::ChannelListed { channel } | Event::ChannelUpdated { channel } => self.put_channel_view(channel),
            Event::MessageCreated { message, thread, last_main_number } => {
                // A reply does not move the main timeline; what it says of it may be older than a delete before it.
                let last_main = message.thread_id.is_none().then_some(*last_main_number);
                self.put_message(message, version, last_main, true);
                if let Some(thread) = thread {
                    self.put_thread(thread);
                }
            }
            Event::MessageUpdated { message } => self.put_message(message, version, None, false),
            Event::MessageDeleted { message, thread, last_main_number } => {
                self.put_message(message, version, Some(*last_main_number), false);
                if let Some(thread) = thread {
                    self.put_thread(thread);
                }
            }
            Event::ThreadUpdated { thread } => self.put_thread(thread),
            Event::ReactionUpdated { .. } => self.put_reaction(event),
            Event::OverridesUpdated { channel_id, .. } => return vec![Effect::LoadChannel(*channel_id)],
            Event::CursorUpdated { channel_id, thread_id: None, cursor, mention_count, counted_to } => {
                return self.put_cursor(*channel_id, *cursor, *mention_count, *counted_to);
            }
            Event::MembershipUpdated { membership } => return self.put_membership(membership),
            Event::WorkspaceMembershipUpdated { membership } => return self.put_workspace_membership(membership),
            Event::SessionRevoked { session_id } => return vec![Effect::SessionEnded(*session_id)],
            Event::AccountUpdated {} => return vec![Effect::LoadAccount],
            Event::CursorUpdated { thread_id: Some(_), .. } | Event::Nothing {} => {}
        }
        Vec::new()
    }
}
