//! Why an operation failed, as a program can act on it.
//!
//! A refusal keeps the server's problem whole: stable code, field, earliest retry. [`ClientError::is_temporary`] says
//! whether the same call may succeed later, which is all a caller needs to decide on a retry. Not here: retrying itself
//! (`http`).

use plexichat_model::{ErrorCode, ErrorKind, Problem, gateway::CloseCode};
use std::time::Duration;

/// A failure of an operation or of the gateway.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server refused it and said why.
    #[error("{}", describe(problem))]
    Refused {
        /// HTTP status; that of the problem for errors of the gateway.
        status: u16,
        /// What the server said.
        problem: Box<Problem>,
        /// When to come again, from the problem or `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// An answer that is not of this API: a proxy, another program, another version.
    #[error("the answer of {address} is not one of a PlexiChat server (HTTP {status})")]
    NotUnderstood {
        /// Whom was asked.
        address: String,
        /// HTTP status.
        status: u16,
        /// What could not be read.
        #[source]
        source: Option<serde_json::Error>,
    },
    /// An answer larger than any this API gives.
    #[error("the answer of {address} is larger than {limit} bytes")]
    AnswerTooLarge {
        /// Whom was asked.
        address: String,
        /// The bound.
        limit: usize,
    },
    /// The server was not reached: nothing happened.
    #[error("cannot reach {address}")]
    Unreachable {
        /// Whom was asked.
        address: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection broke before the answer: it may or may not have happened.
    #[error("the connection to {address} broke before the answer")]
    Interrupted {
        /// Whom was asked.
        address: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The address is none.
    #[error("{0:?} is not the address of a server; write it as http://host:port or https://host")]
    Address(String),
    /// Who answers did not prove to be the server that was asked for: nothing was sent.
    #[error("cannot trust {address}: {reason}")]
    Untrusted {
        /// Whom was asked.
        address: String,
        /// Why, in words.
        reason: String,
    },
    /// What shall be believed besides the system's certificates holds none.
    #[error("there is no certificate in PEM among the authorities that shall be trusted")]
    Authorities,
    /// A value cannot be sent.
    #[error("this cannot be sent")]
    Encode(#[source] serde_json::Error),
    /// The server closed the gateway connection.
    #[error("the server closed the connection ({code}{}{reason})", if reason.is_empty() { "" } else { ": " })]
    Closed {
        /// Close code; see [`CloseCode`].
        code: u16,
        /// What the server said.
        reason: String,
    },
    /// A frame that this protocol does not have at this place.
    #[error("the server broke the protocol of the gateway: {0}")]
    Protocol(String),
    /// A state was asked to take what belongs to another history.
    #[error("the server's history was restored; load everything again")]
    EpochChanged,
}

fn describe(problem: &Problem) -> String {
    match &problem.field {
        Some(field) => format!("{} (at {field})", problem.detail),
        None => problem.detail.clone(),
    }
}

impl ClientError {
    /// The stable code, when the server gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { problem, .. } => Some(problem.code),
            Self::EpochChanged => Some(ErrorCode::EpochChanged),
            Self::Closed { code, .. } if *code == CloseCode::Unauthenticated.number() => Some(ErrorCode::Unauthenticated),
            _ => None,
        }
    }

    /// The kind of failure, when the server gave one.
    pub fn kind(&self) -> Option<ErrorKind> {
        self.code().map(ErrorCode::kind)
    }

    /// HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::NotUnderstood { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// What the server said.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// When to come again, if the server said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the same may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Refused { problem, .. } => matches!(problem.code.kind(), ErrorKind::Unavailable | ErrorKind::RateLimited),
            Self::Unreachable { .. } | Self::Interrupted { .. } => true,
            // A proxy says so while the server behind it starts.
            Self::NotUnderstood { status, .. } => matches!(status, 502..=504),
            Self::Closed { code, .. } => *code != CloseCode::Unauthenticated.number() && *code != CloseCode::Protocol.number(),
            _ => false,
        }
    }

    /// Whether it is certain that nothing was done, so that even a write without a nonce may be repeated.
    pub(crate) fn is_undone(&self) -> bool {
        match self {
            Self::Refused { problem, .. } => self.is_temporary() && problem.code != ErrorCode::UnknownOutcome,
            Self::Unreachable { .. } => true,
            Self::NotUnderstood { status, .. } => *status == 503,
            _ => false,
        }
    }

    pub(crate) fn refused(problem: Problem) -> Self {
        let retry_after = problem.retry_after_ms.map(Duration::from_millis);
        Self::Refused { status: problem.status, problem: Box::new(problem), retry_after }
    }
}
