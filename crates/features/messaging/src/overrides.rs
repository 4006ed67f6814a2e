//! What a channel allows or denies beyond the workspace.
//!
//! Guarantees: nobody grants or takes what they lack: every bit that differs from before must be the caller's
//! own, decided inside the commit; only bits that mean something in a channel; targets are roles and members
//! of the workspace. The calculation itself is `core/auth`'s.

use crate::{
    Messaging,
    channels::living,
    stale::{again_if_stale, stale},
    store::channels,
};
use plexichat_audit::{Action, Record};
use plexichat_auth::{ChannelAccess, access::roles};
use plexichat_database::Tx;
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalKey, Permission, Permissions, UserId, WorkspaceId,
    channel::{OverrideList, OverrideTarget, PermissionOverride},
    limits,
};
use std::collections::BTreeMap;

impl Messaging {
    /// Overrides of a channel.
    pub async fn get_overrides(&self, caller: &Caller, id: ChannelId) -> Result<OverrideList> {
        let access = self.auth.channel(caller, id).await?.require(Permission::ViewChannel)?;
        let overrides = channels::overrides(self.db.reader(), id).await?;
        access.confirm().await?;
        Ok(OverrideList { overrides })
    }

    /// Replaces all overrides of a channel.
    pub async fn replace_overrides(&self, caller: &Caller, id: ChannelId, list: OverrideList) -> Result<OverrideList> {
        let overrides = check(list.overrides)?;
        again_if_stale(|| self.try_replace_overrides(caller, id, overrides.clone())).await
    }

    async fn try_replace_overrides(
        &self,
        caller: &Caller,
        id: ChannelId,
        overrides: Vec<PermissionOverride>,
    ) -> Result<OverrideList> {
        let access = self.auth.channel(caller, id).await?;
        let fixed = || Error::conflict(ErrorCode::Conflict, "conversations have no overrides: everybody in one may do the same");
        let workspace = access.channel().workspace_id.ok_or_else(fixed)?;
        let access = access.require(Permission::ManageOverrides)?;
        let record = self.auth.audit().record(caller, Action::ChannelOverrides).await?.on("channel", id).in_workspace(workspace);
        Ok(self.journal.commit(ReplaceOverrides { record, access, workspace, overrides }).await?.output)
    }
}

/// Checks the list by itself; empty ones fall out.
fn check(list: Vec<PermissionOverride>) -> Result<Vec<PermissionOverride>> {
    if list.len() > limits::CHANNEL_OVERRIDES {
        let message = format!("a channel has at most {} overrides; give people a role instead", limits::CHANNEL_OVERRIDES);
        return Err(Error::limit_reached(message).with_field("overrides"));
    }
    let mut seen = BTreeMap::new();
    for (at, entry) in list.into_iter().enumerate() {
        let place = |field: &str| format!("overrides[{at}].{field}");
        let both = entry.allow.intersect(entry.deny);
        if let Some(permission) = both.iter().next() {
            return Err(Error::invalid(place("deny"), format!("{} is allowed and denied at once; choose one", word(permission))));
        }
        let named = entry.allow.union(entry.deny);
        if let Some(permission) = named.without(roles::CHANNEL_BITS).iter().next() {
            return Err(Error::invalid(
                place("allow"),
                format!("{} means nothing in a channel; it is part of a role", word(permission)),
            ));
        }
        if seen.insert(entry.target, entry).is_some() {
            return Err(Error::invalid(place("target"), "this role or person has an override already; join the two"));
        }
    }
    Ok(seen.into_values().filter(|entry| entry.allow.union(entry.deny) != Permissions::NONE).collect())
}

