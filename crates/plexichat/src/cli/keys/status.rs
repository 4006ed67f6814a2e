//! `plexichat keys status`.

use crate::{
    cli::{
        context::Context,
        exit::{Exit, Failure},
        output,
    },
    compose::{open_database, vault},
};
use plexichat_database::migrations;
use plexichat_kernel::{Error, Result, config::Config};
use plexichat_keys::{
    nodes::Node,
    recovery::{Overview, overview},
};
use plexichat_model::{
    Timestamp,
    keys::{KitForm, RecoveryKitView},
};

/// Show the root key, its vault, the nodes that joined and the recovery kit
///
/// The exit code is 1 when the vault does not open the root key.
#[derive(clap::Args)]
pub(in crate::cli) struct Status {}

/// Keys and kits of the configured database; `None`: there is no root key yet.
pub(in crate::cli) async fn of(config: &Config) -> Result<Option<Overview>> {
    if config.database.url.is_empty() && !config.server.data_dir.join("plexichat.db").exists() {
        return Ok(None);
    }
    let db = open_database(config).await?;
    let found = match migrations::pending(&db).await {
        Ok(pending) if pending.is_empty() => match vault(config) {
            Ok(vault) => overview(&db, vault.as_ref()).await,
            Err(error) => Err(error),
        },
        Ok(_) => Err(Error::unavailable("the database has an older schema; run `plexichat migrate`, or start the server once")),
        Err(error) => Err(error),
    };
    db.close().await;
    found
}

impl Status {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        let Some(found) = of(&config).await? else {
            if context.is_json() {
                return output::json(&serde_json::json!({ "root_version": null }));
            }
            return Ok(output::line("There is no root key yet; the first start of the server makes it.")?);
        };
        let kit = found.kits.proven.as_ref().map(plexichat_keys::recovery::Kit::view);
        let waiting = found.kits.waiting.as_ref().map(plexichat_keys::recovery::Kit::view);
        let why = found.opened.as_ref().err().map(ToString::to_string);
        if context.is_json() {
            output::json(&serde_json::json!({
                "root_version": found.version,
                "vaults": found.vaults,
                "opened": why.is_none(),
                "error": why,
                "keys": found.keys,
                "nodes": found.nodes.iter().map(node).collect::<Vec<_>>(),
                "kit": kit,
                "waiting_kit": waiting,
            }))?;
        } else {
            tell(&found, kit.as_ref(), waiting.as_ref(), why.as_deref())?;
        }
        if why.is_some() { Err(Failure::silent(Exit::Failure)) } else { Ok(()) }
    }
}

fn node(node: &Node) -> serde_json::Value {
    let joined_at = Timestamp(node.joined_ms);
    serde_json::json!({ "id": node.id.to_string(), "fingerprint": node.fingerprint, "joined_at": joined_at })
}

fn tell(
    found: &Overview,
    kit: Option<&RecoveryKitView>,
    waiting: Option<&RecoveryKitView>,
    why: Option<&str>,
) -> std::io::Result<()> {
    let mut facts = vec![
        ("root key", format!("version {}", found.version)),
        ("kept by", found.vaults.join(", ")),
        ("opens", why.map_or_else(|| "yes".to_owned(), |why| format!("no: {why}"))),
        ("keys below", found.keys.to_string()),
    ];
    for node in &found.nodes {
        let (at, fingerprint) = (output::minute(Timestamp(node.joined_ms)), short(&node.fingerprint));
        facts.push(("joined node", format!("{}, since {at} UTC, fingerprint {fingerprint}", node.id)));
    }
    match kit {
        Some(kit) => facts.push(("recovery kit", described(kit))),
        None => facts.push(("recovery kit", "none; make one with `plexichat keys kit new`".to_owned())),
    }
    if let Some(kit) = waiting {
        facts.push(("waiting kit", format!("{}; it counts after `plexichat keys kit prove`", described(kit))));
    }
    output::facts(&facts)
}

/// A kit in one line.
pub(in crate::cli) fn described(kit: &RecoveryKitView) -> String {
    let form = match kit.form {
        KitForm::Words => "24 words".to_owned(),
        KitForm::Shares => format!("{} of {} shares", kit.needed, kit.total),
    };
    let when = match kit.proven_at {
        Some(at) => format!("proven {} UTC", output::minute(at)),
        None => format!("made {} UTC, not entered again yet", output::minute(kit.created_at)),
    };
    format!("{form}, {when}, fingerprint {}", short(&kit.fingerprint))
}

/// The beginning of a fingerprint: enough to tell one's own kits apart.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..19).unwrap_or(fingerprint)
}
