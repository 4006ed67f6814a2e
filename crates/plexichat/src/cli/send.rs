//! `plexichat send`.

use super::{ask, context::Context, output, resolve};
use plexichat_client::new_nonce;
use plexichat_model::message::NewMessage;

/// Send a message
///
/// The text is the rest of the command line, or standard input: `make 2>&1 | tail | plexichat send '#builds'`.
/// Over a broken connection it is sent again until the server has it, never twice.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexichat send '#general' Good morning
  plexichat send @bob,@carol 'Lunch?'
  plexichat send '#general' --reply-to 42 'I agree'
  plexichat send '#builds' <report.md")]
pub(super) struct Send {
    /// '#channel', '@person', '@one,@two' or an id
    to: String,
    /// The text, Markdown; several words need no quotes. Absent or -: standard input
    #[arg(trailing_var_arg = true)]
    text: Vec<String>,
    /// Workspace, when several have a channel of this name
    #[arg(short, long, value_name = "NAME")]
    workspace: Option<String>,
    /// Reply in the thread under this message: its number in the channel, or its id
    #[arg(long, visible_alias = "thread", value_name = "MESSAGE")]
    reply_to: Option<String>,
    /// Confirm that everybody in a large channel is addressed
    #[arg(long)]
    confirm_broadcast: bool,
}

impl Send {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        let text = ask::message_text(&self.text)?;
        let channel = resolve::channel(&client, &self.to, self.workspace.as_deref()).await?;
        let thread_id = match &self.reply_to {
            Some(message) => Some(resolve::thread(&client, channel, message).await?),
            None => None,
        };
        let message =
            NewMessage { nonce: new_nonce(), text, thread_id, read_up_to: None, confirm_broadcast: self.confirm_broadcast };
        let sent = client.send_message(channel, &message).await?;
        if context.is_json() {
            return output::json(&sent);
        }
        Ok(output::line(format!("Sent as message {} (id {}).", sent.number, sent.id))?)
    }
}
