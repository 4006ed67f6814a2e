//! `plexichat message show|edit|delete|react|unreact`.
//!
//! A message is named by its number in the channel, as `history` shows it, or by its id, as JSON does. Not here: sending
//! (`send`) and reading on (`history`, `tail`).

use super::{ask, context::Context, exit::Failure, output, resolve, timeline::Printer};
use plexichat_client::Client;
use plexichat_model::{
    ChannelId,
    message::{MessagePatch, MessageView},
};

/// Change, delete or react to a message
#[derive(clap::Subcommand)]
#[command(after_help = "\
A message is named by its number, as `history` shows it, or by its id:
  plexichat history '#general' -n 5
  plexichat message edit '#general' 42 'What I meant'
  plexichat message react '#general' 42 👍
  plexichat message delete '#general' 42")]
pub(super) enum Message {
    /// Show one message
    Show {
        #[command(flatten)]
        which: Which,
    },
    /// Replace the text of a message of yours
    Edit {
        #[command(flatten)]
        which: Which,
        /// The new text; several words need no quotes. Absent or -: standard input
        #[arg(trailing_var_arg = true)]
        text: Vec<String>,
    },
    /// Delete a message: its text is gone for everybody
    Delete {
        #[command(flatten)]
        which: Which,
    },
    /// React to a message
    React {
        #[command(flatten)]
        which: Which,
        /// An emoji such as 👍
        emoji: String,
    },
    /// Take a reaction of yours back
    Unreact {
        #[command(flatten)]
        which: Which,
        /// The emoji you reacted with
        emoji: String,
    },
}

/// Which message is meant.
#[derive(clap::Args)]
pub(super) struct Which {
    /// '#channel', '@person', '@one,@two' or an id
    channel: String,
    /// Number of the message in the channel, or its id
    #[arg(value_name = "MESSAGE")]
    message: String,
    /// Workspace, when several have a channel of this name
    #[arg(short, long, value_name = "NAME")]
    workspace: Option<String>,
}

impl Which {
    async fn find(&self, client: &Client) -> anyhow::Result<(ChannelId, MessageView)> {
        let channel = resolve::channel(client, &self.channel, self.workspace.as_deref()).await?;
        Ok((channel, resolve::message(client, channel, &self.message).await?))
    }
}

impl Message {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        match self {
            Self::Show { which } => {
                let (_, message) = which.find(&client).await?;
                if context.is_json() {
                    return output::json(&message);
                }
                let mut printer = Printer::new(false);
                printer.learn_author(&client, None, &message).await;
                printer.print(&message)?;
                for reaction in message.reactions.iter().flatten() {
                    output::line(format!("    {} {}", output::one_line(&reaction.emoji), reaction.count))?;
                }
                Ok(())
            }
            Self::Edit { which, text } => {
                let text = ask::message_text(&text)?;
                let (channel, message) = which.find(&client).await?;
                // Only what was looked at is replaced: who edited it meanwhile is not overwritten.
                let edited = client.edit_message(channel, message.id, &MessagePatch { text }, Some(message.version)).await?;
                if context.is_json() {
                    return output::json(&edited);
                }
                Ok(output::line(format!("Edited message {}.", edited.number))?)
            }
            Self::Delete { which } => {
                let (channel, message) = which.find(&client).await?;
                client.delete_message(channel, message.id).await?;
                if context.is_json() {
                    return output::json(&serde_json::json!({ "id": message.id, "number": message.number, "deleted": true }));
                }
                Ok(output::line(format!("Deleted message {}.", message.number))?)
            }
            Self::React { which, emoji } => react(context, &client, &which, &emoji, true).await,
            Self::Unreact { which, emoji } => react(context, &client, &which, &emoji, false).await,
        }
    }
}

async fn react(context: &Context, client: &Client, which: &Which, emoji: &str, add: bool) -> anyhow::Result<()> {
    if emoji.trim().is_empty() {
        return Err(Failure::usage("which emoji? For instance 👍"));
    }
    let (channel, message) = which.find(client).await?;
    if add {
        client.add_reaction(channel, message.id, emoji).await?;
    } else {
        client.remove_reaction(channel, message.id, emoji).await?;
    }
    if context.is_json() {
        let object = serde_json::json!({ "id": message.id, "number": message.number, "emoji": emoji, "reacted": add });
        return output::json(&object);
    }
    let what = if add { "Reacted to" } else { "Took the reaction back from" };
    Ok(output::line(format!("{what} message {}.", message.number))?)
}
