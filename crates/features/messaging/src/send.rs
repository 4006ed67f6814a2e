//! Sending: the one way a person's text becomes a message.
//!
//! The nonce makes it exactly once: the same nonce answers the same message, as it is now when it was edited or deleted
//! meanwhile, and never a second one. Rows of many senders go into the database together ([`Append`]); numbers, versions and the
//! commit are the journal's. Not here: inspection by rules and plugins, which will stand in [`Messaging::inspect`].

use crate::{
    Messaging,
    bodies::{self, Bodies, replaced},
    draft::Draft,
    store::{hot, mentions, messages, threads},
};
use plexichat_auth::access::ChannelAccess;
use plexichat_database::{Engine, Tx, entity::thread};
use plexichat_events::{Applied, Bulk, BulkApplied, BulkItem, Change, Committed, Granted, NonceKey, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_keys::{DataKey, Keys};
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalKey, MessageId, Permission, Timestamp, UserId,
    message::{Mention, MessageKind, MessageView, NewMessage, ThreadView},
};
use plexichat_sealing::KeyId;
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

/// Name under which [`Append`] is registered.
pub(crate) const BULK: &str = "messages";

impl Messaging {
    /// Sends a message; `duplicate` when its nonce was known and nothing new was written.
    pub async fn send_message(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        input: NewMessage,
    ) -> Result<Committed<MessageView>> {
        let permission = if input.thread_id.is_some() { Permission::ReplyInThreads } else { Permission::SendMessages };
        let access = self.auth.presume_channel(caller, channel_id, &[permission]).await?;
        let draft = Draft::check(&input.text)?;
        let root = self.check_root(&access, input.thread_id).await?;
        let mentions = self.resolve_mentions(&access, &draft.text).await?;
        let access = self.permit_broadcast(caller, access, permission, &mentions, input.confirm_broadcast).await?;
        let draft = Self::inspect(&access, draft)?;
        let id = MessageId(self.journal.ids().next()?);
        let key = self.bodies.key(&access).await?;
        let sent = self.journal.commit(Append::change(access.clone(), &key, id, &input, draft, mentions)?).await?;
        // It is durable: what follows from it is noted here and committed later, and cannot make the answer an error.
        if !sent.duplicate {
            self.read_after_send(&access, &sent.output, input.read_up_to);
        }
        self.follow_after_reply(&sent.output, root);
        Ok(sent)
    }

    /// Where plugins, moderation and the scanner look at a draft before it is stored. There are none yet, so every
    /// draft passes.
    #[expect(clippy::unnecessary_wraps, reason = "a stage refuses by an error; the place of the stages is kept, not one of them")]
    fn inspect(_access: &ChannelAccess, draft: Draft) -> Result<Draft> {
        Ok(draft)
    }

    /// The root that is replied to: a message of this channel's main timeline that is still there.
    async fn check_root(&self, access: &ChannelAccess, thread_id: Option<MessageId>) -> Result<Option<Root>> {
        let Some(root) = thread_id else { return Ok(None) };
        let row = messages::by_id(self.db.reader(), access.channel_id(), root).await?;
        let row = row.filter(|row| !row.deleted).ok_or_else(|| Error::not_found("message", root).with_field("thread_id"))?;
        if row.thread_id.is_some() {
            let message = "this message is itself a reply; name the first message of its thread";
            return Err(Error::conflict(ErrorCode::Conflict, message).with_field("thread_id"));
        }
        let (author, replier) = (UserId(row.author_id), access.user_id());
        let wanted = [replier.0, author.0];
        let following = threads::followers(self.db.reader(), self.db.engine(), access.channel_id(), root, &wanted).await?;
        let follows = |user: UserId| following.contains(&user.0);
        Ok(Some(Root {
            new_follower: access.membership().is_some() && !follows(replier),
            new_author: (author != replier && !follows(author)).then_some(author),
        }))
    }
}

