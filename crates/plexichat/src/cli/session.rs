//! `plexichat session list|revoke`.
//!
//! The caller's own sessions on every device. Ending the session in use is `logout`.

use super::{context::Context, exit::Failure, output};
use plexichat_model::SessionId;

/// List your sessions, and end those you do not know
///
/// A session is one signed-in device: a browser, a phone, this command line. An ended one is signed out within a second.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexichat session list
  plexichat session revoke 123456789012345678
  plexichat session revoke --others           sign out everywhere but here")]
pub(super) enum Session {
    /// List your sessions, the one in use marked
    List,
    /// End a session, or all but the one in use
    Revoke {
        /// Id, as `session list` shows it
        id: Option<SessionId>,
        /// All sessions but the one in use
        #[arg(long, conflicts_with = "id")]
        others: bool,
    },
}

impl Session {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        match self {
            Self::List => {
                let sessions = client.list_sessions().await?.items;
                if context.is_json() {
                    return output::json(&sessions);
                }
                let rows = sessions.into_iter().map(|session| {
                    let device =
                        if session.current { format!("{} (this one)", session.device_name) } else { session.device_name };
                    let times = [session.created_at, session.last_seen_at, session.expires_at].map(output::minute);
                    let [created, seen, expires] = times;
                    vec![session.id.to_string(), device, created, seen, expires]
                });
                Ok(output::table(&["id", "device", "since", "last seen", "ends"], rows.collect(), "No sessions.")?)
            }
            Self::Revoke { id: None, others: false } => {
                Err(Failure::usage("which one? Give its id (see `plexichat session list`), or --others for all but this one"))
            }
            Self::Revoke { id: None, others: true } => {
                client.revoke_other_sessions().await?;
                if context.is_json() {
                    return output::json(&serde_json::json!({ "revoked": "others" }));
                }
                Ok(output::line("All other sessions are ended.")?)
            }
            Self::Revoke { id: Some(id), .. } => {
                let sessions = client.list_sessions().await?.items;
                if sessions.iter().any(|session| session.id == id && session.current) {
                    return Err(Failure::usage("this is the session in use; end it with `plexichat logout`"));
                }
                client.revoke_session(id).await?;
                if context.is_json() {
                    return output::json(&serde_json::json!({ "revoked": id }));
                }
                Ok(output::line(format!("Session {id} is ended."))?)
            }
        }
    }
}
