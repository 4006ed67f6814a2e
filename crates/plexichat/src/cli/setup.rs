//! `plexichat setup`: the owner, the first workspace and its channel, without a browser.
//!
//! Works on the database of this machine's configuration, whether the server runs or not: the command is a node of
//! its own for a moment. With `--code` it uses the set-up link over the API instead, from anywhere.

use super::{
    ask,
    context::{Context, address_of, local_address},
    invite::code_of,
    login, output,
};
use crate::compose::{Core, Role, take_data_dir};
use plexichat_kernel::{Caller, Error, config::Config};
use plexichat_model::{
    ErrorCode,
    auth::{Joined, NewAccount, OneTimeLink, Setup as Request, TokenTransport},
};

/// Create the owner and the first workspace, or print a new set-up link
///
/// What is not given is asked for. Afterwards you are signed in on this machine.
#[derive(clap::Args)]
pub(super) struct Setup {
    /// Print a new set-up link for the browser instead; earlier links stop working
    #[arg(long, conflicts_with_all = ["code", "handle", "display_name", "email", "workspace_name", "password_stdin"])]
    link: bool,
    /// Set-up link or its code: set up the server at --server over the network
    #[arg(long, value_name = "LINK")]
    code: Option<String>,
    /// Handle of the owner: 2 to 32 of a-z 0-9 . _ -
    #[arg(long, env = "PLEXICHAT_SETUP_HANDLE", hide_env_values = true)]
    handle: Option<String>,
    /// Name of the owner shown to people [default: the handle]
    #[arg(long, value_name = "NAME", env = "PLEXICHAT_SETUP_DISPLAY_NAME", hide_env_values = true)]
    display_name: Option<String>,
    /// E-mail address of the owner
    #[arg(long, value_name = "ADDRESS", env = "PLEXICHAT_SETUP_EMAIL", hide_env_values = true)]
    email: Option<String>,
    /// Name of the first workspace
    #[arg(long = "workspace", value_name = "NAME", env = "PLEXICHAT_SETUP_WORKSPACE", hide_env_values = true)]
    workspace_name: Option<String>,
    /// Read the owner's password from the first line of standard input
    #[arg(
        long,
        help = "Read the owner's password from the first line of standard input [else: PLEXICHAT_SETUP_PASSWORD, else asked for]"
    )]
    password_stdin: bool,
}

impl Setup {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        if let Some(code) = self.code.as_deref().map(code_of) {
            let server = context.server()?;
            let request = self.request(context, code)?;
            let joined = context.anonymous()?.complete_setup(&request).await?;
            return tell(context, &server, &joined);
        }
        let config = context.load()?.config;
        // The first command on a new machine makes the directory; a server that runs keeps its lock.
        let held = take_data_dir(&config.server.data_dir);
        let core = Core::start(&config, Role::Command).await?;
        let done = if self.link { new_link(context, &core, &config).await } else { self.here(context, &core, &config).await };
        core.stop().await;
        drop(held);
        done
    }

    fn request(self, context: &Context, code: String) -> anyhow::Result<Request> {
        let handle = ask::text(self.handle, "Handle of the owner", "--handle")?;
        let display_name = self.display_name.unwrap_or_else(|| handle.clone());
        let workspace_name = ask::text(self.workspace_name, "Name of the first workspace", "--workspace")?;
        let password = match context.variable("PLEXICHAT_SETUP_PASSWORD") {
            Some(password) if !self.password_stdin => password.to_owned(),
            _ => ask::new_password(self.password_stdin)?,
        };
        let owner = NewAccount { handle, display_name, password, email: self.email };
        Ok(Request { code, owner, workspace_name, transport: TokenTransport::Bearer })
    }

    async fn here(self, context: &Context, core: &Core, config: &Config) -> anyhow::Result<()> {
        if !core.auth.setup_needed().await? {
            return Err(already());
        }
        // The answers first: a code is made only when it is used at once.
        let mut request = self.request(context, String::new())?;
        request.code = core.auth.ensure_setup_code().await?.ok_or_else(already)?.code;
        let joined = core.messaging.complete_setup(&Caller::anonymous(), request, Some(login::device_name())).await?.joined;
        tell(context, &local_address(config), &joined)
    }
}

fn already() -> anyhow::Error {
    Error::new(ErrorCode::AlreadySetUp, "this instance is already set up; sign in with `plexichat login`").into()
}

async fn new_link(context: &Context, core: &Core, config: &Config) -> anyhow::Result<()> {
    let link = core.auth.renew_setup_code().await?.ok_or_else(already)?;
    let address = address_of(config);
    if context.is_json() {
        return output::json(&serde_json::json!({ "url": format!("{address}{}", link.path), "expires_at": link.expires_at }));
    }
    tell_link(&address, &link)
}

/// Prints a set-up link, to the person alone and never to the log.
pub(super) fn tell_link(address: &str, link: &OneTimeLink) -> anyhow::Result<()> {
    output::line("Set up this server in your browser, once:")?;
    output::line("")?;
    output::line(format!("  {address}{}", link.path))?;
    output::line("")?;
    Ok(output::line(format!(
        "The link works until {} UTC. A new one: `plexichat setup --link`.",
        output::minute(link.expires_at)
    ))?)
}

fn tell(context: &Context, server: &str, joined: &Joined) -> anyhow::Result<()> {
    login::remember(context, server, &joined.signed_in)?;
    let account = &joined.signed_in.account;
    if context.is_json() {
        return output::json(&serde_json::json!({
            "account": account, "workspace": joined.workspace, "channel_id": joined.channel_id,
        }));
    }
    let (handle, place) = (&account.user.handle, output::printable(&joined.workspace.name));
    output::line(format!("The workspace {place} is ready, and @{handle} owns it. You are signed in to {server}."))?;
    Ok(output::line("Invite others with `plexichat invite create`.")?)
}
