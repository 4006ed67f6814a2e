//! The order of one journal: what may be delivered now, what is missing, when to read it. Pure.
//!
//! Versions leave strictly in order. A later one waits [`PATIENCE`] for the missing, then one read fills the
//! gap; a hint of another node is read at once, because nothing else will bring it. While a question about the
//! journal is open (who may read, who may still follow, what is missing) nothing leaves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plexichat_model::{Event, JournalEvent, JournalKey};

/// How long a later version waits for the missing.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);
/// Events that wait for the missing; beyond, they are read from the database like the missing.
const MOST_WAITING: usize = 256;

/// What to do next about a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing until something arrives.
    Rest,
    /// Nothing until this moment.
    Wait(Duration),
    /// Hand out these events, all of one version.
    Deliver(Vec<Arc<JournalEvent>>),
    /// Read what lies after the one and up to the other, and whether access changed.
    Read { after: i64, up_to: i64 },
}

/// The order of one journal.
#[derive(Debug)]
pub(super) struct Track {
    delivered: Option<i64>,
    waiting: BTreeMap<i64, Vec<Arc<JournalEvent>>>,
    /// Newest version known to exist.
    known: i64,
    /// Newest version another node told of: read it at once.
    hinted: i64,
    gap_since: Option<Duration>,
    /// Questions open about it.
    busy: u32,
}

impl Track {
    /// A journal nobody has a position in yet.
    pub(super) fn new() -> Self {
        Self { delivered: None, waiting: BTreeMap::new(), known: 0, hinted: 0, gap_since: None, busy: 0 }
    }

    /// Newest version handed out.
    pub(super) fn delivered(&self) -> Option<i64> {
        self.delivered
    }

    /// The first follower holds everything up to `version`; later ones change nothing.
    pub(super) fn start(&mut self, version: i64) {
        if self.delivered.is_none() {
            self.delivered = Some(version);
            self.forget_past();
        }
    }

    /// An event arrived.
    pub(super) fn push(&mut self, event: Arc<JournalEvent>) {
        self.known = self.known.max(event.version);
        if self.delivered.is_some_and(|delivered| event.version <= delivered) {
            return;
        }
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.clear();
            self.hinted = self.known;
            return;
        }
        self.waiting.entry(event.version).or_default().push(event);
    }

    /// Another node says that this version exists.
    pub(super) fn hint(&mut self, version: i64) {
        self.known = self.known.max(version);
        self.hinted = self.hinted.max(version);
    }

    /// What the database says lies up to `up_to`: all of it replaces what waited there.
    pub(super) fn fill(&mut self, events: Vec<JournalEvent>, key: JournalKey, up_to: i64) {
        let Some(delivered) = self.delivered else { return };
        self.waiting = self.waiting.split_off(&(up_to + 1));
        self.known = self.known.max(up_to);
        for event in whole(events, key, delivered, up_to) {
            self.waiting.entry(event.version).or_default().push(Arc::new(event));
        }
        self.gap_since = None;
    }

    /// Everything up to `version` is void for the followers (they load anew).
    pub(super) fn jump(&mut self, version: i64) {
        self.delivered = Some(version);
        self.known = self.known.max(version);
        self.forget_past();
    }

    /// Holds the journal while a question is open.
    pub(super) fn hold(&mut self) {
        self.busy += 1;
    }

    /// Lets it go on.
    pub(super) fn release(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    /// Reading failed: again after `pause`.
    pub(super) fn defer(&mut self, now: Duration, pause: Duration) {
        self.release();
        self.hinted = 0;
        self.gap_since = Some(now + pause.saturating_sub(PATIENCE));
    }

    /// Newest version known to exist.
    pub(super) fn known(&self) -> i64 {
        self.known
    }

    /// The next version, without taking it.
    pub(super) fn peek(&self) -> Option<&[Arc<JournalEvent>]> {
        let delivered = self.delivered?;
        let (_, events) = self.waiting.first_key_value()?;
        let from = events.first().map(|event| event.from_version.unwrap_or(event.version))?;
        (self.busy == 0 && from <= delivered + 1).then_some(events.as_slice())
    }

    /// What to do now.
    pub(super) fn step(&mut self, now: Duration) -> Step {
        let Some(delivered) = self.delivered else { return Step::Rest };
        if self.busy > 0 {
            return Step::Rest;
        }
        if self.peek().is_some() {
            let (version, events) = self.waiting.pop_first().expect("peeked");
            self.delivered = Some(version);
            self.gap_since = None;
            return Step::Deliver(events);
        }
        if self.known <= delivered {
            self.gap_since = None;
            return Step::Rest;
        }
        let since = *self.gap_since.get_or_insert(now);
        let due = since + PATIENCE;
        if now < due && self.hinted <= delivered {
            return Step::Wait(due);
        }
        // Up to the first event that waits: that one and those behind it need no reading.
        let up_to = self.waiting.first_key_value().map_or(self.known, |(version, events)| {
            events.first().map_or(*version, |event| event.from_version.unwrap_or(event.version)) - 1
        });
        self.busy += 1;
        Step::Read { after: delivered, up_to }
    }

    fn forget_past(&mut self) {
        if let Some(delivered) = self.delivered {
            self.waiting = self.waiting.split_off(&(delivered + 1));
        }
    }
}

