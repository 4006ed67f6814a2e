//! `plexichat config check|show|generate`.

use super::{context::Context, output};
use plexichat_kernel::config::{generate, show};
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
    if context.is_json() {
        let file = loaded.file.as_ref().map(|file| file.display().to_string());
        return output::json(&serde_json::json!({ "ok": true, "file": file, "warnings": loaded.warnings }));
    }
    for warning in &loaded.warnings {
        output::line(format!("warning: {warning}"))?;
    }
    let place = loaded.file.map_or("no file, defaults and environment".to_owned(), |file| file.display().to_string());
    Ok(output::line(format!("The configuration is valid ({place})."))?)
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
