//! `If-Match: "<version>"`: change a row only if it is still the one that was read.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use plexichat_kernel::Error;

use crate::error::ApiError;

/// The version a writer believes in; `None`: any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IfMatch(pub(crate) Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        if value == "*" {
            return Ok(Self(None));
        }
        let version = value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        match version {
            Some(version) => Ok(Self(Some(version))),
            None => {
                Err(Error::invalid("If-Match", "If-Match holds the version of the row in quotes, for instance \"12\"").into())
            }
        }
    }
}

/// `ETag` of a row's version.
pub(crate) fn etag(version: i64) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{version}\"")).ok()
}
