//! `plexichat config check|show|generate`.

use super::{context::Context, output};
use plexichat_kernel::config::{Loaded, NeedsRestart, Running, generate, show};
use std::path::PathBuf;

/// Check, show or write the configuration of the server
#[derive(clap::Subcommand)]
pub(super) enum Config {
    /// Name everything that is wrong with the configuration
    Check,
    /// Show every key with its value and where it comes from
    Show,
    /// Write a configuration file with every key, its meaning and its default
    Generate {
        /// Write to this file instead of standard output; an existing file is kept
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

impl Config {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Check => run_check(context),
            Self::Show => run_show(context),
            Self::Generate { to: None } => Ok(output::line(generate().trim_end())?),
            Self::Generate { to: Some(file) } => write_new(&file),
        }
    }
}

fn run_check(context: &Context) -> anyhow::Result<()> {
    let loaded = context.load()?;
    let running = running(&loaded);
    if context.is_json() {
        let file = loaded.file.as_ref().map(|file| file.display().to_string());
        let process = running.as_ref().map(|(process, _)| process);
        let keys = running.as_ref().map(|(_, keys)| keys.as_slice()).unwrap_or_default();
        let answer = serde_json::json!({
            "ok": true, "file": file, "warnings": loaded.warnings, "running": process, "needs_restart": keys,
        });
        return output::json(&answer);
    }
    for warning in &loaded.warnings {
        output::line(format!("warning: {warning}"))?;
    }
    let place = loaded.file.map_or("no file, defaults and environment".to_owned(), |file| file.display().to_string());
    output::line(format!("The configuration is valid ({place})."))?;
    let Some((process, keys)) = running.filter(|(_, keys)| !keys.is_empty()) else { return Ok(()) };
    output::line(format!("The server (process {process}) needs a restart for these keys to take effect:"))?;
    for NeedsRestart { path, running, configured } in keys {
        output::line(format!("  {path}: {configured} (it runs with {running})"))?;
    }
    Ok(())
}

/// The server of this data directory, and what it would take from the configuration after a restart.
pub(super) fn running(loaded: &Loaded) -> Option<(u32, Vec<NeedsRestart>)> {
    // Who may not look into the data directory learns nothing of the server, and may still check a file.
    let running = Running::read(&loaded.config.server.data_dir).ok().flatten()?;
    Some((running.process(), running.needs_restart(loaded)))
}

fn run_show(context: &Context) -> anyhow::Result<()> {
    let keys = show(&context.load()?);
    if context.is_json() {
        return output::json(&keys);
    }
    let rows = keys.iter().map(|key| {
        let change = if key.live { "at once" } else { "restart" };
        vec![key.path.to_owned(), key.value.clone(), key.origin.to_string(), change.to_owned()]
    });
    Ok(output::table(&["key", "value", "from", "a change takes effect"], rows.collect(), "")?)
}

fn write_new(file: &std::path::Path) -> anyhow::Result<()> {
    use anyhow::Context as _;
    use std::io::Write as _;
    let place = || format!("cannot write {} (an existing file is not replaced)", file.display());
    let mut created = std::fs::OpenOptions::new().write(true).create_new(true).open(file).with_context(place)?;
    created.write_all(generate().as_bytes()).with_context(place)?;
    Ok(output::line(format!("Wrote {}.", file.display()))?)
}
