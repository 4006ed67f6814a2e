//! Accounts as others see them, and as their owner sees them.
//!
//! [`UserView`] is what whoever may see the person is told; e-mail and instance role stand in [`AccountView`] alone,
//! which the owner of the account and administrators of the instance are given.
//! Not here: sign-in and sessions (`auth`), and who may see whom.

use crate::{Timestamp, UserId, permission::InstanceRole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// A person.
    Person,
    /// A program with a token.
    Bot,
    /// The instance itself.
    System,
}

impl AccountKind {
    /// Number in SQL.
    pub const fn code(self) -> i16 {
        match self {
            Self::Person => 0,
            Self::Bot => 1,
            Self::System => 2,
        }
    }

    /// Kind of a number in SQL; an unknown number is a program.
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Person,
            2 => Self::System,
            _ => Self::Bot,
        }
    }
}

/// Life of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Usable.
    Active,
    /// May not sign in; everything stays.
    Suspended,
    /// Left; messages stay under the name, sessions are gone.
    Deactivated,
}

impl AccountStatus {
    /// Number in SQL.
    pub const fn code(self) -> i16 {
        match self {
            Self::Active => 0,
            Self::Suspended => 1,
            Self::Deactivated => 2,
        }
    }

    /// Status of a number in SQL; an unknown number is not usable.
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Active,
            2 => Self::Deactivated,
            _ => Self::Suspended,
        }
    }
}

/// Public profile. Carried by the instance journal; `version` is the journal version of its last change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    /// Account id.
    pub id: UserId,
    /// Unique name for mentions and sign-in: 2–32 of `a-z 0-9 . _ -`.
    pub handle: String,
    /// Name shown to people.
    pub display_name: String,
    /// Kind of account.
    pub kind: AccountKind,
    /// Life of the account.
    pub status: AccountStatus,
    /// Instance-journal version of the last change.
    pub version: i64,
}

/// An account as its owner and administrators of the instance see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Public profile.
    #[serde(flatten)]
    pub user: UserView,
    /// E-mail address, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Role on the instance.
    pub instance_role: InstanceRole,
    /// When the account was created.
    pub created_at: Timestamp,
}

/// Change of one's own account; absent fields stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPatch {
    /// New name shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// New handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// New e-mail address; empty removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Administrative change of an account; absent fields stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// New life state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccountStatus>,
    /// New instance role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_role: Option<InstanceRole>,
}

/// New account made by an administrator (`POST /users`); a password link is returned instead of a password being sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Unique handle.
    pub handle: String,
    /// Name shown to people.
    pub display_name: String,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Role on the instance; `member` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_role: Option<InstanceRole>,
}

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceStatus {
    /// At least one live connection.
    Online,
    /// No live connection on any node.
    Offline,
    /// This node cannot know (several nodes without a shared cache).
    Unknown,
}