fn word(permission: Permission) -> String {
    serde_json::to_value(permission).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Every bit that differs between two lists.
fn changed(before: &[PermissionOverride], after: &[PermissionOverride]) -> Permissions {
    let by_target = |list: &[PermissionOverride]| list.iter().map(|o| (o.target, *o)).collect::<BTreeMap<_, _>>();
    let (before, after) = (by_target(before), by_target(after));
    let differ = |a: Permissions, b: Permissions| a.without(b).union(b.without(a));
    let bits = |list: &BTreeMap<OverrideTarget, PermissionOverride>, target: &OverrideTarget| {
        list.get(target).map_or((Permissions::NONE, Permissions::NONE), |o| (o.allow, o.deny))
    };
    before.keys().chain(after.keys()).fold(Permissions::NONE, |sum, target| {
        let ((allow, deny), (new_allow, new_deny)) = (bits(&before, target), bits(&after, target));
        sum.union(differ(allow, new_allow)).union(differ(deny, new_deny))
    })
}

/// Overrides as the log tells them: whom they are for, and what is allowed and denied.
fn told(list: &[PermissionOverride]) -> serde_json::Value {
    list.iter().map(|o| serde_json::json!([o.target, o.allow, o.deny])).collect()
}

struct ReplaceOverrides {
    record: Record,
    access: ChannelAccess,
    workspace: WorkspaceId,
    overrides: Vec<PermissionOverride>,
}

#[async_trait::async_trait]
impl Change for ReplaceOverrides {
    type Output = OverrideList;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::channel(self.access.channel_id())).access()]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await?;
        // What may be granted was taken from the stale value: it is read again.
        Err(stale())
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<OverrideList>> {
        let id = self.access.channel_id();
        let before = channels::overrides(tx, id).await?;
        let changed = changed(&before, &self.overrides);
        if let Some(lacking) = changed.without(self.access.permissions()).iter().next() {
            let message = format!("you cannot give or take {}: you lack it here yourself", word(lacking));
            return Err(Error::new(ErrorCode::MissingPermission, message).with_field("overrides"));
        }
        let output = OverrideList { overrides: self.overrides.clone() };
        if changed == Permissions::NONE {
            return Ok(Applied { output, events: Vec::new() });
        }
        let user = |o: &PermissionOverride| match o.target {
            OverrideTarget::User(user) if !before.iter().any(|b| b.target == o.target) => Some(user),
            _ => None,
        };
        let new: Vec<UserId> = self.overrides.iter().filter_map(user).collect();
        living(tx, "overrides", self.workspace, &new).await?;
        let key = JournalKey::channel(id);
        let version = granted.version(key, 0);
        channels::replace_overrides(tx, id, &self.overrides, version).await?;
        self.record.clone().changed("overrides", told(&before), told(&self.overrides)).write(tx).await?;
        let event = Event::OverridesUpdated { channel_id: id, overrides: self.overrides.clone(), version };
        Ok(Applied { output, events: vec![granted.event(key, 0, event)] })
    }
}

#[cfg(test)]
mod tests {
    use super::{changed, check};
    use plexichat_model::{
        ErrorCode, Permission as P, Permissions, UserId,
        channel::{OverrideTarget, PermissionOverride},
        permission::Role,
    };

    fn of(target: OverrideTarget, allow: &[P], deny: &[P]) -> PermissionOverride {
        PermissionOverride { target, allow: Permissions::of(allow), deny: Permissions::of(deny) }
    }

    #[test]
    fn what_differs_is_what_is_granted_or_taken() {
        let guests = OverrideTarget::Role(Role::Guest);
        let ada = OverrideTarget::User(UserId(7));
        let before = [of(guests, &[P::AddReactions], &[P::SendMessages])];
        assert_eq!(changed(&before, &before), Permissions::NONE);
        assert_eq!(changed(&before, &[]), Permissions::of(&[P::AddReactions, P::SendMessages]));
        let after = [before[0], of(ada, &[P::DeleteMessages], &[])];
        assert_eq!(changed(&before, &after), Permissions::of(&[P::DeleteMessages]));
    }

    #[test]
    fn lists_that_contradict_themselves_are_refused() {
        let guests = OverrideTarget::Role(Role::Guest);
        let field = |list| check(list).expect_err("refused").field().map(str::to_owned);
        assert_eq!(field(vec![of(guests, &[P::SendMessages], &[P::SendMessages])]).as_deref(), Some("overrides[0].deny"));
        assert_eq!(field(vec![of(guests, &[P::CreateWorkspaces], &[])]).as_deref(), Some("overrides[0].allow"));
        let twice = vec![of(guests, &[P::SendMessages], &[]), of(guests, &[P::AddReactions], &[])];
        assert_eq!(field(twice).as_deref(), Some("overrides[1].target"));
        let many = (0..101).map(|n| of(OverrideTarget::User(UserId(n + 1)), &[P::SendMessages], &[])).collect();
        assert_eq!(check(many).expect_err("too many").code(), ErrorCode::LimitReached);
        assert!(check(vec![of(guests, &[], &[])]).expect("falls out").is_empty());
    }
}
