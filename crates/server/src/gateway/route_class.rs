//! What kind of work a request is, for the rate limits.

use axum::http::Method;

use super::origin::GATEWAY;

/// Kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// Tries a password, a code or a link.
    Credentials,
    /// Opens a socket.
    Handshake,
    /// Reads.
    Read,
    /// Changes something.
    Write,
    /// Sends, edits or deletes a message.
    Message,
    /// Administers the instance.
    Admin,
    /// Not limited: health, pages and assets of the web client.
    Free,
}

const CREDENTIALS: [&str; 6] = [
    "/api/v1/setup",
    "/api/v1/auth/login",
    "/api/v1/auth/reset",
    "/api/v1/auth/password",
    "/api/v1/invitations/preview",
    "/api/v1/invitations/accept",
];

const ADMIN: [&str; 3] = ["/api/v1/users", "/api/v1/users/{user_id}", "/api/v1/users/{user_id}/password-link"];

const MESSAGES: [&str; 2] = ["/api/v1/channels/{channel_id}/messages", "/api/v1/channels/{channel_id}/messages/{message_id}"];

impl Class {
    /// The class of a request, by the pattern of its route.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        match path {
            GATEWAY => Self::Handshake,
            _ if !path.starts_with("/api/v1/") => Self::Free,
            "/api/v1/system/status" => Self::Admin,
            _ if path.starts_with("/api/v1/admin/") => Self::Admin,
            _ if !is_safe && ADMIN.contains(&path) => Self::Admin,
            _ if !is_safe && MESSAGES.contains(&path) => Self::Message,
            _ if !is_safe && CREDENTIALS.contains(&path) => Self::Credentials,
            _ if is_safe => Self::Read,
            _ => Self::Write,
        }
    }

    /// Name in headers and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Handshake => "handshakes",
            Self::Read => "reads",
            Self::Write => "writes",
            Self::Message => "messages",
            Self::Admin => "admin",
            Self::Free => "free",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        assert_eq!(Class::of(&Method::POST, "/api/v1/auth/login"), Class::Credentials);
        assert_eq!(Class::of(&Method::GET, "/api/v1/setup"), Class::Read);
        assert_eq!(Class::of(&Method::GET, "/api/v1/gateway"), Class::Handshake);
        assert_eq!(Class::of(&Method::POST, "/api/v1/channels/{channel_id}/messages"), Class::Message);
        assert_eq!(Class::of(&Method::GET, "/assets/x.js"), Class::Free);
    }
}
