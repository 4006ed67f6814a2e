//! Makes the 64-bit, time-sortable ids of everything that is stored.
//!
//! An id is 42 bits of milliseconds since 2025-01-01T00:00:00Z, 10 bits of node number and 12 bits
//! of sequence. A generator never repeats an id and never issues a smaller one, whatever the time
//! of day does: when the clock steps back, or more than 4,096 ids are wanted in one millisecond, it
//! goes on from the last millisecond it used. A node number is held on lease: after the deadline of
//! the monotonic clock no id is issued until [`IdGenerator::renew`]. Leasing itself is not here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plexichat_model::ErrorCode;

use crate::clock::Clock;
use crate::error::{Error, Result};

/// 2025-01-01T00:00:00Z in milliseconds since 1970.
pub const EPOCH_MS: i64 = 1_735_689_600_000;

/// The highest node number.
pub const MAX_NODE: u16 = 1_023;

const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const SEQUENCES: i64 = 1 << SEQUENCE_BITS;
/// The sign bit stays clear: ids are positive until the year 2094.
const MAX_MS: i64 = (1 << 41) - 1;

/// Issues ids for one node. Cheap to clone; clones share the sequence.
#[derive(Clone, Debug)]
pub struct IdGenerator {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// `None` until the first lease.
    node: Option<u16>,
    /// By [`Clock::monotonic`]; `None` never ends.
    valid_until: Option<Duration>,
    /// Milliseconds since [`EPOCH_MS`] of the newest id.
    last_ms: i64,
    /// Sequence the next id of `last_ms` gets; [`SEQUENCES`] when that millisecond is used up.
    sequence: i64,
}

impl IdGenerator {
    /// A generator without a node number: it issues nothing before [`renew`](Self::renew).
    pub fn new(clock: Clock) -> Self {
        Self { clock, state: Arc::new(Mutex::new(State { node: None, valid_until: None, last_ms: -1, sequence: 0 })) }
    }

    /// A generator that owns `node` for good: for a program that is alone on its database.
    pub fn fixed(clock: Clock, node: u16) -> Result<Self> {
        let generator = Self::new(clock);
        check_node(node)?;
        generator.lock().node = Some(node);
        Ok(generator)
    }

    /// Takes or prolongs the lease of `node` until the monotonic clock reaches `valid_until`.
    pub fn renew(&self, node: u16, valid_until: Duration) -> Result<()> {
        check_node(node)?;
        let mut state = self.lock();
        if state.node != Some(node) {
            // The node bits stand above the sequence: within one millisecond a lower node number
            // would make a lower id, so the new number starts with a new millisecond.
            state.sequence = SEQUENCES;
            state.node = Some(node);
        }
        state.valid_until = Some(valid_until);
        Ok(())
    }

    /// Gives the node number back: nothing is issued until the next [`renew`](Self::renew).
    pub fn release(&self) {
        self.lock().node = None;
    }

    /// The node number held at present, if its lease is valid.
    pub fn node(&self) -> Option<u16> {
        self.lock().valid_node(&self.clock)
    }

