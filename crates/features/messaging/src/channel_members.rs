//! Who is in a channel: joining, leaving, adding, removing, the list.
//!
//! Guarantees: only members of the workspace get in, decided inside the commit; doing twice what is done
//! changes nothing; whoever is removed at a version receives nothing above it. Conversations have fixed people.
//! Not here: the rows and events of one membership (`admission`).

use crate::{
    Messaging,
    admission::{self, Door, PEOPLE_PER_CHANGE, Person},
    channels::living,
    names,
    page::{Page, cursor},
    store::{channels, members, workspaces},
};
use plexichat_audit::{Action, Record};
use plexichat_auth::ChannelAccess;
use plexichat_database::{Engine, Tx};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, ErrorCode, JournalKey, Permission, UserId, WorkspaceId,
    channel::{AddChannelMembers, ChannelMemberItem, ChannelState},
    limits,
    page::ChannelMemberPage,
    permission::Role,
    user::UserView,
};
use std::collections::{HashMap, HashSet};

/// Which members to list.
#[derive(Clone, Debug, Default)]
pub struct MemberQuery {
    /// Beginning of handle or display name, without regard to case.
    pub q: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Most items.
    pub limit: Option<usize>,
}

impl Messaging {
    /// Joins a public or announcement channel; who is in it already stays so.
    pub async fn join_channel(&self, caller: &Caller, id: ChannelId) -> Result<ChannelState> {
        let access = self.auth.channel(caller, id).await?;
        let user = access.user_id();
        if access.membership().is_none() {
            let access = access.require(Permission::JoinPublicChannels)?;
            self.check_room(&[user]).await?;
            let people = vec![Person::first(self.profile(user).await?)];
            let record = self.member_record(caller, Action::ChannelMembersAdded, &access, &people).await?;
            self.journal
                .commit(record.along_if_told(Join { engine: self.db.engine(), access, field: "channel_id", people }))
                .await?;
        }
        self.channel_state(user, id).await
    }

    /// Leaves a channel.
    pub async fn leave_channel(&self, caller: &Caller, id: ChannelId) -> Result<()> {
        let access = self.auth.channel(caller, id).await?.require_member()?;
        let user = access.user_id();
        self.let_out(caller, access, user).await
    }

    /// Members of a channel, by handle.
    pub async fn list_channel_members(&self, caller: &Caller, id: ChannelId, query: &MemberQuery) -> Result<ChannelMemberPage> {
        let access = self.auth.channel(caller, id).await?.require(Permission::ViewChannel)?;
        let page = Page::of(query.limit)?;
        let prefix = names::fold(query.q.as_deref().unwrap_or_default().trim_start_matches('@'));
        let (directory, after) = (&self.auth.directory().await?, cursor(query.after.as_deref())?);
        let asked = members::PageQuery { directory, prefix: &prefix, after, limit: page.fetch() };
        let rows = members::channel_page((self.db.reader(), self.db.engine()), id, &asked).await?;
        let rows = self.with_profiles(rows, |row| row.user_id).await?;
        access.confirm().await?;
        let (rows, next) = page.cut(rows, |(row, _)| row.user_id.to_string());
        let item = |(row, user)| ChannelMemberItem { member: members::channel_view(&row), user };
        Ok(ChannelMemberPage { items: rows.into_iter().map(item).collect(), next })
    }

    /// Rows with the profile of whom each is about.
    pub(crate) async fn with_profiles<T>(&self, rows: Vec<T>, whose: fn(&T) -> i64) -> Result<Vec<(T, UserView)>> {
        let ids: Vec<UserId> = rows.iter().map(|row| UserId(whose(row))).collect();
        let mut users: HashMap<i64, UserView> = self.profiles(&ids).await?.into_iter().map(|user| (user.id.0, user)).collect();
        let beside = |row: T| users.remove(&whose(&row)).map(|user| (row, user));
        Ok(rows.into_iter().filter_map(beside).collect())
    }

