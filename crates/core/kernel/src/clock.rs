//! The only home of time.
//!
//! A [`Clock`] answers two questions: what time is it for people ([`Clock::now_ms`], UTC, may jump
//! when the machine's time is corrected) and how much time has passed ([`Clock::monotonic`], never
//! goes back). Leases, deadlines and throttles use the second one. Every part receives its clock,
//! so a test can hold one still ([`Clock::manual`]) or jump ahead ([`Clock::adjustable`]), and
//! [`Clock::sleep`] follows along.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;

/// A source of time, cheap to clone; clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where time comes from: running with the machine, or standing still at a given moment.
    base: Base,
    /// Added to the passing of time by `advance`, in nanoseconds.
    advanced_nanos: AtomicU64,
    /// Added to the time of day alone by `step`, in milliseconds.
    stepped_ms: AtomicI64,
    /// Wakes sleepers after `advance`.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
enum Base {
    System { started: Instant },
    Manual { start_ms: i64 },
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl Clock {
    /// The machine's clock.
    #[expect(clippy::disallowed_methods, reason = "the home of time")]
    pub fn system() -> Self {
        Self::from_base(Base::System { started: Instant::now() })
    }

    /// The machine's clock that tests may also push ahead with [`advance`](Self::advance).
    ///
    /// Workers keep their pace (unlike under [`manual`](Self::manual)) while an expiry of thirty
    /// days can still be reached in one step.
    pub fn adjustable() -> Self {
        Self::system()
    }

    /// A clock that stands at `start_ms` (milliseconds since 1970, UTC) until it is advanced.
    pub fn manual(start_ms: i64) -> Self {
        Self::from_base(Base::Manual { start_ms })
    }

    fn from_base(base: Base) -> Self {
        Self(Arc::new(Inner {
            base,
            advanced_nanos: AtomicU64::new(0),
            stepped_ms: AtomicI64::new(0),
            changed: watch::Sender::new(()),
        }))
    }

    /// The time of day in milliseconds since 1970-01-01T00:00:00Z.
    pub fn now_ms(&self) -> i64 {
        let base_ms = match self.0.base {
            Base::System { .. } => system_now_ms(),
            Base::Manual { start_ms } => start_ms,
        };
        base_ms.saturating_add(millis(self.advanced())).saturating_add(self.0.stepped_ms.load(Ordering::Acquire))
    }

    /// Time passed since the clock was made. Never goes back, whatever happens to the time of day.
    pub fn monotonic(&self) -> Duration {
        let running = match self.0.base {
            Base::System { started } => started.elapsed(),
            Base::Manual { .. } => Duration::ZERO,
        };
        running.saturating_add(self.advanced())
    }

    /// Lets `by` pass at once, for both kinds of time, and wakes the sleepers that are due.
    pub fn advance(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let add = |passed: u64| Some(passed.saturating_add(nanos));
        let updated = self.0.advanced_nanos.fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
        debug_assert!(updated.is_ok(), "the update always yields a value");
        self.0.changed.send_replace(());
    }

    /// Moves the time of day by `by_ms` (also backwards) while no time passes: what a correction
    /// of the machine's clock looks like.
    pub fn step(&self, by_ms: i64) {
        self.0.stepped_ms.fetch_add(by_ms, Ordering::AcqRel);
    }

    /// Waits until `duration` has passed on this clock, counted from this call. Safe to cancel.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let (clock, deadline) = (self.clone(), self.monotonic().saturating_add(duration));
        async move { clock.sleep_until(deadline).await }
    }

    /// Waits until [`monotonic`](Self::monotonic) reaches `deadline`. Safe to cancel.
    pub async fn sleep_until(&self, deadline: Duration) {
        let mut changed = self.0.changed.subscribe();
        loop {
            let left = deadline.saturating_sub(self.monotonic());
            if left.is_zero() {
                return;
            }
            match self.0.base {
                Base::System { .. } => {
                    // A timeout or a jump ahead: the loop looks at the clock again either way.
                    drop(tokio::time::timeout(left, changed.changed()).await);
                }
                // The sender lives in `self`, so the channel cannot be closed.
                Base::Manual { .. } => drop(changed.changed().await),
            }
        }
    }

    fn advanced(&self) -> Duration {
        Duration::from_nanos(self.0.advanced_nanos.load(Ordering::Acquire))
    }
}

