//! `plexichat keys`.

mod reseal;
mod tasks;

use super::context::Context;

/// The keys that seal what the server stores
#[derive(clap::Subcommand)]
pub(super) enum Keys {
    Reseal(reseal::Reseal),
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
            Self::Reseal(command) => command.run(context).await,
            Self::Rotate(command) => command.run(context).await,
            Self::Shred(command) => command.run(context).await,
            Self::Tasks => tasks::list(context).await,
            Self::Approve(command) => command.approve(context).await,
            Self::Cancel(command) => command.cancel(context).await,
        }
    }
}
