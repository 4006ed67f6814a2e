//! Secrets that tests use, looked for in everything a server writes for people and machines to read.
//!
//! Whoever makes or is given a secret in a test says so by [`remember`]; from then on a line of the log, a metric or an
//! error that holds it fails the test ([`found`], asked by the servers of this kit when they end). Codes of set-up links are
//! not among them: the log is where those are told.

use anyhow::{Result, ensure};
use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tracing_subscriber::fmt::MakeWriter;

/// Shorter ones are found by chance.
const LEAST: usize = 12;

#[derive(Default)]
struct Known {
    /// In the forms in which they might be written.
    forms: BTreeSet<String>,
    found: Vec<String>,
}

impl Known {
    /// What stands before the first secret in a text, for people who look for the place.
    fn before_a_secret(&self, text: &str) -> Option<String> {
        let at = self.forms.iter().filter_map(|form| text.find(form.as_str())).min()?;
        let start = text[..at].char_indices().rev().nth(80).map_or(0, |(start, _)| start);
        Some(text[start..at].to_owned())
    }
}

fn known() -> MutexGuard<'static, Known> {
    static KNOWN: Mutex<Known> = Mutex::new(Known { forms: BTreeSet::new(), found: Vec::new() });
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on this must be written nowhere. Panics for one that is too short to be looked for.
pub fn remember(secret: &str) {
    assert!(secret.len() >= LEAST, "a secret of less than {LEAST} bytes would be found by chance");
    let mut known = known();
    known.forms.insert(secret.to_owned());
    known.forms.insert(secret.replace(' ', "%20"));
    known.forms.insert(secret.replace(' ', "+"));
    // As `Debug` and JSON write it.
    known.forms.insert(secret.escape_debug().to_string());
    known.forms.insert(secret.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}")));
    known.forms.insert(format!("{:?}", secret.as_bytes()));
}

/// Fails when this text, which is `what`, holds a remembered secret. The message does not repeat it.
pub fn search(what: &str, text: &str) -> Result<()> {
    let before = known().before_a_secret(text);
    ensure!(before.is_none(), "{what} holds a secret, behind {:?}", before.unwrap_or_default());
    Ok(())
}

/// Fails when the log of this process held a remembered secret.
pub fn found() -> Result<()> {
    let known = known();
    ensure!(known.found.is_empty(), "the log holds secrets, behind {:?}", known.found);
    Ok(())
}

/// The log of this process: goes to standard error, and is looked through.
pub(super) struct Watched;

impl MakeWriter<'_> for Watched {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl Write for Watched {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let mut known = known();
        let before = known.before_a_secret(&text);
        known.found.extend(before);
        drop(known);
        io::stderr().write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{Watched, found, remember, search};
    use std::io::Write as _;

    #[test]
    fn a_secret_is_found_in_every_form() {
        let secret = "hunter2 and \"more\"";
        remember(secret);
        for held in [
            format!("before {secret} after"),
            format!("{secret:?}"),
            format!("{:?}", secret.as_bytes()),
            secret.replace(' ', "%20"),
            secret.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
        ] {
            let told = search("a line", &format!("first\n{held}\n")).expect_err(&held).to_string();
            assert!(!told.contains(secret) || held.starts_with("before"), "{told}");
        }
        search("a line", "hunter and less").expect("nothing is there");
        found().expect("nothing was logged");
        Watched.write_all(format!("what is {secret}\n").as_bytes()).expect("is written");
        found().expect_err("it was logged");
    }
}
