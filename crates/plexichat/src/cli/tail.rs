//! `plexichat tail`: the newest messages, and with `-f` every one that follows.
//!
//! What is printed is each message of the main timeline once, in order of its number, over any number of
//! disconnections: after each step everything above the last number printed is printed, and what a long absence
//! left out of the held stretch is read by page.

use super::{context::Context, output, resolve, timeline::Printer};
use plexichat_client::{Client, Follower, MessagesAt, Update};
use plexichat_model::{ChannelId, limits};

/// Show the newest messages of a channel, and follow it
///
/// With --output json every message is one line. Ends with Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexichat tail '#general'
  plexichat tail -f '#general'
  plexichat tail -f -n 0 -o json '#alerts' | jq --unbuffered -r .text")]
pub(super) struct Tail {
    /// '#channel', '@person', '@one,@two' or an id
    channel: String,
    /// Go on printing messages as they come
    #[arg(short, long)]
    follow: bool,
    /// Messages to begin with, at most 200
    #[arg(short = 'n', long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=limits::PAGE_ITEMS as i64))]
    lines: u16,
    /// Workspace, when several have a channel of this name
    #[arg(short, long, value_name = "NAME")]
    workspace: Option<String>,
}

impl Tail {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        let channel = resolve::channel(&client, &self.channel, self.workspace.as_deref()).await?;
        let mut reader = Reader { client: client.clone(), channel, printer: Printer::new(context.is_json()), last: 0 };
        reader.begin(usize::from(self.lines)).await?;
        if !self.follow {
            return Ok(());
        }
        tokio::select! {
            ended = reader.follow() => ended,
            interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        }
    }
}

struct Reader {
    client: Client,
    channel: ChannelId,
    printer: Printer,
    /// Highest number printed.
    last: i64,
}

impl Reader {
    async fn begin(&mut self, lines: usize) -> anyhow::Result<()> {
        let page = self.client.list_messages(self.channel, MessagesAt::Newest, Some(lines.max(1))).await?;
        self.printer.learn(&page.users);
        let skip = page.messages.len().saturating_sub(lines);
        self.last = page.messages.last().map_or(page.head.last_number, |message| message.number);
        for message in &page.messages[skip..] {
            self.printer.print(message)?;
        }
        Ok(())
    }

    async fn follow(&mut self) -> anyhow::Result<()> {
        let mut follower = Follower::new(self.client.clone());
        follower.open(self.channel);
        loop {
            match follower.next().await? {
                Update::Loaded(id) if id == self.channel => self.fill(&follower).await?,
                Update::Connected { .. } => tracing::debug!("connected"),
                Update::Dropped(id) if id == self.channel => {
                    return Err(super::exit::Failure::not_found("you are not in this channel any more"));
                }
                Update::Disconnected { error, pause } => {
                    // To people alone: a script reads messages.
                    let why = output::one_line(&error.to_string());
                    output::aside(format!("({why}; trying again in {:.1} s)", pause.as_secs_f32()));
                }
                _ => {}
            }
            self.print_new(&follower).await?;
        }
    }

    /// Reads what lies between the last message printed and what is held now.
    async fn fill(&mut self, follower: &Follower) -> anyhow::Result<()> {
        let held_from =
            follower.replica().and_then(|replica| replica.timeline(self.channel).next()).map(|message| message.number);
        while held_from.is_some_and(|from| self.last + 1 < from) {
            let page = self.client.list_messages(self.channel, MessagesAt::After(self.last), Some(limits::PAGE_ITEMS)).await?;
            self.printer.learn(&page.users);
            for message in page.messages.iter().filter(|message| held_from.is_some_and(|from| message.number < from)) {
                self.printer.print(message)?;
            }
            let end = page.messages.last().map_or(i64::MAX, |message| message.number);
            if !page.more_after || held_from.is_some_and(|from| end >= from) {
                self.last = held_from.unwrap_or(end) - 1;
                break;
            }
            self.last = end;
        }
        Ok(())
    }

    async fn print_new(&mut self, follower: &Follower) -> anyhow::Result<()> {
        let Some(replica) = follower.replica() else { return Ok(()) };
        let new: Vec<_> = replica.timeline(self.channel).filter(|message| message.number > self.last).cloned().collect();
        for message in new {
            self.last = message.number;
            if message.deleted {
                continue;
            }
            self.printer.learn_author(&self.client, Some(replica), &message).await;
            self.printer.print(&message)?;
        }
        Ok(())
    }
}
