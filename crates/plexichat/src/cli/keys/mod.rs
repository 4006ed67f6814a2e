//! `plexichat keys`.

mod reseal;

use super::context::Context;

/// The root key that opens what is stored
#[derive(clap::Subcommand)]
pub(super) enum Keys {
    Reseal(reseal::Reseal),
}

impl Keys {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Reseal(reseal) => reseal.run(context).await,
        }
    }
}
