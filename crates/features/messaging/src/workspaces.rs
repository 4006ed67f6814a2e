//! Workspaces: founding, reading, changing.
//!
//! Guarantees: a workspace exists only together with its first owner and its default channel, by one commit.
//! Not here: who is in it (`workspace_members`), invitations.

use crate::{
    Messaging,
    founding::Founding,
    names::{self, Name},
    store::{members, workspaces},
};
use plexichat_audit::{Action, Record};
use plexichat_auth::{
    AdminAccess, WorkspaceAccess,
    access::calculator::{self, Subject},
};
use plexichat_database::{Engine, Tx, entity::workspace_member};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_keys::{Keys, names::NameSealer};
use plexichat_model::{
    Event, JournalKey, Permission, UserId, WorkspaceId, limits,
    permission::{InstanceRole, Role},
    user::{AccountStatus, UserView},
    workspace::{NewWorkspace, WorkspacePatch, WorkspaceState, WorkspaceView},
};

impl Messaging {
    /// Founds a workspace; for owners and admins of the instance. The caller is its owner.
    pub async fn create_workspace(&self, caller: &Caller, new: NewWorkspace) -> Result<WorkspaceState> {
        let access = self.auth.admin(caller).await?.require(Permission::CreateWorkspaces)?;
        let name = names::name("name", &new.name)?;
        let description = names::topic("description", &new.description)?;
        let user = access.user_id();
        self.check_workspaces(user).await?;
        self.check_room(&[user]).await?;
        let founding = Founding::plan(self.journal.ids(), self.bodies.keys(), name, description).await?;
        let id = founding.workspace;
        let owner = self.profile(user).await?;
        let record = self.auth.audit().record(caller, Action::WorkspaceCreated).await?.on("workspace", id).in_workspace(id);
        let record = record.sealed("name", new.name);
        self.journal.commit(record.along(CreateWorkspace { engine: self.db.engine(), access, founding, owner })).await?;
        self.get_workspace(caller, id).await
    }

    /// The caller's workspaces, by id.
    pub async fn list_workspaces(&self, caller: &Caller) -> Result<Vec<WorkspaceState>> {
        let access = self.auth.admin(caller).await?;
        let rows = members::workspaces_of(self.db.reader(), access.user_id()).await?;
        self.workspace_states(access.user_id(), access.instance_role(), &rows).await
    }

    /// One of the caller's workspaces.
    pub async fn get_workspace(&self, caller: &Caller, id: WorkspaceId) -> Result<WorkspaceState> {
        let access = self.auth.workspace(caller, id).await?.require_member()?;
        let role = access.role().ok_or_else(|| Error::not_found("workspace", id))?;
        let head = self.journal.head(JournalKey::workspace(id)).await?.unwrap_or_default();
        let row = workspaces::by_id(self.db.reader(), self.keys(), id).await?.ok_or_else(|| Error::not_found("workspace", id))?;
        access.confirm().await?;
        Ok(WorkspaceState { workspace: workspaces::view(&row), role, permissions: access.permissions(), head: head.version })
    }

    /// Changes name or description. `if_match`: only if this is the row's version.
    pub async fn update_workspace(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        patch: WorkspacePatch,
        if_match: Option<i64>,
    ) -> Result<WorkspaceView> {
        let access = self.auth.workspace(caller, id).await?.require(Permission::EditWorkspace)?;
        let name = patch.name.as_deref().map(|name| names::name("name", name)).transpose()?;
        let description = patch.description.as_deref().map(|text| names::topic("description", text)).transpose()?;
        let record = self.auth.audit().record(caller, Action::WorkspaceUpdated).await?.on("workspace", id).in_workspace(id);
        let sealer = self.keys().name_sealer(Some(id)).await?;
        let keys = self.keys().clone();
        Ok(self.journal.commit(UpdateWorkspace { record, access, name, description, if_match, keys, sealer }).await?.output)
    }

    /// Refuses when somebody is in as many workspaces as one can be.
    pub(crate) async fn check_workspaces(&self, user: UserId) -> Result<()> {
        let count = members::workspaces_of(self.db.reader(), user).await?.len();
        if u64::try_from(count).unwrap_or(u64::MAX) >= limits::USER_WORKSPACES {
            let message = format!("one can be in {} workspaces at most; leave one first", limits::USER_WORKSPACES);
            return Err(Error::limit_reached(message));
        }
        Ok(())
    }

    /// The workspaces of these memberships as their owner holds them. Heads are read before the rows.
    pub(crate) async fn workspace_states(
        &self,
        user_id: UserId,
        instance_role: InstanceRole,
        memberships: &[workspace_member::Model],
    ) -> Result<Vec<WorkspaceState>> {
        let keys: Vec<JournalKey> = memberships.iter().map(|m| JournalKey::workspace(m.workspace_id.into())).collect();
        let heads = self.journal.heads(&keys).await?;
        let ids: Vec<i64> = memberships.iter().map(|m| m.workspace_id).collect();
        let rows = workspaces::by_ids(self.db.reader(), self.keys(), &ids).await?;
        let state = |membership: &workspace_member::Model| {
            let row = rows.iter().find(|row| row.id == membership.workspace_id)?;
            let role = Role::from_code(membership.role);
            let subject = Subject { user_id, status: AccountStatus::Active, instance_role, workspace_role: Some(role) };
            let head = heads.get(&JournalKey::workspace(row.id.into()))?;
            let permissions = calculator::workspace_permissions(&subject);
            Some(WorkspaceState { workspace: workspaces::view(row), role, permissions, head: head.version })
        };
        Ok(memberships.iter().filter_map(state).collect())
    }
}

struct CreateWorkspace {
    engine: Engine,
    access: AdminAccess,
    founding: Founding,
    owner: UserView,
}

#[async_trait::async_trait]
impl Change for CreateWorkspace {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.founding.touches();
        touches.push(Touch::many(JournalKey::user(self.owner.id), Founding::OWNER_VERSIONS).access());
        touches
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let founded = self.founding.write(tx, self.engine, granted, &self.owner, 0).await?;
        Ok(Applied { output: (), events: founded.events })
    }
}

struct UpdateWorkspace {
    record: Record,
    access: WorkspaceAccess,
    name: Option<Name>,
    description: Option<String>,
    if_match: Option<i64>,
    keys: Keys,
    sealer: NameSealer,
}

#[async_trait::async_trait]
impl Change for UpdateWorkspace {
    type Output = WorkspaceView;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::workspace(self.access.workspace_id())).access()]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<WorkspaceView>> {
        let id = self.access.workspace_id();
        let mut row = workspaces::by_id(tx, &self.keys, id).await?.ok_or_else(|| Error::not_found("workspace", id))?;
        Error::check_version(self.if_match, row.version)?;
        let before = row.clone();
        if let Some(name) = &self.name {
            row.name.clone_from(&name.text);
        }
        if let Some(description) = &self.description {
            row.description.clone_from(description);
        }
        if row == before {
            return Ok(Applied { output: workspaces::view(&row), events: Vec::new() });
        }
        let key = JournalKey::workspace(id);
        row.version = granted.version(key, 0);
        workspaces::update(tx, &self.sealer, row.clone()).await?;
        let record = self.record.clone().sealed_change("name", before.name, row.name.clone());
        record.sealed_change("description", before.description, row.description.clone()).write(tx).await?;
        let view = workspaces::view(&row);
        let events = vec![granted.event(key, 0, Event::WorkspaceUpdated { workspace: view.clone() })];
        Ok(Applied { output: view, events })
    }
}