/// What a reply begins, besides itself: who replies, and who is replied to, follows the thread from then on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root {
    /// Whether the replier does not follow it yet.
    pub(crate) new_follower: bool,
    /// The author of the root, if they do not follow it yet.
    pub(crate) new_author: Option<UserId>,
}

/// What makes two sends with one nonce the same send.
fn digest(text: &str, thread_id: Option<MessageId>) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    thread_id.map_or(0, MessageId::get).hash(&mut hasher);
    hasher.finish()
}

/// A message on its way.
pub(crate) struct SendChange {
    access: ChannelAccess,
    nonce: NonceKey,
    /// As it will be shown; number, version and time are the commit's.
    view: MessageView,
    /// Sealed, by the key with this id.
    body: Vec<u8>,
    key: KeyId,
}

#[async_trait::async_trait]
impl Change for SendChange {
    type Output = MessageView;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(self.nonce.journal).numbers(1, self.view.thread_id.is_none())]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    fn nonce(&self) -> Option<NonceKey> {
        Some(self.nonce)
    }

    fn bulk(&self) -> Option<&'static str> {
        Some(BULK)
    }

    async fn apply(&mut self, _tx: &Tx, _granted: &Granted) -> Result<Applied<MessageView>> {
        Err(Error::internal("messages are appended by their bulk"))
    }
}

/// Appends the messages of a group commit: their rows, mentions and thread summaries in a few statements.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) engine: Engine,
    pub(crate) bodies: Bodies,
}

impl Append {
    fn change(
        access: ChannelAccess,
        key: &DataKey,
        id: MessageId,
        input: &NewMessage,
        draft: Draft,
        mentions: Vec<Mention>,
    ) -> Result<SendChange> {
        if input.nonce.0 <= 0 {
            return Err(Error::invalid("nonce", "a nonce is a positive 63-bit number; choose one at random"));
        }
        let (author_id, channel_id) = (access.user_id(), access.channel_id());
        let nonce = NonceKey {
            journal: JournalKey::channel(channel_id),
            author: author_id.0,
            nonce: input.nonce.0,
            digest: digest(&draft.text, input.thread_id),
        };
        let body = bodies::seal(key, id.0, &draft.text, &mentions)?;
        let view = MessageView {
            id,
            channel_id,
            number: 0,
            version: 0,
            author_id,
            kind: MessageKind::User,
            text: draft.text,
            mentions,
            thread_id: input.thread_id,
            created_at: Timestamp(0),
            edited_at: None,
            deleted: false,
            nonce: Some(input.nonce),
            reactions: None,
            thread: None,
        };
        Ok(SendChange { access, nonce, view, body, key: key.id() })
    }
}

fn row(view: &MessageView, body: Vec<u8>) -> hot::NewRow {
    hot::NewRow {
        id: view.id.0,
        channel_id: view.channel_id.0,
        number: view.number,
        version: view.version,
        author_id: view.author_id.0,
        nonce: view.nonce.map_or(0, |n| n.0),
        thread_id: view.thread_id.map_or(0, MessageId::get),
        created_ms: view.created_at.0,
        body,
    }
}