    /// The next id. [`ErrorCode::Unavailable`] while this node holds no valid node number.
    pub fn next(&self) -> Result<i64> {
        let mut state = self.lock();
        let node = state.valid_node(&self.clock).ok_or_else(|| {
            Error::new(ErrorCode::Unavailable, "this node holds no valid node number at the moment and may not create anything")
                .with_retry_after(Duration::from_secs(1))
        })?;
        let (ms, sequence) = state.advance(self.clock.now_ms().saturating_sub(EPOCH_MS));
        if ms > MAX_MS {
            return Err(Error::internal("the clock is beyond the last id, in 2094"));
        }
        Ok((ms << (NODE_BITS + SEQUENCE_BITS)) | (i64::from(node) << SEQUENCE_BITS) | sequence)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code under the lock leaves the state half-written, so a poisoned one is still sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn valid_node(&self, clock: &Clock) -> Option<u16> {
        let valid = self.valid_until.is_none_or(|until| clock.monotonic() < until);
        self.node.filter(|_| valid)
    }

    /// Reserves the next (millisecond, sequence) at or after `now_ms`.
    fn advance(&mut self, now_ms: i64) -> (i64, i64) {
        // Zero is kept free: with node 0 and sequence 0 it would make the id 0, which is no id.
        let now_ms = now_ms.max(1);
        if now_ms > self.last_ms {
            (self.last_ms, self.sequence) = (now_ms, 0);
        } else if self.sequence >= SEQUENCES {
            (self.last_ms, self.sequence) = (self.last_ms.saturating_add(1), 0);
        }
        let reserved = (self.last_ms, self.sequence);
        self.sequence += 1;
        reserved
    }
}

/// When the id was made, in milliseconds since 1970 by the clock of the node that made it.
pub fn created_at_ms(id: i64) -> i64 {
    (id >> (NODE_BITS + SEQUENCE_BITS)).saturating_add(EPOCH_MS)
}

/// The node number inside `id`.
pub fn node_of(id: i64) -> u16 {
    u16::try_from((id >> SEQUENCE_BITS) & i64::from(MAX_NODE)).unwrap_or(MAX_NODE)
}

/// The lowest id any node could have made at `ms` (since 1970): turns a time into a range of ids.
pub fn first_id_at_ms(ms: i64) -> i64 {
    ms.saturating_sub(EPOCH_MS).clamp(0, MAX_MS) << (NODE_BITS + SEQUENCE_BITS)
}

fn check_node(node: u16) -> Result<()> {
    if node > MAX_NODE {
        return Err(Error::internal(format!("node number {node} is above {MAX_NODE}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn manual(ms: i64) -> (Clock, IdGenerator) {
        let clock = Clock::manual(EPOCH_MS + ms);
        let ids = IdGenerator::new(clock.clone());
        (clock, ids)
    }

    #[test]
    fn an_id_tells_its_time_and_node() {
        let (_, ids) = manual(5_000);
        ids.renew(7, Duration::MAX).expect("valid node");
        let id = ids.next().expect("issues");
        assert_eq!(created_at_ms(id), EPOCH_MS + 5_000);
        assert_eq!(node_of(id), 7);
        assert!(id >= first_id_at_ms(EPOCH_MS + 5_000));
        assert!(id < first_id_at_ms(EPOCH_MS + 5_001));
    }

    #[test]
    fn nothing_is_issued_without_a_valid_lease() {
        let (clock, ids) = manual(1);
        assert_eq!(ids.next().expect_err("no node").code(), ErrorCode::Unavailable);
        ids.renew(1, Duration::from_mins(1)).expect("valid node");
        clock.advance(Duration::from_secs(59));
        assert!(ids.next().is_ok());
        clock.advance(Duration::from_secs(1));
        assert_eq!(ids.next().expect_err("expired").code(), ErrorCode::Unavailable);
        assert_eq!(ids.node(), None);
        ids.renew(1, Duration::from_mins(2)).expect("valid node");
        assert!(ids.next().is_ok());
        ids.release();
        assert!(ids.next().is_err());
    }

    #[test]
    fn a_step_back_of_the_clock_does_not_lower_ids() {
        let (clock, ids) = manual(1_000_000);
        ids.renew(3, Duration::MAX).expect("valid node");
        let before = ids.next().expect("issues");
        clock.step(-900_000);
        let after = ids.next().expect("issues");
        assert!(after > before);
    }

    #[test]
    fn a_lower_node_number_does_not_lower_ids() {
        let (_, ids) = manual(1_000);
        ids.renew(900, Duration::MAX).expect("valid node");
        let before = ids.next().expect("issues");
        ids.renew(2, Duration::MAX).expect("valid node");
        assert!(ids.next().expect("issues") > before);
    }

    #[test]
    fn a_clock_before_2025_still_makes_positive_ids() {
        let ids = IdGenerator::fixed(Clock::manual(0), 0).expect("valid node");
        assert!(ids.next().expect("issues") > 0);
    }

    #[test]
    fn a_node_number_has_ten_bits() {
        assert!(IdGenerator::fixed(Clock::manual(0), MAX_NODE).is_ok());
        assert!(IdGenerator::fixed(Clock::manual(0), MAX_NODE + 1).is_err());
    }

    #[test]
    fn threads_never_share_an_id() {
        let ids = IdGenerator::fixed(Clock::system(), 1).expect("valid node");
        let take = || (0..5_000).map(|_| ids.next().expect("issues")).collect::<Vec<_>>();
        let mut all: Vec<i64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("joins")).collect()
        });
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 20_000);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Take(u16),
        Pass(u16),
        Correct(i32),
        Lease(u16),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (1..6_000_u16).prop_map(Step::Take),
            2 => any::<u16>().prop_map(Step::Pass),
            2 => any::<i32>().prop_map(Step::Correct),
            1 => (0..=MAX_NODE).prop_map(Step::Lease),
        ];
        prop::collection::vec(step, 1..30)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn ids_rise_strictly_whatever_the_clock_does(steps in steps()) {
            let (clock, ids) = manual(3_000_000_000);
            ids.renew(5, Duration::MAX).expect("valid node");
            let mut last = 0;
            for step in steps {
                match step {
                    Step::Take(count) => for _ in 0..count {
                        let id = ids.next().expect("issues");
                        prop_assert!(id > last);
                        prop_assert_eq!(Some(node_of(id)), ids.node());
                        last = id;
                    },
                    Step::Pass(ms) => clock.advance(Duration::from_millis(ms.into())),
                    Step::Correct(ms) => clock.step(ms.into()),
                    Step::Lease(node) => ids.renew(node, Duration::MAX).expect("valid node"),
                }
            }
        }
    }
}
