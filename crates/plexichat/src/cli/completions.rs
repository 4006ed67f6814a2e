//! `plexichat completions`.

use super::context::Context;
use std::io::Write as _;

/// Print the completions of a shell
///
/// For bash: plexichat completions bash > ~/.local/share/bash-completion/completions/plexichat
#[derive(clap::Args)]
pub(super) struct Completions {
    /// Which shell
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(self, _context: &Context) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "plexichat", &mut script);
        std::io::stdout().lock().write_all(&script)?;
        Ok(())
    }
}
