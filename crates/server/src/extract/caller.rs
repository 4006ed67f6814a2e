//! Who asks: the account of the bearer token or of the session cookie.
//!
//! Here too the account's share of the rate limits is spent, because only now it is known.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use plexichat_kernel::{Caller, Error};
use plexichat_model::ErrorKind;

use super::cookie;
use crate::app::App;
use crate::error::ApiError;
use crate::gateway::rate_limit::Spent;
use crate::gateway::request_id::RequestInfo;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Signed(pub(crate) Caller);

/// Anybody, signed in or not.
#[derive(Clone, Debug)]
pub(crate) struct Anybody(pub(crate) Caller);

impl FromRequestParts<App> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = identify(parts, app).await?;
        caller.account()?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<App> for Anybody {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        match identify(parts, app).await {
            // A browser may still hold the cookie of a session that has ended.
            Err(error) if error.kind() == ErrorKind::Unauthenticated && cookie::bearer(&parts.headers).is_none() => {
                Ok(Self(of_request(Caller::anonymous(), parts)))
            }
            outcome => Ok(Self(outcome?)),
        }
    }
}

async fn identify(parts: &Parts, app: &App) -> Result<Caller, Error> {
    let Some(token) = token(&parts.headers)? else { return Ok(of_request(Caller::anonymous(), parts)) };
    let caller = of_request(app.auth.authenticate(token).await?, parts);
    if let (Some(spent), Some(user)) = (parts.extensions.get::<Spent>(), caller.account_if_any()) {
        spent.account(&app.guard, user)?;
    }
    Ok(caller)
}

/// The token shown; a malformed `Authorization` is refused rather than overlooked.
fn token(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    match (cookie::bearer(headers), headers.contains_key(header::AUTHORIZATION)) {
        (Some(token), _) => Ok(Some(token)),
        (None, true) => Err(Error::unauthenticated()),
        (None, false) => Ok(cookie::session(headers)),
    }
}

fn of_request(caller: Caller, parts: &Parts) -> Caller {
    match parts.extensions.get::<RequestInfo>() {
        Some(info) => caller.with_request(info.id.clone(), Some(info.address)),
        None => caller,
    }
}
