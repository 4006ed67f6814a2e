//! How often something may happen: `"300/minute burst 60"`, or `"off"` for no limit.
//!
//! A quota is so many per period, spread evenly, and a burst that may come at once after a pause:
//! the terms of the generic cell rate algorithm. Counting is not here.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use super::setting::{Word, settings_of_word};

/// A limit on how often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// As often as one likes.
    Off,
    /// Limited.
    Limited(Quota),
}

/// So many per period, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many in one period.
    pub count: NonZeroU32,
    /// The period.
    pub period: Period,
    /// How many may come at once after a pause.
    pub burst: NonZeroU32,
}

/// What a rate is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl Period {
    /// How long it is.
    pub const fn duration(self) -> Duration {
        match self {
            Self::Second => Duration::from_secs(1),
            Self::Minute => Duration::from_mins(1),
            Self::Hour => Duration::from_hours(1),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }
}

impl Quota {
    /// The time after which one more is allowed. Never zero.
    pub fn interval(&self) -> Duration {
        (self.period.duration() / self.count.get()).max(Duration::from_nanos(1))
    }
}

impl Rate {
    /// The limit, if there is one.
    pub fn quota(&self) -> Option<Quota> {
        match self {
            Self::Off => None,
            Self::Limited(quota) => Some(*quota),
        }
    }

    /// `count` a minute and `burst` at once. Zero is taken as one.
    pub fn per_minute(count: u32, burst: u32) -> Self {
        let positive = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self::Limited(Quota { count: positive(count), period: Period::Minute, burst: positive(burst) })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Limited(quota) => write!(f, "{}/{} burst {}", quota.count, quota.period.word(), quota.burst),
        }
    }
}

impl Word for Rate {
    const KIND: &'static str = "rate";
    const KIND_OF_LIST: &'static str = "list of rates";
    const KIND_OR_NONE: &'static str = "rate, or empty";
    const EXAMPLE: &'static str = "\"300/minute burst 60\" or \"off\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"300/minute burst 60\"]";

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("is {text:?}, which is no rate");
        let words: Vec<&str> = text.split_whitespace().collect();
        let (rate, burst) = match words[..] {
            ["off"] => return Ok(Self::Off),
            [rate] => (rate, None),
            [rate, "burst", burst] => (rate, Some(burst)),
            _ => return Err(wrong()),
        };
        let (count, period) = rate.split_once('/').ok_or_else(wrong)?;
        let count = count.parse::<NonZeroU32>().map_err(|_| wrong())?;
        let period = match period {
            "second" | "s" => Period::Second,
            "minute" | "min" | "m" => Period::Minute,
            "hour" | "h" => Period::Hour,
            _ => return Err(wrong()),
        };
        let burst = burst.map_or(Ok(count), str::parse).map_err(|_| wrong())?;
        Ok(Self::Limited(Quota { count, period, burst }))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

settings_of_word!(Rate);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_as_they_are_written() {
        for text in ["off", "300/minute burst 60", "1/second burst 1", "5/hour burst 2"] {
            assert_eq!(Rate::parse(text).expect("reads").to_string(), text);
        }
        let short = Rate::parse("10/s").expect("reads");
        assert_eq!(short.to_string(), "10/second burst 10");
        assert_eq!(short.quota().expect("limited").interval(), Duration::from_millis(100));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "0/second", "5", "5/day", "5/minute burst 0", "5/minute burst", "-1/s", "off off"] {
            assert!(Rate::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn an_interval_is_never_zero() {
        let quota = Rate::parse("4294967295/second").expect("reads").quota().expect("limited");
        assert!(quota.interval() > Duration::ZERO);
    }
}
