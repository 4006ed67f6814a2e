//! `plexichat keys invite-node|invitations|remove-node`.
//!
//! A token goes to the person alone, on standard output, and never to the log. Each act is an entry of the audit log in the same
//! transaction. Not here: the machine that joins (`join`).

use crate::{
    cli::{
        ask,
        context::Context,
        exit::{Exit, Failure},
        output,
    },
    compose::{Core, Role, take_data_dir},
};
use plexichat_audit::Action;
use plexichat_database::{Engine, Tx};
use plexichat_kernel::{Caller, Result, config::Config};
use plexichat_keys::{
    Keys,
    nodes::{Invitation, LONGEST_HOURS},
};
use plexichat_model::{Timestamp, UserId};
use std::pin::Pin;

/// What the audit log says of who did it.
const REASON: &str = "keys, on the command line of the server";

/// Make a one-time token by which another machine joins and gets the root key
///
/// Standard output is the token alone, shown once. Take it to the new machine by a way that you trust, and run `plexichat keys
/// join` there: whoever has it and reaches the database gets everything that is stored. It is good for one machine.
#[derive(clap::Args)]
pub(in crate::cli) struct InviteNode {
    /// How long it is good for, 1 to 168 hours
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=i64::from(LONGEST_HOURS)))]
    hours: u32,
}

/// List the tokens that wait for their machine, or take one back
#[derive(clap::Args)]
pub(in crate::cli) struct Invitations {
    /// Take this one back
    #[arg(long, value_name = "ID")]
    revoke: Option<i64>,
}

/// Forget a node that joined: it does not start again
///
/// Stop it before. What it knows it knows: rotate the root key afterwards (`plexichat keys rotate --root`), which is then not
/// sealed for it.
#[derive(clap::Args)]
pub(in crate::cli) struct RemoveNode {
    /// Id, as `keys status` shows it
    id: i64,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Runs something on the database of this machine's configuration, beside a server that runs.
async fn beside<F>(config: &Config, work: F) -> anyhow::Result<()>
where
    F: AsyncFnOnce(&Core) -> anyhow::Result<()>,
{
    // The first command on a new machine makes the directory; a server that runs keeps its lock.
    let held = take_data_dir(&config.server.data_dir);
    let core = Core::start(config, Role::Command).await?;
    let done = work(&core).await;
    core.stop().await;
    drop(held);
    done
}

/// What is done in a transaction.
type Work<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Does something to a row and writes it down, in one transaction.
async fn recorded<F>(core: &Core, action: Action, kind: &str, id: i64, work: F) -> anyhow::Result<()>
where
    F: for<'a> Fn(&'a Tx) -> Work<'a> + Send + Sync + 'static,
{
    let audit = core.auth.audit();
    let record = audit.record(&Caller::system(REASON), action).await?.on(kind, id);
    Ok(audit.write_along(record, work).await?)
}

impl InviteNode {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        beside(&config, async |core| {
            if core.db.engine() == Engine::Sqlite {
                let text = "an SQLite database has one server; nodes join one on PostgreSQL or MariaDB";
                return Err(Failure::with(Exit::Conflict, text));
            }
            let new = core.messaging.keys().invite_node(self.hours, UserId(0)).await?;
            let (id, written) = (new.invitation.id, new.clone());
            let write = recorded(core, Action::NodeInvited, "node_invitation", id, move |tx| {
                let written = written.clone();
                Box::pin(async move { written.write(tx).await })
            });
            write.await?;
            let expires = Timestamp(new.invitation.expires_ms);
            if context.is_json() {
                return output::json(&serde_json::json!({ "id": id.to_string(), "token": *new.token, "expires_at": expires }));
            }
            output::line(&*new.token)?;
            output::aside("");
            output::aside(format!("Good for one machine, until {} UTC. There: plexichat keys join", output::minute(expires)));
            output::aside(format!("To take it back: plexichat keys invitations --revoke {id}"));
            Ok(())
        })
        .await
    }
}

impl Invitations {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        beside(&config, async |core| match self.revoke {
            Some(id) => revoke(context, core, id).await,
            None => list(context, &core.messaging.keys().node_invitations().await?),
        })
        .await
    }
}

async fn revoke(context: &Context, core: &Core, id: i64) -> anyhow::Result<()> {
    let keys = core.messaging.keys().clone();
    let work = recorded(core, Action::NodeInvitationRevoked, "node_invitation", id, move |tx| {
        let keys: Keys = keys.clone();
        Box::pin(async move { keys.revoke_node_invitation(tx, id).await })
    });
    work.await?;
    if context.is_json() {
        return output::json(&serde_json::json!({ "revoked": id.to_string() }));
    }
    Ok(output::line("Revoked: nobody joins by it any more.")?)
}

fn list(context: &Context, found: &[Invitation]) -> anyhow::Result<()> {
    if context.is_json() {
        let items = found.iter().map(|one| {
            let Invitation { id, created_by, created_ms, expires_ms } = one;
            serde_json::json!({
                "id": id.to_string(), "created_by": created_by.to_string(),
                "created_at": Timestamp(*created_ms), "expires_at": Timestamp(*expires_ms),
            })
        });
        return output::json(&items.collect::<Vec<_>>());
    }
    let rows = found.iter().map(|one| {
        vec![one.id.to_string(), output::minute(Timestamp(one.created_ms)), output::minute(Timestamp(one.expires_ms))]
    });
    Ok(output::table(&["id", "made", "good until"], rows.collect(), "No invitations.")?)
}

impl RemoveNode {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.load()?.config;
        beside(&config, async |core| {
            let keys = core.messaging.keys();
            let Some(node) = keys.nodes().await?.into_iter().find(|node| node.id == self.id) else {
                return Err(Failure::not_found(format!("no node {} has joined; see `plexichat keys status`", self.id)));
            };
            if !self.yes {
                let at = output::minute(Timestamp(node.joined_ms));
                let question = format!("Remove node {}, which joined {at} UTC? It will not start again. Type `remove`", node.id);
                if ask::text(None, &question, "--yes")? != "remove" {
                    return Err(Failure::with(Exit::Failure, "nothing was removed"));
                }
            }
            let (keys, id) = (keys.clone(), node.id);
            let work = recorded(core, Action::NodeRemoved, "key_node", id, move |tx| {
                let keys: Keys = keys.clone();
                Box::pin(async move { keys.remove_node(tx, id).await })
            });
            work.await?;
            if context.is_json() {
                return output::json(&serde_json::json!({ "removed": id.to_string() }));
            }
            output::line("Removed. It opens copies of the database from before, and while it runs it goes on: stop it, then")?;
            Ok(output::line("replace the root key: plexichat keys rotate --root")?)
        })
        .await
    }
}
