//! Sign-in, sessions, passwords.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use plexichat_model::SessionId;
use plexichat_model::auth::{Login, PasswordChange, PasswordReset, SignedIn, TokenTransport};
use plexichat_model::page::SessionPage;

use super::Answer;
use crate::api::present::{DONE, no_cookie, session_cookie};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Anybody, Device, Json as Body, Path, Signed};

/// Sign in
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Login, responses((status = OK, body = SignedIn)))]
pub(crate) async fn login(
    State(app): State<App>,
    Anybody(caller): Anybody,
    Device(device): Device,
    Body(mut login): Body<Login>,
) -> ApiResult<Response> {
    login.device_name = login.device_name.or(device);
    let transport = login.transport;
    let session = app.auth.login(&caller, login).await?;
    Ok((session_cookie(&app, transport, &session.token), Json(session.signed_in)).into_response())
}

/// End this session
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses((status = NO_CONTENT, description = "Ended")))]
pub(crate) async fn logout(State(app): State<App>, Signed(caller): Signed) -> ApiResult<Response> {
    app.auth.logout(&caller).await?;
    Ok((DONE, no_cookie(&app)).into_response())
}

/// Renew this session: a new token, the old one ends
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", responses((status = OK, body = SignedIn)))]
pub(crate) async fn refresh_session(State(app): State<App>, Signed(caller): Signed) -> ApiResult<Response> {
    let session = app.auth.refresh_session(&caller).await?;
    let by_cookie = session.signed_in.token.is_none();
    let transport = if by_cookie { TokenTransport::Cookie } else { TokenTransport::Bearer };
    Ok((session_cookie(&app, transport, &session.token), Json(session.signed_in)).into_response())
}

/// Sessions of the caller
#[utoipa::path(get, path = "/auth/sessions", tag = "auth", responses((status = OK, body = SessionPage)))]
pub(crate) async fn list_sessions(State(app): State<App>, Signed(caller): Signed) -> Answer<SessionPage> {
    Ok(Json(app.auth.sessions(&caller).await?))
}

/// End one session of the caller
#[utoipa::path(delete, path = "/auth/sessions/{session_id}", tag = "auth", params(("session_id" = SessionId, Path)),
    responses((status = NO_CONTENT, description = "Ended")))]
pub(crate) async fn revoke_session(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(session_id): Path<SessionId>,
) -> ApiResult<StatusCode> {
    app.auth.revoke_session(&caller, session_id).await?;
    Ok(DONE)
}

/// End all other sessions of the caller
#[utoipa::path(delete, path = "/auth/sessions", tag = "auth", responses((status = NO_CONTENT, description = "Ended")))]
pub(crate) async fn revoke_other_sessions(State(app): State<App>, Signed(caller): Signed) -> ApiResult<StatusCode> {
    app.auth.revoke_other_sessions(&caller).await?;
    Ok(DONE)
}

/// Change the caller's password; ends all other sessions
#[utoipa::path(post, path = "/auth/password", tag = "auth", request_body = PasswordChange,
    responses((status = NO_CONTENT, description = "Changed")))]
pub(crate) async fn change_password(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(change): Body<PasswordChange>,
) -> ApiResult<StatusCode> {
    app.auth.change_password(&caller, change).await?;
    Ok(DONE)
}

/// Set a new password by a one-time link; ends all sessions
#[utoipa::path(post, path = "/auth/reset", tag = "auth", request_body = PasswordReset,
    responses((status = NO_CONTENT, description = "Changed")))]
pub(crate) async fn reset_password(
    State(app): State<App>,
    Anybody(caller): Anybody,
    Body(reset): Body<PasswordReset>,
) -> ApiResult<StatusCode> {
    app.auth.reset_password(&caller, reset).await?;
    Ok(DONE)
}
