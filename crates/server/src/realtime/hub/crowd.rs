//! Reactions in a crowd: shown at most once a second, the newest of each emoji for what came meanwhile.
//!
//! Order stays whole: what is gathered is shown before anything later, and versions that are passed over are covered by
//! the next event. Who reacted, on any device, and who holds a part of it already get each reaction by itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plexichat_model::{Event, JournalEvent, MessageId, UserId};

use super::watched::Watched;

/// Followers on this node above which reactions are gathered.
const CROWD: usize = 500;
/// Reactions gathered at most; then they are shown at once.
const MOST_GATHERED: usize = 256;

impl Watched {
    /// Keeps a reaction back when a crowd follows. Answers whether it did.
    pub(super) fn gather(&mut self, events: &[Arc<JournalEvent>]) -> bool {
        let [event] = events else { return false };
        if self.followers() <= CROWD || !matches!(event.event, Event::ReactionUpdated { .. }) {
            return false;
        }
        self.reactions.push(Arc::clone(event));
        if self.reactions.len() >= MOST_GATHERED {
            self.show_reactions();
        }
        true
    }

    /// Shows the reactions that gathered.
    pub(super) fn show_reactions(&mut self) {
        if self.reactions.is_empty() {
            return;
        }
        let events = std::mem::take(&mut self.reactions);
        let (shown, actors) = newest(&events);
        self.deliver_gathered(&events, &shown, &actors);
    }
}

/// The newest reaction of each emoji on each message, covering those before it; and who is passed over by that.
fn newest(events: &[Arc<JournalEvent>]) -> (Vec<Arc<JournalEvent>>, HashSet<UserId>) {
    let mut last: HashMap<(MessageId, &str), usize> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        if let Event::ReactionUpdated { message_id, emoji, .. } = &event.event {
            last.insert((*message_id, emoji), index);
        }
    }
    let (mut shown, mut actors, mut from) = (Vec::with_capacity(last.len()), HashSet::new(), None);
    for (index, event) in events.iter().enumerate() {
        let Event::ReactionUpdated { message_id, emoji, user_id, .. } = &event.event else { continue };
        let begin = *from.get_or_insert(event.from_version.unwrap_or(event.version));
        if last.get(&(*message_id, emoji.as_str())) != Some(&index) {
            actors.insert(*user_id);
            continue;
        }
        from = None;
        shown.push(if begin < event.version {
            Arc::new(JournalEvent { from_version: Some(begin), ..JournalEvent::clone(event) })
        } else {
            Arc::clone(event)
        });
    }
    (shown, actors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::hub::badge::Interest;
    use crate::realtime::socket::handle::{Handle, Outbound, Outlet};
    use plexichat_model::{ChannelId, JournalKey, SessionId};

    const KEY: JournalKey = JournalKey::channel(ChannelId(1));

    fn reaction(version: i64, message: i64, user: i64) -> Arc<JournalEvent> {
        let event = Event::ReactionUpdated {
            message_id: MessageId(message),
            number: message,
            emoji: "🎉".into(),
            user_id: UserId(user),
            removed: false,
            count: u32::try_from(version).expect("small"),
            version,
        };
        Arc::new(JournalEvent { journal: KEY, version, from_version: None, event })
    }

    type Socket = (Arc<Handle>, Outlet);

    fn crowd(size: usize) -> (Watched, Vec<Socket>) {
        let mut watched = Watched::new(KEY, 0);
        let mut sockets = Vec::new();
        for id in 1..=size {
            let (handle, queue) = Handle::new(id as u64, UserId(i64::try_from(id).expect("small")), SessionId(1));
            watched.hold(&handle, Interest::OPEN, 1);
            watched.start(handle.id, 10);
            sockets.push((handle, queue));
        }
        (watched, sockets)
    }

    fn spans(queue: &mut Outlet) -> Vec<(i64, i64)> {
        let frames = std::iter::from_fn(|| queue.try_recv()).filter_map(|item| match item {
            Outbound::Frame(frame) => Some(frame.json()),
            _ => None,
        });
        let version = |frame: &serde_json::Value| frame["version"].as_i64().expect("a version");
        frames.map(|frame| (frame["from_version"].as_i64().unwrap_or_else(|| version(&frame)), version(&frame))).collect()
    }

    #[test]
    fn a_crowd_sees_the_newest_of_each_emoji_and_every_version_once() {
        let (mut watched, mut sockets) = crowd(CROWD + 1);
        for event in [reaction(11, 1, 900), reaction(12, 1, 2), reaction(13, 5, 901), reaction(14, 1, 902)] {
            watched.track.jump(event.version);
            assert!(watched.gather(&[event]));
        }
        assert!(spans(&mut sockets[0].1).is_empty(), "nothing leaves before its second is over");
        watched.show_reactions();
        assert_eq!(spans(&mut sockets[0].1), [(11, 13), (14, 14)]);
        assert_eq!(spans(&mut sockets[1].1), [(11, 11), (12, 12), (13, 13), (14, 14)], "who reacted sees it");
        watched.show_reactions();
        assert!(spans(&mut sockets[0].1).is_empty());
    }

    #[test]
    fn what_comes_later_comes_after_them() {
        let (mut watched, mut sockets) = crowd(CROWD + 1);
        assert!(watched.gather(&[reaction(11, 1, 900)]));
        let nothing = JournalEvent { journal: KEY, version: 12, from_version: None, event: Event::Nothing {} };
        watched.deliver(&Arc::new(nothing), &None);
        assert_eq!(spans(&mut sockets[0].1), [(11, 11), (12, 12)]);
    }

    #[test]
    fn few_see_each_at_once_and_many_are_shown_early() {
        let (mut watched, _sockets) = crowd(CROWD);
        assert!(!watched.gather(&[reaction(11, 1, 900)]));
        let (mut watched, mut sockets) = crowd(CROWD + 1);
        let many = i64::try_from(MOST_GATHERED).expect("small");
        for version in 11..11 + many {
            watched.gather(&[reaction(version, 1, 900)]);
        }
        assert_eq!(spans(&mut sockets[0].1), [(11, 10 + many)]);
    }
}
