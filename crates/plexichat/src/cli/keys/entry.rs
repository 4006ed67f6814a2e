//! Asking for a recovery kit: from files, or at the terminal without showing it.

use crate::cli::{ask, exit::Failure, output};
use anyhow::Context as _;
use plexichat_keys::recovery::{Entered, Form};
use std::{
    io::{IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Larger files hold no kit.
const LONGEST: u64 = 64 * 1024;
const WORDS: usize = 24;

/// Where a kit comes from.
#[derive(clap::Args)]
pub(super) struct Source {
    /// Read the words or shares from a sheet instead of asking; - is standard input, may be repeated for several shares
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
}

impl Source {
    /// Reads a kit, or asks for one of this form.
    pub(super) fn read(&self, form: Form) -> anyhow::Result<Entered> {
        if !self.file.is_empty() {
            let mut text = Zeroizing::new(String::new());
            for file in &self.file {
                text.push_str(&read(file)?);
                text.push('\n');
            }
            return Ok(Entered::parse(&text)?);
        }
        if !std::io::stdin().is_terminal() {
            let text = "the recovery kit is asked for at a terminal, and standard input is none; name its sheet with --file";
            return Err(Failure::usage(text));
        }
        match form {
            Form::Words => words(),
            Form::Shares { needed, .. } => shares(needed),
        }
    }
}

fn read(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    if file.as_os_str() == "-" {
        return Ok(Zeroizing::new(ask::everything()?));
    }
    let unreadable = |cause: std::io::Error| Failure::usage(format!("cannot read {}: {cause}", file.display()));
    let mut text = Zeroizing::new(String::new());
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    opened.take(LONGEST).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn hidden(question: &str) -> anyhow::Result<Zeroizing<String>> {
    let typed = rpassword::prompt_password(format!("{question}: "));
    Ok(Zeroizing::new(typed.context("the recovery kit could not be read from the terminal")?))
}

/// Word after word; who pastes all of them at once may.
fn words() -> anyhow::Result<Entered> {
    output::aside("Enter the 24 words, one at a time or several with spaces between them. They are not shown.");
    let mut text = Zeroizing::new(String::with_capacity(WORDS * 16));
    let mut count = 0;
    while count < WORDS {
        let typed = hidden(&format!("Word {}", count + 1))?;
        if Entered::is_share(&typed) {
            return Err(Failure::usage("this is a share, and the kit of this server is 24 words; see `plexichat keys status`"));
        }
        let letters = |letter: char| !letter.is_alphabetic();
        let new: Vec<&str> = typed.split(letters).filter(|word| !word.is_empty()).collect();
        if let Some(at) = new.iter().position(|word| !Entered::is_word(word)) {
            output::aside(format!(
                "Word {} is not in the list of words. Look at its spelling and enter it again.",
                count + at + 1
            ));
            keep(&mut text, &new[..at]);
            count += at;
            continue;
        }
        keep(&mut text, &new);
        count += new.len();
    }
    Ok(Entered::parse(&text)?)
}

fn keep(text: &mut Zeroizing<String>, words: &[&str]) {
    for word in words {
        text.push_str(word);
        text.push(' ');
    }
}

fn shares(needed: u8) -> anyhow::Result<Entered> {
    output::aside(format!("Enter {needed} different shares, one after the other. They are not shown."));
    let mut text = Zeroizing::new(String::with_capacity(2_048));
    let mut count = 0;
    while count < needed {
        let typed = hidden(&format!("Share {} of {needed}", count + 1))?;
        if let Err(error) = Entered::parse(&typed) {
            output::aside(format!("{}. Enter it again.", error.message()));
            continue;
        }
        text.push_str(&typed);
        text.push('\n');
        count += 1;
    }
    Ok(Entered::parse(&text)?)
}
