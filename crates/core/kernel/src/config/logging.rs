//! `[logging]`: what is logged, and how it looks.
//!
//! The filter is checked when it is read, so that a mistyped level is a problem of the
//! configuration and not a silent log. Writing the log is the work of [`crate::logging`].

use std::fmt;

use super::problem::Checker;
use super::section::{CrossCheck, section};
use super::setting::{Word, settings_of_word};

section! {
    /// What is logged, and how it looks. Everything goes to standard error.
    LoggingConfig in "logging" {
        /// How much: error, warn, info, debug or trace, also per part:
        /// `info,plexichat_events=debug`.
        level: LogFilter = LogFilter::default(), live;
        /// How a line looks: human for people, json for programs that collect logs.
        format: LogFormat = LogFormat::Human, restart;
    }
}

/// Which lines are logged: `tracing` directives that were found to be valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The directives.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl Word for LogFilter {
    const KIND: &'static str = "log filter";
    const KIND_OF_LIST: &'static str = "list of log filters";
    const KIND_OR_NONE: &'static str = "log filter, or empty";
    const EXAMPLE: &'static str = "\"info,plexichat_events=debug\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"info\"]";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        match tracing_subscriber::EnvFilter::builder().parse(text) {
            // A lone word is taken for the name of a part, which is hardly what `level = "inof"` means.
            Ok(_) if is_stray_word(text) => Err(format!("is {text:?}, which is no level")),
            Ok(_) => Ok(Self(text.to_owned())),
            Err(cause) => Err(format!("is {text:?}, which is no log filter ({cause})")),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

fn is_stray_word(text: &str) -> bool {
    let level = |word: &str| word.parse::<tracing::level_filters::LevelFilter>().is_ok();
    text.split(',').map(str::trim).any(|word| !word.contains(['=', '[']) && !level(word))
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object per line.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Human => "human",
            Self::Json => "json",
        })
    }
}

impl Word for LogFormat {
    const KIND: &'static str = "human or json";
    const KIND_OF_LIST: &'static str = "list of human or json";
    const KIND_OR_NONE: &'static str = "human, json, or empty";
    const EXAMPLE: &'static str = "\"json\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"json\"]";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(format!("is {text:?}")),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

settings_of_word!(LogFilter, LogFormat);

impl CrossCheck for LoggingConfig {
    fn cross_check(&self, _: &mut Checker<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_checked_when_they_are_read() {
        for text in ["info", "warn,plexichat_events=trace", "off", "INFO"] {
            assert!(LogFilter::parse(text).is_ok(), "{text:?} was refused");
        }
        for text in ["", " ", "inof", "info,plexichat=loud", "info,debgu"] {
            assert!(LogFilter::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
