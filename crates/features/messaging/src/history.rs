//! Reading messages: pages around any number, single messages, threads.
//!
//! The head is read before the rows, so a page is at least as new as the head it names; access is confirmed after
//! the rows. A page costs a bounded number of queries, whatever stands on it.

use crate::{
    Messaging,
    page::Page,
    store::{messages, messages::Timeline, reactions, threads},
    timeline::Kept,
};
use plexichat_auth::access::ChannelAccess;
use plexichat_database::entity::{message, thread};
use plexichat_events::Head;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, ErrorCode, JournalKey, MessageId, Permission, UserId,
    channel::ChannelHead,
    message::{MessageView, ReactionView},
    page::{MessagePage, ThreadPage},
    user::UserView,
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::{collections::HashMap, sync::Arc};

/// Which part of a timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageAt {
    /// The newest.
    #[default]
    Newest,
    /// The newest below a number.
    Before(i64),
    /// The oldest above a number.
    After(i64),
    /// On both sides of a number, it among them.
    Around(i64),
}

impl PageAt {
    /// From the three query parameters, of which at most one may be given.
    pub fn of(before: Option<i64>, after: Option<i64>, around: Option<i64>) -> Result<Self> {
        match (before, after, around) {
            (None, None, None) => Ok(Self::Newest),
            (Some(number), None, None) => Ok(Self::Before(number)),
            (None, Some(number), None) => Ok(Self::After(number)),
            (None, None, Some(number)) => Ok(Self::Around(number)),
            _ => Err(Error::new(ErrorCode::InvalidQuery, "give only one of before, after and around").with_field("around")),
        }
    }
}

/// Messages of a page, oldest first, and whether there are more on either side.
struct Found {
    messages: Vec<Arc<Kept>>,
    more_before: bool,
    more_after: bool,
}

/// Where a page lies: so many messages on each side of `split`, within what is kept.
struct Cut {
    floor: i64,
    split: i64,
    end: i64,
    below: usize,
    above: usize,
}

impl Cut {
    fn of(head: &Head, at: PageAt, limit: usize) -> Self {
        let (floor, end) = (head.first_number.max(1), head.number.saturating_add(1));
        let (split, below, above) = match at {
            PageAt::Newest => (end, limit, 0),
            PageAt::Before(number) => (number, limit, 0),
            PageAt::After(number) => (number.saturating_add(1), 0, limit),
            PageAt::Around(number) => (number, limit / 2, limit - limit / 2),
        };
        Self { floor, split: split.clamp(floor, end), end, below, above }
    }

    /// From up to one message more than shown on each side, both ascending.
    fn found(&self, mut older: Vec<Arc<Kept>>, mut newer: Vec<Arc<Kept>>) -> Found {
        let (more_before, more_after) = (older.len() > self.below, newer.len() > self.above);
        older.drain(..older.len().saturating_sub(self.below));
        newer.truncate(self.above);
        older.append(&mut newer);
        Found { messages: older, more_before, more_after }
    }
}

impl Messaging {
    /// A page of a channel's main timeline.
    pub async fn list_messages(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        at: PageAt,
        limit: Option<usize>,
    ) -> Result<MessagePage> {
        let page = Page::of(limit)?;
        let access = self.auth.presume_channel(caller, channel_id, &[Permission::ViewChannel]).await?;
        Ok(self.page(&access, Timeline::Main(channel_id), at, page).await?.view())
    }

    /// The same page as JSON: what it is made of is held encoded.
    pub async fn list_messages_as_json(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        at: PageAt,
        limit: Option<usize>,
    ) -> Result<Vec<u8>> {
        let page = Page::of(limit)?;
        let access = self.auth.presume_channel(caller, channel_id, &[Permission::ViewChannel]).await?;
        self.page(&access, Timeline::Main(channel_id), at, page).await?.json()
    }

    /// A page of the replies of a thread; the root is not among them.
    pub async fn list_thread_messages(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        root_id: MessageId,
        at: PageAt,
        limit: Option<usize>,
    ) -> Result<MessagePage> {
        let page = Page::of(limit)?;
        let access = self.auth.presume_channel(caller, channel_id, &[Permission::ViewChannel]).await?;
        let root = messages::by_id(self.db.reader(), channel_id, root_id).await?.filter(|row| row.thread_id.is_none());
        root.ok_or_else(|| Error::not_found("thread", root_id))?;
        Ok(self.page(&access, Timeline::Thread(root_id), at, page).await?.view())
    }

    /// One message.
    pub async fn get_message(&self, caller: &Caller, channel_id: ChannelId, message_id: MessageId) -> Result<MessageView> {
        let access = self.auth.presume_channel(caller, channel_id, &[Permission::ViewChannel]).await?;
        let row = messages::by_id(self.db.reader(), channel_id, message_id).await?;
        let row = row.ok_or_else(|| Error::not_found("message", message_id))?;
        let row = self.bodies.open(vec![row]).await?;
        let view = self.views(access.user_id(), &row).await?.pop();
        access.confirm().await?;
        view.ok_or_else(|| Error::not_found("message", message_id))
    }

