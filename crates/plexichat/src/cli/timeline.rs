//! How messages are printed, for `history` and `tail`.

use super::output;
use plexichat_client::{Client, Replica};
use plexichat_model::{
    UserId,
    message::{MessageKind, MessageView},
    user::UserView,
};
use std::{collections::HashMap, fmt::Write as _};

/// Most names remembered.
const NAMES: usize = 10_000;

/// Prints messages with the names of their authors.
pub(super) struct Printer {
    json: bool,
    names: HashMap<UserId, String>,
}

impl Printer {
    pub(super) fn new(json: bool) -> Self {
        Self { json, names: HashMap::new() }
    }

    pub(super) fn learn<'a>(&mut self, users: impl IntoIterator<Item = &'a UserView>) {
        for user in users {
            if self.names.len() < NAMES || self.names.contains_key(&user.id) {
                self.names.insert(user.id, user.handle.clone());
            }
        }
    }

    /// Learns who wrote a message: from the replica, or by asking.
    pub(super) async fn learn_author(&mut self, client: &Client, replica: Option<&Replica>, message: &MessageView) {
        if self.json || self.names.contains_key(&message.author_id) {
            return;
        }
        match replica.and_then(|replica| replica.user(message.author_id)) {
            Some(user) => self.learn([user]),
            // A message without a name is better than none.
            None => self.learn(client.get_user(message.author_id).await.iter()),
        }
    }

    pub(super) fn print(&self, message: &MessageView) -> anyhow::Result<()> {
        if self.json {
            return output::json_line(message);
        }
        let name = self.names.get(&message.author_id).cloned().unwrap_or_else(|| message.author_id.to_string());
        let mut notes = String::new();
        if message.edited_at.is_some() && !message.deleted {
            notes.push_str(" (edited)");
        }
        if let Some(thread) = &message.thread {
            let plural = if thread.reply_count == 1 { "y" } else { "ies" };
            let _infallible = write!(notes, " ({} repl{plural})", thread.reply_count);
        }
        let text = match (message.deleted, message.kind) {
            (true, _) => "(deleted)".to_owned(),
            (false, MessageKind::System) => format!("* {}", output::printable(&message.text)),
            (false, MessageKind::User) => output::printable(&message.text),
        };
        // Further lines of a message stand under its first.
        let text = text.replace('\n', "\n    ");
        let (at, name) = (output::minute(message.created_at), output::one_line(&name));
        Ok(output::line(format!("{at}  #{}  {name}: {text}{notes}", message.number))?)
    }
}
