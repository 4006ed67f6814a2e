//! `Idempotency-Key`: a write repeated within 24 hours is answered like the first time, not done again.
//!
//! Per account and operation. The same key with another request is refused; a key whose first request is still
//! under way too. Answers that show a secret once are not kept: their repetition is refused. Sends have their
//! nonce instead; requests without an account and sign-ins are not kept. What is kept is sealed, and of the request a
//! digest under a key: answers and requests say what people are called.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use plexichat_kernel::{Caller, Error};
use plexichat_model::ErrorCode;

use super::caller::Signed;
use super::if_match::etag;
use crate::app::App;
use crate::error::{ApiError, BEARER, Failure, problem};
use crate::store::idempotency::{self as store, Claim, Key};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Whose key seals answers, and where they are.
const PART: &str = "idempotency";
const TABLE: &str = "idempotency_keys";
/// Longest key.
const LONGEST: usize = 128;

/// Operations whose answers show a secret once.
const SECRET: [&str; 5] = [
    "/api/v1/admin/keys/node-invitations",
    "/api/v1/admin/keys/recovery-kit",
    "/api/v1/users",
    "/api/v1/users/{user_id}/password-link",
    "/api/v1/workspaces/{workspace_id}/invitations",
];
/// Operations with an exactly-once of their own, or without an account.
const APART: [&str; 7] = [
    "/api/v1/channels/{channel_id}/messages",
    "/api/v1/setup",
    "/api/v1/auth/login",
    "/api/v1/auth/refresh",
    "/api/v1/auth/reset",
    "/api/v1/invitations/accept",
    "/api/v1/invitations/preview",
];

pub(crate) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let sent = (*request.method() == Method::POST && APART.contains(&path.as_str())) || !path.starts_with("/api/v1/");
    match request.headers().get(&HEADER).cloned() {
        Some(key) if !is_safe && !sent => match once(&app, request, next, &key, &path).await {
            Ok(response) => response,
            Err(error) => ApiError(error).into_response(),
        },
        _ => next.run(request).await,
    }
}

async fn once(app: &App, request: Request, next: Next, key: &HeaderValue, path: &str) -> Result<Response, Error> {
    let key = key
        .to_str()
        .ok()
        .filter(|key| !key.is_empty() && key.len() <= LONGEST && key.bytes().all(|byte| byte.is_ascii_graphic()));
    let key = key.ok_or_else(|| Error::invalid("Idempotency-Key", format!("the key is 1 to {LONGEST} visible characters")))?;
    let (mut parts, body) = request.into_parts();
    let caller = match Signed::from_request_parts(&mut parts, app).await {
        Ok(Signed(caller)) => caller,
        Err(error) => return Err(error.0),
    };
    let body = body.collect().await.map_err(|error| match error.into_inner().downcast::<Error>() {
        Ok(error) => *error,
        Err(cause) => Error::new(ErrorCode::Invalid, "the body could not be read").with_source(cause),
    })?;
    let body = body.to_bytes();
    let mut hash = blake3::Hasher::new();
    let target = parts.uri.path_and_query().map_or("", axum::http::uri::PathAndQuery::as_str);
    // No header and an empty one are two requests: the second is refused.
    let if_match = parts.headers.get(header::IF_MATCH).map(HeaderValue::as_bytes);
    for part in [target.as_bytes(), if_match.map_or(b"\n-", |_| b"\n+"), if_match.unwrap_or_default(), b"\n", &body] {
        hash.update(part);
    }
    let index = app.messaging.keys().blind_index().await?;
    let key = Key {
        user: caller.account()?,
        // Patterns are longer than the column; their digest is not.
        operation: blake3::hash(format!("{} {path}", parts.method).as_bytes()).to_hex()[..32].to_owned(),
        word: key.to_owned(),
        request: index.digest(TABLE, "request_hash", hash.finalize().as_bytes())?.to_vec(),
    };
    match store::claim(app.messaging.journal(), &key).await? {
        Claim::Fresh => {
            // The account's share of the rate limits is spent already.
            parts.extensions.remove::<crate::gateway::rate_limit::Spent>();
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            keep(app, &caller, &key, path, response).await
        }
        Claim::Done { status, response } => replay(status, open(app, &key, response).await?),
        Claim::Different => Err(Error::of(ErrorCode::IdempotencyKeyReused)),
        Claim::UnderWay => {
            Err(Error::conflict(ErrorCode::Conflict, "the first request with this Idempotency-Key is still under way"))
        }
    }
}

/// Keeps the answer, unless the same request may succeed another time.
async fn keep(app: &App, caller: &Caller, key: &Key, path: &str, response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        store::release(app.messaging.journal(), key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = match parts.extensions.get::<Failure>() {
        Some(failure) => Bytes::from(serde_json::to_vec(&problem(&failure.error, caller.request_id())).unwrap_or_default()),
        None => body.collect().await.map_err(Error::internal)?.to_bytes(),
    };
    let secret = status.is_success() && SECRET.contains(&path);
    let kept = if secret {
        None
    } else {
        Some(app.messaging.keys().seal_for_part(PART, (TABLE, "response"), &place(key), &body).await?)
    };
    store::finish(app.messaging.journal(), key, status.as_u16(), kept).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

async fn open(app: &App, key: &Key, response: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, Error> {
    let Some(sealed) = response else { return Ok(None) };
    app.messaging.keys().open_for_part(PART, (TABLE, "response"), &place(key), &sealed).await.map(Some)
}

/// The row of an answer: two parts of fixed length, and the rest.
fn place(key: &Key) -> Vec<u8> {
    [&key.user.0.to_be_bytes()[..], key.operation.as_bytes(), key.word.as_bytes()].concat()
}

fn replay(status: u16, response: Option<Vec<u8>>) -> Result<Response, Error> {
    let Some(body) = response else {
        let message = "this was done already; its answer was not kept: it showed a secret once, or an earlier version gave it";
        return Err(Error::conflict(ErrorCode::Conflict, message));
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    // One row with its version: what the first answer said in its header.
    let row = status.is_success().then(|| serde_json::from_slice::<Row>(&body).ok()).flatten();
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let mut response = (status, Body::from(body)).into_response();
    if status != StatusCode::NO_CONTENT {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, BEARER);
    }
    if let Some(tag) = row.and_then(|row| etag(row.version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// An answer that is one row.
#[derive(serde::Deserialize)]
struct Row {
    version: i64,
}