    /// Threads with replies, newest activity first. `after` is `next` of the page before.
    pub async fn list_threads(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        after: Option<&str>,
        limit: Option<usize>,
    ) -> Result<ThreadPage> {
        let page = Page::of(limit)?;
        let below: Option<i64> = crate::page::cursor(after)?;
        let access = self.auth.presume_channel(caller, channel_id, &[Permission::ViewChannel]).await?;
        let head = self.head_of(channel_id).await?;
        let below = below.unwrap_or(i64::MAX).min(head.number.saturating_add(1));
        let want = usize::try_from(page.fetch()).unwrap_or(usize::MAX);
        let rows = threads::page(self.db.reader(), self.db.engine(), channel_id, below, want).await?;
        let (rows, next) = page.cut(rows, |row| row.last_number.to_string());
        access.confirm().await?;
        Ok(ThreadPage { items: rows.iter().map(threads::view).collect(), next })
    }

    async fn head_of(&self, channel_id: ChannelId) -> Result<Head> {
        let head = self.journal.head(JournalKey::channel(channel_id)).await?;
        head.ok_or_else(|| Error::not_found("channel", channel_id))
    }

    /// The head of the channel, of everything the access stands on, and of the public profiles, as of one moment.
    /// With the epoch they belong to.
    async fn heads_for(&self, access: &ChannelAccess) -> Result<(Arc<str>, HashMap<JournalKey, Head>)> {
        let mut keys: Vec<JournalKey> = access.stamps().iter().map(|stamp| stamp.key).collect();
        keys.extend([JournalKey::channel(access.channel_id()), JournalKey::INSTANCE]);
        keys.sort_unstable();
        keys.dedup();
        loop {
            let epoch = self.journal.epoch();
            let heads = self.journal.heads(&keys).await?;
            // Reading them may be what notices that history went back; then what is held is of another one.
            if *self.journal.epoch() == *epoch {
                return Ok((epoch, heads));
            }
        }
    }

    async fn page(&self, access: &ChannelAccess, timeline: Timeline, at: PageAt, page: Page) -> Result<Assembled> {
        let (epoch, heads) = self.heads_for(access).await?;
        let channel = access.channel_id();
        let head = heads.get(&JournalKey::channel(channel)).ok_or_else(|| Error::not_found("channel", channel))?;
        let limit = usize::try_from(page.fetch()).unwrap_or(usize::MAX) - 1;
        let cut = Cut::of(head, at, limit);
        let kept = match timeline {
            Timeline::Main(id) => {
                let want = (cut.below + 1, if cut.split < cut.end { cut.above + 1 } else { 0 });
                self.timelines.around((&self.db, &self.bodies), id, (head, &epoch), (cut.floor, cut.split, cut.end), want).await?
            }
            Timeline::Thread(_) | Timeline::Visible(_) => None,
        };
        let (found, exact_at) = match kept {
            Some((older, newer)) => {
                let exact_at = older.exact_at.filter(|_| newer.exact_at == older.exact_at);
                (cut.found(older.messages, newer.messages), exact_at)
            }
            None => (self.rows(timeline, &cut).await?, None),
        };
        let looks_up = found.messages.iter().any(|kept| kept.looks_up());
        let extras = self.extras(access.user_id(), &found.messages).await?;
        let version = heads.get(&JournalKey::INSTANCE).map_or(0, |head| head.version);
        let authors = found.messages.iter().map(|kept| kept.view.author_id.0);
        let (users, has_read) = self.profiles.of(&self.auth, (version, &epoch), authors).await?;
        // Blocks are at least as new as their version; what is newer than the heads must not pass by their proof.
        let is_within = found.messages.iter().all(|kept| kept.view.version <= head.version);
        if exact_at == Some(head.version) && is_within && !looks_up && !has_read {
            access.confirm_by(&heads).await?;
        } else {
            access.confirm().await?;
        }
        Ok(Assembled { found, extras, head: head.channel(), users })
    }

    /// Reads one row more than shown on each side that is looked at, to know whether there are more.
    async fn rows(&self, timeline: Timeline, cut: &Cut) -> Result<Found> {
        let (conn, engine) = (self.db.reader(), self.db.engine());
        let older = messages::before(conn, engine, timeline, (cut.floor, cut.split), cut.below + 1).await?;
        let mut older = self.bodies.open(older).await?;
        let newer = if cut.split < cut.end {
            self.bodies.open(messages::after(conn, engine, timeline, (cut.split, cut.end), cut.above + 1).await?).await?
        } else {
            Vec::new()
        };
        older.reverse();
        let kept = |rows: Vec<message::Model>| rows.iter().map(|row| Kept::of(row).map(Arc::new)).collect::<Result<Vec<_>>>();
        Ok(cut.found(kept(older)?, kept(newer)?))
    }

