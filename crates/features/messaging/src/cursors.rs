//! Read positions: moved by reading, by sending, by "mark unread from here"; one more for each followed thread.
//!
//! A position asked for by a request is committed and answered. What reading and sending move by the way is
//! gathered per person and channel and committed within a second; it may be lost in a crash, a message never.

use crate::{
    Messaging,
    send::Root,
    store::{cursors, messages},
};
use moka::sync::Cache;
use plexichat_auth::access::ChannelAccess;
use plexichat_database::{Engine, Tx};
use plexichat_events::{Applied, Change, Granted, RelaxedKey, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, Event, JournalKey, MessageId, Permission, UserId,
    channel::{Cursor, CursorMode, CursorUpdate},
    message::MessageView,
};
use std::time::Duration;

/// Own messages in a row that a send looks back over.
const LOOK_BACK: i64 = 5_000;

/// What reading and sending moved during the last seconds, by person and channel. A relaxed change replaces the one
/// before it, so each carries all of this.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    recent: Cache<(UserId, ChannelId), Read>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Read {
    /// Read up to here.
    up_to: i64,
    /// The newest own message: read too, if nothing of others lies before it.
    own: i64,
}

impl Default for Reading {
    fn default() -> Self {
        Self { recent: Cache::builder().max_capacity(65_536).time_to_live(Duration::from_secs(5)).build() }
    }
}

impl Reading {
    fn add(&self, user: UserId, channel: ChannelId, read: Read) -> Read {
        let merged = self.recent.entry((user, channel)).and_upsert_with(|held| {
            let held = held.map(moka::Entry::into_value).unwrap_or_default();
            Read { up_to: held.up_to.max(read.up_to), own: held.own.max(read.own) }
        });
        merged.into_value()
    }

    /// Whether there was something to forget.
    fn forget(&self, user: UserId, channel: ChannelId) -> bool {
        self.recent.remove(&(user, channel)).is_some()
    }
}

impl Messaging {
    /// Moves a read position and answers where it stands, durably.
    pub async fn update_cursor(&self, caller: &Caller, channel_id: ChannelId, update: CursorUpdate) -> Result<Cursor> {
        let access = self.member_access(caller, channel_id).await?;
        let at = update.last_read_number;
        if at < 0 {
            return Err(Error::invalid("last_read_number", "a position is 0 or the number of a message"));
        }
        if let Some(root) = update.thread_id {
            let row = messages::by_id(self.db.reader(), channel_id, root).await?.filter(|row| row.thread_id.is_none());
            row.ok_or_else(|| Error::not_found("thread", root).with_field("thread_id"))?;
        }
        let user = access.user_id();
        let step = match update.mode {
            CursorMode::Advance => Step::Advance(at),
            CursorMode::Set => Step::Set(at),
        };
        let set = matches!(step, Step::Set(_)) && update.thread_id.is_none();
        if set && self.reading.forget(user, channel_id) {
            // What was read by the way and still waits must not move it forward again: this replaces it.
            self.relax(None, user, channel_id, Read::default());
        }
        let change = self.cursor_change(Some(access), user, channel_id, update.thread_id, step);
        Ok(self.journal.commit(change).await?.output)
    }

    /// Notes that somebody has read up to a number, within a second and without an answer; going back and threads
    /// are committed at once.
    pub async fn note_read(&self, caller: &Caller, channel_id: ChannelId, update: CursorUpdate) -> Result<()> {
        if update.mode == CursorMode::Set || update.thread_id.is_some() || update.last_read_number < 0 {
            return self.update_cursor(caller, channel_id, update).await.map(|_| ());
        }
        let access = self.member_access(caller, channel_id).await?;
        let user = access.user_id();
        let read = self.reading.add(user, channel_id, Read { up_to: update.last_read_number, own: 0 });
        self.relax(Some(access), user, channel_id, read);
        Ok(())
    }

    /// Access of somebody who is in the channel: positions belong to members.
    async fn member_access(&self, caller: &Caller, channel_id: ChannelId) -> Result<ChannelAccess> {
        let presumed = self.auth.presume_channel(caller, channel_id, &[Permission::ViewChannel]).await?;
        match presumed.require_member() {
            Ok(access) => Ok(access),
            // Somebody who has just joined: this node may not have heard of it.
            Err(_) => self.auth.channel(caller, channel_id).await?.require_member(),
        }
    }

    /// A sender has read their own message if they had read what was before it.
    pub(crate) fn read_after_send(&self, access: &ChannelAccess, sent: &MessageView, read_up_to: Option<i64>) {
        if access.membership().is_none() {
            return;
        }
        let own = if sent.thread_id.is_none() { sent.number } else { 0 };
        let up_to = read_up_to.unwrap_or(0).clamp(0, sent.number);
        if own == 0 && up_to == 0 {
            return;
        }
        let read = self.reading.add(sent.author_id, sent.channel_id, Read { up_to, own });
        self.relax(Some(access.clone()), sent.author_id, sent.channel_id, read);
    }

