//! Counts of mentions after every event: what a replica shows against what the events themselves say, counted naively.
//!
//! The journals of the channel and of the person are independent, so they are replayed in many orders against each
//! other: as they arrived, each wholly before the other, and mixed at random.

use anyhow::{Context as _, Result, ensure};
use plexichat_client::{Replica, replica::Effect};
use plexichat_model::{
    ChannelId, Event, JournalEvent, JournalKey, UserId,
    message::{Mention, MessageView},
};
use std::collections::BTreeMap;

/// Orders tried at random.
const MIXED: u64 = 12;

/// What was recorded of a channel and a person.
pub(crate) struct Recorded<'a> {
    pub(crate) channel: ChannelId,
    pub(crate) me: UserId,
    pub(crate) events: &'a [JournalEvent],
}

impl Recorded<'_> {
    fn of(&self, key: JournalKey) -> Vec<&JournalEvent> {
        self.events.iter().filter(|event| event.journal == key).collect()
    }

    /// Checks every order.
    pub(crate) fn check(&self, before: &Replica, seed: u64) -> Result<()> {
        let (channel, person) = (self.of(JournalKey::channel(self.channel)), self.of(JournalKey::user(self.me)));
        let arrived = self.events.iter().filter(|e| channel.contains(e) || person.contains(e)).collect();
        let mut orders: Vec<(String, Vec<&JournalEvent>)> = vec![
            ("as they arrived".to_owned(), arrived),
            ("the channel first".to_owned(), channel.iter().chain(&person).copied().collect()),
            ("the person first".to_owned(), person.iter().chain(&channel).copied().collect()),
        ];
        for nth in 0..MIXED {
            orders.push((format!("mixed by {seed} and {nth}"), mix(&channel, &person, seed ^ (nth + 1))));
        }
        for (name, order) in orders {
            self.check_order(before.clone(), &order).with_context(|| format!("journals {name}"))?;
        }
        Ok(())
    }

    fn check_order(&self, mut replica: Replica, order: &[&JournalEvent]) -> Result<()> {
        let state = |replica: &Replica| replica.channel(self.channel).cloned().context("the channel is held");
        // How far the count must hold: what the channel's own events and the latest count have said.
        let mut holds = state(&replica)?.counted_to;
        for event in order {
            let (_, effects) = replica.apply(event);
            ensure!(!effects.contains(&Effect::LoadChannel(self.channel)), "the count is asked for again after {event:?}");
            match &event.event {
                Event::CursorUpdated { channel_id, thread_id: None, counted_to, .. } if *channel_id == self.channel => {
                    holds = holds.max(*counted_to);
                }
                _ if event.journal == JournalKey::channel(self.channel) => holds = holds.max(event.version),
                _ => {}
            }
            let held = state(&replica)?;
            let expected = self.count(holds, held.cursor.last_read_number);
            ensure!(held.counted_to == holds, "the count holds up to {}, not {holds}, after {event:?}", held.counted_to);
            ensure!(held.mention_count == expected, "{} mentions, {expected} expected, after {event:?}", held.mention_count);
        }
        Ok(())
    }

    /// Mentions above a position in the channel as it was at a version.
    fn count(&self, version: i64, read: i64) -> u32 {
        let mut messages: BTreeMap<i64, &MessageView> = BTreeMap::new();
        for event in self.of(JournalKey::channel(self.channel)).into_iter().filter(|event| event.version <= version) {
            if let Event::MessageCreated { message, .. }
            | Event::MessageUpdated { message }
            | Event::MessageDeleted { message, .. } = &event.event
            {
                messages.insert(message.number, message);
            }
        }
        let named = |mention: &Mention| matches!(mention, Mention::Everyone) || *mention == Mention::User(self.me);
        let counted =
            messages.range(read + 1..).filter(|(_, m)| m.author_id != self.me && !m.deleted && m.mentions.iter().any(named));
        u32::try_from(counted.count().min(100)).unwrap_or(100)
    }
}

/// Both in their own order, taken from either by chance.
fn mix<'a>(one: &[&'a JournalEvent], other: &[&'a JournalEvent], seed: u64) -> Vec<&'a JournalEvent> {
    let (mut one, mut other, mut state) = (one.iter().peekable(), other.iter().peekable(), seed | 1);
    let mut out = Vec::new();
    loop {
        // xorshift: any sequence will do that can be had again.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let next = match (one.peek().is_some(), other.peek().is_some()) {
            (true, true) if state & 2 == 0 => one.next(),
            (_, true) => other.next(),
            (true, false) => one.next(),
            (false, false) => return out,
        };
        out.extend(next.copied());
    }
}
