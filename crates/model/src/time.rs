//! Instants on the wire: RFC 3339 in UTC with milliseconds; in memory and in SQL integer milliseconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// Days since 1970-01-01 to (year, month, day): Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = civil(self.0.div_euclid(86_400_000));
        let t = self.0.rem_euclid(86_400_000);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            t / 3_600_000,
            t / 60_000 % 60,
            t / 1000 % 60,
            t % 1000
        )
    }
}

/// Why a text is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTimestampError;

impl std::fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a time is written as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.000Z (UTC)")
    }
}

impl std::error::Error for ParseTimestampError {}

impl std::str::FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let b = text.as_bytes();
        let number = |from: usize, to: usize| -> Result<i64, ParseTimestampError> {
            let digits = b.get(from..to).ok_or(ParseTimestampError)?;
            digits
                .iter()
                .try_fold(0i64, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
                .ok_or(ParseTimestampError)
        };
        let mark = |at: usize, c: u8| if b.get(at) == Some(&c) { Ok(()) } else { Err(ParseTimestampError) };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        mark(4, b'-')?;
        mark(7, b'-')?;
        mark(10, b'T')?;
        mark(13, b':')?;
        mark(16, b':')?;
        let (ms, end) = if b.get(19) == Some(&b'.') { (number(20, 23)?, 23) } else { (0, 19) };
        mark(end, b'Z')?;
        let date = days(year, month, day);
        let valid = b.len() == end + 1 && civil(date) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
        if !valid {
            return Err(ParseTimestampError);
        }
        Ok(Self(date * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms))
    }
}

impl Timestamp {
    /// The text of a year of four digits, without the machinery of formatting: pages and events are full of them.
    fn text(self) -> Option<[u8; 24]> {
        let (year, month, day) = civil(self.0.div_euclid(86_400_000));
        let t = self.0.rem_euclid(86_400_000);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let mut put = |at: usize, digits: usize, mut number: i64| {
            for place in text[at..at + digits].iter_mut().rev() {
                *place += u8::try_from(number % 10).unwrap_or(0);
                number /= 10;
            }
        };
        put(0, 4, year);
        put(5, 2, month);
        put(8, 2, day);
        put(11, 2, t / 3_600_000);
        put(14, 2, t / 60_000 % 60);
        put(17, 2, t / 1000 % 60);
        put(20, 3, t % 1000);
        (0..=9999).contains(&year).then_some(text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.text() {
            Some(text) => s.serialize_str(std::str::from_utf8(&text).unwrap_or_default()),
            None => s.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .description(Some("UTC time with milliseconds, RFC 3339"))
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {
    fn name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn known_instants() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_735_689_600_000, "2025-01-01T00:00:00.000Z"),
            (1_709_208_000_123, "2024-02-29T12:00:00.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp(ms).to_string(), text);
            assert_eq!(text.parse::<Timestamp>().expect("parses"), Timestamp(ms));
            assert_eq!(serde_json::to_string(&Timestamp(ms)).expect("serialises"), format!("\"{text}\""));
        }
        // Beyond four digits of a year both forms still agree.
        for ms in [i64::MIN / 2, -62_167_219_200_001, 253_402_300_800_000, i64::MAX / 2] {
            assert_eq!(serde_json::to_string(&Timestamp(ms)).expect("serialises"), format!("\"{}\"", Timestamp(ms)));
        }
        for bad in ["2025-02-29T00:00:00Z", "2025-01-01 00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:00:00", "x"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad} was accepted");
        }
    }
}
