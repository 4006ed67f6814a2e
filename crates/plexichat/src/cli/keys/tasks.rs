//! `plexichat keys rotate|shred|tasks|approve|cancel`: through the API, as an administrator who is signed in.
//!
//! Each asks for something that the server does in its own time; `--wait` looks until it is done. Nothing is decided here.
//! Not here: what works on the database itself (`status`, `kit`, `recover`, `reseal`).

use crate::cli::{ask, context::Context, exit::Failure, output, resolve};
use plexichat_client::Client;
use plexichat_model::{
    KeyTaskId,
    key_tasks::{KeyTaskKind, KeyTaskState, KeyTaskTarget, KeyTaskView, NewKeyTask},
};
use std::time::Duration;

/// How often it is looked whether a task is done.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Replace keys by new ones while everything goes on
///
/// New keys are in use at once; what the old ones seal is sealed anew in the background, and then the old ones are gone.
/// Rotating the root key leaves what its vault holds as it is.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexichat keys rotate --root --wait
  plexichat keys rotate --workspace Acme
  plexichat keys rotate --channel '#general' --month 2026-10")]
pub(in crate::cli) struct Rotate {
    #[command(flatten)]
    what: What,
    /// The root key, which seals the keys of workspaces
    #[arg(long, group = "level")]
    root: bool,
    /// The key of the instance, which seals those of conversations and of the server itself
    #[arg(long, group = "level")]
    instance: bool,
    /// Wait until it is done
    #[arg(long)]
    wait: bool,
}

/// Destroy keys, and with them for ever all that they seal
///
/// The messages are gone for everybody, in every backup too. It begins after a time of grace, in which `keys cancel` ends
/// it, and if the policy says so when a second administrator has approved.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexichat keys shred --channel '#hiring' --month 2024-03
  plexichat keys shred --workspace 'Old project' --yes
  plexichat keys tasks")]
pub(in crate::cli) struct Shred {
    #[command(flatten)]
    what: What,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Whose keys.
#[derive(clap::Args)]
struct What {
    /// A channel: #name or id
    #[arg(long, value_name = "CHANNEL", group = "level")]
    channel: Option<String>,
    /// A workspace by name or id; with --channel, the one it is in
    #[arg(short, long, value_name = "NAME")]
    workspace: Option<String>,
    /// Only what was written in this month, such as 2026-10
    #[arg(long, value_name = "MONTH", requires = "channel")]
    month: Option<String>,
}

impl What {
    async fn target(&self, client: &Client) -> anyhow::Result<(KeyTaskTarget, String)> {
        if let Some(channel) = &self.channel {
            let id = resolve::channel(client, channel, self.workspace.as_deref()).await?;
            return Ok((KeyTaskTarget::Channel { id }, format!("the channel {}", output::one_line(channel))));
        }
        if let Some(workspace) = &self.workspace {
            let state = resolve::workspace(client, Some(workspace)).await?;
            let name = output::one_line(&state.workspace.name);
            return Ok((KeyTaskTarget::Workspace { id: state.workspace.id }, format!("the workspace {name}")));
        }
        Err(Failure::usage("whose keys? Name a --channel or a --workspace (see --help)"))
    }
}

/// Which task.
#[derive(clap::Args)]
pub(in crate::cli) struct Task {
    /// Id, as `keys tasks` shows it
    id: KeyTaskId,
}

impl Rotate {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        let target = match (self.root, self.instance) {
            (true, _) => KeyTaskTarget::Root {},
            (_, true) => KeyTaskTarget::Instance {},
            _ => self.what.target(&client).await?.0,
        };
        let new = NewKeyTask { kind: KeyTaskKind::Rotate, target, month: self.what.month };
        let mut task = client.order_key_task(&new).await?;
        while self.wait && task.state != KeyTaskState::Done {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = client.list_key_tasks().await?.items.into_iter().find(|one| one.id == task.id);
            let now = now.ok_or_else(|| anyhow::anyhow!("the task is not listed any more"))?;
            if (now.state, now.changed) != (task.state, task.changed) {
                output::aside(progress(&now));
            }
            task = now;
        }
        told(context, &task)
    }
}

impl Shred {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        let (target, name) = self.what.target(&client).await?;
        let month = self.what.month.as_ref().map_or(String::new(), |month| format!(" in {month}"));
        if !self.yes {
            let question = format!("Destroy for ever what was written in {name}{month}? Type yes");
            if ask::text(None, &question, "--yes")? != "yes" {
                return Err(Failure::usage("nothing was done"));
            }
        }
        let new = NewKeyTask { kind: KeyTaskKind::Shred, target, month: self.what.month };
        told(context, &client.order_key_task(&new).await?)
    }
}

fn told(context: &Context, task: &KeyTaskView) -> anyhow::Result<()> {
    if context.is_json() {
        return output::json(task);
    }
    let what = if task.kind == KeyTaskKind::Rotate { "Rotation" } else { "Shredding" };
    Ok(output::line(format!("{what} {}: {}.", task.id, progress(task)))?)
}

/// How a task stands, in words.
fn progress(task: &KeyTaskView) -> String {
    let changed = match (task.kind, task.target) {
        (KeyTaskKind::Rotate, KeyTaskTarget::Channel { .. }) => format!("{} messages sealed anew", task.changed),
        (KeyTaskKind::Rotate, _) => format!("{} keys sealed anew", task.changed),
        (KeyTaskKind::Shred, _) => format!("{} messages gone", task.changed),
    };
    match task.state {
        KeyTaskState::Unapproved => "waits until a second administrator approves (plexichat keys approve)".to_owned(),
        KeyTaskState::Waiting if task.kind == KeyTaskKind::Shred => {
            format!("begins {}; until then `plexichat keys cancel {}` ends it", output::minute(task.due_at), task.id)
        }
        KeyTaskState::Waiting => "begins in a moment".to_owned(),
        KeyTaskState::Settling => "new keys are in use; waits until nobody uses the old ones".to_owned(),
        KeyTaskState::Working if task.of > 0 => format!("at {} of {}, {changed}", task.at, task.of),
        KeyTaskState::Working => format!("at work, {changed}"),
        KeyTaskState::Done => format!("done, {changed}"),
        KeyTaskState::Cancelled => "given up".to_owned(),
    }
}

pub(super) async fn list(context: &Context) -> anyhow::Result<()> {
    let tasks = context.client()?.list_key_tasks().await?.items;
    if context.is_json() {
        return output::json(&tasks);
    }
    let rows = tasks.iter().map(|task| {
        let target = match task.target {
            KeyTaskTarget::Root {} => "root".to_owned(),
            KeyTaskTarget::Instance {} => "instance".to_owned(),
            KeyTaskTarget::Workspace { id } => format!("workspace {id}"),
            KeyTaskTarget::Channel { id } => format!("channel {id}"),
        };
        let month = task.month.clone().unwrap_or_default();
        vec![task.id.to_string(), output::word(&task.kind), target, month, output::minute(task.asked_at), progress(task)]
    });
    Ok(output::table(&["id", "what", "whose keys", "month", "asked", "state"], rows.collect(), "No tasks.")?)
}

impl Task {
    pub(super) async fn approve(self, context: &Context) -> anyhow::Result<()> {
        told(context, &context.client()?.approve_key_task(self.id).await?)
    }

    pub(super) async fn cancel(self, context: &Context) -> anyhow::Result<()> {
        told(context, &context.client()?.cancel_key_task(self.id).await?)
    }
}
