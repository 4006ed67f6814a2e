//! The first run.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use plexichat_model::auth::{Joined, Setup, SetupState};

use super::Answer;
use crate::api::present::{Created, session_cookie};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Anybody, Device, Json as Body};

/// Whether the instance waits for its owner
#[utoipa::path(get, path = "/setup", tag = "auth", responses((status = OK, body = SetupState)))]
pub(crate) async fn get_setup(State(app): State<App>) -> Answer<SetupState> {
    Ok(Json(SetupState {
        needed: app.auth.setup_needed().await?,
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        min_password_chars: app.auth.options().min_password_chars,
    }))
}

/// Create owner, workspace and first channel with the one-time code
#[utoipa::path(post, path = "/setup", tag = "auth", request_body = Setup, responses((status = CREATED, body = Joined)))]
pub(crate) async fn complete_setup(
    State(app): State<App>,
    Anybody(caller): Anybody,
    Device(device): Device,
    Body(setup): Body<Setup>,
) -> ApiResult<Response> {
    let transport = setup.transport;
    let session = app.messaging.complete_setup(&caller, setup, device).await?;
    let cookie = session.token.map(|token| session_cookie(&app, transport, &token)).unwrap_or_default();
    Ok((cookie, Created(session.joined)).into_response())
}
