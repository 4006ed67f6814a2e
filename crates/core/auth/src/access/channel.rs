//! The permission to do something in a channel, as a value one must hold.
//!
//! Only [`Auth`](crate::Auth) makes one, from facts that carry their access version: the commit that uses it proves the
//! permission again when the version has moved. What the caller may not see is refused as if it did not exist. Not here:
//! the calculation of permissions, which is pure, and the rows of channels (`features/messaging`).

use super::{
    audit,
    calculator::{self, Place, Subject},
    missing, roles, store,
};
use crate::Auth;
use plexichat_database::Tx;
use plexichat_events::{Head, Stamp};
use plexichat_kernel::{Caller, Error, Result, caller::SYSTEM_ACCOUNT};
use plexichat_model::{
    ChannelId, ErrorCode, JournalKey, UserId, WorkspaceId,
    channel::{ChannelKind, NotifyLevel},
    permission::{InstanceRole, Permission, Permissions, Role},
    user::AccountStatus,
};
use std::{collections::HashMap, sync::Arc};

/// The channel an access is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelInfo {
    /// Channel.
    pub id: ChannelId,
    /// Workspace; `None` for conversations.
    pub workspace_id: Option<WorkspaceId>,
    /// Kind.
    pub kind: ChannelKind,
    /// Whether it is archived.
    pub archived: bool,
    /// Who created it.
    pub created_by: UserId,
    /// When, milliseconds UTC.
    pub created_ms: i64,
    /// Row version.
    pub version: i64,
}

/// The caller's own membership of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// When they joined, milliseconds UTC.
    pub joined_ms: i64,
    /// The channel's last number at that moment.
    pub joined_number: i64,
    /// What notifies them.
    pub notify: NotifyLevel,
    /// Channel-journal version of the row.
    pub version: i64,
    /// User-journal version of the row.
    pub user_version: i64,
}

/// What was read and calculated; exact as of its stamps.
#[derive(Debug)]
pub(crate) struct ChannelFacts {
    subject: Subject,
    channel: ChannelInfo,
    membership: Option<Membership>,
    permissions: Permissions,
    unarchived: Permissions,
    pub(super) stamps: Vec<Stamp>,
}

impl ChannelFacts {
    pub(super) fn evaluate(
        subject: Subject,
        place: &Place<'_>,
        channel: ChannelInfo,
        membership: Option<Membership>,
        stamps: Vec<Stamp>,
    ) -> Self {
        let (mut permissions, mut unarchived) =
            (calculator::channel_permissions(&subject, place), calculator::unarchived_permissions(&subject, place));
        if subject.user_id == SYSTEM_ACCOUNT {
            (permissions, unarchived) = (roles::CHANNEL_BITS, roles::CHANNEL_BITS);
        }
        Self { subject, channel, membership, permissions, unarchived, stamps }
    }

    fn refuse(&self, permission: Permission) -> Error {
        if self.unarchived.has(permission) && self.channel.archived {
            return Error::of(ErrorCode::ChannelArchived);
        }
        missing(permission)
    }

    fn visible(&self) -> Result<()> {
        if self.subject.status != AccountStatus::Active {
            return Err(Error::of(ErrorCode::AccountSuspended));
        }
        if !self.permissions.has(Permission::ViewChannel) {
            return Err(Error::not_found("channel", self.channel.id));
        }
        Ok(())
    }

    fn check(&self, required: Required) -> Result<()> {
        self.visible()?;
        if let Some(lacking) = required.permissions.without(self.permissions).iter().next() {
            return Err(self.refuse(lacking));
        }
        if required.member && self.membership.is_none() {
            return Err(Error::forbidden("join the channel first"));
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Required {
    permissions: Permissions,
    member: bool,
}

/// Proof that the caller may see a channel, and do there what was [required](Self::require).
///
/// Made by [`Auth::channel`] and [`Auth::presume_channel`] alone. A change passes [`stamps`](Self::stamps) and
/// [`recheck`](Self::recheck) on; a read ends with [`confirm`](Self::confirm).
#[derive(Clone)]
pub struct ChannelAccess {
    auth: Auth,
    facts: Arc<ChannelFacts>,
    required: Required,
}

impl std::fmt::Debug for ChannelAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelAccess").field("facts", &self.facts).field("required", &self.required).finish_non_exhaustive()
    }
}

impl ChannelAccess {
    /// Goes on only with this permission. [`ErrorCode::ChannelArchived`] when the archive is what stands in the
    /// way, [`ErrorCode::MissingPermission`] naming it otherwise.
    pub fn require(mut self, permission: Permission) -> Result<Self> {
        self.required.permissions = self.required.permissions.union(Permissions::of(&[permission]));
        self.facts.check(self.required)?;
        Ok(self)
    }

    /// Goes on only for somebody who is in the channel.
    pub fn require_member(mut self) -> Result<Self> {
        self.required.member = true;
        self.facts.check(self.required)?;
        Ok(self)
    }

    /// As [`require`](Self::require), for a presumed access that needs more than it was presumed with: a refusal is
    /// decided from the database.
    pub async fn demand(mut self, permission: Permission) -> Result<Self> {
        self.required.permissions = self.required.permissions.union(Permissions::of(&[permission]));
        self.decided().await
    }

