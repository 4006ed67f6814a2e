//! `plexichat channel list|create|join|leave|rename|topic|archive|restore`; who is in it: `channel_members`.
//!
//! Each verb is one call of the client crate and one way to print its answer, as a table or as the view of the API.
//! Channels are named by `#name` or id (`resolve`). Not here: reading and writing messages (`history`, `send`, `tail`).

use super::{
    channel_members,
    context::Context,
    output,
    paging::{Listed, gather},
    resolve,
};
use clap::ValueEnum;
use plexichat_client::Client;
use plexichat_model::{
    ChannelId,
    channel::{ChannelKind, ChannelPatch, ChannelView, NewChannel},
};

/// Most channels listed by one command.
const LISTED: usize = 2_000;

/// Manage channels and who is in them
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexichat channel create builds --topic 'What the machines say'
  plexichat channel rename '#builds' ci
  plexichat channel add '#ci' @bob @carol
  plexichat channel archive '#ci'")]
pub(super) enum Channel {
    /// List the channels you are in or may join
    List {
        /// Beginning of a name
        query: Option<String>,
        /// Show the archived channels instead
        #[arg(long)]
        archived: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Create a channel and join it
    Create {
        /// Its name
        name: String,
        /// What kind of channel
        #[arg(long, value_enum, default_value_t)]
        kind: KindArg,
        /// What it is about
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        topic: String,
        /// Somebody to add, as @handle; may be repeated
        #[arg(long = "member", value_name = "USER")]
        members: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Join a public channel
    Join {
        /// '#name' or id
        channel: String,
        #[command(flatten)]
        place: Place,
    },
    /// Leave a channel
    Leave {
        /// '#name' or id
        channel: String,
        #[command(flatten)]
        place: Place,
    },
    /// Give a channel another name
    Rename {
        /// '#name' or id
        channel: String,
        /// Its new name
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Say what a channel is about; without a text: nothing any more
    Topic {
        /// '#name' or id
        channel: String,
        /// The topic; several words need no quotes
        #[arg(trailing_var_arg = true)]
        text: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// List the members of a channel
    Members {
        /// '#name', '@person', '@one,@two' or id
        channel: String,
        #[command(flatten)]
        place: Place,
    },
    /// Add people to a channel
    Add {
        /// '#name' or id
        channel: String,
        /// @handle or id; several are added at once
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Remove somebody from a channel
    Remove {
        /// '#name' or id
        channel: String,
        /// @handle or id
        user: String,
        #[command(flatten)]
        place: Place,
    },
    /// Archive a channel: it stays readable, nobody writes any more
    Archive {
        /// '#name' or id
        channel: String,
        #[command(flatten)]
        place: Place,
    },
    /// Restore an archived channel
    Restore {
        /// '#name' or id
        channel: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Where a channel is looked for.
#[derive(clap::Args)]
pub(super) struct Place {
    /// Workspace by name or id, when you are in several
    #[arg(short, long, value_name = "NAME")]
    workspace: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum KindArg {
    /// Every member of the workspace may find and join it
    #[default]
    Public,
    /// By invitation only
    Private,
    /// Public, but only administrators write in the main timeline
    Announcement,
}

impl From<KindArg> for ChannelKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Public => Self::Public,
            KindArg::Private => Self::Private,
            KindArg::Announcement => Self::Announcement,
        }
    }
}

impl Channel {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        match self {
            Self::List { query, archived, place } => list(context, &client, query, archived, &place).await,
            Self::Create { name, kind, topic, members, place } => {
                let name = name.trim_start_matches('#').to_owned();
                let new = NewChannel { kind: kind.into(), name, topic, member_ids: Vec::new() };
                create(context, &client, new, &members, &place).await
            }
            Self::Join { channel, place } => {
                let id = find(&client, &channel, &place).await?;
                let state = client.join_channel(id).await?;
                if context.is_json() {
                    return output::json(&state);
                }
                tell("Joined", &state.channel)
            }
            Self::Leave { channel, place } => {
                let id = find(&client, &channel, &place).await?;
                client.leave_channel(id).await?;
                if context.is_json() {
                    return output::json(&serde_json::json!({ "channel_id": id, "joined": false }));
                }
                Ok(output::line(format!("Left {}.", output::one_line(&channel)))?)
            }
            Self::Rename { channel, name, place } => {
                let name = Some(name.trim_start_matches('#').to_owned());
                let id = find(&client, &channel, &place).await?;
                update(context, &client, id, "Renamed", ChannelPatch { name, ..ChannelPatch::default() }).await
            }
            Self::Topic { channel, text, place } => {
                let id = find(&client, &channel, &place).await?;
                let patch = ChannelPatch { topic: Some(text.join(" ")), ..ChannelPatch::default() };
                update(context, &client, id, "Changed the topic of", patch).await
            }
            Self::Members { channel, place } => {
                let id = resolve::channel(&client, &channel, place.workspace.as_deref()).await?;
                channel_members::list(context, &client, id).await
            }
            Self::Add { channel, users, place } => {
                let id = find(&client, &channel, &place).await?;
                channel_members::add(context, &client, id, &users).await
            }
            Self::Remove { channel, user, place } => {
                let id = find(&client, &channel, &place).await?;
                channel_members::remove(context, &client, id, &user).await
            }
            Self::Archive { channel, place } => {
                let id = find(&client, &channel, &place).await?;
                let patch = ChannelPatch { archived: Some(true), ..ChannelPatch::default() };
                update(context, &client, id, "Archived", patch).await
            }
            Self::Restore { channel, place } => {
                let id = find(&client, &channel, &place).await?;
                let patch = ChannelPatch { archived: Some(false), ..ChannelPatch::default() };
                update(context, &client, id, "Restored", patch).await
            }
        }
    }
}

async fn create(
    context: &Context,
    client: &Client,
    mut new: NewChannel,
    members: &[String],
    place: &Place,
) -> anyhow::Result<()> {
    let workspace = resolve::workspace(client, place.workspace.as_deref()).await?;
    for member in members {
        new.member_ids.push(resolve::user(client, member).await?.id);
    }
    let state = client.create_channel(workspace.workspace.id, &new).await?;
    if context.is_json() {
        return output::json(&state);
    }
    tell("Created", &state.channel)
}

fn tell(what: &str, channel: &ChannelView) -> anyhow::Result<()> {
    Ok(output::line(format!("{what} #{} (id {}).", output::one_line(&channel.name), channel.id))?)
}

/// A channel by id or name.
async fn find(client: &Client, channel: &str, place: &Place) -> anyhow::Result<ChannelId> {
    match channel.parse() {
        Ok(id) => Ok(id),
        Err(_) => Ok(resolve::named(client, channel, place.workspace.as_deref()).await?.id),
    }
}

async fn list(context: &Context, client: &Client, query: Option<String>, archived: bool, place: &Place) -> anyhow::Result<()> {
    let workspace = resolve::workspace(client, place.workspace.as_deref()).await?;
    let query = query.map(|query| query.trim_start_matches('#').to_owned());
    let page = async |page| {
        client.list_channels(workspace.workspace.id, Some(archived), &page).await.map(|page| (page.items, page.next))
    };
    let Listed { items, is_cut } = gather(LISTED, query, page).await?;
    if context.is_json() {
        return output::json(&items);
    }
    let rows = items.into_iter().map(|channel| {
        let kind = output::word(&channel.kind) + if channel.archived { ", archived" } else { "" };
        vec![format!("#{}", channel.name), kind, channel.id.to_string(), output::one_line(&channel.topic)]
    });
    output::table(&["channel", "kind", "id", "topic"], rows.collect(), "No channels.")?;
    Ok(output::cut_note(is_cut, LISTED, "the beginning of a name")?)
}

async fn update(context: &Context, client: &Client, id: ChannelId, what: &str, patch: ChannelPatch) -> anyhow::Result<()> {
    let view = client.update_channel(id, &patch, None).await?;
    if context.is_json() {
        return output::json(&view);
    }
    tell(what, &view)
}
