//! What each role may do by default, as constant tables.
//!
//! A role is a set of permission bits; the tables are data, so that the reference page and the tests read the
//! same words as the calculator. Custom roles replace the tables' rows later, not the calculation.

use plexichat_model::permission::{InstanceRole, Permission as P, Permissions, Role};

/// Bits that mean something in a channel; overrides speak of these alone.
pub const CHANNEL_BITS: Permissions = Permissions::of(&[
    P::ViewChannel,
    P::SendMessages,
    P::ReplyInThreads,
    P::AddReactions,
    P::MentionMany,
    P::DeleteMessages,
    P::EditChannel,
    P::ArchiveChannel,
    P::ManageChannelMembers,
    P::ManageOverrides,
    P::JoinPublicChannels,
]);

/// Bits that mean something on the instance alone.
pub const INSTANCE_BITS: Permissions =
    Permissions::of(&[P::StartConversations, P::ManageAccounts, P::CreateWorkspaces, P::ManageInstance]);

/// Bits that mean something in a workspace.
pub const WORKSPACE_BITS: Permissions =
    Permissions::all().without(INSTANCE_BITS).union(Permissions::of(&[P::StartConversations]));

/// What owners and admins of a workspace may do. They differ in whom they may act on: only an owner makes or
/// removes owners.
pub const OWNER: Permissions = WORKSPACE_BITS;

/// See [`OWNER`].
pub const ADMIN: Permissions = WORKSPACE_BITS;

/// The everyday person.
pub const MEMBER: Permissions = Permissions::of(&[
    P::ViewChannel,
    P::SendMessages,
    P::ReplyInThreads,
    P::AddReactions,
    P::CreatePublicChannels,
    P::CreatePrivateChannels,
    P::JoinPublicChannels,
    P::StartConversations,
]);

/// A guest: speaks where they were added.
pub const GUEST: Permissions = GUEST_CEILING;

/// The most a guest can ever have, whatever an override says.
pub const GUEST_CEILING: Permissions =
    Permissions::of(&[P::ViewChannel, P::SendMessages, P::ReplyInThreads, P::AddReactions, P::StartConversations]);

/// What participants of a direct or group conversation may do; nobody else may do anything there.
pub const PARTICIPANT: Permissions = Permissions::of(&[P::ViewChannel, P::SendMessages, P::ReplyInThreads, P::AddReactions]);

/// What the creator of a channel may do in it besides their role, as long as they are in it.
pub const CREATOR: Permissions =
    Permissions::of(&[P::EditChannel, P::ArchiveChannel, P::ManageChannelMembers, P::ManageOverrides]);

/// What only somebody who is in the channel may do.
pub const NEEDS_MEMBERSHIP: Permissions = Permissions::of(&[P::SendMessages, P::ReplyInThreads, P::AddReactions, P::MentionMany]);

/// What is left of a channel once it is archived.
pub const ARCHIVED_CEILING: Permissions = Permissions::of(&[P::ViewChannel, P::ArchiveChannel]);

/// What the owners and admins of the instance may do in every workspace. Reading is not among it.
pub const WORKSPACE_ADMINISTRATION: Permissions =
    Permissions::of(&[P::CreateInvitations, P::ManageInvitations, P::ManageMembers, P::EditWorkspace]);

/// Defaults of a workspace role.
pub const fn of_role(role: Role) -> Permissions {
    match role {
        Role::Owner => OWNER,
        Role::Admin => ADMIN,
        Role::Member => MEMBER,
        Role::Guest => GUEST,
    }
}

/// Defaults of an instance role, on the instance itself.
pub const fn of_instance_role(role: InstanceRole) -> Permissions {
    match role {
        InstanceRole::Owner | InstanceRole::Admin => INSTANCE_BITS,
        InstanceRole::Member => Permissions::of(&[P::StartConversations]),
    }
}

/// What an instance role gives in every workspace, member or not.
pub const fn administration(role: InstanceRole) -> Permissions {
    match role {
        InstanceRole::Owner | InstanceRole::Admin => WORKSPACE_ADMINISTRATION,
        InstanceRole::Member => Permissions::NONE,
    }
}
