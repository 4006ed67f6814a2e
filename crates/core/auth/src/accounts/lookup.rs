//! Reading accounts.

use super::{account_view, folded, store, view};
use crate::{Auth, names::Account};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ErrorCode, Permission, UserId, limits,
    page::AccountPage,
    user::{AccountStatus, AccountView, UserView},
};

/// Items of a page when the caller names no number.
const DEFAULT_ITEMS: usize = 50;
/// Ids in one statement.
const CHUNK: usize = 500;

/// Which accounts to list.
#[derive(Clone, Debug, Default)]
pub struct AccountQuery {
    /// Beginning of handle or display name, without regard to case.
    pub q: Option<String>,
    /// Only those in this state.
    pub status: Option<AccountStatus>,
    /// `next` of the page before.
    pub after: Option<UserId>,
    /// Most items, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
}

impl Auth {
    /// An account with its names open.
    pub(crate) async fn account(&self, id: UserId) -> Result<Option<Account>> {
        self.names().account(store::find(self.db().reader(), id).await?).await
    }

    /// The caller's own account.
    pub async fn me(&self, caller: &Caller) -> Result<AccountView> {
        let account = self.account(caller.account()?).await?;
        account.as_ref().map(account_view).ok_or_else(|| Error::of(ErrorCode::SessionExpired))
    }

    /// Profiles by id, in id order, whoever asks: for authors and members of what the caller was let see already.
    pub async fn profiles(&self, ids: &[UserId]) -> Result<Vec<UserView>> {
        let rows = store::find_many(self.db().reader(), ids).await?;
        Ok(self.names().accounts(rows).await?.iter().map(view).collect())
    }

    /// What stands for these folded handles in `users.handle_folded`, in their order.
    pub async fn handle_indexes(&self, handles: &[String]) -> Result<Vec<String>> {
        let mut indexes = Vec::with_capacity(handles.len());
        for handle in handles {
            indexes.push(self.names().handle_index(handle).await?);
        }
        Ok(indexes)
    }

    /// All accounts of the instance in id order, for those who administer them; the instance's own is not among them.
    pub async fn list_accounts(&self, caller: &Caller, query: &AccountQuery) -> Result<AccountPage> {
        let admin = self.admin(caller).await?.require(Permission::ManageAccounts)?;
        tracing::debug!(by = %admin.user_id(), "accounts listed");
        let limit = query.limit.unwrap_or(DEFAULT_ITEMS);
        if limit == 0 || limit > limits::PAGE_ITEMS {
            let message = format!("a page has 1 to {} items", limits::PAGE_ITEMS);
            return Err(Error::new(ErrorCode::InvalidQuery, message).with_field("limit"));
        }
        let mut rows = self.accounts_page(query, limit + 1).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
        Ok(AccountPage { items: rows.iter().map(account_view).collect(), next })
    }

    async fn accounts_page(&self, query: &AccountQuery, limit: usize) -> Result<Vec<Account>> {
        let prefix = folded(query.q.as_deref().unwrap_or_default().trim().trim_start_matches('@'));
        let (conn, after) = (self.db().reader(), query.after.map_or(0, |id| id.0));
        let mut wanted = store::Wanted { among: None, status: query.status, after, limit };
        if prefix.is_empty() {
            return self.names().accounts(store::page(conn, &wanted).await?).await;
        }
        let (ids, mut rows) = (self.directory().await?.beginning_with(&prefix, after), Vec::new());
        for chunk in ids.chunks(CHUNK) {
            (wanted.among, wanted.limit) = (Some(chunk), limit - rows.len());
            rows.extend(store::page(conn, &wanted).await?);
            if rows.len() >= limit {
                break;
            }
        }
        self.names().accounts(rows).await
    }

    /// One account of the instance, for those who administer them.
    pub async fn get_account(&self, caller: &Caller, id: UserId) -> Result<AccountView> {
        self.admin(caller).await?.require(Permission::ManageAccounts)?;
        let account = self.account(id).await?;
        account.as_ref().map(account_view).ok_or_else(|| Error::not_found("account", id))
    }

    /// Profiles whose last change is in the window `(after, up_to]` of the instance journal, in version order: what
    /// `changes` of that journal is built from.
    pub async fn profiles_changed(&self, after: i64, up_to: i64) -> Result<Vec<UserView>> {
        let limit = u64::try_from(limits::CHANGES_WINDOW).unwrap_or(u64::MAX);
        let rows = store::changed(self.db().reader(), after, up_to, limit).await?;
        Ok(self.names().accounts(rows).await?.iter().map(view).collect())
    }
}