    /// As [`require_member`](Self::require_member), for a presumed access.
    pub async fn demand_member(mut self) -> Result<Self> {
        self.required.member = true;
        self.decided().await
    }

    async fn decided(mut self) -> Result<Self> {
        if self.facts.check(self.required).is_err() {
            self.facts = self.auth.load_channel(self.user_id(), self.channel_id()).await?;
            self.facts.check(self.required)?;
        }
        Ok(self)
    }

    /// Who acts.
    pub fn user_id(&self) -> UserId {
        self.facts.subject.user_id
    }

    /// The channel.
    pub fn channel(&self) -> &ChannelInfo {
        &self.facts.channel
    }

    /// Id of the channel.
    pub fn channel_id(&self) -> ChannelId {
        self.facts.channel.id
    }

    /// Everything the caller may do here.
    pub fn permissions(&self) -> Permissions {
        self.facts.permissions
    }

    /// Whether the caller may do this, without asking for it.
    pub fn has(&self, permission: Permission) -> bool {
        self.facts.permissions.has(permission)
    }

    /// Role in the channel's workspace; `None` in conversations and for the system.
    pub fn role(&self) -> Option<Role> {
        self.facts.subject.workspace_role
    }

    /// Role on the instance.
    pub fn instance_role(&self) -> InstanceRole {
        self.facts.subject.instance_role
    }

    /// The caller's own membership.
    pub fn membership(&self) -> Option<&Membership> {
        self.facts.membership.as_ref()
    }

    /// The access versions all this was decided under.
    pub fn stamps(&self) -> Vec<Stamp> {
        self.facts.stamps.clone()
    }

    /// Decides the same again inside the transaction of a change whose stamps are stale.
    pub async fn recheck(&self, tx: &Tx) -> Result<()> {
        let (user_id, id) = (self.user_id(), self.channel_id());
        self.auth.inner.channels.invalidate(&(user_id, id));
        let fresh = store::channel(tx, self.auth.db().engine(), user_id, id).await?;
        fresh.ok_or_else(|| Error::not_found("channel", id))?.check(self.required)
    }

    /// [`confirm`](Self::confirm) by heads that were read before, for a read that took nothing newer than they are.
    pub async fn confirm_by(&self, heads: &HashMap<JournalKey, Head>) -> Result<()> {
        let is_current = |stamp: &Stamp| heads.get(&stamp.key).is_some_and(|head| head.access_version == stamp.access_version);
        if self.facts.stamps.iter().all(is_current) { Ok(()) } else { self.confirm().await }
    }

    /// Ends a read: answers the error of a refusal when access was lost before the rows were read.
    ///
    /// One query by primary keys when nothing changed. Call it after the rows, before they are handed out.
    pub async fn confirm(&self) -> Result<()> {
        if self.auth.are_current(&self.facts.stamps).await? {
            return Ok(());
        }
        self.auth.inner.channels.invalidate(&(self.user_id(), self.channel_id()));
        self.auth.load_channel(self.user_id(), self.channel_id()).await?.check(self.required)
    }
}

impl Auth {
    /// Access to a channel as it is now. `NotFound` when the caller may not see it: its existence is not revealed.
    pub async fn channel(&self, caller: &Caller, id: ChannelId) -> Result<ChannelAccess> {
        let user_id = caller.account()?;
        audit(caller, &format_args!("channel {id}"));
        let cached = self.inner.channels.get(&(user_id, id));
        let facts = match cached {
            Some(facts) if self.are_current(&facts.stamps).await? => facts,
            _ => self.load_channel(user_id, id).await?,
        };
        facts.visible()?;
        Ok(ChannelAccess { auth: self.clone(), facts, required: Required::default() })
    }

    /// Access as this node knows it, without a query when it is known. To be used only where it is proven before
    /// it matters: by a commit that carries the stamps, or by [`ChannelAccess::confirm`] after a read.
    /// A refusal of `permissions` is never presumed: it is decided from the database. Ask for what is needed beyond
    /// them with [`ChannelAccess::demand`], not `require`, which would refuse by what this node knows.
    pub async fn presume_channel(&self, caller: &Caller, id: ChannelId, permissions: &[Permission]) -> Result<ChannelAccess> {
        let user_id = caller.account()?;
        audit(caller, &format_args!("channel {id}"));
        let required = Required { permissions: Permissions::of(permissions), member: false };
        let facts = match self.inner.channels.get(&(user_id, id)) {
            Some(facts) if facts.check(required).is_ok() => facts,
            _ => self.load_channel(user_id, id).await?,
        };
        facts.check(required)?;
        Ok(ChannelAccess { auth: self.clone(), facts, required })
    }

    async fn load_channel(&self, user_id: UserId, id: ChannelId) -> Result<Arc<ChannelFacts>> {
        let facts = store::channel(self.db().reader(), self.db().engine(), user_id, id).await?;
        let facts = Arc::new(facts.ok_or_else(|| Error::not_found("channel", id))?);
        if facts.permissions.has(Permission::ViewChannel) {
            self.inner.channels.insert((user_id, id), facts.clone());
        }
        Ok(facts)
    }
}
