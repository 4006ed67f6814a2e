//! `plexichat keys`: the keys that seal what is stored, and what brings the root key back when its vault is lost.
//!
//! `status`, `kit`, `reseal` and what belongs to nodes work on the database of this machine's configuration, beside a server that
//! runs; `join` is for a machine on which none runs yet; `recover`
//! needs it to be stopped, and is for the moment when it cannot start. `rotate`, `shred` and what belongs to them ask a
//! server that runs, as an administrator who is signed in.

mod entry;
mod join;
mod kit;
mod nodes;
mod recover;
mod reseal;
mod sheet;
mod status;
mod tasks;

pub(super) use status::described;

use super::context::Context;

/// The keys that seal what the server stores, and the recovery kit
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexichat keys kit new                             24 words, to be written down
  plexichat keys kit new --shares 3 --threshold 2    three shares, of which any two open it
  plexichat keys kit prove                           enter it again; it counts from then on
  plexichat keys recover                             when the key file or the passphrase is lost
  plexichat keys reseal                              move the root key to the vault that is configured now
  plexichat keys invite-node                         a token for another machine, and there: plexichat keys join
  plexichat keys rotate --channel '#general'         replace keys while everything goes on")]
pub(super) enum Keys {
    Status(status::Status),
    #[command(subcommand)]
    Kit(kit::KitCommand),
    Recover(recover::Recover),
    Reseal(reseal::Reseal),
    InviteNode(nodes::InviteNode),
    Join(join::Join),
    Invitations(nodes::Invitations),
    RemoveNode(nodes::RemoveNode),
    Rotate(tasks::Rotate),
    Shred(tasks::Shred),
    /// List what is done with keys, and what was
    Tasks,
    /// Approve that keys are destroyed, as a second administrator
    Approve(tasks::Task),
    /// Give up a rotation or shredding that has not begun
    Cancel(tasks::Task),
}

impl Keys {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Status(command) => command.run(context).await,
            Self::Kit(command) => command.run(context).await,
            Self::Recover(command) => command.run(context).await,
            Self::Reseal(command) => command.run(context).await,
            Self::InviteNode(command) => command.run(context).await,
            Self::Join(command) => command.run(context).await,
            Self::Invitations(command) => command.run(context).await,
            Self::RemoveNode(command) => command.run(context).await,
            Self::Rotate(command) => command.run(context).await,
            Self::Shred(command) => command.run(context).await,
            Self::Tasks => tasks::list(context).await,
            Self::Approve(command) => command.approve(context).await,
            Self::Cancel(command) => command.cancel(context).await,
        }
    }
}
