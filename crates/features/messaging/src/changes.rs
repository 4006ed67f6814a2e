//! What changed in a journal since a position, from the rows: how a client, or a node, catches up.
//!
//! The head is read before the rows and the answer says `up_to`: rows carry their last version only, so
//! versions whose row has changed again leave natural holes, which `up_to` covers. Live events, `changes` and
//! a snapshot are the same words. Every version counts for everybody who follows the journal; what one of them
//! may not see is left out of the rows, never of the count.

use crate::{
    Messaging,
    store::{
        changes as rows, changes::Window, channels, cursors, instance, members, messages, reactions, snapshot, threads,
        workspaces,
    },
};
use plexichat_auth::access::{ChannelAccess, WorkspaceAccess};
use plexichat_database::entity::{reaction, thread};
use plexichat_events::Head;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalEvent, JournalKey, JournalKind, MessageId, Permission, UserId, WorkspaceId,
    channel::{ChannelKind, Cursor},
    limits::{CHANGES_WINDOW, JOIN_EVENT_MEMBERS},
    permission::Role,
    sync::Changes,
    user::UserView,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Most versions of one [`Messaging::read_journal`].
pub const READ_AT_ONCE: i64 = 1_000;

/// Whom rows are read for when it is nobody: no reaction is theirs.
const NOBODY: UserId = UserId(0);

/// A versioned statement before it has its journal; several may share a version.
type Said = (i64, Event);

/// By what right a journal is followed.
enum Followed {
    /// Everybody signed in, or its owner.
    Freely,
    Workspace(WorkspaceAccess),
    Channel(ChannelAccess),
}

impl Messaging {
    /// What changed in a journal after a position, as far as the caller may see it, at most 200 versions at once.
    /// `epoch` is the epoch of the position; another one than the present means that nothing held is worth anything.
    pub async fn changes(&self, caller: &Caller, key: JournalKey, after: i64, epoch: Option<&str>) -> Result<Changes> {
        if after < 0 {
            return Err(Error::new(ErrorCode::InvalidQuery, "a position is 0 or more").with_field("after"));
        }
        let access = self.may_follow(caller, key).await?;
        let now = self.journal.epoch();
        let head = self.journal.head(key).await?.ok_or_else(|| Error::not_found(key.kind.as_str(), key.id))?;
        let mut answer = Changes { epoch: now.to_string(), up_to: head.version, events: Vec::new(), more: false, reset: false };
        if after > head.version || after < head.resume_floor || epoch.is_some_and(|epoch| *epoch != *now) {
            answer.reset = true;
            return Ok(answer);
        }
        answer.up_to = head.version.min(after.saturating_add(CHANGES_WINDOW));
        answer.more = answer.up_to < head.version;
        let said = self.said(caller.account()?, key, (after, answer.up_to), &head).await?;
        let said = self.visible_to(caller, &access, said).await?;
        answer.events = said.into_iter().map(|said| entry(key, said)).collect();
        match access {
            Followed::Freely => {}
            Followed::Workspace(access) => access.confirm().await?,
            Followed::Channel(access) => access.confirm().await?,
        }
        Ok(answer)
    }

    /// The events of the versions `(after, up_to]`, each version covered by an event or by a run of `nothing`, as far
    /// as they are committed and at most [`READ_AT_ONCE`] of them. For the node's own delivery: it asks nobody's
    /// permission, whoever delivers does.
    pub async fn read_journal(&self, key: JournalKey, after: i64, up_to: i64) -> Result<Vec<JournalEvent>> {
        let Some(head) = self.journal.head(key).await? else { return Ok(Vec::new()) };
        let end = up_to.min(head.version).min(after.saturating_add(READ_AT_ONCE));
        let (mut said, mut from) = (Vec::new(), after);
        while from < end {
            let to = end.min(from.saturating_add(CHANGES_WINDOW));
            said.extend(self.said(NOBODY, key, (from, to), &head).await?);
            from = to;
        }
        Ok(without_gaps(key, (after, end), said))
    }

