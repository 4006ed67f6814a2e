//! Pages. Cursor based, at most 200 items, no totals.

use crate::{
    audit::AuditEntryView,
    auth::{InvitationView, SessionView},
    channel::{ChannelHead, ChannelMemberItem, ChannelView},
    message::{MessageView, ThreadView},
    user::{AccountView, UserView},
    workspace::WorkspaceMemberItem,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of a channel's main timeline or of a thread, in ascending number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessagePage {
    /// Messages in ascending number, tombstones included.
    pub messages: Vec<MessageView>,
    /// Whether older ones exist.
    pub more_before: bool,
    /// Whether newer ones exist.
    pub more_after: bool,
    /// Counters read before the rows: the rows are at least as new as `head.version`.
    pub head: ChannelHead,
    /// Profiles of the authors on the page.
    pub users: Vec<UserView>,
}

macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident of $item:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct $name {
            /// Items of this page.
            pub items: Vec<$item>,
            /// Pass as `after` for the next page; absent on the last.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub next: Option<String>,
        }
    )*};
}

pages! {
    /// Members of a workspace.
    WorkspaceMemberPage of WorkspaceMemberItem;
    /// Members of a channel.
    ChannelMemberPage of ChannelMemberItem;
    /// Channels a member may find, or has joined.
    ChannelPage of ChannelView;
    /// Threads of a channel, newest activity first.
    ThreadPage of ThreadView;
    /// Invitations of a workspace.
    InvitationPage of InvitationView;
    /// Sessions of the caller.
    SessionPage of SessionView;
    /// Accounts.
    UserPage of UserView;
    /// Accounts with what only their owner and administrators see.
    AccountPage of AccountView;
    /// Entries of the audit log, newest first.
    AuditPage of AuditEntryView;
}