    /// Who replies, and who is replied to, follows the thread from then on.
    pub(crate) fn follow_after_reply(&self, reply: &MessageView, root: Option<Root>) {
        let (Some(root_id), Some(root)) = (reply.thread_id, root) else { return };
        if root.new_follower {
            self.relax_follow(reply.author_id, reply.channel_id, root_id, reply.number);
        }
        if let Some(author) = root.new_author {
            self.relax_follow(author, reply.channel_id, root_id, 0);
        }
    }

    fn relax(&self, access: Option<ChannelAccess>, user: UserId, channel: ChannelId, read: Read) {
        let change = self.cursor_change(access, user, channel, None, Step::Read(read));
        self.journal.relaxed_change(RelaxedKey { kind: "cursor", a: user.0, b: channel.0 }, change);
    }

    fn relax_follow(&self, user: UserId, channel: ChannelId, root: MessageId, number: i64) {
        let change = self.cursor_change(None, user, channel, Some(root), Step::Follow(number));
        self.journal.relaxed_change(RelaxedKey { kind: "follow", a: user.0, b: root.0 }, change);
    }

    fn cursor_change(
        &self,
        access: Option<ChannelAccess>,
        user: UserId,
        channel: ChannelId,
        thread: Option<MessageId>,
        step: Step,
    ) -> CursorChange {
        CursorChange { access, engine: self.db.engine(), user, channel, thread, step }
    }
}

/// How a position moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Forward only.
    Advance(i64),
    /// Exactly there.
    Set(i64),
    /// Forward by reading and sending.
    Read(Read),
    /// A first position in a thread; an existing one stays.
    Follow(i64),
}

struct CursorChange {
    access: Option<ChannelAccess>,
    engine: Engine,
    user: UserId,
    channel: ChannelId,
    thread: Option<MessageId>,
    step: Step,
}

#[async_trait::async_trait]
impl Change for CursorChange {
    type Output = Cursor;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::user(self.user))]
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

    fn reads_the_batch(&self) -> bool {
        true
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<Cursor>> {
        let key = JournalKey::user(self.user);
        let held = cursors::one(tx, self.user, self.channel, self.thread).await?;
        let (newest, newest_at) = cursors::newest(tx, self.engine, self.channel).await?;
        let Some(at) = self.target(tx, held, newest).await? else {
            return Ok(Applied { output: held.unwrap_or_default(), events: Vec::new() });
        };
        let cursor = Cursor { last_read_number: at, version: granted.version(key, 0) };
        cursors::put(tx, self.user, self.channel, self.thread, cursor).await?;
        let (mention_count, counted_to) = self.count(tx, at, (newest, newest_at)).await?;
        let event = Event::CursorUpdated { channel_id: self.channel, thread_id: self.thread, cursor, mention_count, counted_to };
        Ok(Applied { output: cursor, events: vec![granted.event(key, 0, event)] })
    }
}

impl CursorChange {
    /// Where the position goes; `None`: it stays. Never beyond the newest message.
    async fn target(&self, tx: &Tx, held: Option<Cursor>, newest: i64) -> Result<Option<i64>> {
        let at = held.map_or(0, |cursor| cursor.last_read_number);
        let target = match self.step {
            Step::Advance(to) => to.min(newest).max(at),
            Step::Set(to) => to.min(newest),
            Step::Follow(_) if held.is_some() => return Ok(None),
            Step::Follow(to) => return Ok(Some(to.min(newest))),
            Step::Read(read) => self.own(tx, read.up_to.min(newest).max(at), read.own.min(newest)).await?,
        };
        Ok((target != at).then_some(target))
    }

    /// The channel's count after the move, and the version up to which it holds. Above the newest message there is
    /// nothing to count.
    async fn count(&self, tx: &Tx, at: i64, (newest, newest_at): (i64, i64)) -> Result<(u32, i64)> {
        if self.thread.is_none() && at >= newest {
            return Ok((0, newest_at));
        }
        let counts = cursors::counts(tx, self.engine, self.user, &[self.channel]).await?;
        Ok(counts.get(&self.channel).map_or((0, newest_at), |counted| (counted.count, counted.counted_to)))
    }

    /// Takes one's own newest message along if nothing of others lies before it.
    async fn own(&self, tx: &Tx, at: i64, own: i64) -> Result<i64> {
        if own <= at || own - at > LOOK_BACK {
            return Ok(at);
        }
        let others = cursors::others_between(tx, self.engine, self.channel, self.user, (at, own)).await?;
        Ok(if others { at } else { own })
    }
}

#[cfg(test)]
mod tests {
    use super::{Read, Reading};
    use plexichat_model::{ChannelId, UserId};

    #[test]
    fn what_was_read_only_grows_until_forgotten() {
        let reading = Reading::default();
        let (user, channel) = (UserId(1), ChannelId(2));
        assert_eq!(reading.add(user, channel, Read { up_to: 5, own: 0 }), Read { up_to: 5, own: 0 });
        assert_eq!(reading.add(user, channel, Read { up_to: 3, own: 7 }), Read { up_to: 5, own: 7 });
        assert_eq!(reading.add(user, ChannelId(3), Read { up_to: 1, own: 0 }), Read { up_to: 1, own: 0 });
        assert!(reading.forget(user, channel));
        assert!(!reading.forget(user, channel));
        assert_eq!(reading.add(user, channel, Read { up_to: 1, own: 0 }), Read { up_to: 1, own: 0 });
    }
}
