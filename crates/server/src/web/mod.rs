//! The web client: hashed assets for ever, `index.html` always asked for anew, every other path the page itself.
//!
//! With the feature `embed-web` the built client is part of the binary; without it the files are read from
//! `web_root` if a build lies there, else one page says how to build it. Compressed siblings (`.br`, `.gz`) made
//! by the build are served as they are. Not here: how the client works (`web/`).

#[cfg(feature = "embed-web")]
#[path = "embedded.rs"]
mod files;
#[cfg(not(feature = "embed-web"))]
#[path = "disk.rs"]
mod files;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use plexichat_kernel::Error;
use plexichat_model::ErrorCode;

use crate::error::ApiError;
use crate::gateway::security_headers::WEB_CLIENT;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_ANEW: HeaderValue = HeaderValue::from_static("no-cache");

const NOT_BUILT: &str = include_str!("not_built.html");

/// A file of the built client.
struct File {
    data: Bytes,
    /// Entity tag, quotes included.
    etag: String,
}

/// Whether this program serves the web client: from inside, or from a build below `root`.
pub fn has_web_client(root: &Path) -> bool {
    files::Files::new(root).has_index()
}

/// The client's files.
#[derive(Clone, Debug)]
pub(crate) struct Web(Arc<files::Files>);

impl Web {
    /// The embedded files, or those below `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self(Arc::new(files::Files::new(root)))
    }

    /// Answers whatever no route of the API took.
    pub(crate) async fn answer(self, request: Request) -> Response {
        let path = request.uri().path();
        if path.starts_with("/api/") || path.starts_with("/health/") || path == "/metrics" {
            // The path is not repeated: what was put into it by mistake may be a secret, and answers are passed on.
            return ApiError(Error::new(ErrorCode::NotFound, "there is no such address here; see /api/docs")).into_response();
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = ApiError(Error::new(ErrorCode::MethodNotAllowed, "pages take GET only")).into_response();
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let name = path.trim_start_matches('/');
        if let Some(response) = self.file(name, request.headers()).await {
            return response;
        }
        if is_asset(name) {
            return ApiError(Error::not_found("file", name)).into_response();
        }
        match self.file("index.html", request.headers()).await {
            Some(response) => response,
            None => not_built(),
        }
    }

    async fn file(&self, name: &str, headers: &HeaderMap) -> Option<Response> {
        if !is_plain(name) {
            return None;
        }
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        for (encoding, ending) in [("br", ".br"), ("gzip", ".gz"), ("", "")] {
            if !accepts(accepted, encoding) {
                continue;
            }
            if let Some(file) = self.0.read(&format!("{name}{ending}")).await {
                return Some(present(name, encoding, file, headers));
            }
        }
        None
    }
}

fn accepts(accepted: &str, encoding: &str) -> bool {
    encoding.is_empty()
        || accepted.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            words.next() == Some(encoding) && !words.any(|word| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}

/// Names of the build: no hidden files, no way up.
fn is_plain(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    !name.is_empty() && name.bytes().all(allowed) && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

/// Paths with an ending are files, others are pages of the client.
fn is_asset(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

fn present(name: &str, encoding: &'static str, file: File, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    // Vite puts a hash into the name of everything below assets/.
    headers.insert(header::CACHE_CONTROL, if name.starts_with("assets/") { FOR_EVER } else { ASK_ANEW });
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::try_from(&file.etag) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WEB_CLIENT));
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == file.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    if !encoding.is_empty() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    (headers, Body::from(file.data)).into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// Entity tag of a file's content.
fn tag(hash: &[u8]) -> String {
    use std::fmt::Write as _;
    hash.iter().take(12).fold(String::from("\""), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }) + "\""
}

fn not_built() -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, ASK_ANEW);
    (headers, Body::from(Cow::Borrowed(NOT_BUILT).into_owned())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_build() {
        for good in ["index.html", "assets/a-1.js"] {
            assert!(is_plain(good));
        }
        for bad in ["", "../Cargo.toml", "a/../b", "/etc/passwd", ".env", "a/.git", "a%2e", "a\\b"] {
            assert!(!is_plain(bad), "{bad} was let through");
        }
    }

    #[test]
    fn encodings_are_negotiated() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("", ""));
        assert!(!accepts("gzip;q=0, br", "gzip"));
        assert!(accepts("gzip;q=0.5", "gzip"));
    }

    #[test]
    fn the_page_runs_scripts_of_this_server_alone() {
        let file = File { data: Bytes::from_static(b"<!doctype html>"), etag: "\"1\"".to_owned() };
        let page = present("index.html", "", file, &HeaderMap::new());
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        let directives: Vec<Vec<&str>> = policy.split(';').map(|part| part.split_whitespace().collect()).collect();
        let of = |name: &str| directives.iter().find(|words| words[0] == name).map(|words| &words[1..]);
        assert_eq!(of("default-src"), Some(&["'none'"][..]));
        assert_eq!(of("script-src"), Some(&["'self'"][..]), "no inline script, no eval");
        assert_eq!(of("require-trusted-types-for"), Some(&["'script'"][..]));
        assert_eq!(of("trusted-types"), Some(&["'none'"][..]), "no text becomes markup or a script's address");
        assert!(!policy.contains("unsafe"), "{policy}");
    }

    #[test]
    fn pages_have_no_ending() {
        assert!(is_asset("assets/a.js"));
        assert!(!is_asset("w/1/c/2"));
    }
}
