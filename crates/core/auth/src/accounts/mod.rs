//! Accounts: checking names, creating, changing, looking up.
//!
//! An account is created inside whatever change needs it (set-up, invitation, an administrator): check and hash
//! with [`Auth::prepare_account`] before the commit, then [`insert`] in it. `users.version` is a version of the
//! instance journal ([`Event::UserUpdated`](plexichat_model::Event)), `users.account_version` one of the person's
//! own ([`Event::AccountUpdated`](plexichat_model::Event)). Handle, display name and address stand sealed in the row; who
//! lists or searches people by name asks the [`Directory`]. Not here: sign-in (`login.rs`), who sees whom (`access`).

mod admin;
mod check;
mod create;
mod directory;
mod lookup;
mod profile;
pub(crate) mod store;

pub use check::folded;
pub use create::{PreparedAccount, insert};
pub use directory::Directory;
pub use lookup::AccountQuery;
pub(crate) use plexichat_model::user::{AccountKind, AccountStatus};

use crate::names::Account;
use plexichat_model::{
    Timestamp, UserId,
    permission::InstanceRole,
    user::{AccountView, UserView},
};

/// The public profile of an account.
pub(crate) fn view(row: &Account) -> UserView {
    UserView {
        id: UserId(row.id),
        handle: row.handle.clone(),
        display_name: row.display_name.clone(),
        kind: AccountKind::from_code(row.kind),
        status: AccountStatus::from_code(row.status),
        version: row.version,
    }
}

/// The account, as its owner sees it.
pub(crate) fn account_view(row: &Account) -> AccountView {
    AccountView {
        user: view(row),
        email: row.email.clone(),
        instance_role: InstanceRole::from_code(row.instance_role),
        created_at: Timestamp(row.created_ms),
    }
}
