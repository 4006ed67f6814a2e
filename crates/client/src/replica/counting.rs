//! What a channel's badge counts, and up to where.
//!
//! A count arrives with the version of the channel up to which it holds: in a state, in a cursor event of the person's
//! own journal, in a badge. The channel's events arrive on their own, before or after it. So an event changes the count
//! only when it is newer than what the count holds, and the latest changes are remembered, so that those newer than a
//! count that arrives late are added to it.

use super::{Effect, Replica};
use plexichat_model::{
    ChannelId,
    channel::{ChannelState, Cursor},
    gateway::Badge,
    limits::COUNT_CAP,
    message::MessageView,
};
use std::collections::VecDeque;

/// Changes of the count remembered for each channel.
const REMEMBERED: usize = 256;

/// How an event, or a badge for several, changed the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    /// The version before its first event.
    after: i64,
    /// The version of its last event.
    version: i64,
    /// Number of the message; beyond all numbers for a badge, whose messages were new.
    number: i64,
    by: i64,
}

/// The latest changes of a channel's count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// Changes above this version are all remembered.
    complete_after: i64,
    steps: VecDeque<Step>,
}

impl Steps {
    pub(super) fn new(complete_after: i64) -> Self {
        Self { complete_after, steps: VecDeque::new() }
    }

    fn note(&mut self, step: Step) {
        self.steps.push_back(step);
        if self.steps.len() > REMEMBERED
            && let Some(oldest) = self.steps.pop_front()
        {
            self.complete_after = self.complete_after.max(oldest.version);
        }
    }

    /// What changed above a version, as far as it lies above a read position; `None` when that is no longer known.
    fn since(&self, version: i64, read: i64) -> Option<i64> {
        if version < self.complete_after {
            return None;
        }
        let newer = self.steps.iter().filter(|step| step.version > version);
        newer.clone().all(|step| step.after >= version).then(|| newer.filter(|step| step.number > read).map(|step| step.by).sum())
    }
}

fn changed(count: u32, by: i64) -> u32 {
    u32::try_from(i64::from(count).saturating_add(by).max(0)).unwrap_or(COUNT_CAP).min(COUNT_CAP)
}

impl Replica {
    /// The count of a state that arrives, with what this client has seen beyond it.
    pub(super) fn settle_count(&self, held: &ChannelState, next: &mut ChannelState) {
        let since = self.steps.get(&next.channel.id).and_then(|s| s.since(next.counted_to, next.cursor.last_read_number));
        if held.cursor.version > next.cursor.version {
            (next.cursor, next.mention_count) = (held.cursor, held.mention_count);
        } else if held.counted_to <= next.counted_to {
            return;
        } else if let Some(since) = since {
            next.mention_count = changed(next.mention_count, since);
        } else if held.cursor.version == next.cursor.version {
            next.mention_count = held.mention_count;
        }
        next.counted_to = held.counted_to.max(next.counted_to);
    }

    /// A message changed in the channel: what it meant to this person before and means now.
    pub(super) fn count_message(&mut self, id: ChannelId, (number, version): (i64, i64), by: i64) {
        let Some(state) = self.channels.get_mut(&id) else { return };
        if by == 0 {
            return;
        }
        let steps = self.steps.entry(id).or_insert_with(|| Steps::new(state.counted_to));
        steps.note(Step { after: version - 1, version, number, by });
        if version > state.counted_to && number > state.cursor.last_read_number {
            state.mention_count = changed(state.mention_count, by);
        }
    }

    /// A read position with the count above it.
    pub(super) fn put_cursor(&mut self, id: ChannelId, cursor: Cursor, count: u32, counted_to: i64) -> Vec<Effect> {
        let Some(state) = self.channels.get_mut(&id).filter(|state| state.cursor.version <= cursor.version) else {
            return Vec::new();
        };
        (state.cursor, state.mention_count) = (cursor, count);
        if counted_to >= state.counted_to {
            state.counted_to = counted_to;
            return Vec::new();
        }
        match self.steps.get(&id).and_then(|steps| steps.since(counted_to, cursor.last_read_number)) {
            Some(since) => {
                state.mention_count = changed(count, since);
                Vec::new()
            }
            None => vec![Effect::LoadChannel(id)],
        }
    }

    /// Takes what a badge says of a channel whose events are not followed.
    pub fn apply_badge(&mut self, badge: &Badge) -> Vec<Effect> {
        let id = badge.channel_id;
        let Some(state) = self.channels.get_mut(&id) else { return Vec::new() };
        if badge.version > state.head.version {
            state.head.version = badge.version;
            state.head.last_main_number = badge.last_main_number;
            state.head.last_number = state.head.last_number.max(badge.last_main_number);
        }
        let counted_to = badge.version.max(badge.counted_from);
        if counted_to <= state.counted_to {
            return Vec::new();
        }
        let (from, held) = (badge.counted_from, std::mem::replace(&mut state.counted_to, counted_to));
        let steps = self.steps.entry(id).or_insert_with(|| Steps::new(held));
        if let Some(count) = badge.mention_count {
            state.mention_count = count;
            *steps = Steps::new(counted_to);
            return Vec::new();
        }
        let by = i64::from(badge.new_mentions);
        steps.note(Step { after: from, version: badge.version, number: i64::MAX, by });
        // Counted in part already, by a position that moved meanwhile: which part is not said.
        if from < held && by > 0 {
            return vec![Effect::LoadChannel(id)];
        }
        state.mention_count = changed(state.mention_count, by);
        Vec::new()
    }

    /// Whether a message is meant for this person, read or not.
    pub(super) fn is_meant(&self, state: &ChannelState, message: &MessageView) -> bool {
        use plexichat_model::message::MessageKind;
        let foreign = message.author_id != self.me.user.id && message.kind != MessageKind::System && !message.deleted;
        foreign && (state.channel.kind.is_conversation() || self.mentions_me(state, message))
    }
}
