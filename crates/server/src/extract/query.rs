//! Typed query parameters, read strictly: unknown ones are refused, because a misspelt filter shows too much.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use plexichat_kernel::Error;
use plexichat_model::ErrorCode;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// Query parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // What no database can hold is looked for nowhere.
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Error::new(ErrorCode::InvalidQuery, "a query parameter cannot hold the character U+0000").into());
        }
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(error) => {
                let text = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
                Err(Error::new(ErrorCode::InvalidQuery, text).into())
            }
        }
    }
}
