//! `If-Match: "<version>"`: change a row only if it is still the one that was read.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use plexichat_kernel::Error;

use crate::error::ApiError;

/// Digits of a version.
const LONGEST: usize = 18;

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
        let digits = value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
        let digits = digits.filter(|digits| digits.len() <= LONGEST && digits.bytes().all(|byte| byte.is_ascii_digit()));
        let version = digits.and_then(|digits| digits.parse().ok());
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
