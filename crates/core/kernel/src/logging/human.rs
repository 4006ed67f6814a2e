//! Lines for people: time, level, part, message, then the fields of the event and of its spans.
//!
//! `2026-01-31T12:00:00.000Z  INFO plexichat_server: listening address=127.0.0.1:8420`. Colours are
//! used on a terminal alone. All values come through `redact`.

use std::fmt;

use tracing::field::Visit;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::redact::{Redacting, Value};
use crate::clock::{Clock, rfc3339};

/// Writes one line per event.
pub(super) struct Human(pub(super) Clock);

/// Writes ` name=value` for each field.
pub(super) struct HumanFields;

impl<S, N> FormatEvent<S, N> for Human
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let (dim, plain) = if writer.has_ansi_escapes() { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        let level = event.metadata().level();
        write!(writer, "{dim}{}{plain} ", rfc3339(self.0.now_ms()))?;
        write!(writer, "{}{level:>5}{plain} ", if dim.is_empty() { "" } else { color(*level) })?;
        write!(writer, "{dim}{}:{plain}", event.metadata().target())?;
        let (mut message, mut fields) = (String::new(), String::new());
        collect(|visitor| event.record(visitor), &mut message, &mut fields);
        write!(writer, "{message}{fields}")?;
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            let extensions = span.extensions();
            if let Some(fields) = extensions.get::<FormattedFields<N>>().filter(|fields| !fields.is_empty()) {
                write!(writer, "{dim}{fields}{plain}")?;
            }
        }
        writeln!(writer)
    }
}

impl<'a> FormatFields<'a> for HumanFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'a>, fields: R) -> fmt::Result {
        let (mut message, mut rest) = (String::new(), String::new());
        collect(|visitor| fields.record(visitor), &mut message, &mut rest);
        write!(writer, "{message}{rest}")
    }

    fn add_fields(&self, current: &'a mut FormattedFields<Self>, fields: &tracing::span::Record<'_>) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

/// Sorts fields into the message and the rest, each with a blank in front.
fn collect(record: impl FnOnce(&mut dyn Visit), message: &mut String, fields: &mut String) {
    use fmt::Write as _;
    let mut visitor = Redacting(|name: &'static str, value: Value<'_>| {
        let _infallible = match (name, value) {
            ("message", Value::Text(text)) => write!(message, " {text}"),
            (_, Value::Text(text)) if text.is_empty() || text.contains([' ', '"', '=']) => write!(fields, " {name}={text:?}"),
            (_, Value::Text(text)) => write!(fields, " {name}={text}"),
            (_, Value::Bool(value)) => write!(fields, " {name}={value}"),
            (_, Value::Signed(value)) => write!(fields, " {name}={value}"),
            (_, Value::Unsigned(value)) => write!(fields, " {name}={value}"),
            (_, Value::Float(value)) => write!(fields, " {name}={value}"),
        };
    });
    record(&mut visitor);
}

fn color(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}
