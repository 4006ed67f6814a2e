//! More work than can be done is refused at once, so that what was accepted is done in time.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use plexichat_kernel::Error;

use super::Guard;
use crate::error::ApiError;

pub(crate) async fn layer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    // Whoever asks whether the process lives must be told, above all when it is busy.
    if request.uri().path().starts_with("/health/") {
        return next.run(request).await;
    }
    let Ok(_permit) = guard.requests.try_acquire() else {
        metrics::counter!("plexichat_http_shed_total").increment(1);
        return ApiError(Error::overloaded(Duration::from_secs(1))).into_response();
    };
    next.run(request).await
}
