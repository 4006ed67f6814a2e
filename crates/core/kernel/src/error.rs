//! The one semantic error of the product.
//!
//! An [`Error`] says what went wrong in terms a caller can act on: a stable code (which fixes the
//! kind, and through it the HTTP status, the socket frame and the exit code), a public message, and
//! optionally where the bad input stands and when to try again. The cause underneath is kept for
//! the logs alone: [`std::fmt::Display`] and every public accessor are safe to show to anybody,
//! [`Error::cause`] and `{:?}` are not. Conversions from foreign errors are explicit, because only
//! the place that called knows what a failure means.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use plexichat_model::{ErrorCode, ErrorKind};
use serde_json::Value;

/// What every fallible verb returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// A failure, fit to be answered to the one who asked. Cheap to move and to clone.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: ErrorCode,
    message: String,
    field: Option<String>,
    retry_after_ms: Option<u64>,
    details: Option<Value>,
    source: Option<Source>,
}

impl Error {
    /// An error with this code and public message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), field: None, retry_after_ms: None, details: None, source: None }))
    }

    /// An error with the code's own message.
    pub fn of(code: ErrorCode) -> Self {
        Self::new(code, code.default_message())
    }

    /// Nobody is signed in.
    pub fn unauthenticated() -> Self {
        Self::of(ErrorCode::Unauthenticated)
    }

    /// The caller may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Forbidden, message)
    }

    /// There is no such `what`, or the caller may not know of it: both read the same.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no {what} {id}, or you may not see it"))
    }

    /// The input at `field` is wrong. `field` is a path such as `text` or `overrides[2].role_id`.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, message).with_field(field)
    }

    /// The input is fine but does not fit the present state.
    pub fn conflict(code: ErrorCode, message: impl Into<String>) -> Self {
        debug_assert_eq!(code.kind(), ErrorKind::Conflict, "{code} is no conflict");
        Self::new(code, message)
    }

    /// Refuses a change that is based on another version of a row than the `present` one, which `details.version` says.
    pub fn check_version(expected: Option<i64>, present: i64) -> std::result::Result<(), Self> {
        match expected {
            Some(expected) if expected != present => {
                let text = format!("it was changed meanwhile: it has version {present}, not {expected}; read it again");
                let details = serde_json::json!({ "version": present });
                Err(Self::conflict(ErrorCode::VersionMismatch, text).with_details(details))
            }
            _ => Ok(()),
        }
    }

    /// The input at `field` is larger than a named bound.
    pub fn too_large(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::TooLarge, message).with_field(field)
    }

    /// A limit on the number of things is reached.
    pub fn limit_reached(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::LimitReached, message)
    }

    /// Too often; the same request may pass after `retry_after`.
    pub fn rate_limited(retry_after: Duration) -> Self {
        Self::of(ErrorCode::RateLimited).with_retry_after(retry_after)
    }

    /// A policy refused it.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Rejected, message)
    }

    /// The server cannot do it now; the same request may succeed later.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unavailable, message)
    }

    /// A bounded queue is full or a resource is exhausted; the same request may succeed soon.
    pub fn overloaded(retry_after: Duration) -> Self {
        Self::of(ErrorCode::Overloaded).with_retry_after(retry_after)
    }

    /// A defect or an unforeseen fault. The caller learns nothing of `source`; the log does.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::of(ErrorCode::Internal).with_source(source)
    }

    /// Keeps `source` for the log.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// States the earliest sensible retry.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after_ms = Some(u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// States where the bad input stands.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Puts `parent` in front of the field path: `role_id` within `overrides[2]` becomes
    /// `overrides[2].role_id`. An error without a field gets `parent` itself.
    #[must_use]
    pub fn within(mut self, parent: &str) -> Self {
        self.0.field = Some(match self.0.field.take() {
            Some(field) if field.starts_with('[') => format!("{parent}{field}"),
            Some(field) => format!("{parent}.{field}"),
            None => parent.to_owned(),
        });
        self
    }

    /// Adds facts for programs; their shape depends on the code. Public.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The kind the code belongs to.
    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind()
    }

    /// What happened, for the person who asked.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where the bad input stands.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The earliest sensible retry, in milliseconds.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.0.retry_after_ms
    }

    /// Facts for programs.
    pub fn details(&self) -> Option<&Value> {
        self.0.details.as_ref()
    }

    /// Whether the same request may succeed later without any change.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind(), ErrorKind::RateLimited | ErrorKind::Unavailable)
    }

    /// The private chain of causes on one line, for the log alone.
    pub fn cause(&self) -> Option<String> {
        let mut next = std::error::Error::source(self);
        let mut parts = Vec::new();
        // A chain longer than this is a loop or says nothing more.
        while let (Some(cause), true) = (next, parts.len() < 16) {
            parts.push(cause.to_string());
            next = cause.source();
        }
        (!parts.is_empty()).then(|| parts.join(": "))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.field {
            Some(field) => write!(f, " (at {field})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.0.code)?;
        match self.cause() {
            Some(cause) => write!(f, ", because: {cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::of(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_side_never_shows_the_cause() {
        let error = Error::internal(std::io::Error::other("disk sda1 is broken"));
        assert_eq!(error.code(), ErrorCode::Internal);
        assert!(!error.to_string().contains("sda1"));
        assert_eq!(error.cause().as_deref(), Some("disk sda1 is broken"));
        assert!(format!("{error:?}").contains("sda1"));
        assert!(error.clone().cause().is_some());
    }

    #[test]
    fn causes_are_told_from_the_outside_in() {
        let inner = Error::unavailable("the store is away").with_source("connection refused");
        let outer = Error::internal(inner);
        assert_eq!(outer.cause().as_deref(), Some("the store is away: connection refused"));
    }

    #[test]
    fn fields_nest() {
        let error = Error::invalid("role_id", "is not an id").within("[2]").within("overrides");
        assert_eq!(error.field(), Some("overrides[2].role_id"));
        assert_eq!(error.to_string(), "is not an id (at overrides[2].role_id)");
        assert_eq!(Error::forbidden("no").within("a").field(), Some("a"));
    }

    #[test]
    fn retries_are_told_in_milliseconds() {
        let error = Error::rate_limited(Duration::from_secs(2));
        assert_eq!(error.retry_after_ms(), Some(2_000));
        assert!(error.is_retryable());
        assert!(!Error::not_found("channel", 7).is_retryable());
    }

    #[test]
    fn an_error_is_one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
