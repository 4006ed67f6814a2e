//! Foreign pages cannot act in the name of who is signed in here.
//!
//! The cookie is `SameSite=Lax`; on top of it every unsafe request and every handshake of the gateway that
//! carries the cookie must show that it comes from a page of this server, by `Origin` or by
//! `Sec-Fetch-Site: same-origin`. A foreign `Origin` is refused even without a cookie (sign-in in the name of
//! somebody else), unless it is allowed and no cookie is used.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use plexichat_model::ErrorCode;

use super::{Guard, cors};
use crate::error::ApiError;
use crate::extract::cookie;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Path of the handshake, which is a GET but acts.
pub(crate) const GATEWAY: &str = "/api/v1/gateway";

pub(crate) async fn layer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe && request.uri().path() != GATEWAY {
        return next.run(request).await;
    }
    if permitted(&guard, request.headers()) {
        next.run(request).await
    } else {
        ApiError::from(ErrorCode::OriginRefused).into_response()
    }
}

fn permitted(guard: &Guard, headers: &HeaderMap) -> bool {
    let by_cookie = cookie::session(headers).is_some() && !headers.contains_key(header::AUTHORIZATION);
    match headers.get(header::ORIGIN) {
        Some(origin) => is_own(guard, headers, origin.as_bytes()) || (!by_cookie && cors::is_allowed(guard, origin)),
        None => !by_cookie || headers.get(FETCH_SITE).is_some_and(|site| site == "same-origin"),
    }
}

/// Whether an origin is this server: the public address, or the host that was asked.
fn is_own(guard: &Guard, headers: &HeaderMap, origin: &[u8]) -> bool {
    let options = guard.options.load();
    let public = options.public_url.as_deref().map(|url| url.trim_end_matches('/').as_bytes());
    let host = headers.get(header::HOST).map(axum::http::HeaderValue::as_bytes);
    let rest = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    public == Some(origin) || (rest.is_some() && rest == host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{LiveOptions, ServerOptions};
    use axum::http::HeaderValue;
    use plexichat_kernel::Clock;

    fn check(pairs: &[(&'static str, &'static str)]) -> bool {
        let options = ServerOptions {
            public_url: Some("https://chat.example.com".into()),
            allowed_origins: vec!["https://tool.example.com".into()],
            ..ServerOptions::default()
        };
        let guard = Guard::new(LiveOptions::new(options), Clock::system());
        let headers = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        permitted(&guard, &headers.collect())
    }

    #[test]
    fn a_cookie_needs_a_page_of_this_server() {
        const COOKIE: (&str, &str) = ("cookie", "plexichat_session=abc");
        assert!(!check(&[COOKIE]));
        assert!(check(&[COOKIE, ("sec-fetch-site", "same-origin")]));
        assert!(!check(&[COOKIE, ("sec-fetch-site", "same-site")]));
        assert!(check(&[COOKIE, ("origin", "https://chat.example.com")]));
        assert!(check(&[COOKIE, ("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]));
        assert!(!check(&[COOKIE, ("host", "127.0.0.1:8080"), ("origin", "http://evil.example.com")]));
        assert!(!check(&[COOKIE, ("origin", "null")]));
        assert!(!check(&[COOKIE, ("origin", "https://tool.example.com")]));
    }

    #[test]
    fn programs_send_no_origin_and_foreign_pages_are_refused() {
        assert!(check(&[]));
        assert!(check(&[("authorization", "Bearer x"), ("origin", "https://tool.example.com")]));
        assert!(!check(&[("authorization", "Bearer x"), ("origin", "https://evil.example.com")]));
        assert!(!check(&[("origin", "https://evil.example.com")]));
    }
}
