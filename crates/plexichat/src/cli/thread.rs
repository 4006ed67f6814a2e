//! `plexichat thread list|show`.

use super::{context::Context, output, resolve, timeline::Printer};
use plexichat_client::{Client, MessagesAt, PageQuery};
use plexichat_model::{ChannelId, MessageId, limits};

/// Characters of a root message in the list.
const SHOWN: usize = 60;

/// Read the threads of a channel
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexichat thread list '#general'
  plexichat thread show '#general' 42
  plexichat send '#general' --reply-to 42 'I agree'")]
pub(super) enum Thread {
    /// List the threads of a channel, newest activity first
    List {
        /// '#channel', '@person', '@one,@two' or an id
        channel: String,
        /// Threads, at most 200
        #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=limits::PAGE_ITEMS as i64))]
        limit: u16,
        /// Workspace, when several have a channel of this name
        #[arg(short, long, value_name = "NAME")]
        workspace: Option<String>,
    },
    /// Show a message and the newest replies to it
    Show {
        /// '#channel', '@person', '@one,@two' or an id
        channel: String,
        /// Number or id of the first message, or the id of a reply
        #[arg(value_name = "MESSAGE")]
        message: String,
        /// Replies, at most 200
        #[arg(short = 'n', long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=limits::PAGE_ITEMS as i64))]
        limit: u16,
        /// Workspace, when several have a channel of this name
        #[arg(short, long, value_name = "NAME")]
        workspace: Option<String>,
    },
}

impl Thread {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        match self {
            Self::List { channel, limit, workspace } => {
                let channel = resolve::channel(&client, &channel, workspace.as_deref()).await?;
                list(context, &client, channel, usize::from(limit)).await
            }
            Self::Show { channel, message, limit, workspace } => {
                let channel = resolve::channel(&client, &channel, workspace.as_deref()).await?;
                let root = resolve::thread(&client, channel, &message).await?;
                show(context, &client, channel, root, usize::from(limit)).await
            }
        }
    }
}

async fn list(context: &Context, client: &Client, channel: ChannelId, limit: usize) -> anyhow::Result<()> {
    let page = client.list_threads(channel, &PageQuery { q: None, after: None, limit: Some(limit) }).await?;
    if context.is_json() {
        return output::json(&page);
    }
    let mut rows = Vec::new();
    for thread in page.items {
        let root = client.get_message(channel, thread.root_id).await?;
        let text: String = output::one_line(&root.text).chars().take(SHOWN).collect();
        let last = thread.last_reply_at.map(output::minute).unwrap_or_default();
        rows.push(vec![format!("#{}", root.number), thread.reply_count.to_string(), last, text]);
    }
    output::table(&["message", "replies", "last", "begins with"], rows, "No threads.")?;
    if page.next.is_some() {
        output::line("(older ones are left out; see more with -n)")?;
    }
    Ok(())
}

async fn show(context: &Context, client: &Client, channel: ChannelId, root: MessageId, limit: usize) -> anyhow::Result<()> {
    let first = client.get_message(channel, root).await?;
    let page = client.list_thread_messages(channel, root, MessagesAt::Newest, Some(limit)).await?;
    if context.is_json() {
        return output::json(&serde_json::json!({ "root": first, "replies": page }));
    }
    let mut printer = Printer::new(false);
    printer.learn(&page.users);
    printer.learn_author(client, None, &first).await;
    printer.print(&first)?;
    if page.more_before {
        output::line("(older replies are left out)")?;
    }
    for message in &page.messages {
        printer.print(message)?;
    }
    Ok(())
}