    /// Which of these channels have more than so many members, whoever asks. For the node's own delivery.
    pub async fn channels_above(&self, ids: &[ChannelId], bound: u64) -> Result<HashSet<ChannelId>> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        Ok(members::above(self.db.reader(), self.db.engine(), &ids, bound).await?.into_iter().collect())
    }

    /// Adds people of the workspace to a channel; answers their memberships, also of those who were in it.
    pub async fn add_channel_members(&self, caller: &Caller, id: ChannelId, add: AddChannelMembers) -> Result<ChannelMemberPage> {
        let access = self.auth.channel(caller, id).await?;
        let workspace = workspace_of(&access)?;
        let access = access.require(Permission::ManageChannelMembers)?;
        let people = self.future_members("user_ids", workspace, &add.user_ids, UserId(0)).await?;
        if people.is_empty() {
            return Err(Error::invalid("user_ids", "name at least one person to add"));
        }
        drop(access);
        self.let_in(caller, id, &people).await?;
        let ids: Vec<i64> = people.iter().map(|p| p.user.id.0).collect();
        let mut rows = members::all_in_channel(self.db.reader(), id, &ids).await?;
        let item = |person: Person| {
            let row = rows.remove(&person.user.id.0).filter(|row| !row.removed)?;
            Some(ChannelMemberItem { member: members::channel_view(&row), user: person.user })
        };
        Ok(ChannelMemberPage { items: people.into_iter().filter_map(item).collect(), next: None })
    }

    /// Removes somebody from a channel; oneself: leaves it.
    pub async fn remove_channel_member(&self, caller: &Caller, id: ChannelId, user: UserId) -> Result<()> {
        let access = self.auth.channel(caller, id).await?;
        if access.user_id() == user {
            return self.leave_channel(caller, id).await;
        }
        workspace_of(&access)?;
        let access = access.require(Permission::ManageChannelMembers)?;
        self.let_out(caller, access, user).await
    }

    async fn let_out(&self, caller: &Caller, access: ChannelAccess, user: UserId) -> Result<()> {
        let workspace = workspace_of(&access)?;
        let everybody = workspaces::unnamed(self.db.reader(), workspace).await?;
        let member = members::in_workspace(self.db.reader(), workspace, user).await?;
        let stays = member.is_some_and(|row| !row.removed && Role::from_code(row.role) != Role::Guest);
        if stays && everybody.is_some_and(|w| w.default_channel_id == access.channel_id().0) {
            let message = "this is the channel everybody is in; mute it instead, or leave the workspace";
            return Err(Error::conflict(ErrorCode::Conflict, message));
        }
        let own = access.user_id() == user;
        let person = Person::first(self.profile(user).await?);
        let record = self.member_record(caller, Action::ChannelMemberRemoved, &access, std::slice::from_ref(&person)).await?;
        self.journal.commit(record.along_if_told(Leave { access, own, person })).await?;
        Ok(())
    }

    async fn member_record(&self, caller: &Caller, action: Action, access: &ChannelAccess, people: &[Person]) -> Result<Record> {
        let record = self.auth.audit().record(caller, action).await?.on("channel", access.channel_id());
        let ids: Vec<String> = people.iter().map(|person| person.user.id.to_string()).collect();
        let workspace = access.channel().workspace_id.unwrap_or(WorkspaceId(0));
        Ok(record.in_workspace(workspace).with("accounts", ids))
    }

    /// Lets people into a channel, as many changes as they need. Access is asked anew for each.
    pub(crate) async fn let_in(&self, caller: &Caller, id: ChannelId, people: &[Person]) -> Result<()> {
        for chunk in people.chunks(PEOPLE_PER_CHANGE) {
            let access = self.auth.channel(caller, id).await?.require(Permission::ManageChannelMembers)?;
            let record = self.member_record(caller, Action::ChannelMembersAdded, &access, chunk).await?;
            let join = Join { engine: self.db.engine(), access, field: "user_ids", people: chunk.to_vec() };
            self.journal.commit(record.along_if_told(join)).await?;
        }
        Ok(())
    }

    /// Checks a list of people who shall be in a channel of this workspace; each once, without `but`.
    pub(crate) async fn future_members(
        &self,
        field: &'static str,
        workspace: WorkspaceId,
        ids: &[UserId],
        but: UserId,
    ) -> Result<Vec<Person>> {
        if ids.len() > limits::ADD_MEMBERS {
            return Err(Error::limit_reached(format!("add at most {} people at once", limits::ADD_MEMBERS)).with_field(field));
        }
        let mut wanted: Vec<UserId> = ids.iter().copied().filter(|id| *id != but).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let raw: Vec<i64> = wanted.iter().map(|id| id.0).collect();
        let found = members::living_in_workspace(self.db.reader(), workspace, &raw).await?;
        if let Some(missing) = wanted.iter().find(|id| !found.iter().any(|row| row.user_id == id.0)) {
            let message = format!("account {missing} is not a member of this workspace; invite them first");
            return Err(Error::new(ErrorCode::NotFound, message).with_field(field));
        }
        self.check_room(&wanted).await?;
        Ok(self.profiles(&wanted).await?.into_iter().map(Person::first).collect())
    }

    /// Refuses when one of these people is in as many channels as one can be.
    pub(crate) async fn check_room(&self, users: &[UserId]) -> Result<()> {
        let ids: Vec<i64> = users.iter().map(|id| id.0).collect();
        let full = members::at_bound(self.db.reader(), self.db.engine(), &ids, limits::USER_CHANNELS).await?;
        match full.first() {
            Some(user) => {
                let message =
                    format!("account {user} is in {} channels, the most one can be in; leave some first", limits::USER_CHANNELS);
                Err(Error::limit_reached(message))
            }
            None => Ok(()),
        }
    }

    /// Profile of somebody who is known to exist.
    pub(crate) async fn profile(&self, id: UserId) -> Result<UserView> {
        self.profiles(&[id]).await?.pop().ok_or_else(|| Error::not_found("account", id))
    }

    /// Profiles of people who are known to exist, in id order.
    pub(crate) async fn profiles(&self, ids: &[UserId]) -> Result<Vec<UserView>> {
        self.auth.profiles(ids).await
    }
}

