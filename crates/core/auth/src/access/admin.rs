//! The permission to do something on the instance, as a value one must hold.

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
    ErrorCode, UserId,
    permission::{InstanceRole, Permission, Permissions},
    user::AccountStatus,
};

/// Proof of what the caller may do on the instance, as far as it was [required](Self::require).
#[derive(Clone)]
pub struct AdminAccess {
    auth: Auth,
    subject: Subject,
    stamps: Vec<Stamp>,
    required: Permissions,
}

impl std::fmt::Debug for AdminAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminAccess").field("subject", &self.subject).field("required", &self.required).finish_non_exhaustive()
    }
}

impl AdminAccess {
    /// Goes on only with this permission; [`ErrorCode::MissingPermission`] names it.
    pub fn require(mut self, permission: Permission) -> Result<Self> {
        self.required = self.required.union(Permissions::of(&[permission]));
        check(&self.subject, self.required)?;
        Ok(self)
    }

    /// Who acts.
    pub fn user_id(&self) -> UserId {
        self.subject.user_id
    }

    /// Everything the caller may do on the instance.
    pub fn permissions(&self) -> Permissions {
        permissions(&self.subject)
    }

    /// Role on the instance.
    pub fn instance_role(&self) -> InstanceRole {
        self.subject.instance_role
    }

    /// Whether the caller may give this instance role or act on somebody who has it: only owners make and unmake
    /// owners.
    pub fn may_name(&self, role: InstanceRole) -> bool {
        match self.subject.instance_role {
            InstanceRole::Owner => true,
            InstanceRole::Admin => role != InstanceRole::Owner,
            InstanceRole::Member => false,
        }
    }

    /// The access versions all this was decided under.
    pub fn stamps(&self) -> Vec<Stamp> {
        self.stamps.clone()
    }

    /// Decides the same again inside the transaction of a change whose stamps are stale.
    pub async fn recheck(&self, tx: &Tx) -> Result<()> {
        let fresh = store::account(tx, self.auth.db().engine(), self.user_id()).await?;
        let (subject, _) = fresh.ok_or_else(Error::unauthenticated)?;
        if subject.instance_role != self.subject.instance_role {
            // What was planned under another role (whom one may act on) is not decided again here.
            return Err(Error::forbidden("your role on the instance has changed meanwhile; try again"));
        }
        check(&subject, self.required)
    }
}

fn permissions(subject: &Subject) -> Permissions {
    if subject.user_id == SYSTEM_ACCOUNT { roles::INSTANCE_BITS } else { calculator::instance_permissions(subject) }
}

fn check(subject: &Subject, required: Permissions) -> Result<()> {
    if subject.status != AccountStatus::Active {
        return Err(Error::of(ErrorCode::AccountSuspended));
    }
    required.without(permissions(subject)).iter().next().map_or(Ok(()), |lacking| Err(missing(lacking)))
}

impl Auth {
    /// What the caller may do on the instance, as it is now. Everybody signed in gets a value;
    /// [`AdminAccess::require`] decides.
    pub async fn admin(&self, caller: &Caller) -> Result<AdminAccess> {
        let user_id = caller.account()?;
        if caller.is_system() {
            audit(caller, &"the administration of the instance");
            let subject =
                Subject { user_id, status: AccountStatus::Active, instance_role: InstanceRole::Owner, workspace_role: None };
            return Ok(AdminAccess { auth: self.clone(), subject, stamps: Vec::new(), required: Permissions::NONE });
        }
        let (subject, stamps) =
            store::account(self.db().reader(), self.db().engine(), user_id).await?.ok_or_else(Error::unauthenticated)?;
        check(&subject, Permissions::NONE)?;
        Ok(AdminAccess { auth: self.clone(), subject, stamps, required: Permissions::NONE })
    }
}
