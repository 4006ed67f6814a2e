//! What an engine's program must tell: how to set it up, how to run it, how to end it.

use super::place::Place;
use anyhow::{Context as _, Result, bail};
use std::{
    fmt::Debug,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// An engine that can be started.
pub(super) trait Program: Debug + Send + Sync {
    /// Creates the data directory.
    fn create(&self, place: &Place) -> Result<()>;

    /// The command that runs it in the foreground.
    fn command(&self, place: &Place) -> Result<Vec<String>>;

    /// Whether it answers.
    fn is_ready(&self, place: &Place) -> bool;

    /// Ends it quickly; its data is thrown away.
    fn quick_signal(&self) -> &'static str;

    /// Ends it in order.
    fn polite_signal(&self) -> &'static str {
        "TERM"
    }

    /// Where `create database` is sent.
    fn admin_database(&self) -> &'static str;

    /// The settings it runs with, so that other settings get another shared instance.
    fn settings(&self) -> Vec<String>;

    /// A short digest of the settings and the program.
    fn settings_digest(&self) -> u32 {
        let mut hasher = DefaultHasher::new();
        self.settings().hash(&mut hasher);
        format!("{self:?}").hash(&mut hasher);
        u32::try_from(hasher.finish() & u64::from(u32::MAX)).unwrap_or_default()
    }
}

/// Whether this process is root: engines then run as an account of their own.
pub(super) fn is_root() -> bool {
    user_id() == 0
}

/// The user id of this process.
pub(super) fn user_id() -> u32 {
    std::fs::metadata("/proc/self").map_or(u32::MAX, |metadata| metadata.uid())
}

/// The account engines run as when the tests run as root: the engine's own one if it exists.
pub(super) fn account(preferred: &str) -> Result<Option<(String, u32, u32)>> {
    if !is_root() {
        return Ok(None);
    }
    let accounts = std::fs::read_to_string("/etc/passwd").context("cannot read the machine's accounts")?;
    for name in [preferred, "nobody"] {
        for line in accounts.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            if let [found, _, user, group, ..] = fields.as_slice()
                && *found == name
            {
                return Ok(Some((name.to_owned(), user.parse()?, group.parse()?)));
            }
        }
    }
    bail!("the machine has neither an account {preferred} nor nobody: run the tests as an ordinary user")
}

/// Puts the switch of the account in front of a command, and ends the engine with its supervisor.
pub(super) fn as_account(account: Option<&(String, u32, u32)>, command: Vec<String>) -> Vec<String> {
    let mut words: Vec<String> = ["setpriv", "--pdeathsig", "KILL"].map(str::to_owned).into();
    if let Some((_, user, group)) = account {
        words.extend([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
    }
    words.push("--".to_owned());
    words.extend(command);
    words
}

/// Runs a set-up command to its end.
pub(super) fn run(words: &[String], directory: &Path) -> Result<()> {
    let (program, arguments) = words.split_first().context("an empty command")?;
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("{} failed ({}):\n{out}{err}", words.join(" "), output.status);
    }
    Ok(())
}

/// Gives a directory to the account.
pub(super) fn own(path: &Path, account: Option<&(String, u32, u32)>) -> Result<()> {
    if let Some((_, user, group)) = account {
        std::os::unix::fs::chown(path, Some(*user), Some(*group))
            .with_context(|| format!("cannot give {} away", path.display()))?;
    }
    Ok(())
}

/// The first program found under one of these names in these directories.
pub(super) fn find(names: &[&str], directories: &[PathBuf]) -> Option<PathBuf> {
    directories
        .iter()
        .flat_map(|directory| names.iter().map(move |name| directory.join(name)))
        .find(|path| super::is_program(path))
}
