//! The plain listener beside a TLS one: sends browsers to https and answers HTTP-01 challenges, nothing else.
//!
//! Only hosts that are this server are sent on, so that nobody can make it point elsewhere (RFC 9110, section 15.4.9:
//! 308 keeps method and body). `Strict-Transport-Security` has no place here (RFC 6797, section 7.2).

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use plexichat_certificates::Tls;
use plexichat_kernel::Error;
use plexichat_model::ErrorCode;

use crate::error::ApiError;
use crate::options::LiveOptions;

/// Longer tokens are not of an ACME server (RFC 8555, section 8.3 asks for at least 128 bits, servers use 256).
const LONGEST_TOKEN: usize = 128;

#[derive(Clone)]
struct Sender {
    tls: Tls,
    options: LiveOptions,
    port: u16,
}

/// What the plain listener serves; `port` is where https is spoken.
pub(crate) fn redirect(tls: Tls, options: LiveOptions, port: u16) -> Router {
    let sender = Sender { tls, options, port };
    Router::new().route("/.well-known/acme-challenge/{token}", get(challenge)).fallback(send_on).with_state(sender)
}

async fn challenge(State(sender): State<Sender>, Path(token): Path<String>) -> Response {
    let is_token =
        token.len() <= LONGEST_TOKEN && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let answer = if is_token { sender.tls.http_challenge(&token).await } else { None };
    match answer {
        Some(text) => ([(header::CONTENT_TYPE, "application/octet-stream")], text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn send_on(State(sender): State<Sender>, request: Request) -> Response {
    let target = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if let Some(target) = target.and_then(|host| sender.target(host, &request)) {
        (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, target)]).into_response()
    } else {
        let text = "this server has another name; see server.public_url and tls.names";
        let mut response = ApiError(Error::new(ErrorCode::Invalid, text)).into_response();
        *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        response
    }
}

impl Sender {
    /// Where a request is sent; `None`: its host is not this server.
    fn target(&self, host: &str, request: &Request) -> Option<String> {
        let name = host_name(host);
        let options = self.options.load();
        let public = options.public_url.as_deref().and_then(|url| url.strip_prefix("https://"));
        let authority = match public.filter(|public| host_name(public).eq_ignore_ascii_case(name)) {
            // As people know it, with the port of a forwarding in front if there is one.
            Some(public) => public.to_owned(),
            None if self.tls.knows(name) => {
                let name = if name.contains(':') { format!("[{name}]") } else { name.to_ascii_lowercase() };
                if self.port == 443 { name } else { format!("{name}:{}", self.port) }
            }
            None => return None,
        };
        let path = request.uri().path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
        // `*` of OPTIONS and whatever else is no path goes to the front page.
        let path = if path.starts_with('/') { path } else { "/" };
        Some(format!("https://{authority}{path}"))
    }
}

/// The host of `host[:port]`; an IPv6 address without its brackets.
pub(crate) fn host_name(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or("", |(name, _)| name);
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_their_ports() {
        for (host, name) in [
            ("a.example", "a.example"),
            ("a.example:80", "a.example"),
            ("[::1]:80", "::1"),
            ("[::1]", "::1"),
            ("", ""),
            ("[x", ""),
        ] {
            assert_eq!(host_name(host), name);
        }
    }
}