    /// Proof that the caller may follow the journal, to be confirmed after the rows.
    async fn may_follow(&self, caller: &Caller, key: JournalKey) -> Result<Followed> {
        let account = caller.account()?;
        match key.kind {
            JournalKind::Workspace => {
                let access = self.auth.workspace(caller, WorkspaceId(key.id)).await?;
                access.require_member().map(Followed::Workspace)
            }
            JournalKind::Channel => {
                let access = self.auth.presume_channel(caller, ChannelId(key.id), &[Permission::ViewChannel]).await?;
                Ok(Followed::Channel(access))
            }
            JournalKind::Instance if key.id == 0 => Ok(Followed::Freely),
            JournalKind::User if key.id == account.0 => Ok(Followed::Freely),
            JournalKind::Instance | JournalKind::User => Err(Error::not_found("journal", key)),
        }
    }

    /// Leaves out what the caller may not see: profiles of strangers, and for guests the people and channels of a
    /// workspace that they have nothing to do with. The same rule as [`plexichat_auth::Auth::who_may_read`].
    async fn visible_to(&self, caller: &Caller, access: &Followed, said: Vec<Said>) -> Result<Vec<Said>> {
        let guest = match access {
            Followed::Channel(_) => return Ok(said),
            Followed::Workspace(access) if access.role() != Some(Role::Guest) => return Ok(said),
            Followed::Workspace(_) => true,
            Followed::Freely => false,
        };
        let person = |event: &Event| match event {
            Event::UserUpdated { user } | Event::WorkspaceMemberUpdated { user, .. } => Some(user.id),
            _ => None,
        };
        let listed = |event: &Event| if let Event::ChannelListed { channel } = event { Some(channel.id.0) } else { None };
        let people: BTreeSet<UserId> = said.iter().filter_map(|(_, event)| person(event)).collect();
        let people: Vec<UserId> = people.into_iter().collect();
        let seen = if people.is_empty() { HashSet::new() } else { self.auth.visible(caller, &people).await? };
        let channels: BTreeSet<i64> = said.iter().filter_map(|(_, event)| listed(event)).filter(|_| guest).collect();
        let channels: Vec<i64> = channels.into_iter().collect();
        let states = snapshot::given(self.db.reader(), self.db.engine(), self.keys(), caller.account()?, &channels).await?;
        let joined: HashSet<i64> = states.iter().filter(|state| state.member).map(|state| state.channel.id).collect();
        let visible = |(_, event): &Said| {
            person(event).is_none_or(|id| seen.contains(&id)) && listed(event).is_none_or(|id| joined.contains(&id))
        };
        Ok(said.into_iter().filter(visible).collect())
    }

    /// What the rows say of a window, in version order.
    async fn said(&self, reader: UserId, key: JournalKey, window: Window, head: &Head) -> Result<Vec<Said>> {
        let mut said = match key.kind {
            JournalKind::Instance => self.instance_said(window).await?,
            JournalKind::Workspace => self.workspace_said(WorkspaceId(key.id), window).await?,
            JournalKind::Channel => self.channel_said(reader, ChannelId(key.id), window, head).await?,
            JournalKind::User => self.user_said(UserId(key.id), window).await?,
        };
        // Stable: what shares a version stays in the order in which it was put.
        said.sort_by_key(|(version, _)| *version);
        Ok(said)
    }

    async fn instance_said(&self, (after, up_to): Window) -> Result<Vec<Said>> {
        let mut said: Vec<Said> = Vec::new();
        let row = instance::row(self.db.reader(), self.keys()).await?;
        if let Some(row) = row.filter(|row| row.version > after && row.version <= up_to) {
            said.push((row.version, Event::InstanceUpdated { instance: instance::view(&row) }));
        }
        let users = self.auth.profiles_changed(after, up_to).await?;
        said.extend(users.into_iter().map(|user| (user.version, Event::UserUpdated { user })));
        Ok(said)
    }

