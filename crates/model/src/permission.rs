//! Permission bits and the built-in roles. Data only: the calculation lives in `core/auth`.
//!
//! A bit never changes its meaning, because overrides are stored as bits. On the wire a set is a list of names, so that
//! a reader who does not know one of them keeps the others.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! permissions {
    ($($name:ident = $bit:literal, $doc:literal;)*) => {
        /// One thing a role may allow. `snake_case` on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission { $(#[doc = $doc] $name = $bit,)* }

        impl Permission {
            /// Every permission in bit order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What it allows, for people.
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => $doc,)* }
            }
        }
    };
}

permissions! {
    ViewChannel = 0, "See the channel and read its messages";
    SendMessages = 1, "Send messages in the main timeline";
    ReplyInThreads = 2, "Reply in threads";
    AddReactions = 3, "React to messages";
    MentionMany = 4, "Mention everyone or a role when that reaches more than 50 people";
    DeleteMessages = 5, "Delete messages of other people";
    EditChannel = 6, "Change name, topic and settings of the channel";
    ArchiveChannel = 7, "Archive and restore the channel";
    ManageChannelMembers = 8, "Add and remove members of the channel";
    ManageOverrides = 9, "Change who may do what in the channel";
    CreatePublicChannels = 10, "Create public and announcement channels";
    CreatePrivateChannels = 11, "Create private channels";
    JoinPublicChannels = 12, "Find and join public channels";
    CreateInvitations = 13, "Invite people to the workspace";
    ManageInvitations = 14, "See and revoke all invitations";
    ManageMembers = 15, "Change roles and remove people from the workspace";
    EditWorkspace = 16, "Change name and settings of the workspace";
    StartConversations = 17, "Start direct and group conversations";
    ManageAccounts = 18, "Suspend accounts and issue password links (instance)";
    CreateWorkspaces = 19, "Create workspaces (instance)";
    ManageInstance = 20, "Change settings of the instance";
}

/// A set of [`Permission`]s. A list of names in JSON, a bit field in SQL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Permissions(pub u64);

impl Permissions {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// The set of these permissions.
    pub const fn of(list: &[Permission]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < list.len() {
            bits |= 1 << (list[i] as u64);
            i += 1;
        }
        Self(bits)
    }

    /// Everything that exists.
    pub const fn all() -> Self {
        Self::of(Permission::ALL)
    }

    /// Whether the set holds the permission.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << (permission as u64)) != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What both sets hold.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every permission of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The permissions in bit order; unknown bits (of a newer node) are skipped.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |p| self.has(*p))
    }
}

impl std::fmt::Debug for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(iter: T) -> Self {
        iter.into_iter().fold(Self::NONE, |set, p| set.union(Self::of(&[p])))
    }
}

impl Serialize for Permissions {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Vec::<Permission>::deserialize(d)?.into_iter().collect())
    }
}

impl utoipa::PartialSchema for Permissions {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ArrayBuilder::new()
            .items(utoipa::openapi::Ref::from_schema_name("Permission"))
            .description(Some("Set of permissions"))
            .into()
    }
}

impl ToSchema for Permissions {
    fn name() -> std::borrow::Cow<'static, str> {
        "Permissions".into()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        schemas.push(("Permission".into(), <Permission as utoipa::PartialSchema>::schema()));
    }
}

/// Role of a member in a workspace, highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, including naming owners.
    Owner,
    /// Everything but owners.
    Admin,
    /// The everyday person.
    Member,
    /// Sees only channels they were added to.
    Guest,
}

impl Role {
    /// Every role, highest first.
    pub const ALL: &'static [Self] = &[Self::Owner, Self::Admin, Self::Member, Self::Guest];

    /// Number in SQL.
    pub const fn code(self) -> i16 {
        match self {
            Self::Owner => 0,
            Self::Admin => 1,
            Self::Member => 2,
            Self::Guest => 3,
        }
    }

    /// Role of a number in SQL; an unknown number is the least role.
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Owner,
            1 => Self::Admin,
            2 => Self::Member,
            _ => Self::Guest,
        }
    }
}

/// Role on the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstanceRole {
    /// Runs the instance: accounts, settings, every workspace's administration; reads no private channel.
    Owner,
    /// As owner, but cannot name or remove owners.
    Admin,
    /// Everybody else.
    Member,
}

impl InstanceRole {
    /// Number in SQL.
    pub const fn code(self) -> i16 {
        match self {
            Self::Owner => 0,
            Self::Admin => 1,
            Self::Member => 2,
        }
    }

    /// Role of a number in SQL; an unknown number is the least role.
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Owner,
            1 => Self::Admin,
            _ => Self::Member,
        }
    }
}
