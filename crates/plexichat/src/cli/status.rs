//! `plexichat status`.

use super::{context::Context, output};
use plexichat_model::{ErrorKind, system::SystemStatus};

/// Said until a kit was kept and entered again.
const NO_KIT: &str = "none that was proven; `plexichat keys kit new` on the machine of the server";

/// Show how the server is doing
///
/// Everybody learns whether it works; administrators see its parts.
#[derive(clap::Args)]
pub(super) struct Status {}

impl Status {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let server = context.server()?;
        let setup = context.anonymous()?.get_setup().await?;
        let status = match context.client() {
            Ok(client) => match client.get_status().await {
                Ok(status) => Some(status),
                Err(error) if matches!(error.kind(), Some(ErrorKind::Forbidden | ErrorKind::Unauthenticated)) => None,
                Err(error) => return Err(error.into()),
            },
            Err(_) => None,
        };
        if context.is_json() {
            return output::json(&serde_json::json!({ "server": server, "setup": setup, "status": status }));
        }
        let mut facts = vec![("server", server), ("version", setup.server_version)];
        if setup.needed {
            facts.push(("set up", "no; open the link that `plexichat serve` printed, or run `plexichat setup`".to_owned()));
        }
        match &status {
            Some(status) => facts.extend(describe(status)),
            None => facts.push(("details", "for administrators who are signed in".to_owned())),
        }
        output::facts(&facts)?;
        let Some(status) = status else { return Ok(()) };
        output::line("")?;
        let rows = status
            .workers
            .into_iter()
            .map(|worker| vec![worker.name, worker.state, worker.restarts.to_string(), worker.last_error.unwrap_or_default()]);
        Ok(output::table(&["worker", "state", "restarts", "last error"], rows.collect(), "No workers.")?)
    }
}

fn describe(status: &SystemStatus) -> Vec<(&'static str, String)> {
    let (days, hours) = (status.uptime_seconds / 86_400, status.uptime_seconds / 3_600 % 24);
    let minutes = status.uptime_seconds / 60 % 60;
    vec![
        ("node", format!("{} ({} live)", status.node, status.live_nodes)),
        ("up", format!("{days} d {hours} h {minutes} min")),
        ("database", status.database.clone()),
        ("memory", format!("{} MiB", status.rss_bytes / (1024 * 1024))),
        ("connections", status.connections.to_string()),
        ("accounts", status.users.to_string()),
        ("workspaces", status.workspaces.to_string()),
        ("channels", status.channels.to_string()),
        ("epoch", status.epoch.clone()),
        ("recovery kit", if status.recovery_kit_proven { "proven" } else { NO_KIT }.to_owned()),
    ]
}