    async fn workspace_said(&self, id: WorkspaceId, window: Window) -> Result<Vec<Said>> {
        let conn = self.db.reader();
        let mut said: Vec<Said> = Vec::new();
        if let Some(row) = rows::workspace(conn, self.keys(), id, window).await? {
            said.push((row.version, Event::WorkspaceUpdated { workspace: workspaces::view(&row) }));
        }
        let found = rows::workspace_members(conn, id, window).await?;
        let users = self.by_id(found.iter().map(|row| row.user_id)).await?;
        for row in found {
            if let Some(user) = users.get(&row.user_id).cloned() {
                said.push((row.version, Event::WorkspaceMemberUpdated { member: members::workspace_view(&row), user }));
            }
        }
        for row in rows::listed(conn, self.keys(), id, window).await? {
            if ChannelKind::from_code(row.kind).is_listed() {
                said.push((row.list_version, Event::ChannelListed { channel: channels::view(&row, Vec::new()) }));
            }
        }
        Ok(said)
    }

    async fn channel_said(&self, reader: UserId, id: ChannelId, window: Window, head: &Head) -> Result<Vec<Said>> {
        let (conn, engine) = (self.db.reader(), self.db.engine());
        let mut said = self.channel_row_said(id, window).await?;
        let threads_changed = threads::changed(conn, engine, id, window).await?;
        let mut summaries: HashMap<(i64, i64), thread::Model> =
            threads_changed.into_iter().map(|row| ((row.version, row.root_id), row)).collect();
        let changed = self.bodies.open(messages::changed(conn, engine, id, window).await?).await?;
        // With reactions and thread: their events may stand before the last change of a message not yet known.
        for (row, message) in changed.iter().zip(self.views(reader, &changed).await?) {
            let thread = row.thread_id.and_then(|root| summaries.remove(&(row.version, root))).as_ref().map(threads::view);
            let last_main_number = head.main_number;
            let event = if row.deleted {
                Event::MessageDeleted { message, thread, last_main_number }
            } else if row.edited_ms.is_some() {
                Event::MessageUpdated { message }
            } else {
                Event::MessageCreated { message, thread, last_main_number }
            };
            said.push((row.version, event));
        }
        said.extend(summaries.into_values().map(|row| (row.version, Event::ThreadUpdated { thread: threads::view(&row) })));
        let reacted = reactions::changed(conn, engine, id, window).await?;
        let ids: BTreeSet<i64> = reacted.iter().map(|row| row.message_id).collect();
        let counts = reactions::counts(conn, engine, &ids.into_iter().collect::<Vec<i64>>()).await?;
        said.extend(reacted.into_iter().map(|row| (row.version, reaction_said(row, &counts))));
        Ok(said)
    }

    /// The channel's own row, its overrides and its memberships.
    async fn channel_row_said(&self, id: ChannelId, window: Window) -> Result<Vec<Said>> {
        let (conn, engine) = (self.db.reader(), self.db.engine());
        let mut said: Vec<Said> = Vec::new();
        let within = |version: i64| version > window.0 && version <= window.1;
        if let Some(row) = channels::by_id(conn, self.keys(), id).await? {
            if within(row.version) {
                let people = if ChannelKind::from_code(row.kind).is_conversation() {
                    members::participants(conn, &[id.0]).await?.remove(&id.0).unwrap_or_default()
                } else {
                    Vec::new()
                };
                said.push((row.version, Event::ChannelUpdated { channel: channels::view(&row, people) }));
            }
            if within(row.overrides_version) {
                let (overrides, version) = (channels::overrides(conn, id).await?, row.overrides_version);
                said.push((version, Event::OverridesUpdated { channel_id: id, overrides, version }));
            }
        }
        let found = rows::channel_members(conn, id, window).await?;
        let silent = !found.is_empty() && members::more_than(conn, engine, id, JOIN_EVENT_MEMBERS).await?;
        let users = self.by_id(found.iter().map(|row| row.user_id)).await?;
        for row in found.into_iter().filter(|row| row.removed || !silent) {
            if let Some(user) = users.get(&row.user_id).cloned() {
                said.push((row.version, Event::ChannelMemberUpdated { member: members::channel_view(&row), user }));
            }
        }
        Ok(said)
    }

