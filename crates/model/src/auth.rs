//! Sign-in, sessions, set-up and invitations on the wire.
//!
//! Secrets (passwords, tokens, codes) appear in requests, and in exactly one answer each: the one that creates them.
//! Not here: how they are checked and stored (`core/auth`).

use crate::{
    InvitationId, SessionId, Timestamp, UserId, WorkspaceId, permission::Role, user::AccountView, workspace::WorkspaceView,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the token of a new session is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenTransport {
    /// In an `HttpOnly`, `SameSite=Lax` cookie; for browsers. The token is not in the body.
    #[default]
    Cookie,
    /// In the body, to be sent as `Authorization: Bearer …`; for programs.
    Bearer,
}

/// `POST /auth/login`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Handle or e-mail address.
    #[expect(clippy::struct_field_names, reason = "the field's standard name on the wire")]
    pub login: String,
    /// Password, at most 1024 bytes.
    pub password: String,
    /// Cookie or bearer.
    #[serde(default)]
    pub transport: TokenTransport,
    /// What the session list shows, for instance `Firefox on Linux`; at most 120 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
}

/// A new session.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    /// Who is signed in.
    pub account: AccountView,
    /// The session.
    pub session: SessionView,
    /// The token, with `transport: bearer` only; shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A session of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Session id.
    pub id: SessionId,
    /// Name of the device.
    pub device_name: String,
    /// When it began.
    pub created_at: Timestamp,
    /// Last use (to the minute).
    pub last_seen_at: Timestamp,
    /// When it ends unless used (sliding, at most the absolute bound).
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// `POST /auth/password`: change of one's own password. Ends all other sessions.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// Present password.
    pub current: String,
    /// New password.
    pub new: String,
}

/// `POST /auth/reset`: new password by a one-time link. Ends all sessions.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// Code of the link.
    pub code: String,
    /// New password.
    pub password: String,
}

/// A one-time link an administrator hands over.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct OneTimeLink {
    /// Path below the public address, for instance `/reset#CODE`.
    pub path: String,
    /// Code of the link; shown once.
    pub code: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// `GET /setup`: whether the instance waits for its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetupState {
    /// True until an owner exists.
    pub needed: bool,
    /// Version of the server.
    pub server_version: String,
    /// Shortest accepted password, characters.
    pub min_password_chars: u32,
}

/// `POST /setup`: creates owner, workspace and first channel with the one-time code.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Code of the one-time link.
    pub code: String,
    /// The owner's account.
    pub owner: NewAccount,
    /// Name of the first workspace.
    pub workspace_name: String,
    /// Cookie or bearer.
    #[serde(default)]
    pub transport: TokenTransport,
}

/// A new account with a password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Unique handle.
    pub handle: String,
    /// Name shown to people.
    pub display_name: String,
    /// Password.
    pub password: String,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Answer of set-up and of an accepted invitation.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Joined {
    /// The new session.
    #[serde(flatten)]
    pub signed_in: SignedIn,
    /// The workspace joined.
    pub workspace: WorkspaceView,
    /// The channel to show first.
    pub channel_id: crate::ChannelId,
}

/// `POST /workspaces/{id}/invitations`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Role given; never above the inviter's own.
    pub role: Role,
    /// Number of uses, 1–10,000; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// Life in hours, 1–8,760; if absent, the server's `auth.invitation_days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_hours: Option<u32>,
    /// Channels joined besides the workspace's default channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channel_ids: Vec<crate::ChannelId>,
}

/// An invitation as its makers see it. The code is shown once, in [`CreatedInvitation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// Invitation id.
    pub id: InvitationId,
    /// Workspace.
    pub workspace_id: WorkspaceId,
    /// Role given.
    pub role: Role,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Number of uses allowed.
    pub max_uses: u32,
    /// Number of uses so far.
    pub uses: u32,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// A new invitation with its link.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedInvitation {
    /// The invitation.
    pub invitation: InvitationView,
    /// Path below the public address: `/invite#CODE`.
    pub path: String,
    /// Code; shown once.
    pub code: String,
}

/// What an invited person sees before joining (`POST /invitations/preview`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationPreview {
    /// Workspace's name.
    pub workspace_name: String,
    /// Who invited.
    pub invited_by: String,
    /// Role given.
    pub role: Role,
    /// Names of the channels joined.
    pub channels: Vec<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Body of `POST /invitations/preview`: the code travels in a body, never in an address.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationCode {
    /// Code of the link.
    pub code: String,
}

/// `POST /invitations/accept`: with a new account, or signed in without one.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// Code of the link.
    pub code: String,
    /// The new account; absent when signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<NewAccount>,
    /// Cookie or bearer.
    #[serde(default)]
    pub transport: TokenTransport,
}
