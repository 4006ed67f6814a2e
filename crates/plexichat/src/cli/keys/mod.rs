//! `plexichat keys status|kit|recover`: the root key, and what brings it back when its vault is lost.
//!
//! Works on the database of this machine's configuration, beside a server that runs; `recover` alone needs it to be
//! stopped, and is for the moment when it cannot start.

mod entry;
mod kit;
mod recover;
mod sheet;
mod status;

pub(super) use status::described;

use super::context::Context;

/// The key that opens what the server stores, and its recovery kit
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexichat keys kit new                             24 words, to be written down
  plexichat keys kit new --shares 3 --threshold 2    three shares, of which any two open it
  plexichat keys kit prove                           enter it again; it counts from then on
  plexichat keys recover                             when the key file or the passphrase is lost")]
pub(super) enum Keys {
    Status(status::Status),
    #[command(subcommand)]
    Kit(kit::KitCommand),
    Recover(recover::Recover),
}

impl Keys {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Status(command) => command.run(context).await,
            Self::Kit(command) => command.run(context).await,
            Self::Recover(command) => command.run(context).await,
        }
    }
}
