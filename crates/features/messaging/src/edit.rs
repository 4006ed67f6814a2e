//! Editing one's own message: text and mentions change, number, author and time stay.
//!
//! Only the newly named are new: mention rows of people who stay named are left alone, rows of those no longer
//! named go.

use crate::{
    Messaging,
    bodies::{self, Bodies},
    draft::Draft,
    store::{hot, mentions, messages},
};
use plexichat_auth::access::ChannelAccess;
use plexichat_database::{Engine, Tx, entity::message};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, Event, JournalKey, MessageId, Permission,
    message::{Mention, MessageKind, MessagePatch, MessageView},
};
use plexichat_sealing::KeyId;

impl Messaging {
    /// Replaces the text of one's own message. `expected` is the version the caller has seen, if that matters.
    pub async fn edit_message(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        message_id: MessageId,
        patch: MessagePatch,
        expected: Option<i64>,
    ) -> Result<MessageView> {
        let access = self.auth.channel(caller, channel_id).await?;
        let row = messages::by_id(self.db.reader(), channel_id, message_id).await?;
        let row = row.filter(|row| !row.deleted).ok_or_else(|| Error::not_found("message", message_id))?;
        let needed = write_permission(&row);
        let access = access.require(needed)?;
        let view = messages::view(&self.bodies.open_one(row).await?)?;
        check(&view, &access, expected)?;
        let draft = Draft::check(&patch.text)?;
        if draft.text == view.text {
            access.confirm().await?;
            return Ok(view);
        }
        let mentions = self.resolve_mentions(&access, &draft.text).await?;
        let added = without(&mentions, &view.mentions);
        // An edit has nothing to confirm with: who may address many people is asked, not how sure they are.
        let access = self.permit_broadcast(caller, access, needed, &added, true).await?;
        let key = self.bodies.key(&access).await?;
        let body = bodies::seal(&key, message_id.0, &draft.text, &mentions)?;
        let (engine, bodies) = (self.db.engine(), self.bodies.clone());
        let (key, text) = (key.id(), draft.text);
        let change = EditChange { access, engine, bodies, id: message_id, text, body, key, mentions, expected };
        Ok(self.journal.commit(change).await?.output)
    }
}

/// What somebody needs to change a message that is there.
pub(crate) fn write_permission(row: &message::Model) -> Permission {
    if row.thread_id.is_some() { Permission::ReplyInThreads } else { Permission::SendMessages }
}

fn check(view: &MessageView, access: &ChannelAccess, expected: Option<i64>) -> Result<()> {
    if view.author_id != access.user_id() || view.kind == MessageKind::System {
        return Err(Error::forbidden("only its author can edit a message"));
    }
    Error::check_version(expected, view.version)
}

fn without(list: &[Mention], other: &[Mention]) -> Vec<Mention> {
    list.iter().copied().filter(|mention| !other.contains(mention)).collect()
}

struct EditChange {
    access: ChannelAccess,
    engine: Engine,
    bodies: Bodies,
    id: MessageId,
    text: String,
    /// The same with the mentions, sealed by the key with this id.
    body: Vec<u8>,
    key: KeyId,
    mentions: Vec<Mention>,
    expected: Option<i64>,
}

#[async_trait::async_trait]
impl Change for EditChange {
    type Output = MessageView;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::channel(self.access.channel_id()))]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<MessageView>> {
        let channel = self.access.channel_id();
        let key = JournalKey::channel(channel);
        let row = messages::by_id(tx, channel, self.id).await?;
        let row = row.filter(|row| !row.deleted).ok_or_else(|| Error::not_found("message", self.id))?;
        let row = self.bodies.open_one(row).await?;
        let mut view = messages::view(&row)?;
        check(&view, &self.access, self.expected)?;
        let version = granted.version(key, 0);
        self.bodies.check_keys(tx, &[self.key]).await?;
        messages::edit(tx, row.id, self.body.clone(), granted.now_ms, version).await?;
        mentions::delete(tx, channel, row.number, &without(&view.mentions, &self.mentions)).await?;
        let added = without(&self.mentions, &view.mentions);
        let added: Vec<hot::MentionRow> = mentions::rows(channel, row.number, row.id, view.author_id, &added).collect();
        hot::insert_mentions(tx, self.engine, &added).await?;
        view.text.clone_from(&self.text);
        view.mentions.clone_from(&self.mentions);
        view.version = version;
        view.edited_at = Some(plexichat_model::Timestamp(granted.now_ms));
        let event = granted.event(key, 0, Event::MessageUpdated { message: view.clone() });
        Ok(Applied { output: view, events: vec![event] })
    }
}
