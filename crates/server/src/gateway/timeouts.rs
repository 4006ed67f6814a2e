//! A handler that does not answer in time is given up; the client is told to try again.
//!
//! The other timeouts stand where the waiting happens: head and writes in `listen`, bodies in
//! [`body_limit`](super::body_limit).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use plexichat_kernel::Error;

use super::Guard;
use crate::error::ApiError;

pub(crate) async fn layer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let limit = guard.options.timeouts().handler;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            ApiError(Error::unavailable("the server did not finish in time; whether it took effect is unknown")).into_response()
        }
    }
}
