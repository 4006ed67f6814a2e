//! The messages held of an opened channel: one unbroken stretch of its timeline up to the newest.
//!
//! Rows outside the stretch are not kept, so that what is shown never has holes. Replies are held beside the main
//! timeline from the moment the channel is open; older ones belong to the thread's own pages.

use super::MESSAGES_HELD;
use plexichat_model::{
    MessageId, UserId,
    message::{MessageView, ReactionView, ThreadView},
};
use std::collections::BTreeMap;

/// People named in a reaction; beyond it there is only the count.
const REACTION_USERS: usize = 20;

/// An opened channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenChannel {
    pub(crate) position: i64,
    /// Up to this number every message is known; a row above it is new even if it was edited since.
    pub(crate) known_to: i64,
    me: UserId,
    /// By number, replies included.
    messages: BTreeMap<i64, MessageView>,
    /// Number of each held message.
    numbers: BTreeMap<MessageId, i64>,
    /// Everything of the main timeline from here on is held.
    complete_from: i64,
    more_before: bool,
}

/// One person's reaction as an event tells it.
pub(crate) struct Reacted<'a> {
    pub(crate) emoji: &'a str,
    pub(crate) user: UserId,
    pub(crate) removed: bool,
    pub(crate) count: u32,
}

impl OpenChannel {
    pub(crate) fn new(position: i64, known_to: i64, me: UserId) -> Self {
        Self {
            position,
            known_to,
            me,
            messages: BTreeMap::new(),
            numbers: BTreeMap::new(),
            complete_from: i64::MAX,
            more_before: true,
        }
    }

    /// Position in the channel's journal.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Whether older messages exist than those held.
    pub fn more_before(&self) -> bool {
        self.more_before
    }

    /// The main timeline in ascending number.
    pub fn timeline(&self) -> impl Iterator<Item = &MessageView> {
        self.messages.range(self.complete_from.min(i64::MAX - 1)..).map(|(_, m)| m).filter(|m| m.thread_id.is_none())
    }

    /// The replies held of a thread in ascending number.
    pub fn replies(&self, root: MessageId) -> impl Iterator<Item = &MessageView> {
        self.messages.values().filter(move |m| m.thread_id == Some(root))
    }

    /// A held message.
    pub fn message(&self, id: MessageId) -> Option<&MessageView> {
        self.messages.get(self.numbers.get(&id)?)
    }

    /// Adds a page. A page that neither reaches what is held nor the newest would leave a hole and is refused.
    pub(crate) fn add_page(&mut self, messages: Vec<MessageView>, more_before: bool, more_after: bool) {
        let first = messages.first().map(|m| m.number);
        let last = messages.last().map_or(0, |m| m.number);
        let empty = self.complete_from == i64::MAX;
        let connects = if empty { !more_after } else { !more_after || last + 1 >= self.complete_from };
        if !connects {
            return;
        }
        match first {
            Some(first) if first < self.complete_from => (self.complete_from, self.more_before) = (first, more_before),
            None if empty => (self.complete_from, self.more_before) = (1, more_before),
            _ => {}
        }
        for message in messages {
            let held = self.messages.get(&message.number);
            if held.is_none_or(|held| held.version <= message.version) {
                self.insert(message);
            }
        }
        self.forget_oldest();
    }

    /// Writes a row if it is at least as new as the held one. Answers what was held, or `Err` when it is too old.
    pub(crate) fn put(&mut self, message: &MessageView) -> Result<Option<MessageView>, ()> {
        let held = self.messages.get(&message.number).cloned();
        if held.as_ref().is_some_and(|held| held.version > message.version) {
            return Err(());
        }
        if held.is_none() && message.number < self.complete_from {
            return Ok(None);
        }
        let mut row = message.clone();
        let (reactions, thread) = held.as_ref().map(|h| (h.reactions.clone(), h.thread.clone())).unwrap_or_default();
        if row.deleted {
            (row.text, row.mentions, row.reactions) = (String::new(), Vec::new(), None);
        } else {
            row.reactions = row.reactions.or(reactions);
        }
        row.thread = newer(row.thread, thread);
        self.insert(row);
        self.forget_oldest();
        Ok(held)
    }

    /// Takes the summary of a thread.
    pub(crate) fn put_thread(&mut self, thread: &ThreadView) {
        let Some(root) = self.message_mut(thread.root_id) else { return };
        if root.thread.as_ref().is_none_or(|held| held.version <= thread.version) {
            root.thread = Some(thread.clone());
        }
    }

    /// Takes one person's reaction.
    pub(crate) fn react(&mut self, id: MessageId, reacted: &Reacted<'_>) {
        let me = self.me;
        let Some(message) = self.message_mut(id).filter(|m| !m.deleted) else { return };
        let list = message.reactions.get_or_insert_default();
        if reacted.count == 0 {
            list.retain(|r| r.emoji != reacted.emoji);
        } else {
            if !list.iter().any(|r| r.emoji == reacted.emoji) {
                list.push(ReactionView { emoji: reacted.emoji.to_owned(), count: 0, user_ids: Vec::new(), me: false });
            }
            for reaction in list.iter_mut().filter(|r| r.emoji == reacted.emoji) {
                reaction.count = reacted.count;
                let named = reaction.user_ids.contains(&reacted.user);
                if reacted.removed {
                    reaction.user_ids.retain(|user| *user != reacted.user);
                } else if !named && reaction.user_ids.len() < REACTION_USERS {
                    reaction.user_ids.push(reacted.user);
                }
                if reacted.user == me {
                    reaction.me = !reacted.removed;
                }
            }
        }
        if list.is_empty() {
            message.reactions = None;
        }
    }

    fn message_mut(&mut self, id: MessageId) -> Option<&mut MessageView> {
        self.messages.get_mut(self.numbers.get(&id)?)
    }

    fn insert(&mut self, mut message: MessageView) {
        // Absent and empty are the same statement; one spelling makes states comparable.
        message.reactions = message.reactions.filter(|list| !list.is_empty());
        self.numbers.insert(message.id, message.number);
        self.messages.insert(message.number, message);
    }

    fn forget_oldest(&mut self) {
        while self.messages.len() > MESSAGES_HELD {
            let Some((number, message)) = self.messages.pop_first() else { return };
            self.numbers.remove(&message.id);
            self.complete_from = self.complete_from.max(number + 1);
            self.more_before = true;
        }
    }
}

fn newer(a: Option<ThreadView>, b: Option<ThreadView>) -> Option<ThreadView> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a.version >= b.version { a } else { b }),
        (a, b) => a.or(b),
    }
}