    /// Views with reactions and thread summaries, which are asked for only when a row says that there are some.
    /// The rows are open.
    pub(crate) async fn views(&self, reader: UserId, rows: &[message::Model]) -> Result<Vec<MessageView>> {
        let kept: Vec<Arc<Kept>> = rows.iter().map(|row| Kept::of(row).map(Arc::new)).collect::<Result<_>>()?;
        self.shown(reader, &kept).await
    }

    async fn shown(&self, reader: UserId, kept: &[Arc<Kept>]) -> Result<Vec<MessageView>> {
        let extras = self.extras(reader, kept).await?;
        Ok(kept.iter().map(|kept| extras.view(kept)).collect())
    }

    /// What stands beside these messages, asked for only when a row says that there is something.
    async fn extras(&self, reader: UserId, kept: &[Arc<Kept>]) -> Result<Extras> {
        let (conn, engine) = (self.db.reader(), self.db.engine());
        let flagged =
            |bit: i16| kept.iter().filter(|kept| kept.flags & bit != 0).map(|kept| kept.view.id.0).collect::<Vec<i64>>();
        Ok(Extras {
            reacted: reactions::summaries(conn, engine, reader, &flagged(messages::HAS_REACTIONS)).await?,
            threaded: threads::by_roots(conn, &flagged(messages::HAS_THREAD)).await?,
        })
    }
}

/// Reactions and threads of some messages, by the message's id.
struct Extras {
    reacted: HashMap<i64, Vec<ReactionView>>,
    threaded: HashMap<i64, thread::Model>,
}

impl Extras {
    fn view(&self, kept: &Kept) -> MessageView {
        let reacted = || self.reacted.get(&kept.view.id.0).filter(|list| !kept.view.deleted && !list.is_empty());
        MessageView {
            reactions: reacted().cloned(),
            thread: self.threaded.get(&kept.view.id.0).map(threads::view),
            ..kept.view.clone()
        }
    }
}

/// A page, not yet in its last shape.
struct Assembled {
    found: Found,
    extras: Extras,
    head: ChannelHead,
    users: Vec<UserView>,
}

/// [`MessagePage`] with messages that are encoded already; a test compares the two.
#[derive(Serialize)]
struct EncodedPage<'a> {
    messages: Vec<EncodedMessage<'a>>,
    more_before: bool,
    more_after: bool,
    head: &'a ChannelHead,
    users: &'a [UserView],
}

#[derive(Serialize)]
#[serde(untagged)]
enum EncodedMessage<'a> {
    Encoded(&'a RawValue),
    View(Box<MessageView>),
}

impl Assembled {
    /// What a message takes in JSON besides its text, in the usual case.
    const MESSAGE_BYTES: usize = 320;
    /// What everything else of a page takes.
    const PAGE_BYTES: usize = 2_048;

    fn view(self) -> MessagePage {
        let Self { found, extras, head, users } = self;
        let messages = found.messages.iter().map(|kept| extras.view(kept)).collect();
        MessagePage { messages, more_before: found.more_before, more_after: found.more_after, head, users }
    }

    fn json(&self) -> Result<Vec<u8>> {
        let found = &self.found;
        let length =
            |kept: &Arc<Kept>| kept.json.as_ref().map_or(kept.view.text.len() + Self::MESSAGE_BYTES, |json| json.get().len() + 1);
        // Room for all of it: growing to it would copy the page over and over.
        let mut json = Vec::with_capacity(Self::PAGE_BYTES + found.messages.iter().map(length).sum::<usize>());
        let page = EncodedPage {
            messages: found.messages.iter().map(|kept| self.encoded(kept)).collect(),
            more_before: found.more_before,
            more_after: found.more_after,
            head: &self.head,
            users: &self.users,
        };
        serde_json::to_writer(&mut json, &page).map_err(Error::internal)?;
        Ok(json)
    }

    fn encoded<'a>(&'a self, kept: &'a Kept) -> EncodedMessage<'a> {
        match &kept.json {
            Some(json) => EncodedMessage::Encoded(json),
            None => EncodedMessage::View(Box::new(self.extras.view(kept))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PageAt;

    #[test]
    fn only_one_bound_may_be_given() {
        assert_eq!(PageAt::of(None, None, None).expect("fine"), PageAt::Newest);
        assert_eq!(PageAt::of(Some(3), None, None).expect("fine"), PageAt::Before(3));
        assert_eq!(PageAt::of(None, Some(3), None).expect("fine"), PageAt::After(3));
        assert_eq!(PageAt::of(None, None, Some(3)).expect("fine"), PageAt::Around(3));
        assert!(PageAt::of(Some(1), Some(2), None).is_err());
    }
}
