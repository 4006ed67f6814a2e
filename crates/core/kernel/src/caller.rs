//! Who acts: the first argument of every public verb.
//!
//! A [`Caller`] is made where a credential is checked (`core/auth`) and is only carried from there
//! on. It says who acts and from where; what they may do is decided by the access values of
//! `core/auth`, never by looking at the caller alone. [`Caller::system`] is the only way around
//! permissions, names its reason, and is audited.

use std::net::IpAddr;
use std::sync::Arc;

use plexichat_model::permission::InstanceRole;
use plexichat_model::{ErrorCode, SessionId, UserId};

use crate::error::{Error, Result};

/// The account of the instance itself. Generated ids are far above it, so it can never be taken.
pub const SYSTEM_ACCOUNT: UserId = UserId(1);

/// Who acts, and from where. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller(Arc<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    account: Option<UserId>,
    kind: CallerKind,
    instance_role: InstanceRole,
    request_id: Arc<str>,
    address: Option<IpAddr>,
}

/// By what right somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// Nobody is signed in.
    Anonymous,
    /// A person, by a session.
    Session {
        /// The session whose token was shown.
        session_id: SessionId,
    },
    /// A program, by the token of a bot account.
    Bot {
        /// The session that stands for the token.
        session_id: SessionId,
    },
    /// The server itself.
    System {
        /// Why, for the audit log.
        reason: &'static str,
    },
}

impl Caller {
    /// Nobody is signed in.
    pub fn anonymous() -> Self {
        Self::from_parts(None, CallerKind::Anonymous, InstanceRole::Member)
    }

    /// A person with a valid session.
    pub fn session(account: UserId, session_id: SessionId, role: InstanceRole) -> Self {
        Self::from_parts(Some(account), CallerKind::Session { session_id }, role)
    }

    /// A program with a valid token.
    pub fn bot(account: UserId, session_id: SessionId, role: InstanceRole) -> Self {
        Self::from_parts(Some(account), CallerKind::Bot { session_id }, role)
    }

    /// The server itself, past all permissions; `reason` is written to the audit log.
    pub fn system(reason: &'static str) -> Self {
        Self::from_parts(Some(SYSTEM_ACCOUNT), CallerKind::System { reason }, InstanceRole::Owner)
    }

    fn from_parts(account: Option<UserId>, kind: CallerKind, instance_role: InstanceRole) -> Self {
        Self(Arc::new(Inner { account, kind, instance_role, request_id: Arc::from(""), address: None }))
    }

    /// Adds which request this is and where it came from.
    #[must_use]
    pub fn with_request(self, request_id: impl Into<Arc<str>>, address: Option<IpAddr>) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.request_id = request_id.into();
        inner.address = address;
        Self(Arc::new(inner))
    }

    /// The account that acts; [`ErrorCode::Unauthenticated`] when nobody is signed in.
    pub fn account(&self) -> Result<UserId> {
        self.0.account.ok_or_else(|| Error::of(ErrorCode::Unauthenticated))
    }

    /// The account that acts, if somebody is signed in.
    pub fn account_if_any(&self) -> Option<UserId> {
        self.0.account
    }

    /// By what right they act.
    pub fn kind(&self) -> CallerKind {
        self.0.kind
    }

    /// The session whose token was shown, if there is one.
    pub fn session_id(&self) -> Option<SessionId> {
        match self.0.kind {
            CallerKind::Session { session_id } | CallerKind::Bot { session_id } => Some(session_id),
            CallerKind::Anonymous | CallerKind::System { .. } => None,
        }
    }

    /// Why the server itself acts, if it does.
    pub fn system_reason(&self) -> Option<&'static str> {
        match self.0.kind {
            CallerKind::System { reason } => Some(reason),
            _ => None,
        }
    }

    /// Whether the server itself acts.
    pub fn is_system(&self) -> bool {
        self.system_reason().is_some()
    }

    /// Role on the instance.
    pub fn instance_role(&self) -> InstanceRole {
        self.0.instance_role
    }

    /// Id of the request in the logs; empty when no request led here.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The client's address, if a request led here and its address is known.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_no_account() {
        let caller = Caller::anonymous();
        assert_eq!(caller.account().expect_err("nobody").code(), ErrorCode::Unauthenticated);
        assert!(!caller.is_system());
    }

    #[test]
    fn the_system_names_its_reason() {
        let caller = Caller::system("retention");
        assert_eq!(caller.system_reason(), Some("retention"));
        assert_eq!(caller.account().expect("has one"), SYSTEM_ACCOUNT);
        assert_eq!(caller.session_id(), None);
    }

    #[test]
    fn a_request_is_carried_along() {
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        let caller = Caller::session(UserId(9), SessionId(8), InstanceRole::Member).with_request("abc", address);
        assert_eq!(caller.request_id(), "abc");
        assert_eq!(caller.clone().address(), address);
        assert_eq!(caller.session_id(), Some(SessionId(8)));
    }
}
