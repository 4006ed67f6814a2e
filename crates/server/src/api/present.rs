//! Shapes of answers that handlers share.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plexichat_model::auth::TokenTransport;
use serde::Serialize;

use crate::app::App;
use crate::extract::{cookie, if_match::etag};

/// 201 with a body.
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// One row with its version as `ETag`.
pub(crate) struct Versioned<T>(pub(crate) i64, pub(crate) T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Some(tag) = etag(self.0) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// JSON that is written already.
pub(crate) struct Written(pub(crate) Vec<u8>);

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], self.0).into_response()
    }
}

/// Nothing more to say.
pub(crate) const DONE: StatusCode = StatusCode::NO_CONTENT;

/// `Set-Cookie` for a new session, when its token travels that way.
pub(crate) fn session_cookie(app: &App, transport: TokenTransport, token: &str) -> HeaderMap {
    let life = app.auth.options().session_absolute;
    let value = match transport {
        TokenTransport::Cookie => cookie::set(token, life, app.guard.options.is_behind_tls()),
        TokenTransport::Bearer => None,
    };
    with(value)
}

/// `Set-Cookie` that ends the session in the browser.
pub(crate) fn no_cookie(app: &App) -> HeaderMap {
    with(Some(cookie::clear(app.guard.options.is_behind_tls())))
}

fn with(value: Option<HeaderValue>) -> HeaderMap {
    value.into_iter().map(|value| (header::SET_COOKIE, value)).collect()
}
