//! Reading accounts.

use super::{account_view, folded, store, view};
use crate::{AdminAccess, Auth};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ErrorCode, UserId, limits,
    page::UserPage,
    user::{AccountView, UserView},
};

impl Auth {
    /// The caller's own account.
    pub async fn me(&self, caller: &Caller) -> Result<AccountView> {
        let row = store::find(self.db().reader(), caller.account()?).await?;
        row.as_ref().map(account_view).ok_or_else(|| Error::of(ErrorCode::SessionExpired))
    }

    /// Profiles by id, in id order, whoever asks: for authors and members of what the caller was let see already.
    pub async fn profiles(&self, ids: &[UserId]) -> Result<Vec<UserView>> {
        Ok(store::find_many(self.db().reader(), ids).await?.iter().map(view).collect())
    }

    /// All accounts of the instance whose handle or name begins with `prefix`, for those who administer them.
    pub async fn accounts(&self, admin: &AdminAccess, prefix: &str, after: Option<UserId>, limit: usize) -> Result<UserPage> {
        let admin = admin.clone().require(plexichat_model::Permission::ManageAccounts)?;
        tracing::debug!(by = %admin.user_id(), "accounts listed");
        let limit = limit.clamp(1, limits::PAGE_ITEMS);
        let prefix = folded(prefix.trim().trim_start_matches('@'));
        let asked = u64::try_from(limit + 1).unwrap_or(u64::MAX);
        let mut rows = store::page(self.db().reader(), &prefix, after.map_or(0, |id| id.0), asked).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
        Ok(UserPage { items: rows.iter().map(view).collect(), next })
    }

    /// Profiles whose last change is in the window `(after, up_to]` of the instance journal, in version order: what
    /// `changes` of that journal is built from.
    pub async fn profiles_changed(&self, after: i64, up_to: i64) -> Result<Vec<UserView>> {
        let limit = u64::try_from(limits::CHANGES_WINDOW).unwrap_or(u64::MAX);
        Ok(store::changed(self.db().reader(), after, up_to, limit).await?.iter().map(view).collect())
    }
}
