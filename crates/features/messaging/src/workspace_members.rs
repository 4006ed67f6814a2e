//! Who is in a workspace: the list, roles, removal and leaving.
//!
//! Guarantees: nobody acts on somebody above them or gives a role above their own; a workspace always has an
//! owner, also when the last two demote or leave at once (decided inside the commit, under the workspace's lock);
//! who is out has lost every channel at that commit, because access asks for the workspace first. The rows of
//! further channels, when there are many, are ended by a persistent job.

use crate::{
    Messaging,
    admission::{self, Person},
    channel_members::MemberQuery,
    names,
    page::{Page, cursor},
    stale::{again_if_stale, stale},
    store::members,
};
use plexichat_audit::{Action, Record};
use plexichat_auth::WorkspaceAccess;
use plexichat_database::{Engine, Tx, entity::workspace_member};
use plexichat_events::{
    Applied, Change, Granted, Stamp, Touch,
    jobs::{self, JobHandler, NewJob},
};
use plexichat_kernel::{Caller, Error, IdGenerator, Result};
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalEvent, JournalKey, Permission, UserId, WorkspaceId,
    page::WorkspaceMemberPage,
    permission::Role,
    user::UserView,
    workspace::{WorkspaceMemberItem, WorkspaceMemberPatch, WorkspaceMemberView},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Channels whose memberships one change ends.
const CHANNELS_PER_CHANGE: usize = 50;

/// Name of the job that ends the memberships of further channels.
const JOB: &str = "end_channel_memberships";

impl Messaging {
    /// Members of a workspace, by handle. Guests see only whom they share a channel with: for them there is no list.
    pub async fn list_workspace_members(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        query: &MemberQuery,
    ) -> Result<WorkspaceMemberPage> {
        let access = self.auth.workspace(caller, id).await?;
        if access.role() == Some(Role::Guest) && !access.has(Permission::ManageMembers) {
            return Err(Error::forbidden("guests see the people of their channels, not the list of the workspace"));
        }
        let page = Page::of(query.limit)?;
        let prefix = names::fold(query.q.as_deref().unwrap_or_default().trim_start_matches('@'));
        let (directory, after) = (&self.auth.directory().await?, cursor(query.after.as_deref())?);
        let asked = members::PageQuery { directory, prefix: &prefix, after, limit: page.fetch() };
        let rows = members::workspace_page((self.db.reader(), self.db.engine()), id, &asked).await?;
        let rows = self.with_profiles(rows, |row| row.user_id).await?;
        access.confirm().await?;
        let (rows, next) = page.cut(rows, |(row, _)| row.user_id.to_string());
        let item = |(row, user)| WorkspaceMemberItem { member: members::workspace_view(&row), user };
        Ok(WorkspaceMemberPage { items: rows.into_iter().map(item).collect(), next })
    }

    /// Gives somebody another role. `if_match`: only if this is the membership's version.
    pub async fn update_workspace_member(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        user: UserId,
        patch: WorkspaceMemberPatch,
        if_match: Option<i64>,
    ) -> Result<WorkspaceMemberView> {
        again_if_stale(|| async {
            let access = self.auth.workspace(caller, id).await?.require(Permission::ManageMembers)?;
            let user = self.workspace_profile(id, user).await?;
            let record = self.auth.audit().record(caller, Action::MemberUpdated).await?.on("account", user.id).in_workspace(id);
            Ok(self.journal.commit(ChangeRole { record, access, user, role: patch.role, if_match }).await?.output)
        })
        .await
    }

    /// Removes somebody from a workspace and all its channels; oneself: leaves it.
    pub async fn remove_workspace_member(&self, caller: &Caller, id: WorkspaceId, user: UserId) -> Result<()> {
        again_if_stale(|| async {
            let access = self.auth.workspace(caller, id).await?;
            let own = access.user_id() == user;
            let access = if own { access.require_member()? } else { access.require(Permission::ManageMembers)? };
            let profile = self.workspace_profile(id, user).await?;
            let channels = self.remaining(id, user, CHANNELS_PER_CHANGE).await?;
            let (engine, ids) = (self.db.engine(), self.journal.ids().clone());
            let change = RemoveMember { engine, access, own, user: profile, channels, ids };
            let record = self.auth.audit().record(caller, Action::MemberRemoved).await?.on("account", user).in_workspace(id);
            self.journal.commit(record.along_if_told(change)).await?;
            Ok(())
        })
        .await
    }

