//! Typed path parameters. A text that is no id names nothing: 404, not 400.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use plexichat_kernel::Error;
use plexichat_model::ErrorCode;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// Path parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError(named(parts, state).await)),
        }
    }
}

async fn named<S: Send + Sync>(parts: &mut Parts, state: &S) -> Error {
    let what = match RawPathParams::from_request_parts(parts, state).await {
        // Without their values: what was put there by mistake may be a secret, and answers are passed on.
        Ok(params) => params.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>().join(" and "),
        Err(_) => String::new(),
    };
    Error::new(ErrorCode::NotFound, format!("there is nothing by this {what}; see /api/docs"))
}
