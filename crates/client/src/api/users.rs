//! Accounts.

use crate::{Client, PageQuery, Result, http::Call};
use plexichat_model::{
    UserId,
    auth::OneTimeLink,
    page::{AccountPage, UserPage},
    user::{AccountPatch, AccountView, NewUser, UserPatch, UserView},
};
use serde::{Deserialize, Serialize};

/// Answer of [`Client::create_user`].
#[derive(Clone, Serialize, Deserialize)]
pub struct CreatedUser {
    /// The account.
    pub user: UserView,
    /// Link for its first password; shown once.
    pub link: OneTimeLink,
}

impl Client {
    /// The caller's account.
    pub async fn get_me(&self) -> Result<AccountView> {
        self.call(Call::get("/users/me")).await
    }

    /// Changes the caller's account, if it still has this version.
    pub async fn update_me(&self, patch: &AccountPatch, version: Option<i64>) -> Result<AccountView> {
        self.call(Call::patch("/users/me").json(patch)?.if_match(version)).await
    }

    /// One visible profile.
    pub async fn get_user(&self, user_id: UserId) -> Result<UserView> {
        self.call(Call::get(format!("/users/{user_id}"))).await
    }

    /// Visible people by the beginning of their name.
    pub async fn list_users(&self, page: &PageQuery) -> Result<UserPage> {
        self.call(Call::get("/users").query(page.pairs())).await
    }

    /// All accounts of the instance, by the beginning of their name (administrators).
    pub async fn list_accounts(&self, page: &PageQuery) -> Result<AccountPage> {
        self.call(Call::get("/admin/accounts").query(page.pairs())).await
    }

    /// One account, also of somebody the caller shares nothing with (administrators).
    pub async fn get_account(&self, user_id: UserId) -> Result<AccountView> {
        self.call(Call::get(format!("/admin/accounts/{user_id}"))).await
    }

    /// Creates an account (administrators).
    pub async fn create_user(&self, user: &NewUser) -> Result<CreatedUser> {
        self.call(Call::post("/users").json(user)?.keyed()).await
    }

    /// Changes an account (administrators), if it still has this version.
    pub async fn update_user(&self, user_id: UserId, patch: &UserPatch, version: Option<i64>) -> Result<UserView> {
        self.call(Call::patch(format!("/users/{user_id}")).json(patch)?.if_match(version)).await
    }

    /// A one-time link to choose a password (administrators).
    pub async fn create_password_link(&self, user_id: UserId) -> Result<OneTimeLink> {
        self.call(Call::post(format!("/users/{user_id}/password-link")).keyed()).await
    }
}
