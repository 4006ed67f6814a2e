//! Changes whose plan itself depends on what the caller may do start over when that changed meanwhile.

use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use std::time::Duration;

/// Attempts before the caller is told to try again.
const ATTEMPTS: usize = 4;

/// The refusal of a plan made under rights that have changed: asked again, it may succeed.
pub(crate) fn stale() -> Error {
    Error::new(ErrorCode::Overloaded, "rights changed at the same moment; try again")
        .with_retry_after(Duration::from_millis(100))
        .with_details(serde_json::json!({ "stale": true }))
}

fn is_stale(error: &Error) -> bool {
    error.code() == ErrorCode::Overloaded && error.details().is_some_and(|d| d.get("stale").is_some())
}

/// Runs an attempt again while its plan is found stale.
pub(crate) async fn again_if_stale<T, F: Future<Output = Result<T>>>(mut attempt: impl FnMut() -> F) -> Result<T> {
    let mut result = attempt().await;
    for _ in 1..ATTEMPTS {
        match &result {
            Err(error) if is_stale(error) => result = attempt().await,
            _ => break,
        }
    }
    result
}
