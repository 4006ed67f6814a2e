//! The configuration file: TOML with one table per section.
//!
//! Knows in which line each key stands, so that every problem names its place. All syntax errors
//! are told at once; keys are looked at only when there are none.

use std::io::{ErrorKind, Read as _};
use std::ops::Range;
use std::path::Path;

use serde::Deserialize as _;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use super::layers::{Given, unknown};
use super::problem::{Origin, Problem};
use super::suggest::nearest;

/// Largest configuration file. The documented default file has a fraction of this.
const LARGEST_BYTES: u64 = 1024 * 1024;

/// The settings of the file at `path`. With `required` a missing file is a problem, else it is empty.
pub(crate) fn layer(
    path: &Path,
    required: bool,
    known: &[&'static str],
    problems: &mut Vec<Problem>,
) -> Option<Vec<(&'static str, Given)>> {
    let whole = |message: String, remedy: &str| Problem {
        path: String::new(),
        origin: Origin::File { path: path.to_owned(), line: 1 },
        message,
        remedy: remedy.to_owned(),
    };
    let text = match read(path) {
        Ok(text) => text,
        Err(cause) if !required && matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
        Err(cause) => {
            let remedy = "check the path given with --config and the permissions of the file";
            problems.push(whole(format!("the file cannot be read ({cause})"), remedy));
            return None;
        }
    };
    if u64::try_from(text.len()).is_ok_and(|length| length > LARGEST_BYTES) {
        problems.push(whole("the file is larger than 1 MiB".to_owned(), "this is hardly a configuration file"));
        return None;
    }
    Some(FileReader { path, text: &text, known, problems }.read())
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST_BYTES + 1).read_to_string(&mut text)?;
    Ok(text)
}

struct FileReader<'a> {
    path: &'a Path,
    text: &'a str,
    known: &'a [&'static str],
    problems: &'a mut Vec<Problem>,
}

impl<'a> FileReader<'a> {
    fn read(mut self) -> Vec<(&'static str, Given)> {
        let (document, mut errors) = DeTable::parse_recoverable(self.text);
        errors.sort_by_key(|error| error.span().map(|span| span.start));
        for error in &errors {
            let origin = self.origin(error.span().unwrap_or_default());
            let message = format!("the file is not valid TOML here ({})", error.message());
            self.problems.push(Problem { path: String::new(), origin, message, remedy: String::new() });
        }
        let mut layer = Vec::new();
        // After a syntax error the keys may be in the wrong place: naming them would mislead.
        if !errors.is_empty() {
            return layer;
        }
        for (section, content) in document.into_inner() {
            let origin = self.origin(section.span());
            let name = section.get_ref().as_ref();
            if !self.known.iter().any(|path| section_of(path) == name) {
                self.unknown_section(name, origin);
            } else if let DeValue::Table(keys) = content.into_inner() {
                self.read_section(name, keys, &mut layer);
            } else {
                let message = "this is a section and not a key".to_owned();
                let remedy = format!("write [{name}] on a line of its own and the keys below it");
                self.problems.push(Problem { path: name.to_owned(), origin, message, remedy });
            }
        }
        layer
    }

    fn read_section(&mut self, section: &str, keys: DeTable<'a>, layer: &mut Vec<(&'static str, Given)>) {
        for (key, value) in keys {
            let origin = self.origin(key.span());
            let path = format!("{section}.{}", key.get_ref());
            let Some(known) = self.known.iter().find(|known| **known == path) else {
                self.problems.push(unknown(&path, origin, self.known));
                continue;
            };
            match to_value(value) {
                Ok(value) => layer.push((*known, Given::toml(value, origin))),
                Err(message) => self.problems.push(Problem { path, origin, message, remedy: String::new() }),
            }
        }
    }

    fn unknown_section(&mut self, name: &str, origin: Origin) {
        let sections = self.known.iter().map(|path| section_of(path));
        let remedy = match nearest(name, sections) {
            Some(section) => format!("did you mean [{section}]?"),
            None => "remove it; `plexichat config generate` lists every section".to_owned(),
        };
        let message = "this section does not exist".to_owned();
        self.problems.push(Problem { path: name.to_owned(), origin, message, remedy });
    }

    fn origin(&self, span: Range<usize>) -> Origin {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        Origin::File { path: self.path.to_owned(), line }
    }
}

fn section_of(path: &'static str) -> &'static str {
    path.split_once('.').map_or(path, |(section, _)| section)
}

fn to_value(value: Spanned<DeValue<'_>>) -> Result<Value, String> {
    Value::deserialize(ValueDeserializer::from(value)).map_err(|error| format!("cannot be read ({})", error.message()))
}