    async fn user_said(&self, id: UserId, window: Window) -> Result<Vec<Said>> {
        let (conn, engine) = (self.db.reader(), self.db.engine());
        let mut said: Vec<Said> = self.auth.own_changes(id, window.0, window.1).await?;
        for row in rows::own_workspaces(conn, id, window).await? {
            let membership = members::own_workspace_view(&row);
            said.push((row.user_version, Event::WorkspaceMembershipUpdated { membership }));
        }
        for row in rows::own_channels(conn, id, window).await? {
            said.push((row.user_version, Event::MembershipUpdated { membership: members::own_channel_view(&row) }));
        }
        // After the memberships: a position may share the version of the membership it begins with.
        let moved = cursors::changed(conn, engine, id, window).await?;
        let ids: BTreeSet<i64> = moved.iter().map(|row| row.channel_id).collect();
        let ids: Vec<ChannelId> = ids.into_iter().map(ChannelId).collect();
        let counts = cursors::counts(conn, engine, id, &ids).await?;
        said.extend(moved.into_iter().map(|row| {
            let channel_id = ChannelId(row.channel_id);
            let thread_id = (row.thread_id != 0).then_some(MessageId(row.thread_id));
            let cursor = Cursor { last_read_number: row.last_read_number, version: row.version };
            let (mention_count, counted_to) = counts.get(&channel_id).map_or((0, 0), |c| (c.count, c.counted_to));
            (row.version, Event::CursorUpdated { channel_id, thread_id, cursor, mention_count, counted_to })
        }));
        Ok(said)
    }
}

impl Messaging {
    async fn by_id(&self, ids: impl Iterator<Item = i64>) -> Result<HashMap<i64, UserView>> {
        let ids: Vec<UserId> = ids.map(UserId).collect();
        Ok(self.profiles(&ids).await?.into_iter().map(|user| (user.id.0, user)).collect())
    }
}

fn reaction_said(row: reaction::Model, counts: &HashMap<(i64, String), u32>) -> Event {
    let count = counts.get(&(row.message_id, row.emoji.clone())).copied().unwrap_or(0);
    Event::ReactionUpdated {
        message_id: MessageId(row.message_id),
        number: row.number,
        emoji: row.emoji,
        user_id: UserId(row.user_id),
        removed: row.removed,
        count,
        version: row.version,
    }
}

fn entry(journal: JournalKey, (version, event): Said) -> JournalEvent {
    JournalEvent { journal, version, from_version: None, event }
}

/// Puts runs of `nothing` where no event stands.
fn without_gaps(journal: JournalKey, (after, end): Window, said: Vec<Said>) -> Vec<JournalEvent> {
    let nothing = |from: i64, version: i64| JournalEvent {
        journal,
        version,
        from_version: (from < version).then_some(from),
        event: Event::Nothing {},
    };
    let (mut out, mut next) = (Vec::with_capacity(said.len() + 1), after + 1);
    for said in said {
        if said.0 > next {
            out.push(nothing(next, said.0 - 1));
        }
        next = next.max(said.0 + 1);
        out.push(entry(journal, said));
    }
    if next <= end {
        out.push(nothing(next, end));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_gaps;
    use plexichat_model::{Event, JournalKey};

    #[test]
    fn every_version_is_covered_once() {
        let said = vec![
            (3, Event::AccountUpdated {}),
            (3, Event::AccountUpdated {}),
            (4, Event::AccountUpdated {}),
            (7, Event::AccountUpdated {}),
        ];
        let found: Vec<(Option<i64>, i64, bool)> = without_gaps(JournalKey::INSTANCE, (0, 9), said)
            .into_iter()
            .map(|e| (e.from_version, e.version, e.event == Event::Nothing {}))
            .collect();
        let expected = [
            (Some(1), 2, true),
            (None, 3, false),
            (None, 3, false),
            (None, 4, false),
            (Some(5), 6, true),
            (None, 7, false),
            (Some(8), 9, true),
        ];
        assert_eq!(found, expected);
        assert!(without_gaps(JournalKey::INSTANCE, (5, 5), Vec::new()).is_empty());
        assert_eq!(without_gaps(JournalKey::INSTANCE, (5, 6), Vec::new()).len(), 1);
    }
}