#[expect(clippy::disallowed_methods, reason = "the home of time")]
fn system_now_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Formats `ms` as RFC 3339 in UTC with exactly three decimals: `2025-01-01T00:00:00.000Z`.
///
/// Times outside the years 0000 to 9999 are drawn to the nearest one inside.
pub fn rfc3339(ms: i64) -> String {
    let moment = moment(ms);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
        moment.millisecond(),
    )
}

/// Year and month of a moment in UTC, as the number `YYYYMM`.
///
/// Times outside the years 0000 to 9999 are drawn to the nearest one inside.
pub fn year_month(ms: i64) -> i32 {
    let moment = moment(ms);
    moment.year() * 100 + i32::from(u8::from(moment.month()))
}

fn moment(ms: i64) -> OffsetDateTime {
    // 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
    let ms = ms.clamp(-62_167_219_200_000, 253_402_300_799_999);
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Reads an RFC 3339 time with any offset; what is finer than a millisecond is cut off.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        for (ms, expected) in [
            (0, 1970 * 100 + 1),
            (-1, 1969 * 100 + 12),
            (951_782_399_999, 2000 * 100 + 2),
            (951_868_800_000, 2000 * 100 + 3),
            (1_709_164_800_000, 2024 * 100 + 2),
            (1_709_251_200_000, 2024 * 100 + 3),
            (1_798_761_599_999, 2026 * 100 + 12),
            (1_798_761_600_000, 2027 * 100 + 1),
            (i64::MAX, 9999 * 100 + 12),
        ] {
            assert_eq!(year_month(ms), expected, "{ms}");
        }
    }

    #[test]
    fn a_manual_clock_moves_only_when_advanced() {
        let clock = Clock::manual(1_000);
        assert_eq!(clock.now_ms(), 1_000);
        assert_eq!(clock.monotonic(), Duration::ZERO);
        clock.clone().advance(Duration::from_millis(250));
        assert_eq!(clock.now_ms(), 1_250);
        assert_eq!(clock.monotonic(), Duration::from_millis(250));
    }

    #[test]
    fn a_step_changes_the_time_of_day_alone() {
        let clock = Clock::manual(10_000);
        clock.step(-4_000);
        assert_eq!(clock.now_ms(), 6_000);
        assert_eq!(clock.monotonic(), Duration::ZERO);
    }

    #[test]
    fn the_system_clock_runs() {
        let clock = Clock::system();
        let before = clock.monotonic();
        assert!(clock.now_ms() > 1_735_689_600_000);
        assert!(clock.monotonic() >= before);
    }

    #[tokio::test]
    async fn sleepers_wake_when_the_time_is_reached_and_not_before() {
        let clock = Clock::manual(0);
        let sleeper = clock.sleep(Duration::from_secs(10));
        tokio::pin!(sleeper);
        clock.advance(Duration::from_secs(9));
        assert!(futures_poll(sleeper.as_mut()).await.is_none());
        clock.advance(Duration::from_secs(1));
        sleeper.await;
    }

    #[tokio::test]
    async fn an_adjustable_clock_wakes_sleepers_early() {
        let clock = Clock::adjustable();
        let started = tokio::time::Instant::now();
        let sleeper = crate::tasks::spawn("sleeper", clock.sleep(Duration::from_hours(1)));
        tokio::task::yield_now().await;
        clock.advance(Duration::from_hours(2));
        sleeper.await.expect("joins");
        assert!(started.elapsed() < Duration::from_mins(1));
    }

    async fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = tokio::task::yield_now() => None,
        }
    }

    #[test]
    fn formats_with_three_decimals() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_735_689_600_007), "2025-01-01T00:00:00.007Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(rfc3339(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(rfc3339(i64::MIN), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn parses_offsets_and_refuses_nonsense() {
        assert_eq!(parse_rfc3339("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(parse_rfc3339("1970-01-01T00:00:00.0019Z"), Some(1));
        assert_eq!(parse_rfc3339("yesterday"), None);
        assert_eq!(parse_rfc3339(""), None);
    }

    proptest! {
        #[test]
        fn what_is_formatted_is_parsed_back(ms in -62_167_219_200_000_i64..=253_402_300_799_999) {
            prop_assert_eq!(parse_rfc3339(&rfc3339(ms)), Some(ms));
        }
    }
}
