//! The one table of error codes.
//!
//! A code is stable for ever: clients translate it, scripts branch on it, the catalogue in
//! `docs/reference/errors.md` is generated from it. The HTTP status follows from the [`ErrorKind`] but for the
//! codes that HTTP alone knows ([`ErrorCode::status`]), so a new code is one line here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The ten kinds of failure. Everything a transport needs to know (status, exit code, retry) follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Nobody is signed in, or the credentials are wrong or expired.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// The input is wrong; `field` says where.
    Invalid,
    /// The input is fine but does not fit the present state.
    Conflict,
    /// Larger than a named bound.
    TooLarge,
    /// Too often; `retry_after_ms` says when again.
    RateLimited,
    /// A policy (plugin, moderation, workspace rule) refused it.
    Rejected,
    /// The server cannot do it now; the same request may succeed later.
    Unavailable,
    /// A defect or an unforeseen fault of the server.
    Internal,
}

impl ErrorKind {
    /// HTTP status of this kind.
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Invalid => 400,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::Rejected => 422,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

macro_rules! error_codes {
    ($($name:ident = $text:literal, $kind:ident, $message:literal;)*) => {
        /// Stable error codes, `snake_case` on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode {
            $(#[doc = $message] $name,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it travels.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The kind this code belongs to.
            pub const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind,)* }
            }

            /// HTTP status: that of the kind, but for what the protocol itself refuses.
            pub const fn status(self) -> u16 {
                match self {
                    Self::MethodNotAllowed => 405,
                    Self::UnsupportedMediaType => 415,
                    Self::UpgradeRequired => 426,
                    _ => self.kind().status(),
                }
            }

            /// English text used when the place that raised it says nothing more precise.
            pub const fn default_message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

error_codes! {
    Unauthenticated = "unauthenticated", Unauthenticated, "sign in first";
    InvalidCredentials = "invalid_credentials", Unauthenticated, "the name or the password is wrong";
    SessionExpired = "session_expired", Unauthenticated, "this session has ended; sign in again";
    AccountSuspended = "account_suspended", Forbidden, "this account is suspended; ask an administrator";
    Forbidden = "forbidden", Forbidden, "you may not do this";
    MissingPermission = "missing_permission", Forbidden, "you lack the permission for this";
    ChannelArchived = "channel_archived", Forbidden, "this channel is archived and read-only";
    OriginRefused = "origin_refused", Forbidden, "requests from this web origin are refused";
    NotFound = "not_found", NotFound, "there is no such thing, or you may not see it";
    InvitationInvalid = "invitation_invalid", NotFound, "this invitation does not exist, was revoked, is used up or has expired";
    SetupLinkInvalid = "setup_link_invalid", NotFound, "this set-up link is wrong, used or expired; run `plexichat setup --link` for a new one";
    ResetLinkInvalid = "reset_link_invalid", NotFound, "this password link is wrong, used or expired; ask for a new one";
    Invalid = "invalid", Invalid, "the input is not valid";
    InvalidJson = "invalid_json", Invalid, "the body is not valid JSON for this request";
    InvalidQuery = "invalid_query", Invalid, "a query parameter is not valid";
    MethodNotAllowed = "method_not_allowed", Invalid, "this address does not take this method; `Allow` names those it takes";
    UnsupportedMediaType = "unsupported_media_type", Invalid, "send the body as JSON, with Content-Type: application/json";
    UpgradeRequired = "upgrade_required", Invalid, "this address speaks WebSocket; connect with a WebSocket client";
    UnknownField = "unknown_field", Invalid, "the request has a field this server does not know";
    PasswordTooWeak = "password_too_weak", Invalid, "choose a longer or less common password";
    NameTaken = "name_taken", Conflict, "this name is taken";
    Conflict = "conflict", Conflict, "this does not fit the present state";
    NonceReused = "nonce_reused", Conflict, "this nonce was used for another message";
    VersionMismatch = "version_mismatch", Conflict, "it was changed meanwhile; read it again";
    AlreadySetUp = "already_set_up", Conflict, "this instance is already set up";
    LastOwner = "last_owner", Conflict, "a workspace needs at least one owner; name another first";
    ConfirmationNeeded = "confirmation_needed", Conflict, "this reaches many people; send it again with the confirmation";
    IdempotencyKeyReused = "idempotency_key_reused", Conflict, "this Idempotency-Key was used for another request";
    TooLarge = "too_large", TooLarge, "this is larger than allowed";
    LimitReached = "limit_reached", TooLarge, "a limit is reached";
    RateLimited = "rate_limited", RateLimited, "too many requests; wait a moment";
    TooManyAttempts = "too_many_attempts", RateLimited, "too many attempts; wait before the next";
    Rejected = "rejected", Rejected, "a rule of this workspace refused it";
    Unavailable = "unavailable", Unavailable, "the server cannot do this right now; try again";
    Overloaded = "overloaded", Unavailable, "the server is busy; try again in a moment";
    UnknownOutcome = "unknown_outcome", Unavailable, "the connection to the database was lost while saving; repeat the request with the same nonce to learn the outcome";
    ReadOnly = "read_only", Unavailable, "the server is read-only at the moment (disk full or maintenance)";
    Sealed = "sealed", Unavailable, "the server waits for the vault of its root key; try again in a moment";
    ShuttingDown = "shutting_down", Unavailable, "the server is stopping; connect again";
    EpochChanged = "epoch_changed", Conflict, "the server's history was restored; load everything again";
    FrameInvalid = "frame_invalid", Invalid, "the frame is not valid";
    FrameTooLarge = "frame_too_large", TooLarge, "the frame is larger than 64 KiB";
    Internal = "internal", Internal, "something went wrong on the server; the request id helps the administrator find it";
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error as REST answers it: RFC 9457 `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Link to the catalogue entry of the code.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// Short text of the code, always the same for a code.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened here, for a person.
    pub detail: String,
    /// Stable code.
    pub code: ErrorCode,
    /// Path of the wrong input, for instance `text` or `overrides[2].role_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Earliest sensible retry, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Id to find this request in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Facts for programs, by code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn wire_name_equals_table() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_value(code).expect("a unit variant serialises");
            assert_eq!(json, code.as_str());
        }
    }
}
