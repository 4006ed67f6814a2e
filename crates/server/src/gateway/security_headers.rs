//! Headers that tell browsers what a page of this server may never do.
//!
//! Answers of the API get the strictest policy there is; pages bring their own ([`WEB_CLIENT`], [`DOCS`]).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Guard;
use crate::listener::host_name;

/// Policy of the web client. The hash is the one `<style>` that React Aria's press handling inserts.
pub(crate) const WEB_CLIENT: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
    'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='; img-src 'self' data: blob:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; worker-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Policy of the docs page: one stylesheet, nothing else.
pub(crate) const DOCS: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const API: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FIXED: [(HeaderName, HeaderValue); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
             microphone=(), midi=(), payment=(), usb=()",
        ),
    ),
];

pub(crate) async fn layer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let hsts = hsts(&guard, request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(API));
    if is_api {
        // What an account may see must not stay in a shared browser or proxy.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if let Some(hsts) = hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
    response
}

/// What browsers remember about this host, if it is reached by TLS. Names of the machine itself are left out: a browser
/// would then refuse plain HTTP to everything else that is developed there. For addresses the header has no meaning (RFC
/// 6797, section 8.1.1).
fn hsts(guard: &Guard, headers: &HeaderMap) -> Option<HeaderValue> {
    let options = guard.options.load();
    let seconds = options.tls.hsts.as_secs();
    if !options.is_behind_tls() || seconds == 0 {
        return None;
    }
    // A proxy may have replaced the Host header, so the public name decides where it is known.
    let public = options.public_url.as_deref().and_then(|url| url.split_once("://")).map(|(_, host)| host);
    let host = host_name(public.or_else(|| headers.get(header::HOST)?.to_str().ok())?);
    let is_local = host == "localhost" || host.ends_with(".localhost") || host.parse::<std::net::IpAddr>().is_ok();
    if is_local { None } else { HeaderValue::try_from(format!("max-age={seconds}")).ok() }
}