/// The rows of a window as a whole sequence: versions without a row become runs of `nothing`.
fn whole(events: Vec<JournalEvent>, key: JournalKey, after: i64, up_to: i64) -> Vec<JournalEvent> {
    let mut whole = Vec::with_capacity(events.len() + 1);
    let mut next = after + 1;
    let nothing = |from: i64, to: i64| JournalEvent {
        journal: key,
        version: to,
        from_version: (from < to).then_some(from),
        event: Event::Nothing {},
    };
    for event in events {
        let from = event.from_version.unwrap_or(event.version);
        if event.version <= after || event.version > up_to {
            continue;
        }
        if from > next {
            whole.push(nothing(next, from - 1));
        }
        next = event.version + 1;
        whole.push(event);
    }
    if next <= up_to {
        whole.push(nothing(next, up_to));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: JournalKey = JournalKey::INSTANCE;
    const T0: Duration = Duration::ZERO;

    fn event(version: i64) -> Arc<JournalEvent> {
        Arc::new(JournalEvent { journal: KEY, version, from_version: None, event: Event::AccountUpdated {} })
    }

    fn started(at: i64) -> Track {
        let mut track = Track::new();
        track.start(at);
        track
    }

    fn versions(track: &mut Track, now: Duration) -> Vec<i64> {
        let mut out = Vec::new();
        while let Step::Deliver(events) = track.step(now) {
            out.push(events[0].version);
        }
        out
    }

    #[test]
    fn a_later_version_waits_then_is_read_for() {
        let mut track = started(5);
        track.push(event(7));
        assert_eq!(track.step(T0), Step::Wait(PATIENCE));
        assert_eq!(track.step(PATIENCE), Step::Read { after: 5, up_to: 6 });
        assert_eq!(track.step(PATIENCE), Step::Rest, "one read at a time");
        track.fill(Vec::new(), KEY, 6);
        track.release();
        assert_eq!(versions(&mut track, PATIENCE), [6, 7]);
        assert_eq!(track.step(PATIENCE), Step::Rest);
    }

    #[test]
    fn the_missing_may_still_arrive() {
        let mut track = started(5);
        track.push(event(7));
        assert_eq!(track.step(T0), Step::Wait(PATIENCE));
        track.push(event(6));
        assert_eq!(versions(&mut track, T0), [6, 7]);
    }

    #[test]
    fn a_hint_is_read_at_once() {
        let mut track = started(5);
        track.hint(9);
        assert_eq!(track.step(T0), Step::Read { after: 5, up_to: 9 });
    }

    #[test]
    fn before_a_position_is_known_everything_waits() {
        let mut track = Track::new();
        track.push(event(3));
        track.push(event(4));
        assert_eq!(track.step(T0), Step::Rest);
        track.start(3);
        assert_eq!(versions(&mut track, T0), [4]);
    }

    #[test]
    fn too_much_waiting_is_forgotten_and_read() {
        let mut track = started(0);
        for version in 2..1_000 {
            track.push(event(version));
        }
        assert!(track.waiting.len() <= MOST_WAITING);
        assert!(matches!(track.step(T0), Step::Read { after: 0, .. }));
    }

    #[test]
    fn holes_become_runs_of_nothing() {
        let row = |version| JournalEvent { journal: KEY, version, from_version: None, event: Event::AccountUpdated {} };
        let whole = whole(vec![row(3), row(3), row(7)], KEY, 1, 9);
        let spans: Vec<_> = whole.iter().map(|e| (e.from_version.unwrap_or(e.version), e.version)).collect();
        assert_eq!(spans, [(2, 2), (3, 3), (3, 3), (4, 6), (7, 7), (8, 9)]);
    }

    proptest! {
        /// Whatever arrives in whatever order, followers see every version once and in order.
        #[test]
        fn order_is_whole(mut arrivals in Just((1..60_i64).collect::<Vec<_>>()).prop_shuffle(), lost in 0..30_usize, seed in 0..5_i64) {
            arrivals.truncate(59 - lost);
            let mut track = started(0);
            track.hint(if seed == 0 { 59 } else { 0 });
            let mut seen = Vec::new();
            let mut now = T0;
            for version in arrivals {
                track.push(event(version));
                now += Duration::from_millis(20);
                loop {
                    match track.step(now) {
                        Step::Deliver(events) => seen.push((events[0].from_version.unwrap_or(events[0].version), events[0].version)),
                        Step::Read { up_to, .. } => { track.fill(Vec::new(), KEY, up_to); track.release(); }
                        Step::Wait(_) | Step::Rest => break,
                    }
                }
            }
            let mut next = 1;
            for (from, to) in seen {
                prop_assert_eq!(from, next);
                next = to + 1;
            }
        }
    }
}
