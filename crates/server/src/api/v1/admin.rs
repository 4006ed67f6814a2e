//! What administrators of the instance see. What they change stands at the things themselves (`users`, `workspaces`).

use axum::Json;
use axum::extract::State;
use plexichat_auth::accounts::AccountQuery;
use plexichat_model::UserId;
use plexichat_model::page::AccountPage;
use plexichat_model::user::{AccountStatus, AccountView};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Answer;
use crate::api::present::Versioned;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Path, Query, Signed};

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountsQuery {
    /// Beginning of handle or display name, without regard to case.
    q: Option<String>,
    /// Only accounts in this state; all if absent.
    status: Option<AccountStatus>,
    /// `next` of the page before.
    after: Option<UserId>,
    /// Most items, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// All accounts of the instance, in the order in which they were made
#[utoipa::path(get, path = "/admin/accounts", tag = "admin", params(AccountsQuery), responses((status = OK, body = AccountPage)))]
pub(crate) async fn list_accounts(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(query): Query<AccountsQuery>,
) -> Answer<AccountPage> {
    let query = AccountQuery { q: query.q, status: query.status, after: query.after, limit: query.limit };
    Ok(Json(app.auth.list_accounts(&caller, &query).await?))
}

/// One account, also of somebody the caller shares nothing with
#[utoipa::path(get, path = "/admin/accounts/{user_id}", tag = "admin", params(("user_id" = UserId, Path)),
    responses((status = OK, body = AccountView)))]
pub(crate) async fn get_account(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(user_id): Path<UserId>,
) -> ApiResult<Versioned<AccountView>> {
    let account = app.auth.get_account(&caller, user_id).await?;
    Ok(Versioned(account.user.version, account))
}
