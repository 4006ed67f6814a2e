//! `plexichat login`.

use super::{ask, context::Context, credentials::Session, output};
use plexichat_model::{
    auth::{Login as Request, TokenTransport},
    user::AccountView,
};

/// Sign in and remember the session
///
/// The session is kept in ~/.config/plexichat/credentials.toml, readable by you alone. A password is typed or read
/// from standard input, never taken from the command line, where others could see it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexichat login ada
  plexichat --server https://chat.example.com login ada
  plexichat --server https://chat.intern --ca-file our-ca.pem login ada
  pass show chat | plexichat login ada --password-stdin

The server and its --ca-file are remembered: later commands need neither.")]
pub(super) struct Login {
    /// Handle or e-mail address; asked for if absent
    name: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Remember an existing token, read from the first line of standard input, instead of signing in
    #[arg(long, conflicts_with_all = ["name", "password_stdin"])]
    token_stdin: bool,
}

impl Login {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let server = context.server()?;
        let account = if self.token_stdin {
            let token = ask::secret_line()?;
            let account = context.connect(&server, Some(token.clone()))?.get_me().await?;
            keep(context, &server, &account, token)?;
            account
        } else {
            self.with_password(context, &server).await?
        };
        if context.is_json() {
            return output::json(&account);
        }
        let name = output::printable(&account.user.display_name);
        output::line(format!("Signed in to {server} as {name} (@{}).", account.user.handle))?;
        Ok(())
    }

    async fn with_password(self, context: &Context, server: &str) -> anyhow::Result<AccountView> {
        let login = ask::text(self.name, "Handle or e-mail", "the handle")?;
        let password = ask::password(self.password_stdin, "Password")?;
        let device_name = Some(device_name());
        let request = Request { login, password, transport: TokenTransport::Bearer, device_name };
        let signed_in = context.anonymous()?.login(&request).await?;
        remember(context, server, &signed_in)?;
        Ok(signed_in.account)
    }
}

/// What the list of sessions shows.
pub(super) fn device_name() -> String {
    "Command line".to_owned()
}

/// Keeps the token of a new session.
pub(super) fn remember(context: &Context, server: &str, signed_in: &plexichat_model::auth::SignedIn) -> anyhow::Result<()> {
    match &signed_in.token {
        Some(token) => keep(context, server, &signed_in.account, token.clone()),
        None => anyhow::bail!("the server gave no token"),
    }
}

fn keep(context: &Context, server: &str, account: &AccountView, token: String) -> anyhow::Result<()> {
    let session = Session { handle: account.user.handle.clone(), token, ca_file: context.ca_file(server)? };
    context.credentials()?.remember(server, session)
}
