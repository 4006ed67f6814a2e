//! Lines for programs: one JSON object per event, flat, with the fields of its spans.
//!
//! `time`, `level`, `target`, `message` and `spans` (names, outermost first) are always the
//! server's own; a field of such a name gets `field_` in front. An inner field wins over an outer
//! one of the same name. All values come through `redact`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value as Fact;
use tracing::field::Visit;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::redact::{Redacting, Value};
use crate::clock::{Clock, rfc3339};

/// Writes one object per event.
pub(super) struct Json(pub(super) Clock);

/// Keeps the fields of a span as an object.
pub(super) struct JsonFields;

type Fields = BTreeMap<String, Fact>;

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    level: &'a str,
    target: &'a str,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    spans: Vec<&'static str>,
    #[serde(flatten)]
    fields: Fields,
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let (mut fields, mut spans) = (Fields::new(), Vec::new());
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            spans.push(span.name());
            let extensions = span.extensions();
            if let Some(formatted) = extensions.get::<FormattedFields<N>>() {
                fields.append(&mut parse(formatted));
            }
        }
        collect(|visitor| event.record(visitor), &mut fields);
        let message = match fields.remove("message") {
            Some(Fact::String(message)) => message,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        for own in ["time", "level", "target", "spans"] {
            if let Some(value) = fields.remove(own) {
                fields.insert(format!("field_{own}"), value);
            }
        }
        let metadata = event.metadata();
        let (time, level, target) = (rfc3339(self.0.now_ms()), metadata.level().as_str(), metadata.target());
        let line = Line { time, level, target, message, spans, fields };
        writeln!(writer, "{}", serde_json::to_string(&line).map_err(|_| fmt::Error)?)
    }
}

impl<'a> FormatFields<'a> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'a>, fields: R) -> fmt::Result {
        let mut collected = Fields::new();
        collect(|visitor| fields.record(visitor), &mut collected);
        write!(writer, "{}", serde_json::to_string(&collected).map_err(|_| fmt::Error)?)
    }

    fn add_fields(&self, current: &'a mut FormattedFields<Self>, fields: &tracing::span::Record<'_>) -> fmt::Result {
        let mut collected = parse(current);
        collect(|visitor| fields.record(visitor), &mut collected);
        current.fields = serde_json::to_string(&collected).map_err(|_| fmt::Error)?;
        Ok(())
    }
}

/// The fields of a span, as [`JsonFields`] wrote them.
fn parse(fields: &str) -> Fields {
    serde_json::from_str(fields).unwrap_or_default()
}

fn collect(record: impl FnOnce(&mut dyn Visit), fields: &mut Fields) {
    let mut visitor = Redacting(|name: &'static str, value: Value<'_>| {
        let value = match value {
            Value::Bool(value) => value.into(),
            Value::Signed(value) => value.into(),
            Value::Unsigned(value) => value.into(),
            Value::Float(value) => value.into(),
            Value::Text(text) => text.into_owned().into(),
        };
        fields.insert(name.to_owned(), value);
    });
    record(&mut visitor);
}
