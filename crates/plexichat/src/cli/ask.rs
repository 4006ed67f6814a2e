//! Questions to a person at a terminal; a script answers by options and standard input instead.

use super::exit::Failure;
use anyhow::Context as _;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

/// Longest text taken from standard input: more than any message.
const LONGEST: u64 = 256 * 1024;

/// The value given, or what the person types.
pub(super) fn text(given: Option<String>, question: &str, option: &str) -> anyhow::Result<String> {
    if let Some(given) = given {
        return Ok(given);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{option} is missing (and nobody is here to ask: standard input is no terminal)")));
    }
    let mut err = std::io::stderr().lock();
    write!(err, "{question}: ").and_then(|()| err.flush())?;
    let mut answer = String::new();
    std::io::stdin().lock().take(LONGEST).read_line(&mut answer)?;
    let answer = answer.trim().to_owned();
    if answer.is_empty() { Err(Failure::usage(format!("{option} is missing"))) } else { Ok(answer) }
}

/// A password: the first line of standard input if asked for so, else typed without being shown.
pub(super) fn password(from_stdin: bool, question: &str) -> anyhow::Result<String> {
    if from_stdin {
        return secret_line();
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("the password is missing; pass it on standard input with --password-stdin"));
    }
    rpassword::prompt_password(format!("{question}: ")).context("the password could not be read from the terminal")
}

/// A new password, typed twice.
pub(super) fn new_password(from_stdin: bool) -> anyhow::Result<String> {
    let first = password(from_stdin, "New password")?;
    if !from_stdin && rpassword::prompt_password("Again: ")? != first {
        return Err(Failure::usage("the two passwords differ"));
    }
    Ok(first)
}

/// The first line of standard input.
pub(super) fn secret_line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    let line = line.trim_end_matches(['\r', '\n']).to_owned();
    if line.is_empty() { Err(Failure::usage("standard input is empty")) } else { Ok(line) }
}

/// The present and the new password: two lines of standard input, or typed.
pub(super) fn changed_password(from_stdin: bool) -> anyhow::Result<(String, String)> {
    if from_stdin {
        return Ok((secret_line()?, secret_line()?));
    }
    let current = password(false, "Present password")?;
    Ok((current, new_password(false)?))
}

/// The text of a message: the words given, or all of standard input.
pub(super) fn message_text(words: &[String]) -> anyhow::Result<String> {
    let text = match words.join(" ") {
        text if !text.is_empty() && text != "-" => text,
        text if text.is_empty() && std::io::stdin().is_terminal() => String::new(),
        _ => everything()?,
    };
    if text.trim().is_empty() {
        Err(Failure::usage("there is no text; write it after the name, or pipe it in"))
    } else {
        Ok(text)
    }
}

/// All of standard input.
pub(super) fn everything() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().lock().take(LONGEST + 1).read_to_string(&mut text).context("standard input is not text")?;
    if text.len() as u64 > LONGEST {
        return Err(Failure::usage(format!("standard input is larger than {} KiB, more than any message", LONGEST / 1024)));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
