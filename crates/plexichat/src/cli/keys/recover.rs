//! `plexichat keys recover`.

use super::entry;
use crate::{
    cli::{
        context::Context,
        exit::{Exit, Failure},
        output,
    },
    compose::{Core, Role, open_database, take_data_dir, vault},
};
use plexichat_audit::Action;
use plexichat_database::{Db, Engine, migrations, refuse_unsafe};
use plexichat_events::nodes;
use plexichat_kernel::{Caller, Clock, config::Config};
use plexichat_keys::{
    RootStatus,
    recovery::{Overview, overview, recover},
};

/// Bring back the root key with the recovery kit, when its vault is lost
///
/// Asks for the 24 words or the shares, opens the root key with them, and gives it to the configured vault: a lost key file
/// is made anew, a forgotten passphrase is replaced by the one in the configuration. Nothing that is stored changes. The
/// server has to be stopped.
#[derive(clap::Args)]
pub(in crate::cli) struct Recover {
    #[command(flatten)]
    source: entry::Source,
}

impl Recover {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        if config.database.url.is_empty() && !config.server.data_dir.join("plexichat.db").exists() {
            let place = config.server.data_dir.display();
            return Err(Failure::not_found(format!("there is no database in {place}; name its directory with --data-dir")));
        }
        let lock = take_data_dir(&config.server.data_dir)?;
        let db = open_database(&config).await?;
        let recovered = self.root_key(&config, &db).await;
        db.close().await;
        let root = recovered?;
        // Everything is opened once, as the server will do it, and the log told.
        let core = Core::start(&config, Role::Command).await?;
        let told = record(&core, &root).await;
        core.stop().await;
        drop(lock);
        told?;
        if context.is_json() {
            return output::json(&serde_json::json!({ "root_version": root.version, "vault": root.vault }));
        }
        output::line(format!("The root key, version {}, is back, kept by the vault `{}`.", root.version, root.vault))?;
        output::line("Start the server: plexichat serve")?;
        output::line(
            "Other nodes of this database need the same key file or passphrase. If the words were seen by others, make a",
        )?;
        Ok(output::line("new kit: plexichat keys kit new")?)
    }

    async fn root_key(&self, config: &Config, db: &Db) -> anyhow::Result<RootStatus> {
        let clock = Clock::system();
        refuse_unsafe(db).await?;
        migrations::migrate(db).await?;
        // Of an embedded database the data directory, which is ours now, tells that nobody works on it.
        let is_embedded = db.engine() == Engine::Sqlite;
        let live = if is_embedded { Vec::new() } else { nodes::live(db, clock.now_ms()).await? };
        if !live.is_empty() {
            let text = format!(
                "{} server(s) work on this database, or stopped less than a minute ago. One that runs has a vault that opens it: \
                 copy that here instead. Otherwise stop them and try again in a minute",
                live.len()
            );
            return Err(Failure::with(Exit::Conflict, text));
        }
        let vault = vault(config)?;
        let form = match overview(db, vault.as_ref()).await? {
            Some(Overview { opened: Ok(root), .. }) => {
                let text = format!("the vault `{}` opens this database; there is nothing to recover", root.vault);
                return Err(Failure::with(Exit::Conflict, text));
            }
            Some(Overview { kits, .. }) => kits.proven.or(kits.waiting).map(|kit| kit.form),
            // The seals are lost as well; the kit may still be there.
            None => plexichat_keys::recovery::form(db).await?,
        };
        let Some(form) = form else {
            let text = "this database has no recovery kit; without a copy of what the vault held, what is sealed stays sealed";
            return Err(Failure::with(Exit::NotFound, text));
        };
        Ok(recover(db, &clock, vault.as_ref(), &self.source.read(form)?).await?)
    }
}

async fn record(core: &Core, root: &RootStatus) -> anyhow::Result<()> {
    let audit = core.auth.audit();
    let record =
        audit.record(&Caller::system("keys recover, on the command line of the server"), Action::RootKeyRecovered).await?;
    let record = record.on("root_key", i64::from(root.version)).with("vault", root.vault.clone());
    Ok(audit.write(record).await?)
}