#[async_trait::async_trait]
impl Bulk for Append {
    async fn apply_all(&self, tx: &Tx, items: &mut [BulkItem<'_>]) -> Result<Vec<BulkApplied>> {
        let mut keys = BTreeSet::new();
        for item in items.iter_mut() {
            let change = item.change.downcast_mut::<SendChange>().ok_or_else(|| Error::internal("another type among sends"))?;
            keys.insert(change.key);
        }
        let keys: Vec<KeyId> = keys.into_iter().collect();
        let guard = Keys::may_seal_guard(self.engine, &keys);
        if guard.is_none() {
            self.bodies.check_keys(tx, &keys).await?;
        }
        let (mut views, mut rows, mut named) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()), Vec::new());
        for item in items.iter_mut() {
            let change = item.change.downcast_mut::<SendChange>().ok_or_else(|| Error::internal("another type among sends"))?;
            let key = change.nonce.journal;
            let mut view = change.view.clone();
            view.number = item.granted.number(key, 0);
            view.version = item.granted.version(key, 0);
            view.created_at = Timestamp(item.granted.now_ms);
            named.extend(mentions::rows(view.channel_id, view.number, view.id.0, view.author_id, &view.mentions));
            // The body stays with the change: the batch may be run again.
            rows.push(row(&view, change.body.clone()));
            views.push(view);
        }
        if !hot::insert_messages(tx, self.engine, rows, guard).await? {
            return Err(replaced());
        }
        hot::insert_mentions(tx, self.engine, &named).await?;
        let summaries = reply(tx, self.engine, &views).await?;
        let applied = items.iter().zip(views).zip(summaries).map(|((item, view), thread)| {
            let key = JournalKey::channel(view.channel_id);
            let last_main_number = if view.thread_id.is_none() { view.number } else { item.granted.head(key).main_number };
            let event = Event::MessageCreated { message: view.clone(), thread, last_main_number };
            Applied { output: Box::new(view) as Box<dyn Any + Send + Sync>, events: vec![item.granted.event(key, 0, event)] }
        });
        Ok(applied.collect())
    }

    fn is_nonce_violation(&self, error: &Error) -> bool {
        hot::is_nonce_violation(error)
    }

    async fn find(&self, tx: &Tx, keys: &[NonceKey]) -> Result<Vec<(NonceKey, Box<dyn Any + Send + Sync>)>> {
        let asked: BTreeMap<(i64, i64, i64), NonceKey> = keys.iter().map(|k| ((k.journal.id, k.author, k.nonce), *k)).collect();
        let list: Vec<(i64, i64, i64)> = asked.keys().copied().collect();
        let mut out: Vec<(NonceKey, Box<dyn Any + Send + Sync>)> = Vec::new();
        for row in self.bodies.open(hot::by_nonces(tx, self.engine, &list).await?).await? {
            let Some(key) = row.nonce.and_then(|nonce| asked.get(&(row.channel_id, row.author_id, nonce))) else { continue };
            let view = messages::view(&row)?;
            // What was first asked is gone from an edited or deleted row: the nonce alone decides.
            let changed = row.deleted || row.edited_ms.is_some();
            let digest = if changed { key.digest } else { digest(&view.text, view.thread_id) };
            out.push((NonceKey { digest, ..*key }, Box::new(view)));
        }
        Ok(out)
    }
}

/// Keeps the summaries of the threads that are replied to; gives each reply the summary of its version.
async fn reply(tx: &Tx, engine: Engine, views: &[MessageView]) -> Result<Vec<Option<ThreadView>>> {
    let roots: BTreeSet<i64> = views.iter().filter_map(|view| view.thread_id).map(MessageId::get).collect();
    if roots.is_empty() {
        return Ok(views.iter().map(|_| None).collect());
    }
    let roots: Vec<i64> = roots.into_iter().collect();
    let mut rows: HashMap<i64, thread::Model> = threads::by_roots(tx, &roots).await?;
    let new: Vec<i64> = roots.iter().copied().filter(|root| !rows.contains_key(root)).collect();
    let mut summaries = Vec::with_capacity(views.len());
    for view in views {
        let Some(root) = view.thread_id else {
            summaries.push(None);
            continue;
        };
        let row = rows.entry(root.0).or_insert_with(|| thread::Model {
            root_id: root.0,
            channel_id: view.channel_id.0,
            title: None,
            reply_count: 0,
            last_number: 0,
            last_reply_ms: 0,
            participants: String::new(),
            version: 0,
        });
        let mut people = threads::participants(row);
        people.retain(|user| *user != view.author_id);
        people.insert(0, view.author_id);
        row.reply_count += 1;
        row.last_number = view.number;
        row.last_reply_ms = view.created_at.0;
        row.participants = threads::participants_column(&people);
        row.version = view.version;
        summaries.push(Some(threads::view(row)));
    }
    threads::put(tx, rows.into_values().collect()).await?;
    messages::flag(tx, engine, &new, messages::HAS_THREAD).await?;
    Ok(summaries)
}
