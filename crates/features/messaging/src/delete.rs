//! Deleting: the row becomes a tombstone. Text, mentions and reactions go; id, number, author, time and nonce stay.
//!
//! In the same transaction the channel's newest visible number and the thread's summary are counted anew. The
//! thread under a deleted root stays readable.

use crate::{
    Messaging,
    edit::write_permission,
    store::{mentions, messages, reactions, threads},
};
use plexichat_audit::{Action, Record};
use plexichat_auth::access::ChannelAccess;
use plexichat_database::{Engine, Tx, entity::message};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{ChannelId, ErrorCode, Event, JournalKey, MessageId, Permission, message::ThreadView};

impl Messaging {
    /// Deletes one's own message, or anybody's with the permission. Deleting a tombstone changes nothing.
    pub async fn delete_message(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        message_id: MessageId,
        expected: Option<i64>,
    ) -> Result<()> {
        let access = self.auth.channel(caller, channel_id).await?;
        let row = messages::by_id(self.db.reader(), channel_id, message_id).await?;
        let row = row.ok_or_else(|| Error::not_found("message", message_id))?;
        let own = row.author_id == access.user_id().0;
        let permission =
            if own && !access.has(Permission::DeleteMessages) { write_permission(&row) } else { Permission::DeleteMessages };
        let access = access.require(permission)?;
        if row.deleted {
            return access.confirm().await;
        }
        Error::check_version(expected, row.version)?;
        let record = if own { None } else { Some(self.removal(caller, &access, &row).await?) };
        let access = Some(access);
        let change = DeleteChange { record, access, channel: channel_id, engine: self.db.engine(), id: message_id, expected };
        self.journal.commit(change).await.map(|_| ())
    }

    /// Deletes what can be read by nobody any more. By the server itself, on the word of whoever asked for the key to be
    /// destroyed. False: it has changed since it was at this version, so another key seals it.
    pub(crate) async fn bury_message(&self, channel: ChannelId, id: MessageId, version: i64) -> Result<bool> {
        let expected = Some(version);
        let change = DeleteChange { record: None, access: None, channel, engine: self.db.engine(), id, expected };
        match self.journal.commit(change).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == ErrorCode::VersionMismatch => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Messaging {
    /// Somebody else's message: an act of moderation.
    async fn removal(&self, caller: &Caller, access: &ChannelAccess, row: &message::Model) -> Result<Record> {
        let record = self.auth.audit().record(caller, Action::MessageRemoved).await?.on("message", row.id);
        let record = record.in_workspace(access.channel().workspace_id.map_or(0, i64::from));
        Ok(record.with("channel", row.channel_id.to_string()).with("author", row.author_id.to_string()))
    }
}

struct DeleteChange {
    record: Option<Record>,
    /// `None`: the server itself deletes.
    access: Option<ChannelAccess>,
    channel: ChannelId,
    engine: Engine,
    id: MessageId,
    expected: Option<i64>,
}

#[async_trait::async_trait]
impl Change for DeleteChange {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::channel(self.channel))]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.as_ref().map(ChannelAccess::stamps).unwrap_or_default()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        match &self.access {
            Some(access) => access.recheck(tx).await,
            None => Ok(()),
        }
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let channel = self.channel;
        let key = JournalKey::channel(channel);
        let row = messages::by_id(tx, channel, self.id).await?.ok_or_else(|| Error::not_found("message", self.id))?;
        if row.deleted {
            return Ok(Applied { output: (), events: Vec::new() });
        }
        Error::check_version(self.expected, row.version)?;
        let version = granted.version(key, 0);
        messages::bury(tx, row.id, row.flags & !messages::HAS_REACTIONS, version).await?;
        mentions::clear(tx, channel, row.number).await?;
        if row.flags & messages::HAS_REACTIONS != 0 {
            reactions::clear(tx, row.id).await?;
        }
        let thread = self.recount(tx, &row, version).await?;
        let last_main_number = self.newest_visible(tx, granted).await?;
        if let Some(record) = &self.record {
            record.write(tx).await?;
        }
        let message = messages::view(&message::Model { deleted: true, version, ..row })?;
        let event = granted.event(key, 0, Event::MessageDeleted { message, thread, last_main_number });
        Ok(Applied { output: (), events: vec![event] })
    }
}

impl DeleteChange {
    /// The summary of the thread that lost a reply.
    async fn recount(&self, tx: &Tx, row: &message::Model, version: i64) -> Result<Option<ThreadView>> {
        let Some(root) = row.thread_id else { return Ok(None) };
        let Some(mut summary) = threads::by_roots(tx, &[root]).await?.remove(&root) else { return Ok(None) };
        let (number, ms, people) = threads::summarise(tx, self.engine, MessageId(root), 0).await?;
        summary.reply_count = (summary.reply_count - 1).max(0);
        summary.last_number = number;
        summary.last_reply_ms = ms;
        summary.participants = threads::participants_column(&people);
        summary.version = version;
        let view = threads::view(&summary);
        threads::put(tx, vec![summary]).await?;
        Ok(Some(view))
    }

    /// The channel's newest visible number after the delete. Read from the rows, because messages sent in the same
    /// group commit are there already, and another delete of it may have buried what the head still names.
    async fn newest_visible(&self, tx: &Tx, granted: &Granted) -> Result<i64> {
        let channel = self.channel;
        let key = JournalKey::channel(channel);
        let head = granted.head(key);
        let range = (head.first_number.max(1), messages::newest_number(tx, self.engine, channel).await? + 1);
        let newest = messages::before(tx, self.engine, messages::Timeline::Visible(channel), range, 1).await?;
        let number = newest.first().map_or(0, |newest| newest.number);
        granted.set_main_number(key, number);
        Ok(number)
    }
}
