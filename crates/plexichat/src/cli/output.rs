//! What a person or a script gets to read.
//!
//! Tables for people, the API's views as JSON for scripts. What others wrote is printed without control characters,
//! so that a message cannot steer the terminal.

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use plexichat_model::Timestamp;
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};

/// In which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people
    #[default]
    Table,
    /// For programs: the views of the API
    Json,
}

/// Text without what could steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The same on one line.
pub(super) fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// Prints a line.
pub(super) fn line(text: impl std::fmt::Display) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Tells a person something beside the output. Where nobody listens any more nothing is lost.
pub(super) fn aside(text: impl std::fmt::Display) {
    let _nobody_listens = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints a value as JSON, readable.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(line(serde_json::to_string_pretty(value)?)?)
}

/// Prints a value as one line of JSON, for streams.
pub(super) fn json_line(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(line(serde_json::to_string(value)?)?)
}

/// Prints rows under a head; `none` when there are no rows.
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>, none: &str) -> std::io::Result<()> {
    if rows.is_empty() {
        return line(none);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        // A pipe has no width.
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(head.iter().map(|name| name.to_uppercase()));
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    line(table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"))
}

/// Says that a list was cut, and how to see others.
pub(super) fn cut_note(is_cut: bool, shown: usize, narrow: &str) -> std::io::Result<()> {
    if is_cut { line(format!("(the first {shown}; see others with {narrow})")) } else { Ok(()) }
}

/// Prints names and values, one a line.
pub(super) fn facts(pairs: &[(&str, String)]) -> std::io::Result<()> {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in pairs {
        line(format!("{name:width$}  {}", printable(value)))?;
    }
    Ok(())
}

/// A time for people: to the minute, UTC.
pub(super) fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {}", &text[..10.min(text.len())], text.get(11..16).unwrap_or_default())
}

/// The wire word of an enumeration.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}]0;x\u{7}b\r\nc"), "a\u{fffd}]0;x\u{fffd}b\u{fffd}\nc");
        assert_eq!(one_line("a\nb"), "a b");
    }

    #[test]
    fn times_and_words() {
        assert_eq!(minute(Timestamp(1_735_689_600_000)), "2025-01-01 00:00");
        assert_eq!(word(&plexichat_model::channel::ChannelKind::Public), "public");
    }
}
