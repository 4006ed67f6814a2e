//! The catalogue of what is recorded: stable names, one meaning each.
//!
//! A name is never reused; readers of old entries may meet names that are no longer written.

use std::fmt;

macro_rules! actions {
    ($($(#[doc = $about:literal])+ $name:ident = $text:literal,)+) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[doc = $about])+ $name,)+
        }

        impl Action {
            /// All, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it means, for the reference.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($about),+),)+ }
            }
        }
    };
}

actions! {
    /// An account was made by an administrator, an invitation or set-up.
    AccountCreated = "account.created",
    /// Somebody changed their own account.
    AccountUpdated = "account.updated",
    /// An administrator changed status or instance role of an account.
    AccountAdministered = "account.administered",
    /// Somebody signed in.
    SessionOpened = "session.opened",
    /// Somebody signed out.
    SessionClosed = "session.closed",
    /// A session got a new token.
    SessionRefreshed = "session.refreshed",
    /// Sessions were ended before their time.
    SessionRevoked = "session.revoked",
    /// Somebody changed their own password.
    PasswordChanged = "password.changed",
    /// A password was chosen by a link.
    PasswordReset = "password.reset",
    /// An administrator made a link for choosing a new password.
    PasswordLinkCreated = "password.link_created",
    /// The instance got its owner.
    InstanceSetUp = "instance.set_up",
    /// A link was made with which the instance gets its owner.
    SetupLinkCreated = "instance.setup_link_created",
    /// A node took over settings that were changed while it ran.
    ConfigReloaded = "config.reloaded",
    /// A workspace was founded.
    WorkspaceCreated = "workspace.created",
    /// Name or description of a workspace changed.
    WorkspaceUpdated = "workspace.updated",
    /// The role of a member of a workspace changed.
    MemberUpdated = "member.updated",
    /// A member left a workspace or was removed.
    MemberRemoved = "member.removed",
    /// An invitation to a workspace was made.
    InvitationCreated = "invitation.created",
    /// An invitation was withdrawn.
    InvitationRevoked = "invitation.revoked",
    /// Somebody joined a workspace by an invitation.
    InvitationAccepted = "invitation.accepted",
    /// A channel was made.
    ChannelCreated = "channel.created",
    /// Name or topic of a channel changed.
    ChannelUpdated = "channel.updated",
    /// A channel was archived.
    ChannelArchive = "channel.archive",
    /// A channel was brought back from the archive.
    ChannelRestore = "channel.restore",
    /// What a channel allows to whom changed.
    ChannelOverrides = "channel.overrides",
    /// People were let into a channel, by themselves or by others.
    ChannelMembersAdded = "channel.members_added",
    /// Somebody left a channel or was removed.
    ChannelMemberRemoved = "channel.member_removed",
    /// A conversation was opened.
    ConversationOpened = "conversation.opened",
    /// Somebody else's message was deleted.
    MessageRemoved = "message.removed",
    /// Keys are to be replaced.
    KeysRotationOrdered = "keys.rotation_ordered",
    /// Keys are to be destroyed, with all they seal.
    KeysShredOrdered = "keys.shred_ordered",
    /// A second person approved that keys are destroyed.
    KeysShredApproved = "keys.shred_approved",
    /// Keys are not replaced or destroyed after all.
    KeysTaskCancelled = "keys.task_cancelled",
    /// The root key was moved to another vault.
    KeysResealed = "keys.resealed",
    /// A one-time token was made by which a node may join and get the root key.
    NodeInvited = "keys.node_invited",
    /// An invitation of a node was revoked before it was used.
    NodeInvitationRevoked = "keys.node_invitation_revoked",
    /// A node joined: the root key was sealed for its own key.
    NodeJoined = "keys.node_joined",
    /// A node that had joined was removed.
    NodeRemoved = "keys.node_removed",
    /// A certificate of the server is to be renewed now.
    CertificateRenewalOrdered = "certificate.renewal_ordered",
    /// A recovery kit for the root key was made.
    RecoveryKitCreated = "recovery_kit.created",
    /// A recovery kit was entered again, opened the root key, and counts from then on.
    RecoveryKitProven = "recovery_kit.proven",
    /// A recovery kit was removed.
    RecoveryKitRemoved = "recovery_kit.removed",
    /// A lost vault was made good: the root key came from the recovery kit.
    RootKeyRecovered = "root_key.recovered",
    /// The personal data of a person in this log was made unreadable for ever.
    AuditErased = "audit.erased",
    /// Bodies of old entries were dropped; their hashes stay.
    AuditDropped = "audit.dropped",
    /// The log was exported.
    AuditExported = "audit.exported",
    /// Counts of security events that come in floods, of one minute.
    AuditTelemetry = "audit.telemetry",
    /// A node found the log shorter than it had seen it: the database was restored or cut.
    AuditWentBack = "audit.went_back",
}

impl Action {
    /// The action of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
