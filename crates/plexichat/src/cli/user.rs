//! `plexichat user list|create|suspend|activate|reset-link|password`.
//!
//! Works through the API with the session of an administrator, never past it on the database, so that what is done here
//! follows the same rules and reaches everybody. Not here: sessions (`login`, `session`).

use super::{ask, context::Context, exit::Failure, output, paging::gather, resolve};
use clap::ValueEnum;
use plexichat_client::Client;
use plexichat_model::{
    UserId,
    auth::{OneTimeLink, PasswordChange},
    permission::InstanceRole,
    user::{AccountStatus, NewUser, UserPatch, UserView},
};

/// Most people listed by one command.
const LISTED: usize = 1_000;

/// Manage accounts, and your own password
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexichat user list --all
  plexichat user create bob --display-name 'Bob B.'
  plexichat user reset-link @bob
  plexichat user password")]
pub(super) enum User {
    /// List the people you see
    List {
        /// Beginning of a handle or name
        query: Option<String>,
        /// All accounts of the server, also of people you share nothing with (administrators)
        #[arg(long)]
        all: bool,
    },
    /// Create an account and print the link for its password (administrators)
    Create {
        /// Unique name for mentions and sign-in: 2 to 32 of a-z 0-9 . _ -
        handle: String,
        /// Name shown to people [default: the handle]
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// E-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// Role on the instance
        #[arg(long, value_enum, default_value_t)]
        role: RoleArg,
    },
    /// Suspend an account: it may not sign in, everything stays (administrators)
    Suspend {
        /// @handle or id
        user: String,
    },
    /// Give a suspended account back to its owner (administrators)
    Activate {
        /// @handle or id
        user: String,
    },
    /// Print a one-time link with which somebody chooses a new password (administrators)
    ResetLink {
        /// @handle or id
        user: String,
    },
    /// Change your own password; all your other sessions end
    Password {
        /// Read the present password from the first line of standard input, the new one from the second
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum RoleArg {
    /// An ordinary account
    #[default]
    Member,
    /// May manage accounts and the instance
    Admin,
    /// May also name owners
    Owner,
}

impl From<RoleArg> for InstanceRole {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Member => Self::Member,
            RoleArg::Admin => Self::Admin,
            RoleArg::Owner => Self::Owner,
        }
    }
}

impl User {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        match self {
            Self::List { query, all: false } => list(context, &client, query).await,
            Self::List { query, all: true } => list_all(context, &client, query).await,
            Self::Create { handle, display_name, email, role } => {
                let handle = handle.trim_start_matches('@').to_owned();
                let display_name = display_name.unwrap_or_else(|| handle.clone());
                let new = NewUser { handle, display_name, email, instance_role: Some(role.into()) };
                let created = client.create_user(&new).await?;
                if context.is_json() {
                    return output::json(&created);
                }
                output::line(format!("Created @{} (id {}).", created.user.handle, created.user.id))?;
                tell_link(&client, "Let them choose a password here", &created.link)
            }
            Self::Suspend { user } => set_status(context, &client, &user, AccountStatus::Suspended).await,
            Self::Activate { user } => set_status(context, &client, &user, AccountStatus::Active).await,
            Self::ResetLink { user } => {
                let (id, _) = find(&client, &user).await?;
                let link = client.create_password_link(id).await?;
                if context.is_json() {
                    return output::json(&link);
                }
                tell_link(&client, &format!("A new password for {user}"), &link)
            }
            Self::Password { password_stdin } => {
                let (current, new) = ask::changed_password(password_stdin)?;
                client.change_password(&PasswordChange { current, new }).await?;
                if context.is_json() {
                    return output::json(&serde_json::json!({ "changed": true }));
                }
                Ok(output::line("Your password is changed, and all your other sessions are ended.")?)
            }
        }
    }
}

fn tell_link(client: &Client, what: &str, link: &OneTimeLink) -> anyhow::Result<()> {
    output::line(format!("{what}, once, until {} UTC:", output::minute(link.expires_at)))?;
    Ok(output::line(format!("  {}{}", client.address(), link.path))?)
}

/// The people one sees.
async fn list(context: &Context, client: &Client, query: Option<String>) -> anyhow::Result<()> {
    // Without a beginning everybody is meant, which the API spells as an empty one.
    let query = Some(query.unwrap_or_default());
    let listed = gather(LISTED, query, async |page| client.list_users(&page).await.map(|page| (page.items, page.next))).await?;
    if context.is_json() {
        return output::json(&listed.items);
    }
    let rows = listed.items.into_iter().map(row).collect();
    output::table(&["handle", "name", "kind", "status", "id"], rows, "Nobody.")?;
    Ok(output::cut_note(listed.is_cut, LISTED, "the beginning of a name")?)
}

/// All accounts, as administrators see them.
async fn list_all(context: &Context, client: &Client, query: Option<String>) -> anyhow::Result<()> {
    let listed =
        gather(LISTED, query, async |page| client.list_accounts(&page).await.map(|page| (page.items, page.next))).await?;
    if context.is_json() {
        return output::json(&listed.items);
    }
    let rows = listed.items.into_iter().map(|account| {
        let own = [output::word(&account.instance_role), account.email.unwrap_or_default(), output::minute(account.created_at)];
        row(account.user).into_iter().chain(own).collect()
    });
    output::table(&["handle", "name", "kind", "status", "id", "role", "e-mail", "since"], rows.collect(), "Nobody.")?;
    Ok(output::cut_note(listed.is_cut, LISTED, "the beginning of a name")?)
}

fn row(user: UserView) -> Vec<String> {
    vec![
        format!("@{}", user.handle),
        user.display_name,
        output::word(&user.kind),
        output::word(&user.status),
        user.id.to_string(),
    ]
}

/// An account by its handle; by its id also one that the administrator shares nothing with.
async fn find(client: &Client, user: &str) -> anyhow::Result<(UserId, Option<i64>)> {
    match user.parse() {
        Ok(id) => Ok((id, None)),
        Err(_) => resolve::user(client, user).await.map(|user| (user.id, Some(user.version))),
    }
}

async fn set_status(context: &Context, client: &Client, user: &str, status: AccountStatus) -> anyhow::Result<()> {
    let (id, version) = find(client, user).await?;
    if client.get_me().await?.user.id == id {
        return Err(Failure::usage("this is your own account; ask another administrator"));
    }
    let patch = UserPatch { status: Some(status), instance_role: None };
    let user = client.update_user(id, &patch, version).await?;
    if context.is_json() {
        return output::json(&user);
    }
    Ok(output::line(format!("@{} is {} now.", user.handle, output::word(&user.status)))?)
}
