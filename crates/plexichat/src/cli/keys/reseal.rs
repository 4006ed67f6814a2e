//! `plexichat keys reseal`.

use super::super::{context::Context, output};
use crate::compose::{Base, Role, openers, vault};
use plexichat_audit::Action;
use plexichat_kernel::{
    Caller,
    config::{Config, VaultUri},
};
use plexichat_keys::{Resealed, reseal};

/// Move the root key to the vault that is configured now
///
/// Opens the root key by the vault that kept it, seals it by the configured one and removes the old seal in one step.
/// Servers that run go on; nothing else is sealed anew. Name the old vault in keys.previous unless it is part of the new
/// set. May be cut short and run again; does nothing when nothing is to be done.
#[derive(clap::Args)]
pub(in crate::cli) struct Reseal {}

impl Reseal {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        let (target, openers) = (vault(&config)?, openers(&config)?);
        let base = Base::start(&config, Role::Command).await?;
        let outcome = async {
            let record = base.auth.audit().record(&Caller::system("plexichat keys reseal"), Action::KeysResealed).await?;
            let record = record.on("root_key", 0).with("vault", target.name());
            let write = reseal(&base.journal, target.as_ref(), &openers, move |tx| {
                let record = record.clone();
                Box::pin(async move { record.write(tx).await })
            });
            write.await
        };
        let outcome = outcome.await;
        base.stop().await;
        tell(context, &config, &outcome?)
    }
}

fn tell(context: &Context, config: &Config, done: &Resealed) -> anyhow::Result<()> {
    let names: Vec<&str> = match config.keys.vaults.0.as_slice() {
        [] => vec![config.keys.vault.name()],
        members => members.iter().map(VaultUri::name).collect(),
    };
    if context.is_json() {
        return output::json(&serde_json::json!({
            "changed": done.is_changed, "version": done.version, "vault": done.vault, "vaults": names,
            "threshold": (config.keys.threshold > 0).then_some(config.keys.threshold), "before": done.before,
        }));
    }
    if !done.is_changed {
        return Ok(output::line(format!("The vault `{}` keeps the root key already; nothing was changed.", done.vault))?);
    }
    let keeps = match config.keys.threshold {
        0 => names.join(""),
        needed => format!("any {needed} of {}", names.join(", ")),
    };
    output::line(format!("The root key, version {}, is now opened by {keeps}.", done.version))?;
    output::line("What to do now:")?;
    output::line("  1. Give every node the same settings under keys; each takes them with its next restart.")?;
    if !config.keys.previous.0.is_empty() {
        output::line("  2. Empty keys.previous.")?;
    }
    output::line("  The old vault opens older copies of the database: keep it as long as you keep those, then destroy it.")?;
    Ok(output::line("  Try the new one: `plexichat doctor` says whether it opens.")?)
}
