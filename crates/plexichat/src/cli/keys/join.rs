//! `plexichat keys join`: on the machine that joins.
//!
//! It holds the data directory, so no server runs in it meanwhile, and needs no key but the token. Cut short anywhere, it may be
//! run again. Not here: making tokens and removing nodes (`nodes`).

use crate::{
    cli::{
        ask,
        context::Context,
        exit::{Exit, Failure},
        output,
    },
    compose::{Base, Role, node_key, open_database, take_data_dir},
};
use anyhow::Context as _;
use plexichat_database::{Engine, migrations};
use plexichat_events::nodes;
use plexichat_kernel::config::{Config, VaultPlace};
use plexichat_keys::{
    RootStatus,
    nodes::{Answer, NodeToken, Standing, answer, ask, standing},
    vault::NodeVault,
};
use std::{
    io::{IsTerminal as _, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};
use zeroize::Zeroizing;

/// How often it is looked for an answer, and how often told that there is none.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const LOOKS_UNTIL_TOLD: u64 = 20;
/// A file beyond this holds no token.
const LONGEST: u64 = 4_096;

/// Join a database that other servers work on, with a one-time token of `plexichat keys invite-node`
///
/// On the new machine, with database.url set. Asks for the token, or takes it from standard input; it is never an argument,
/// which others on this machine could see. Makes the key of this node, keys/node.key in the data directory, and waits until a
/// server that runs has sealed the root key for it. May be cut short and run again.
#[derive(clap::Args)]
pub(in crate::cli) struct Join {
    /// Read the token from a file instead of asking; - is standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Longest wait for an answer, 1 to 3600 seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    wait: u64,
}

impl Join {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        if config.database.url.is_empty() {
            let text = "database.url is not set; name the database that the other servers work on, as they do";
            return Err(Failure::usage(text));
        }
        check(&config).await?;
        let lock = take_data_dir(&config.server.data_dir)?;
        let vault = NodeVault::open_or_make(node_key(&config))?;
        let base = Base::start(&config, Role::Command).await?;
        let joined = self.join(&base, &vault).await;
        base.stop().await;
        drop(lock);
        let (id, root) = joined?;
        tell(context, &config, &vault, id, &root)
    }

    /// Asks, unless it has, and waits. Answers the id of the node and the root key that it opens.
    async fn join(&self, base: &Base, vault: &NodeVault) -> anyhow::Result<(i64, RootStatus)> {
        let (db, clock) = (&base.db, base.journal.clock());
        let id = match standing(db, vault, clock.now_ms()).await? {
            Standing::Joined { id } => match plexichat_keys::check(db, vault).await {
                Ok(Some(root)) => return Ok((id, root)),
                // What stands there does not open: asked anew, it takes its own place.
                _ => ask(&base.journal, vault, &self.token()?).await?,
            },
            Standing::Asked { id } => {
                output::aside("The request of this machine still waits for an answer; the token is not asked for again.");
                id
            }
            Standing::Stranger => ask(&base.journal, vault, &self.token()?).await?,
        };
        self.wait(base, id).await?;
        let root = plexichat_keys::check(db, vault).await?;
        Ok((id, root.context("the root key is gone from the database")?))
    }

    async fn wait(&self, base: &Base, id: i64) -> anyhow::Result<()> {
        let (db, clock) = (&base.db, base.journal.clock());
        // This process has a number, too.
        if nodes::live(db, clock.now_ms()).await?.len() < 2 {
            output::aside("No server works on this database at this moment. Start one that has the root key: it answers.");
        }
        let until = clock.monotonic() + Duration::from_secs(self.wait);
        for looks in 0_u64.. {
            match answer(db, id).await? {
                Answer::Joined => return Ok(()),
                Answer::Refused(refusal) => return Err(refusal.error().into()),
                Answer::Waiting if clock.monotonic() >= until => break,
                Answer::Waiting => {}
            }
            if looks % LOOKS_UNTIL_TOLD == LOOKS_UNTIL_TOLD - 1 {
                output::aside("Waiting for a server of this database to answer …");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let text = format!(
            "no server has answered within {} seconds. One of this version that opens the root key has to run on this database: \
             see that it does, and run this again; the request stays, and the token is not asked for while its time lasts",
            self.wait
        );
        Err(Failure::with(Exit::Unavailable, text))
    }

    fn token(&self) -> anyhow::Result<NodeToken> {
        let text = match &self.token_file {
            Some(file) if file.as_os_str() != "-" => read(file)?,
            None if std::io::stdin().is_terminal() => {
                let typed = rpassword::prompt_password("Token of `plexichat keys invite-node` (not shown): ");
                Zeroizing::new(typed.context("the token could not be read from the terminal")?)
            }
            _ => Zeroizing::new(ask::secret_line()?),
        };
        Ok(NodeToken::parse(&text)?)
    }
}

/// Whether there is anything to join. Changes nothing.
async fn check(config: &Config) -> anyhow::Result<()> {
    let db = open_database(config).await?;
    let (engine, pending) = (db.engine(), migrations::pending(&db).await);
    db.close().await;
    if engine == Engine::Sqlite {
        let text = "an SQLite database has one server; nodes join one on PostgreSQL or MariaDB";
        return Err(Failure::with(Exit::Conflict, text));
    }
    if !pending?.is_empty() {
        let text =
            "the database is empty or has an older schema; start a server of this version on it first, and make the token there";
        return Err(Failure::with(Exit::Conflict, text));
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let unreadable = |cause: std::io::Error| Failure::usage(format!("cannot read {}: {cause}", file.display()));
    let mut text = Zeroizing::new(String::new());
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    opened.take(LONGEST).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn tell(context: &Context, config: &Config, vault: &NodeVault, id: i64, root: &RootStatus) -> anyhow::Result<()> {
    if context.is_json() {
        return output::json(&serde_json::json!({
            "id": id.to_string(), "fingerprint": vault.fingerprint(), "root_version": root.version,
            "node_key": vault.path().display().to_string(),
        }));
    }
    output::line(format!("This machine has joined as node {id}: it opens the root key, version {}.", root.version))?;
    output::line(format!("Its key: {} (do not copy it), fingerprint {}", vault.path().display(), vault.fingerprint()))?;
    if !matches!(config.keys.vault.place(), VaultPlace::Node(_)) {
        output::line("Now set keys.vault to node in its configuration:  [keys] vault = \"node\"")?;
    }
    Ok(output::line("Then start it: plexichat serve")?)
}
