//! Who may do what: the pure calculator and the values that prove a permission.
//!
//! A verb that changes or reads something takes a [`ChannelAccess`], [`WorkspaceAccess`] or [`AdminAccess`];
//! only this crate makes them. Each carries the access versions it was made under ([`stamps`](ChannelAccess::stamps)):
//! a commit compares them under the lock and calls [`recheck`](ChannelAccess::recheck) when one is stale, a read
//! calls [`confirm`](ChannelAccess::confirm) after its rows. So correctness rests on the database alone, on any
//! number of nodes, with or without a bus. Cached values are exact as of their stamps; nothing is dropped by time.

mod admin;
pub mod calculator;
pub(crate) mod channel;
mod event;
mod follow;
pub mod roles;
pub(crate) mod store;
mod visibility;
pub(crate) mod workspace;

pub use admin::AdminAccess;
pub use channel::{ChannelAccess, ChannelInfo, Membership};
pub use workspace::{WorkspaceAccess, WorkspaceInfo, WorkspaceMembership};

use plexichat_kernel::{Caller, Error};
use plexichat_model::{ErrorCode, permission::Permission};

/// Writes down that the server itself goes past permissions, and why.
pub(crate) fn audit(caller: &Caller, what: &dyn std::fmt::Display) {
    if let Some(reason) = caller.system_reason() {
        tracing::info!(target: "audit", reason, request = caller.request_id(), "the system has access to {what}");
    }
}

/// The refusal that names what is missing.
pub(crate) fn missing(permission: Permission) -> Error {
    Error::new(ErrorCode::MissingPermission, format!("you lack the permission for this: {}", permission.describe()))
        .with_details(serde_json::json!({ "permission": permission }))
}
