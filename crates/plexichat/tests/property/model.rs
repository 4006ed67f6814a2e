//! The ordinary structure that the server must agree with: one channel, two people, their rules written naively.

use plexichat_model::{MessageId, UserId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What people do. Indices are taken modulo what exists; what is impossible then is skipped by both sides.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Send { who: usize, names: Names, thread: Option<usize> },
    Edit { who: usize, at: usize, names: Names },
    Delete { who: usize, at: usize },
    React { who: usize, at: usize, emoji: usize, on: bool },
    Read { who: usize, at: usize, back: bool },
    Topic,
}

/// Whom a text addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Nobody,
    TheOther,
    Everyone,
    Here,
}

/// The emoji used.
pub(crate) const EMOJI: [&str; 3] = ["👍", "🎉", "❤️"];

fn names() -> impl Strategy<Value = Names> {
    prop_oneof![4 => Just(Names::Nobody), 2 => Just(Names::TheOther), 1 => Just(Names::Everyone), 1 => Just(Names::Here)]
}

/// A run of operations.
pub(crate) fn ops(most: usize) -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => (0..2_usize, names(), proptest::option::weighted(0.25, 0..64_usize)).prop_map(|(who, names, thread)| Op::Send { who, names, thread }),
        2 => (0..2_usize, 0..64_usize, names()).prop_map(|(who, at, names)| Op::Edit { who, at, names }),
        2 => (0..2_usize, 0..64_usize).prop_map(|(who, at)| Op::Delete { who, at }),
        4 => (0..2_usize, 0..64_usize, 0..3_usize, prop::bool::weighted(0.7)).prop_map(|(who, at, emoji, on)| Op::React { who, at, emoji, on }),
        2 => (0..2_usize, 0..64_usize, prop::bool::weighted(0.2)).prop_map(|(who, at, back)| Op::Read { who, at, back }),
        1 => Just(Op::Topic),
    ];
    proptest::collection::vec(op, 1..most)
}

/// A message as the model holds it.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: MessageId,
    pub(crate) author: usize,
    pub(crate) text: String,
    pub(crate) deleted: bool,
    pub(crate) thread: Option<MessageId>,
    pub(crate) names: Names,
    pub(crate) reactions: BTreeMap<&'static str, BTreeSet<usize>>,
}

/// The channel.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// In order; the number of a message is its place + 1.
    pub(crate) messages: Vec<Message>,
    /// Where each read to by themselves.
    pub(crate) read: [i64; 2],
    pub(crate) topic: String,
}

impl Model {
    /// The number of a message.
    pub(crate) fn number(at: usize) -> i64 {
        i64::try_from(at).unwrap_or(0) + 1
    }

    /// A message that this person wrote and that is still there.
    pub(crate) fn own(&self, who: usize, at: usize) -> Option<usize> {
        let own: Vec<usize> =
            (0..self.messages.len()).filter(|i| self.messages[*i].author == who && !self.messages[*i].deleted).collect();
        (!own.is_empty()).then(|| own[at % own.len()])
    }

    /// A message that is still there.
    pub(crate) fn any(&self, at: usize) -> Option<usize> {
        let there: Vec<usize> = (0..self.messages.len()).filter(|i| !self.messages[*i].deleted).collect();
        (!there.is_empty()).then(|| there[at % there.len()])
    }

    /// A message of the main timeline that is still there.
    pub(crate) fn root(&self, at: usize) -> Option<usize> {
        let roots: Vec<usize> =
            (0..self.messages.len()).filter(|i| !self.messages[*i].deleted && self.messages[*i].thread.is_none()).collect();
        (!roots.is_empty()).then(|| roots[at % roots.len()])
    }

    /// Newest visible number of the main timeline.
    pub(crate) fn last_main(&self) -> i64 {
        let shown = (0..self.messages.len()).filter(|i| !self.messages[*i].deleted && self.messages[*i].thread.is_none());
        shown.map(Self::number).max().unwrap_or(0)
    }

    /// What counts for a person above a read position.
    pub(crate) fn mentions(&self, who: usize, cursor: i64) -> u32 {
        let counted = (0..self.messages.len()).filter(|i| {
            let m = &self.messages[*i];
            m.author != who && !m.deleted && Self::number(*i) > cursor && matches!(m.names, Names::TheOther | Names::Everyone)
        });
        u32::try_from(counted.count().min(100)).unwrap_or(100)
    }

    /// Visible replies under a root.
    pub(crate) fn replies(&self, root: MessageId) -> u32 {
        let count = self.messages.iter().filter(|m| m.thread == Some(root) && !m.deleted).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether a position is one that somebody's own doing explains: read to by hand, or an own message.
    pub(crate) fn explains(&self, who: usize, cursor: i64) -> bool {
        let own = |at: usize| self.messages[at].author == who && self.messages[at].thread.is_none();
        cursor == self.read[who] || (0..self.messages.len()).any(|at| Self::number(at) == cursor && own(at))
    }

    /// The text of the next message.
    pub(crate) fn text(&self, who: usize, names: Names, handles: &[String; 2]) -> String {
        let nth = self.messages.len();
        match names {
            Names::Nobody => format!("number {nth} by {who}"),
            Names::TheOther => format!("number {nth}: @{} look", handles[1 - who]),
            Names::Everyone => format!("number {nth}: @everyone look"),
            Names::Here => format!("number {nth}: @here look"),
        }
    }
}

/// The two people of a run.
pub(crate) struct Two {
    pub(crate) ids: [UserId; 2],
    pub(crate) handles: [String; 2],
}
