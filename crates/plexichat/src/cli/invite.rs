//! `plexichat invite create|list|revoke|accept`.
//!
//! A link is printed once, when it is created: the server keeps only its hash. Accepting one needs no session and leaves
//! one behind. Not here: the first link of an instance (`setup`).

use super::{ask, context::Context, exit::Failure, login, output, paging::gather, resolve};
use clap::ValueEnum;
use plexichat_model::{
    InvitationId,
    auth::{AcceptInvitation, InvitationCode, NewAccount, NewInvitation, TokenTransport},
    permission::Role,
};

/// Most invitations listed by one command.
const LISTED: usize = 2_000;

/// Invite people to a workspace
#[derive(clap::Subcommand)]
pub(super) enum Invite {
    /// Make an invitation link
    Create {
        /// Role of those who join by it
        #[arg(long, value_enum, default_value_t)]
        role: RoleArg,
        /// How many people may use it
        #[arg(long, value_name = "COUNT", default_value_t = 1)]
        uses: u32,
        /// How long it works [default: as the server says, a week unless configured otherwise]
        #[arg(long, value_name = "HOURS")]
        hours: Option<u32>,
        /// Channel to join besides the default one, as '#name'; may be repeated
        #[arg(long = "channel", value_name = "CHANNEL")]
        channels: Vec<String>,
        /// Workspace by name or id, when you are in several
        #[arg(short, long, value_name = "NAME")]
        workspace: Option<String>,
    },
    /// List the invitations of a workspace
    List {
        /// Workspace by name or id, when you are in several
        #[arg(short, long, value_name = "NAME")]
        workspace: Option<String>,
    },
    /// Make an invitation worthless
    Revoke {
        /// Id, as `invite list` shows it
        id: InvitationId,
        /// Workspace by name or id, when you are in several
        #[arg(short, long, value_name = "NAME")]
        workspace: Option<String>,
    },
    /// Join by an invitation with a new account, and sign in
    Accept {
        /// The link or its code; asked for if absent
        link: Option<String>,
        /// Unique name for mentions and sign-in; asked for if absent
        #[arg(long)]
        handle: Option<String>,
        /// Name shown to people [default: the handle]
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// E-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum RoleArg {
    /// An ordinary member
    #[default]
    Member,
    /// Sees only the channels they are added to
    Guest,
    /// May manage the workspace
    Admin,
    /// May also name owners
    Owner,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Member => Self::Member,
            RoleArg::Guest => Self::Guest,
            RoleArg::Admin => Self::Admin,
            RoleArg::Owner => Self::Owner,
        }
    }
}

impl Invite {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Create { role, uses, hours, channels, workspace } => {
                let client = context.client()?;
                let state = resolve::workspace(&client, workspace.as_deref()).await?;
                let name = state.workspace.id.to_string();
                let mut channel_ids = Vec::new();
                for channel in &channels {
                    channel_ids.push(resolve::channel(&client, channel, Some(&name)).await?);
                }
                let new = NewInvitation { role: role.into(), max_uses: Some(uses), expires_in_hours: hours, channel_ids };
                let created = client.create_invitation(state.workspace.id, &new).await?;
                if context.is_json() {
                    return output::json(&created);
                }
                let until = output::minute(created.invitation.expires_at);
                let people = if uses == 1 { "one person".to_owned() } else { format!("{uses} people") };
                let place = output::printable(&state.workspace.name);
                output::line(format!("Invitation to {place} for {people}, until {until} UTC:"))?;
                Ok(output::line(format!("  {}{}", client.address(), created.path))?)
            }
            Self::List { workspace } => list(context, workspace).await,
            Self::Revoke { id, workspace } => {
                let client = context.client()?;
                let state = resolve::workspace(&client, workspace.as_deref()).await?;
                client.revoke_invitation(state.workspace.id, id).await?;
                if context.is_json() {
                    return output::json(&serde_json::json!({ "id": id, "revoked": true }));
                }
                Ok(output::line(format!("Invitation {id} is revoked."))?)
            }
            Self::Accept { link, handle, display_name, email, password_stdin } => {
                accept(context, link, (handle, display_name, email), password_stdin).await
            }
        }
    }
}

async fn list(context: &Context, workspace: Option<String>) -> anyhow::Result<()> {
    let client = context.client()?;
    let state = resolve::workspace(&client, workspace.as_deref()).await?;
    let page = async |page| client.list_invitations(state.workspace.id, &page).await.map(|page| (page.items, page.next));
    // The number of live invitations of a workspace has a bound of its own.
    let items = gather(LISTED, None, page).await?.items;
    if context.is_json() {
        return output::json(&items);
    }
    let rows = items.into_iter().map(|item| {
        let uses = format!("{} of {}", item.uses, item.max_uses);
        let until = if item.revoked { "revoked".to_owned() } else { output::minute(item.expires_at) };
        vec![item.id.to_string(), output::word(&item.role), uses, until]
    });
    Ok(output::table(&["id", "role", "used", "until"], rows.collect(), "No invitations.")?)
}

/// The code in a link, or the code itself.
pub(super) fn code_of(link: &str) -> String {
    link.trim().rsplit_once('#').map_or(link.trim(), |(_, code)| code).to_owned()
}

/// The server in a link, if it is a whole one.
fn server_of(link: &str) -> Option<&str> {
    link.trim().split_once("/invite#").map(|(server, _)| server).filter(|server| server.starts_with("http"))
}

type Person = (Option<String>, Option<String>, Option<String>);

async fn accept(context: &Context, link: Option<String>, person: Person, password_stdin: bool) -> anyhow::Result<()> {
    let link = ask::text(link, "Invitation link", "the link")?;
    let code = code_of(&link);
    if code.is_empty() {
        return Err(Failure::usage("this is no invitation link"));
    }
    let server = match server_of(&link) {
        Some(server) => server.to_owned(),
        None => context.server()?,
    };
    let client = context.connect(&server, None)?;
    let preview = client.preview_invitation(&InvitationCode { code: code.clone() }).await?;
    if !context.is_json() {
        let (place, by) = (output::one_line(&preview.workspace_name), output::one_line(&preview.invited_by));
        output::aside(format!("{by} invites you to {place} as {}.", output::word(&preview.role)));
    }
    let (handle, display_name, email) = person;
    let handle = ask::text(handle, "Handle", "--handle")?;
    let display_name = display_name.unwrap_or_else(|| handle.clone());
    let password = ask::new_password(password_stdin)?;
    let account = Some(NewAccount { handle, display_name, password, email });
    let joined = client.accept_invitation(&AcceptInvitation { code, account, transport: TokenTransport::Bearer }).await?;
    login::remember(context, &server, &joined.signed_in)?;
    if context.is_json() {
        return output::json(&serde_json::json!({
            "account": joined.signed_in.account, "workspace": joined.workspace, "channel_id": joined.channel_id,
        }));
    }
    let place = output::printable(&joined.workspace.name);
    Ok(output::line(format!("Welcome to {place}, @{}. You are signed in.", joined.signed_in.account.user.handle))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_holds_server_and_code() {
        let link = "https://chat.example.com/invite#abc";
        assert_eq!((server_of(link), code_of(link)), (Some("https://chat.example.com"), "abc".to_owned()));
        assert_eq!((server_of("abc"), code_of(" abc\n")), (None, "abc".to_owned()));
    }
}
