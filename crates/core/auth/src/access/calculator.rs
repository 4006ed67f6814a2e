//! The permission calculator: pure, no I/O, the only place where permissions are decided.
//!
//! Order: bits of the workspace role → role override → override of the person (the channel wins over the
//! workspace, deny wins within a level) → restrictions that nothing overrides: an account that is not active,
//! no membership of the workspace, a private channel or conversation one is not in, the guest ceiling,
//! an archived channel. Who may not view a channel may do nothing in it. No instance role reads private
//! channels or conversations. Not here: reading the facts (`store.rs`), the values that carry a result
//! (`channel.rs`, `workspace.rs`, `admin.rs`).

use super::roles;
use plexichat_model::{
    UserId,
    channel::{ChannelKind, OverrideTarget, PermissionOverride},
    permission::{InstanceRole, Permission as P, Permissions, Role},
    user::AccountStatus,
};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Account.
    pub user_id: UserId,
    /// Life of the account.
    pub status: AccountStatus,
    /// Role on the instance.
    pub instance_role: InstanceRole,
    /// Role in the workspace at hand; `None` without a membership, and in conversations.
    pub workspace_role: Option<Role>,
}

/// The channel at hand.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Kind.
    pub kind: ChannelKind,
    /// Whether it is archived.
    pub archived: bool,
    /// Who created it.
    pub created_by: UserId,
    /// Whether the subject is in it.
    pub member: bool,
    /// Its overrides; those about others change nothing.
    pub overrides: &'a [PermissionOverride],
}

/// What the subject may do on the instance.
pub fn instance_permissions(subject: &Subject) -> Permissions {
    if subject.status != AccountStatus::Active {
        return Permissions::NONE;
    }
    roles::of_instance_role(subject.instance_role)
}

/// What the subject may do in the workspace whose role they hold.
pub fn workspace_permissions(subject: &Subject) -> Permissions {
    if subject.status != AccountStatus::Active {
        return Permissions::NONE;
    }
    // The ceiling is a property of the membership: it bounds what the membership gives, not the administration
    // of workspaces, which the instance gives to its own admins whether they are members or not.
    let own = subject.workspace_role.map_or(Permissions::NONE, |role| ceiling(role, roles::of_role(role)));
    own.union(roles::administration(subject.instance_role))
}

/// What the subject may do in the channel.
pub fn channel_permissions(subject: &Subject, place: &Place<'_>) -> Permissions {
    if subject.status != AccountStatus::Active {
        return Permissions::NONE;
    }
    let open = if place.kind.is_conversation() { conversation(place) } else { channel(subject, place) };
    if !open.has(P::ViewChannel) {
        return Permissions::NONE;
    }
    if place.archived { open.intersect(roles::ARCHIVED_CEILING) } else { open }
}

/// What the same subject could do if the channel were not archived: tells why something is refused.
pub fn unarchived_permissions(subject: &Subject, place: &Place<'_>) -> Permissions {
    channel_permissions(subject, &Place { archived: false, ..*place })
}

/// Roles that the subject may give to others or take from them in a workspace: never above the own one; only
/// owners, of the workspace or of the instance, make and unmake owners.
pub fn may_name(subject: &Subject, role: Role) -> bool {
    let own = subject.workspace_role.unwrap_or(Role::Guest);
    let by_instance = match subject.instance_role {
        InstanceRole::Owner => Role::Owner,
        InstanceRole::Admin => Role::Admin,
        InstanceRole::Member => Role::Guest,
    };
    // `Role` is ordered highest first.
    subject.status == AccountStatus::Active && role >= own.min(by_instance)
}

fn conversation(place: &Place<'_>) -> Permissions {
    if place.member { roles::PARTICIPANT } else { Permissions::NONE }
}

fn channel(subject: &Subject, place: &Place<'_>) -> Permissions {
    let Some(role) = subject.workspace_role else { return Permissions::NONE };
    if !place.member && (place.kind == ChannelKind::Private || role == Role::Guest) {
        return Permissions::NONE;
    }
    let mut permissions = defaults(role, subject.user_id, place);
    for level in [OverrideTarget::Role(role), OverrideTarget::User(subject.user_id)] {
        permissions = apply(permissions, level, place.overrides);
    }
    if !place.member {
        permissions = permissions.without(roles::NEEDS_MEMBERSHIP);
    }
    ceiling(role, permissions)
}

fn defaults(role: Role, user_id: UserId, place: &Place<'_>) -> Permissions {
    let mut permissions = roles::of_role(role).intersect(roles::CHANNEL_BITS);
    if place.member && place.created_by == user_id {
        permissions = permissions.union(roles::CREATOR);
    }
    if place.kind == ChannelKind::Announcement && !matches!(role, Role::Owner | Role::Admin) {
        permissions = permissions.without(Permissions::of(&[P::SendMessages]));
    }
    permissions
}

fn apply(permissions: Permissions, level: OverrideTarget, overrides: &[PermissionOverride]) -> Permissions {
    let (mut allow, mut deny) = (Permissions::NONE, Permissions::NONE);
    for entry in overrides.iter().filter(|entry| entry.target == level) {
        allow = allow.union(entry.allow);
        deny = deny.union(entry.deny);
    }
    permissions.union(allow.intersect(roles::CHANNEL_BITS)).without(deny)
}

fn ceiling(role: Role, permissions: Permissions) -> Permissions {
    if role == Role::Guest { permissions.intersect(roles::GUEST_CEILING) } else { permissions }
}

#[cfg(test)]
mod tests;