/// The workspace of a channel whose people may change.
fn workspace_of(access: &ChannelAccess) -> Result<WorkspaceId> {
    let fixed =
        || Error::conflict(ErrorCode::Conflict, "the people of a conversation are fixed; open another conversation instead");
    access.channel().workspace_id.ok_or_else(fixed)
}

struct Join {
    engine: Engine,
    access: ChannelAccess,
    field: &'static str,
    people: Vec<Person>,
}

#[async_trait::async_trait]
impl Change for Join {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        let versions = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        let mut touches = vec![Touch::many(JournalKey::channel(self.access.channel_id()), versions)];
        touches.extend(self.people.iter().map(Person::touch));
        touches
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let id = self.access.channel_id();
        let row = channels::unnamed(tx, id).await?.ok_or_else(|| Error::not_found("channel", id))?;
        if row.archived {
            return Err(Error::of(ErrorCode::ChannelArchived));
        }
        let ids: Vec<UserId> = self.people.iter().map(|p| p.user.id).collect();
        living(tx, self.field, row.workspace_id.map_or(WorkspaceId(0), WorkspaceId), &ids).await?;
        let admitted = admission::admit(tx, self.engine, granted, Door::of(id, 0), &self.people).await?;
        Ok(Applied { output: (), events: admitted.events })
    }
}

struct Leave {
    access: ChannelAccess,
    own: bool,
    person: Person,
}

#[async_trait::async_trait]
impl Change for Leave {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::channel(self.access.channel_id())).access(), self.person.touch()]
    }

    fn stamps(&self) -> Vec<Stamp> {
        // Whoever leaves needs no right to, and leaving twice is leaving once.
        if self.own { Vec::new() } else { self.access.stamps() }
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let id = self.access.channel_id();
        match admission::dismiss(tx, granted, id, 0, &self.person).await? {
            Some(events) => Ok(Applied { output: (), events }),
            None if self.own => Ok(Applied { output: (), events: Vec::new() }),
            None => Err(Error::not_found("member", self.person.user.id)),
        }
    }
}
