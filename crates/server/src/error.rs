//! The one place where a semantic error becomes an HTTP answer: RFC 9457 `application/problem+json`.
//!
//! A handler returns [`ApiError`], which only marks the response; the outermost layer, which knows the
//! request id, writes the body by [`render`]. So every failure, whoever raised it, has the same shape, and the
//! log sees the private cause while the client never does. Socket frames use [`problem`] too.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use plexichat_kernel::Error;
use plexichat_model::{ErrorCode, Problem};

/// The catalogue of codes, on the docs page of every server.
const CATALOGUE: &str = "/api/docs#error-";

/// How to say who one is.
pub(crate) const BEARER: HeaderValue = HeaderValue::from_static("Bearer");

/// Answer of a handler that failed.
#[derive(Clone, Debug)]
pub(crate) struct ApiError(pub(crate) Error);

/// What a handler returns.
pub(crate) type ApiResult<T> = std::result::Result<T, ApiError>;

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self(Error::of(code))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> axum::response::Response {
        mark(self.0)
    }
}

/// A failure on its way out: [`render`] turns it into a body.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
}

/// An empty response that carries the failure.
fn mark(error: Error) -> axum::response::Response {
    let status = StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.extensions_mut().insert(Failure { error });
    response
}

/// The error as it travels.
pub fn problem(error: &Error, request_id: &str) -> Problem {
    Problem {
        type_uri: format!("{CATALOGUE}{}", error.code().as_str()),
        title: error.code().default_message().to_owned(),
        status: error.code().status(),
        detail: error.message().to_owned(),
        code: error.code(),
        field: error.field().map(str::to_owned),
        retry_after_ms: error.retry_after_ms(),
        request_id: (!request_id.is_empty()).then(|| request_id.to_owned()),
        details: error.details().cloned(),
    }
}

/// Gives a marked response its body.
pub(crate) fn render(failure: &Failure, request_id: &str, response: &mut axum::response::Response) {
    let problem = problem(&failure.error, request_id);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(ms) = problem.retry_after_ms {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000).max(1)));
    }
    if problem.status == StatusCode::UNAUTHORIZED.as_u16() {
        headers.insert(header::WWW_AUTHENTICATE, BEARER);
    }
    if problem.status == StatusCode::UPGRADE_REQUIRED.as_u16() {
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    }
    *response.body_mut() = Body::from(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_answered_with_its_status() {
        for code in ErrorCode::ALL {
            let mut response = ApiError::from(*code).into_response();
            let failure = response.extensions_mut().remove::<Failure>().expect("is marked");
            render(&failure, "r1", &mut response);
            assert_eq!(response.status().as_u16(), code.status(), "{code}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
            assert_eq!(problem(&failure.error, "r1").code, *code);
        }
    }

    #[test]
    fn the_cause_stays_inside() {
        let error = Error::internal("the password of the database is hunter2");
        let text = serde_json::to_string(&problem(&error, "r1")).expect("serialises");
        assert!(!text.contains("hunter2"));
        assert!(text.contains("r1"));
    }
}
