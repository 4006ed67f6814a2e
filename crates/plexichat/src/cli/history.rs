//! `plexichat history`.

use super::{context::Context, output, resolve, timeline::Printer};
use plexichat_client::MessagesAt;
use plexichat_model::limits;

/// Show a page of a channel's history
///
/// Without --before, --after or --around the newest messages. Messages are named by their number in the channel.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexichat history '#general'
  plexichat history '#general' -n 200 --before 1000
  plexichat history '#general' --thread 42
  plexichat -o json history '#general' | jq -r '.messages[].text'")]
pub(super) struct History {
    /// '#channel', '@person', '@one,@two' or an id
    channel: String,
    /// Messages, at most 200
    #[arg(short = 'n', long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=limits::PAGE_ITEMS as i64))]
    limit: u16,
    /// Older than the message with this number
    #[arg(long, value_name = "NUMBER", group = "at")]
    before: Option<i64>,
    /// Newer than the message with this number
    #[arg(long, value_name = "NUMBER", group = "at")]
    after: Option<i64>,
    /// On both sides of the message with this number
    #[arg(long, value_name = "NUMBER", group = "at")]
    around: Option<i64>,
    /// The replies in the thread under this message: its number in the channel, or its id
    #[arg(long, value_name = "MESSAGE")]
    thread: Option<String>,
    /// Workspace, when several have a channel of this name
    #[arg(short, long, value_name = "NAME")]
    workspace: Option<String>,
}

impl History {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        let channel = resolve::channel(&client, &self.channel, self.workspace.as_deref()).await?;
        let (before, after, around) =
            (self.before.map(MessagesAt::Before), self.after.map(MessagesAt::After), self.around.map(MessagesAt::Around));
        let (at, limit) = (before.or(after).or(around).unwrap_or_default(), Some(usize::from(self.limit)));
        let page = match &self.thread {
            Some(message) => {
                let root = resolve::thread(&client, channel, message).await?;
                client.list_thread_messages(channel, root, at, limit).await?
            }
            None => client.list_messages(channel, at, limit).await?,
        };
        if context.is_json() {
            return output::json(&page);
        }
        let mut printer = Printer::new(false);
        printer.learn(&page.users);
        if let (true, Some(first)) = (page.more_before, page.messages.first()) {
            output::line(format!("(older ones: --before {})", first.number))?;
        }
        for message in &page.messages {
            printer.print(message)?;
        }
        if let (true, Some(last)) = (page.more_after, page.messages.last()) {
            output::line(format!("(newer ones: --after {})", last.number))?;
        }
        if page.messages.is_empty() {
            output::line("Nothing here yet.")?;
        }
        Ok(())
    }
}
