//! Every request has an id: the client's own if it is a plain word, else a random one; every answer names it.
//!
//! As the outermost layer it also settles who asks ([`RequestInfo`]) and writes the bodies of failures, which
//! carry the id.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use plexichat_kernel::random;

use super::{Guard, client_address};
use crate::error::{Failure, render};

/// Name of the header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id taken over from a client.
const LONGEST: usize = 64;

/// What is known of a request before anybody is asked who they are.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    /// Id in the logs and in problems.
    pub(crate) id: Arc<str>,
    /// Where it came from, proxies looked through.
    pub(crate) address: IpAddr,
}

pub(crate) async fn layer(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let id: Arc<str> = accepted(request.headers().get(&HEADER)).unwrap_or_else(fresh);
    let address = client_address::of(&request, &guard.options.load().trusted_proxies);
    request.extensions_mut().insert(RequestInfo { id: Arc::clone(&id), address });
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        render(&failure, &id, &mut response);
    }
    debug_assert!(is_told(&response), "answered {} without a problem of the catalogue", response.status());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// Whether a refusal says what it is: nothing but a marked [`Failure`], kept by its key or written just now, and the
/// report of what is not ready makes one.
fn is_told(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_refusal = response.status().is_client_error() || response.status().is_server_error();
    !is_refusal || matches!(kind, Some(b"application/problem+json" | b"application/json"))
}

fn accepted(value: Option<&HeaderValue>) -> Option<Arc<str>> {
    let text = value?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!text.is_empty() && text.len() <= LONGEST && text.bytes().all(plain)).then(|| Arc::from(text))
}

fn fresh() -> Arc<str> {
    format!("{:016x}", random::u64()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_are_taken_over() {
        let take = |text: &str| accepted(HeaderValue::from_str(text).ok().as_ref()).is_some();
        assert!(take("req-1.2_3"));
        for bad in ["", "a b", "a\"b", "ä", &"x".repeat(65)] {
            assert!(!take(bad), "{bad:?} was taken over");
        }
        assert_eq!(fresh().len(), 16);
    }
}
