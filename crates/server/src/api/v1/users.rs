//! Accounts.

use axum::Json;
use axum::extract::State;
use plexichat_kernel::Error;
use plexichat_messaging::UserQuery;
use plexichat_model::auth::OneTimeLink;
use plexichat_model::page::UserPage;
use plexichat_model::user::{AccountPatch, AccountView, NewUser, UserPatch, UserView};
use plexichat_model::{ErrorCode, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Answer;
use crate::api::present::{Created, Versioned};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{IfMatch, Json as Body, Path, Query, Signed};

/// The caller's own account
#[utoipa::path(get, path = "/users/me", tag = "users", responses((status = OK, body = AccountView)))]
pub(crate) async fn get_me(State(app): State<App>, Signed(caller): Signed) -> ApiResult<Versioned<AccountView>> {
    let me = app.auth.me(&caller).await?;
    Ok(Versioned(me.user.version, me))
}

/// Change the caller's own account
#[utoipa::path(patch, path = "/users/me", tag = "users", request_body = AccountPatch, responses((status = OK, body = AccountView)))]
pub(crate) async fn update_me(
    State(app): State<App>,
    Signed(caller): Signed,
    IfMatch(version): IfMatch,
    Body(patch): Body<AccountPatch>,
) -> ApiResult<Versioned<AccountView>> {
    let me = app.auth.update_me(&caller, patch, version).await?;
    Ok(Versioned(me.user.version, me))
}

/// Somebody the caller sees
#[utoipa::path(get, path = "/users/{user_id}", tag = "users", params(("user_id" = UserId, Path)),
    responses((status = OK, body = UserView)))]
pub(crate) async fn get_user(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(user_id): Path<UserId>,
) -> ApiResult<Versioned<UserView>> {
    let user = app.messaging.get_user(&caller, user_id).await?;
    Ok(Versioned(user.version, user))
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersQuery {
    /// These accounts, separated by commas, at most 200; excludes the other parameters.
    ids: Option<String>,
    /// Beginning of handle or display name, without regard to case.
    q: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// Most items, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// People the caller sees: by ids, or by the beginning of their name
#[utoipa::path(get, path = "/users", tag = "users", params(UsersQuery), responses((status = OK, body = UserPage)))]
pub(crate) async fn list_users(
    State(app): State<App>,
    Signed(caller): Signed,
    Query(query): Query<UsersQuery>,
) -> Answer<UserPage> {
    let wrong = |_| Error::new(ErrorCode::InvalidQuery, "ids are decimal numbers separated by commas").with_field("ids");
    let ids =
        query.ids.map(|ids| ids.split(',').map(str::parse).collect::<Result<Vec<UserId>, _>>()).transpose().map_err(wrong)?;
    let query = UserQuery { ids, q: query.q, after: query.after, limit: query.limit };
    Ok(Json(app.messaging.list_users(&caller, &query).await?))
}

/// A new account with the link for its first password.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedUser {
    /// The account.
    user: UserView,
    /// Link for its first password; shown once.
    link: OneTimeLink,
}

/// Create an account; its password is set by the link
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUser, responses((status = CREATED, body = CreatedUser)))]
pub(crate) async fn create_user(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(user): Body<NewUser>,
) -> ApiResult<Created<CreatedUser>> {
    let (user, link) = app.auth.create_user(&caller, user).await?;
    Ok(Created(CreatedUser { user, link }))
}

/// Suspend, restore or deactivate an account, or change its instance role
#[utoipa::path(patch, path = "/users/{user_id}", tag = "users", params(("user_id" = UserId, Path)), request_body = UserPatch,
    responses((status = OK, body = UserView)))]
pub(crate) async fn update_user(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(user_id): Path<UserId>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UserPatch>,
) -> ApiResult<Versioned<UserView>> {
    let user = app.auth.update_user(&caller, user_id, patch, version).await?;
    Ok(Versioned(user.version, user))
}

/// A one-time link by which somebody sets a new password
#[utoipa::path(post, path = "/users/{user_id}/password-link", tag = "users", params(("user_id" = UserId, Path)),
    responses((status = CREATED, body = OneTimeLink)))]
pub(crate) async fn create_password_link(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(user_id): Path<UserId>,
) -> ApiResult<Created<OneTimeLink>> {
    Ok(Created(app.auth.create_password_link(&caller, user_id).await?))
}