    /// The jobs of messaging, for the node's job runner.
    pub fn job_handlers(&self) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(EndMemberships(self.clone()))]
    }

    async fn workspace_profile(&self, id: WorkspaceId, user: UserId) -> Result<UserView> {
        let member = members::in_workspace(self.db.reader(), id, user).await?.filter(|row| !row.removed);
        member.ok_or_else(|| Error::not_found("member", user))?;
        self.profile(user).await
    }

    async fn remaining(&self, workspace: WorkspaceId, user: UserId, limit: usize) -> Result<Vec<ChannelId>> {
        members::remaining_in_workspace(self.db.reader(), self.db.engine(), workspace, user, limit).await
    }
}

/// Who may not be acted upon, who may not be lost.
async fn check_role(
    tx: &Tx,
    access: &WorkspaceAccess,
    row: &workspace_member::Model,
    own: bool,
    after: Option<Role>,
) -> Result<()> {
    let before = Role::from_code(row.role);
    if !own && !access.may_name(before) {
        return Err(Error::forbidden("this person's role is above yours; only an owner may do this"));
    }
    if after.is_some_and(|role| !access.may_name(role)) {
        return Err(Error::forbidden("you cannot give a role above your own").with_field("role"));
    }
    let ends = before == Role::Owner && after != Some(Role::Owner);
    if ends && members::count_owners(tx, row.workspace_id.into()).await? < 2 {
        return Err(Error::of(ErrorCode::LastOwner));
    }
    Ok(())
}

/// The same membership on both journals.
fn told(granted: &Granted, row: &workspace_member::Model, user: &UserView) -> Vec<JournalEvent> {
    let member = Event::WorkspaceMemberUpdated { member: members::workspace_view(row), user: user.clone() };
    let own = Event::WorkspaceMembershipUpdated { membership: members::own_workspace_view(row) };
    vec![
        granted.event(JournalKey::workspace(row.workspace_id.into()), 0, member),
        granted.event(JournalKey::user(user.id), 0, own),
    ]
}

struct ChangeRole {
    record: Record,
    access: WorkspaceAccess,
    user: UserView,
    role: Role,
    if_match: Option<i64>,
}

#[async_trait::async_trait]
impl Change for ChangeRole {
    type Output = WorkspaceMemberView;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::workspace(self.access.workspace_id())), Touch::one(JournalKey::user(self.user.id)).access()]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await?;
        // Whom one may act on was taken from the stale value.
        Err(stale())
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<WorkspaceMemberView>> {
        let workspace = self.access.workspace_id();
        let row = members::in_workspace(tx, workspace, self.user.id).await?.filter(|row| !row.removed);
        let mut row = row.ok_or_else(|| Error::not_found("member", self.user.id))?;
        Error::check_version(self.if_match, row.version)?;
        check_role(tx, &self.access, &row, false, Some(self.role)).await?;
        if Role::from_code(row.role) == self.role {
            return Ok(Applied { output: members::workspace_view(&row), events: Vec::new() });
        }
        let before = Role::from_code(row.role);
        row.role = self.role.code();
        row.version = granted.version(JournalKey::workspace(workspace), 0);
        row.user_version = granted.version(JournalKey::user(self.user.id), 0);
        members::put_in_workspace(tx, row.clone()).await?;
        let word = |role: Role| serde_json::to_value(role).unwrap_or_default();
        self.record.clone().changed("role", word(before), word(self.role)).write(tx).await?;
        Ok(Applied { output: members::workspace_view(&row), events: told(granted, &row, &self.user) })
    }
}

struct RemoveMember {
    engine: Engine,
    access: WorkspaceAccess,
    own: bool,
    user: UserView,
    channels: Vec<ChannelId>,
    ids: IdGenerator,
}

