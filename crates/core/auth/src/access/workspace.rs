//! The permission to do something in a workspace, as a value one must hold.
//!
//! Only [`Auth`](crate::Auth) makes one, from facts that carry their access version: the commit that uses it proves the
//! permission again when the version has moved. Who is no member learns no more than that there is nothing.

use super::{
    audit,
    calculator::{self, Subject},
    missing, roles, store,
};
use crate::Auth;
use plexichat_database::Tx;
use plexichat_events::Stamp;
use plexichat_kernel::{Caller, Error, Result, caller::SYSTEM_ACCOUNT};
use plexichat_model::{
    ChannelId, ErrorCode, UserId, WorkspaceId,
    permission::{InstanceRole, Permission, Permissions, Role},
    user::AccountStatus,
};
use std::sync::Arc;

/// The workspace an access is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceInfo {
    /// Workspace.
    pub id: WorkspaceId,
    /// The channel everybody joins.
    pub default_channel_id: ChannelId,
    /// When it was created, milliseconds UTC.
    pub created_ms: i64,
    /// Row version.
    pub version: i64,
}

/// The caller's own membership of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkspaceMembership {
    /// Role.
    pub role: Role,
    /// When they joined, milliseconds UTC.
    pub joined_ms: i64,
    /// Workspace-journal version of the row.
    pub version: i64,
    /// User-journal version of the row.
    pub user_version: i64,
}

/// What was read and calculated; exact as of its stamps.
#[derive(Debug)]
pub(crate) struct WorkspaceFacts {
    subject: Subject,
    workspace: WorkspaceInfo,
    membership: Option<WorkspaceMembership>,
    permissions: Permissions,
    stamps: Vec<Stamp>,
}

impl WorkspaceFacts {
    pub(super) fn evaluate(
        subject: Subject,
        workspace: WorkspaceInfo,
        membership: Option<WorkspaceMembership>,
        stamps: Vec<Stamp>,
    ) -> Self {
        let system = subject.user_id == SYSTEM_ACCOUNT;
        let permissions = if system { roles::WORKSPACE_BITS } else { calculator::workspace_permissions(&subject) };
        Self { subject, workspace, membership, permissions, stamps }
    }

    fn check(&self, required: Required) -> Result<()> {
        if self.subject.status != AccountStatus::Active {
            return Err(Error::of(ErrorCode::AccountSuspended));
        }
        if self.membership.is_none() && self.permissions == Permissions::NONE {
            return Err(Error::not_found("workspace", self.workspace.id));
        }
        if let Some(lacking) = required.permissions.without(self.permissions).iter().next() {
            return Err(missing(lacking));
        }
        if required.member && self.membership.is_none() {
            return Err(Error::forbidden("you are not a member of this workspace"));
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Required {
    permissions: Permissions,
    member: bool,
}

/// Proof that the caller may see a workspace, and do there what was [required](Self::require).
#[derive(Clone)]
pub struct WorkspaceAccess {
    auth: Auth,
    facts: Arc<WorkspaceFacts>,
    required: Required,
}

impl std::fmt::Debug for WorkspaceAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkspaceAccess").field("facts", &self.facts).field("required", &self.required).finish_non_exhaustive()
    }
}

impl WorkspaceAccess {
    /// Goes on only with this permission; [`ErrorCode::MissingPermission`] names it.
    pub fn require(mut self, permission: Permission) -> Result<Self> {
        self.required.permissions = self.required.permissions.union(Permissions::of(&[permission]));
        self.facts.check(self.required)?;
        Ok(self)
    }

    /// Goes on only for a member: admins of the instance administer workspaces without being one.
    pub fn require_member(mut self) -> Result<Self> {
        self.required.member = true;
        self.facts.check(self.required)?;
        Ok(self)
    }

    /// Who acts.
    pub fn user_id(&self) -> UserId {
        self.facts.subject.user_id
    }

    /// The workspace.
    pub fn workspace(&self) -> &WorkspaceInfo {
        &self.facts.workspace
    }

    /// Id of the workspace.
    pub fn workspace_id(&self) -> WorkspaceId {
        self.facts.workspace.id
    }

    /// Everything the caller may do in the workspace.
    pub fn permissions(&self) -> Permissions {
        self.facts.permissions
    }

    /// Whether the caller may do this, without asking for it.
    pub fn has(&self, permission: Permission) -> bool {
        self.facts.permissions.has(permission)
    }

    /// Role in the workspace; `None` for an admin of the instance who is no member.
    pub fn role(&self) -> Option<Role> {
        self.facts.subject.workspace_role
    }

    /// Role on the instance.
    pub fn instance_role(&self) -> InstanceRole {
        self.facts.subject.instance_role
    }

    /// The caller's own membership.
    pub fn membership(&self) -> Option<&WorkspaceMembership> {
        self.facts.membership.as_ref()
    }

    /// Whether the caller may give this role to somebody or act on somebody who has it: never above the own one.
    pub fn may_name(&self, role: Role) -> bool {
        self.user_id() == SYSTEM_ACCOUNT || calculator::may_name(&self.facts.subject, role)
    }

    /// The access versions all this was decided under.
    pub fn stamps(&self) -> Vec<Stamp> {
        self.facts.stamps.clone()
    }

    /// Decides the same again inside the transaction of a change whose stamps are stale.
    pub async fn recheck(&self, tx: &Tx) -> Result<()> {
        let (user_id, id) = (self.user_id(), self.workspace_id());
        self.auth.inner.workspaces.invalidate(&(user_id, id));
        let fresh = store::workspace(tx, self.auth.db().engine(), user_id, id).await?;
        fresh.ok_or_else(|| Error::not_found("workspace", id))?.check(self.required)
    }

    /// Ends a read: answers the error of a refusal when access was lost before the rows were read.
    pub async fn confirm(&self) -> Result<()> {
        if self.auth.are_current(&self.facts.stamps).await? {
            return Ok(());
        }
        self.auth.load_workspace(self.user_id(), self.workspace_id()).await?.check(self.required)
    }
}

impl Auth {
    /// Access to a workspace as it is now: for its members, and for admins of the instance (without reading
    /// channels). `NotFound` for everybody else.
    pub async fn workspace(&self, caller: &Caller, id: WorkspaceId) -> Result<WorkspaceAccess> {
        let user_id = caller.account()?;
        audit(caller, &format_args!("workspace {id}"));
        let cached = self.inner.workspaces.get(&(user_id, id));
        let facts = match cached {
            Some(facts) if self.are_current(&facts.stamps).await? => facts,
            _ => self.load_workspace(user_id, id).await?,
        };
        facts.check(Required::default())?;
        Ok(WorkspaceAccess { auth: self.clone(), facts, required: Required::default() })
    }

    async fn load_workspace(&self, user_id: UserId, id: WorkspaceId) -> Result<Arc<WorkspaceFacts>> {
        let facts = store::workspace(self.db().reader(), self.db().engine(), user_id, id).await?;
        let facts = Arc::new(facts.ok_or_else(|| Error::not_found("workspace", id))?);
        self.inner.workspaces.insert((user_id, id), facts.clone());
        Ok(facts)
    }
}
