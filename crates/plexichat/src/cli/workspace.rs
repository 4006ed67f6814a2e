//! `plexichat workspace list|create|members`.

use super::{context::Context, output, resolve};
use plexichat_client::PageQuery;
use plexichat_model::workspace::NewWorkspace;

/// Most members listed by one command.
const LISTED: usize = 2_000;

/// Manage workspaces
#[derive(clap::Subcommand)]
pub(super) enum Workspace {
    /// List your workspaces
    List,
    /// Create a workspace (administrators)
    Create {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        description: String,
    },
    /// List the members of a workspace
    Members {
        /// Name or id; your only one if absent
        workspace: Option<String>,
        /// Beginning of a handle or name
        #[arg(long, value_name = "TEXT")]
        query: Option<String>,
    },
}

impl Workspace {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        match self {
            Self::List => {
                let all = client.list_workspaces().await?;
                if context.is_json() {
                    return output::json(&all);
                }
                let rows = all.into_iter().map(|state| {
                    vec![
                        state.workspace.name,
                        output::word(&state.role),
                        state.workspace.id.to_string(),
                        state.workspace.description,
                    ]
                });
                Ok(output::table(&["name", "your role", "id", "description"], rows.collect(), "You are in no workspace.")?)
            }
            Self::Create { name, description } => {
                let state = client.create_workspace(&NewWorkspace { name, description }).await?;
                if context.is_json() {
                    return output::json(&state);
                }
                let name = output::printable(&state.workspace.name);
                Ok(output::line(format!("Created workspace {name} (id {}).", state.workspace.id))?)
            }
            Self::Members { workspace, query } => {
                let state = resolve::workspace(&client, workspace.as_deref()).await?;
                let (mut items, mut after) = (Vec::new(), None);
                loop {
                    let page = PageQuery { q: query.clone(), ..PageQuery::after(after) };
                    let answer = client.list_workspace_members(state.workspace.id, &page).await?;
                    items.extend(answer.items);
                    after = answer.next;
                    if after.is_none() || items.len() >= LISTED {
                        break;
                    }
                }
                if context.is_json() {
                    return output::json(&items);
                }
                let rows = items.into_iter().map(|item| {
                    let joined = output::minute(item.member.joined_at);
                    vec![
                        format!("@{}", item.user.handle),
                        item.user.display_name,
                        output::word(&item.member.role),
                        joined,
                        item.user.id.to_string(),
                    ]
                });
                Ok(output::table(&["handle", "name", "role", "joined", "id"], rows.collect(), "Nobody.")?)
            }
        }
    }
}