#[async_trait::async_trait]
impl Change for RemoveMember {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        let own = 1 + u32::try_from(self.channels.len()).unwrap_or(0);
        let mut touches = vec![
            Touch::one(JournalKey::workspace(self.access.workspace_id())).access(),
            Touch::many(JournalKey::user(self.user.id), own).access(),
        ];
        touches.extend(self.channels.iter().map(|id| Touch::one(JournalKey::channel(*id)).access()));
        touches
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await?;
        Err(stale())
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let workspace = self.access.workspace_id();
        let row = members::in_workspace(tx, workspace, self.user.id).await?.filter(|row| !row.removed);
        let mut row = row.ok_or_else(|| Error::not_found("member", self.user.id))?;
        check_role(tx, &self.access, &row, self.own, None).await?;
        row.removed = true;
        row.version = granted.version(JournalKey::workspace(workspace), 0);
        row.user_version = granted.version(JournalKey::user(self.user.id), 0);
        members::put_in_workspace(tx, row.clone()).await?;
        let mut events = told(granted, &row, &self.user);
        events.extend(end_channels(tx, granted, &self.channels, &self.user, 1).await?);
        // More than one change ends, or joined since they were looked up: access is gone already, the rows follow.
        if !members::remaining_in_workspace(tx, self.engine, workspace, self.user.id, 1).await?.is_empty() {
            let what = What { workspace_id: workspace, user_id: self.user.id };
            let payload = serde_json::to_value(what).map_err(Error::internal)?;
            jobs::enqueue(tx, &self.ids, granted.now_ms, &NewJob::now(JOB, payload)).await?;
        }
        Ok(Applied { output: (), events })
    }
}

/// Ends somebody's memberships of these channels; `first_nth` is the first of their own versions that tells.
async fn end_channels(
    tx: &Tx,
    granted: &Granted,
    channels: &[ChannelId],
    user: &UserView,
    first_nth: u32,
) -> Result<Vec<JournalEvent>> {
    let mut events = Vec::new();
    for (nth, channel) in (first_nth..).zip(channels) {
        let person = Person { user: user.clone(), nth };
        events.extend(admission::dismiss(tx, granted, *channel, 0, &person).await?.unwrap_or_default());
    }
    Ok(events)
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct What {
    workspace_id: WorkspaceId,
    user_id: UserId,
}

/// Ends what is left of somebody's memberships in a workspace they are out of.
struct EndMemberships(Messaging);

#[async_trait::async_trait]
impl JobHandler for EndMemberships {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, payload: serde_json::Value) -> Result<()> {
        let what: What = serde_json::from_value(payload).map_err(Error::internal)?;
        let user = self.0.profile(what.user_id).await?;
        loop {
            let channels = self.0.remaining(what.workspace_id, what.user_id, CHANNELS_PER_CHANGE).await?;
            if channels.is_empty() {
                return Ok(());
            }
            let change = EndChunk { workspace: what.workspace_id, user: user.clone(), channels };
            if !self.0.journal.commit(change).await?.output {
                return Ok(());
            }
        }
    }
}

struct EndChunk {
    workspace: WorkspaceId,
    user: UserView,
    channels: Vec<ChannelId>,
}

#[async_trait::async_trait]
impl Change for EndChunk {
    /// False: they are in the workspace again, and keep what they have.
    type Output = bool;

    fn touches(&self) -> Vec<Touch> {
        let own = u32::try_from(self.channels.len()).unwrap_or(1);
        let mut touches = vec![Touch::many(JournalKey::user(self.user.id), own).access()];
        touches.extend(self.channels.iter().map(|id| Touch::one(JournalKey::channel(*id)).access()));
        touches
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<bool>> {
        let member = members::in_workspace(tx, self.workspace, self.user.id).await?;
        if member.is_some_and(|row| !row.removed) {
            return Ok(Applied { output: false, events: Vec::new() });
        }
        let events = end_channels(tx, granted, &self.channels, &self.user, 0).await?;
        Ok(Applied { output: true, events })
    }
}
