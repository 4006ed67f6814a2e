//! `plexichat keys kit new|prove|remove`.
//!
//! What opens a kit goes to the person alone, on standard output or into files, and never to the log; each act is an entry of
//! the audit log in the same transaction.

use super::{entry, sheet, status::described};
use crate::{
    cli::{
        context::{Context, address_of},
        exit::{Exit, Failure},
        output,
    },
    compose::{Core, Role, take_data_dir},
};
use plexichat_audit::Action;
use plexichat_kernel::{Caller, config::Config};
use plexichat_keys::recovery::{Form, Kit, NewKit};
use std::path::PathBuf;

/// What the audit log says of who did it.
const REASON: &str = "keys kit, on the command line of the server";

/// Recovery kits: what opens the root key when its vault is lost
#[derive(clap::Subcommand)]
pub(in crate::cli) enum KitCommand {
    New(New),
    Prove(Prove),
    Remove(Remove),
}

/// Make a recovery kit and show it, once
///
/// It counts when it was entered again with `plexichat keys kit prove`; until then an older kit goes on counting. The
/// server keeps nothing that opens it. Standard output is the sheet alone, so it can be sent to a printer.
#[derive(clap::Args)]
pub(in crate::cli) struct New {
    /// Split it into so many shares for different people, 2 to 16, instead of 24 words
    #[arg(long, value_name = "N", requires = "threshold")]
    shares: Option<u8>,
    /// How many of the shares open it
    #[arg(long, value_name = "K", requires = "shares")]
    threshold: Option<u8>,
    /// Write it into this directory instead of showing it: one file per share, readable by you alone
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

/// Enter a recovery kit again, to prove that it was kept
///
/// Asks for the words or shares without showing them. Good as a yearly drill, too.
#[derive(clap::Args)]
pub(in crate::cli) struct Prove {
    #[command(flatten)]
    source: entry::Source,
}

/// Make the server forget its recovery kits
///
/// For one that fell into wrong hands: older copies of the database still open with it, so rotate the root key afterwards. A
/// kit that is merely old is better replaced: make a new one and prove it.
#[derive(clap::Args)]
pub(in crate::cli) struct Remove {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl KitCommand {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        // Checked before anything is started.
        let form = match &self {
            Self::New(New { shares: Some(total), threshold: Some(needed), .. }) => Form::shares(*needed, *total)?,
            _ => Form::Words,
        };
        // The first command on a new machine makes the directory; a server that runs keeps its lock.
        let held = take_data_dir(&config.server.data_dir);
        let core = Core::start(&config, Role::Command).await?;
        let done = match self {
            Self::New(new) => new.run(context, &core, &config, form).await,
            Self::Prove(prove) => prove.run(context, &core).await,
            Self::Remove(remove) => remove.run(context, &core).await,
        };
        core.stop().await;
        drop(held);
        done
    }
}

impl New {
    async fn run(self, context: &Context, core: &Core, config: &Config, form: Form) -> anyhow::Result<()> {
        let made = core.messaging.keys().new_kit(form)?;
        let sheets = sheet::Sheets::of(&made, &address_of(config));
        // Files first: a kit that could not be written down is none.
        let files = self.output_dir.as_deref().map(|folder| sheets.write(folder)).transpose()?;
        if let Err(error) = write(core, &made).await {
            for file in files.iter().flatten() {
                let _ = std::fs::remove_file(file);
            }
            return Err(error);
        }
        let view = made.kit.view();
        if context.is_json() {
            return match files {
                Some(files) => output::json(&serde_json::json!({ "kit": view, "files": files })),
                None => output::json(&sheets.json(&view)),
            };
        }
        match files {
            Some(files) => {
                let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
                output::line(format!("The recovery kit was written, readable by you alone: {}", names.join(", ")))?;
                output::line("Take it away from this machine: whoever has it and the database can read everything.")?;
            }
            None => sheets.print()?,
        }
        output::aside("");
        output::aside("It counts when you have entered it again: plexichat keys kit prove");
        Ok(())
    }
}

async fn write(core: &Core, made: &NewKit) -> anyhow::Result<()> {
    let audit = core.auth.audit();
    let record = audit.record(&Caller::system(REASON), Action::RecoveryKitCreated).await?;
    let record = record.on("recovery_kit", made.kit.id).with("fingerprint", made.kit.fingerprint.clone());
    let row = made.row.clone();
    let work = audit.write_along(record, move |tx| {
        let row = row.clone();
        Box::pin(async move { row.write(tx).await })
    });
    Ok(work.await?)
}

impl Prove {
    async fn run(self, context: &Context, core: &Core) -> anyhow::Result<()> {
        let keys = core.messaging.keys();
        let kits = keys.kits().await?;
        let Some(wanted) = kits.waiting.as_ref().or(kits.proven.as_ref()) else {
            return Err(Failure::with(Exit::Conflict, "there is no recovery kit yet; make one with `plexichat keys kit new`"));
        };
        let entered = self.source.read(wanted.form)?;
        let proven = keys.prove_kit(&entered).await?;
        let audit = core.auth.audit();
        let record = audit.record(&Caller::system(REASON), Action::RecoveryKitProven).await?;
        let record = record.on("recovery_kit", proven.kit.id).with("fingerprint", proven.kit.fingerprint.clone());
        let row = proven.row.clone();
        let work = audit.write_along(record, move |tx| {
            let row = row.clone();
            Box::pin(async move { row.write(tx).await })
        });
        work.await?;
        let view = proven.kit.view();
        if context.is_json() {
            return output::json(&serde_json::json!({ "kit": view, "not_entered": proven.not_entered }));
        }
        output::line(format!("The recovery kit opens the root key and counts now: {}.", described(&view)))?;
        if !proven.not_entered.is_empty() {
            let numbers: Vec<String> = proven.not_entered.iter().map(ToString::to_string).collect();
            output::line(format!("Not entered, so not looked at: share {}.", numbers.join(", ")))?;
        }
        Ok(())
    }
}

impl Remove {
    async fn run(self, context: &Context, core: &Core) -> anyhow::Result<()> {
        let kits = core.messaging.keys().kits().await?;
        let kits: Vec<Kit> = kits.proven.into_iter().chain(kits.waiting).collect();
        if kits.is_empty() {
            return Err(Failure::not_found("there is no recovery kit"));
        }
        if !self.yes {
            let told: Vec<String> = kits.iter().map(|kit| described(&kit.view())).collect();
            let question = format!("Remove {}? Without a kit a lost vault is lost for ever. Type `remove`", told.join(" and "));
            if crate::cli::ask::text(None, &question, "--yes")? != "remove" {
                return Err(Failure::with(Exit::Failure, "nothing was removed"));
            }
        }
        let audit = core.auth.audit();
        for kit in &kits {
            let record = audit.record(&Caller::system(REASON), Action::RecoveryKitRemoved).await?;
            let record = record.on("recovery_kit", kit.id).with("fingerprint", kit.fingerprint.clone());
            let (keys, id) = (core.messaging.keys().clone(), kit.id);
            let work = audit.write_along(record, move |tx| {
                let keys = keys.clone();
                Box::pin(async move { keys.remove_kit(tx, id).await })
            });
            work.await?;
        }
        if context.is_json() {
            return output::json(&serde_json::json!({ "removed": kits.len() }));
        }
        Ok(output::line("Removed. Make a new one with `plexichat keys kit new`.")?)
    }
}
