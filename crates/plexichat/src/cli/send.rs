//! `plexichat send`.

use super::{ask, context::Context, exit::Failure, output, resolve};
use plexichat_client::new_nonce;
use plexichat_model::{MessageId, message::NewMessage};
use std::io::IsTerminal as _;

/// Send a message
///
/// The text is the rest of the command line, or standard input: `make 2>&1 | tail | plexichat send '#builds'`.
/// Over a broken connection it is sent again until the server has it, never twice.
#[derive(clap::Args)]
pub(super) struct Send {
    /// '#channel', '@person', '@one,@two' or an id
    to: String,
    /// The text, Markdown; several words need no quotes. Absent or -: standard input
    #[arg(trailing_var_arg = true)]
    text: Vec<String>,
    /// Workspace, when several have a channel of this name
    #[arg(short, long, value_name = "NAME")]
    workspace: Option<String>,
    /// Reply in the thread under the message with this id
    #[arg(long, value_name = "ID")]
    thread: Option<MessageId>,
    /// Confirm that everybody in a large channel is addressed
    #[arg(long)]
    confirm_broadcast: bool,
}

impl Send {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        let text = match self.text.join(" ") {
            text if !text.is_empty() && text != "-" => text,
            text if text.is_empty() && std::io::stdin().is_terminal() => return Err(Failure::usage("there is no text to send")),
            _ => ask::everything()?,
        };
        if text.trim().is_empty() {
            return Err(Failure::usage("there is no text to send"));
        }
        let channel = resolve::channel(&client, &self.to, self.workspace.as_deref()).await?;
        let message = NewMessage {
            nonce: new_nonce(),
            text,
            thread_id: self.thread,
            read_up_to: None,
            confirm_broadcast: self.confirm_broadcast,
        };
        let sent = client.send_message(channel, &message).await?;
        if context.is_json() {
            return output::json(&sent);
        }
        Ok(output::line(format!("Sent as message {} (id {}).", sent.number, sent.id))?)
    }
}
