//! `plexichat workspace list|create|rename|members|role|remove|leave`.
//!
//! Each verb is one call of the client crate and one way to print its answer. A workspace is the only one there is, or the
//! one of `--workspace`. Not here: inviting people (`invite`), channels (`channel`).

use super::{
    context::Context,
    exit::Failure,
    invite::RoleArg,
    output,
    paging::{Listed, gather},
    resolve,
};
use plexichat_client::Client;
use plexichat_model::{
    UserId,
    workspace::{NewWorkspace, WorkspaceMemberPatch, WorkspacePatch, WorkspaceState},
};

/// Most members listed by one command.
const LISTED: usize = 2_000;

/// Manage workspaces and their members
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexichat workspace members
  plexichat workspace role @bob admin
  plexichat workspace remove @carol --workspace Garden")]
pub(super) enum Workspace {
    /// List your workspaces
    List,
    /// Create a workspace (administrators of the server)
    Create {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        description: String,
    },
    /// Give a workspace another name or description
    Rename {
        /// Its new name
        name: String,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// List the members of a workspace
    Members {
        /// Name or id; your only one if absent
        workspace: Option<String>,
        /// Beginning of a handle or name
        #[arg(long, value_name = "TEXT")]
        query: Option<String>,
    },
    /// Give a member another role
    Role {
        /// @handle or id
        user: String,
        /// The new role
        #[arg(value_enum)]
        role: RoleArg,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a member: they lose its channels, what they wrote stays
    Remove {
        /// @handle or id
        user: String,
        #[command(flatten)]
        place: Place,
    },
    /// Leave a workspace
    Leave {
        /// Name or id
        workspace: String,
    },
}

/// Which workspace is meant.
#[derive(clap::Args)]
pub(super) struct Place {
    /// Workspace by name or id, when you are in several
    #[arg(short, long, value_name = "NAME")]
    workspace: Option<String>,
}

impl Workspace {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        match self {
            Self::List => list(context, client.list_workspaces().await?),
            Self::Create { name, description } => {
                let state = client.create_workspace(&NewWorkspace { name, description }).await?;
                if context.is_json() {
                    return output::json(&state);
                }
                let name = output::printable(&state.workspace.name);
                Ok(output::line(format!("Created workspace {name} (id {}).", state.workspace.id))?)
            }
            Self::Rename { name, description, place } => {
                let state = resolve::workspace(&client, place.workspace.as_deref()).await?;
                let patch = WorkspacePatch { name: Some(name), description };
                let view = client.update_workspace(state.workspace.id, &patch, Some(state.workspace.version)).await?;
                if context.is_json() {
                    return output::json(&view);
                }
                let (old, new) = (output::one_line(&state.workspace.name), output::one_line(&view.name));
                Ok(output::line(format!("{old} is called {new} now."))?)
            }
            Self::Members { workspace, query } => {
                let state = resolve::workspace(&client, workspace.as_deref()).await?;
                members(context, &client, &state, query).await
            }
            Self::Role { user, role, place } => {
                let state = resolve::workspace(&client, place.workspace.as_deref()).await?;
                let person = resolve::user(&client, &user).await?;
                let patch = WorkspaceMemberPatch { role: role.into() };
                let view = client.update_workspace_member(state.workspace.id, person.id, &patch, None).await?;
                if context.is_json() {
                    return output::json(&view);
                }
                let (name, role) = (output::one_line(&state.workspace.name), output::word(&view.role));
                Ok(output::line(format!("@{} is {role} in {name} now.", person.handle))?)
            }
            Self::Remove { user, place } => {
                let state = resolve::workspace(&client, place.workspace.as_deref()).await?;
                let person = resolve::user(&client, &user).await?;
                if client.get_me().await?.user.id == person.id {
                    return Err(Failure::usage("this is you; leave with `plexichat workspace leave`"));
                }
                let text = format!("Removed @{} from {}.", person.handle, output::one_line(&state.workspace.name));
                remove(context, &client, &state, person.id, &text).await
            }
            Self::Leave { workspace } => {
                let state = resolve::workspace(&client, Some(&workspace)).await?;
                let me = client.get_me().await?.user.id;
                let text = format!("Left {}.", output::one_line(&state.workspace.name));
                remove(context, &client, &state, me, &text).await
            }
        }
    }
}

fn list(context: &Context, all: Vec<WorkspaceState>) -> anyhow::Result<()> {
    if context.is_json() {
        return output::json(&all);
    }
    let rows = all.into_iter().map(|state| {
        vec![state.workspace.name, output::word(&state.role), state.workspace.id.to_string(), state.workspace.description]
    });
    Ok(output::table(&["name", "your role", "id", "description"], rows.collect(), "You are in no workspace.")?)
}

async fn members(context: &Context, client: &Client, state: &WorkspaceState, query: Option<String>) -> anyhow::Result<()> {
    let query = query.map(|query| query.trim_start_matches('@').to_owned());
    let page = async |page| client.list_workspace_members(state.workspace.id, &page).await.map(|page| (page.items, page.next));
    let Listed { items, is_cut } = gather(LISTED, query, page).await?;
    if context.is_json() {
        return output::json(&items);
    }
    let rows = items.into_iter().map(|item| {
        vec![
            format!("@{}", item.user.handle),
            item.user.display_name,
            output::word(&item.member.role),
            output::minute(item.member.joined_at),
            item.user.id.to_string(),
        ]
    });
    output::table(&["handle", "name", "role", "joined", "id"], rows.collect(), "Nobody.")?;
    Ok(output::cut_note(is_cut, LISTED, "--query")?)
}

async fn remove(context: &Context, client: &Client, state: &WorkspaceState, user: UserId, text: &str) -> anyhow::Result<()> {
    client.remove_workspace_member(state.workspace.id, user).await?;
    if context.is_json() {
        return output::json(&serde_json::json!({ "workspace_id": state.workspace.id, "user_id": user, "removed": true }));
    }
    Ok(output::line(text)?)
}
