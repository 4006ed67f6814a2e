//! Invitations by link. Codes travel in bodies, never in addresses.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use plexichat_model::auth::{AcceptInvitation, CreatedInvitation, InvitationCode, InvitationPreview, Joined, NewInvitation};
use plexichat_model::page::InvitationPage;
use plexichat_model::{InvitationId, WorkspaceId};

use super::{Answer, PageQuery};
use crate::api::present::{Created, DONE, session_cookie};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Anybody, Device, Json as Body, Path, Query, Signed};

/// What an invited person sees before joining
#[utoipa::path(post, path = "/invitations/preview", tag = "auth", request_body = InvitationCode,
    responses((status = OK, body = InvitationPreview)))]
pub(crate) async fn preview_invitation(State(app): State<App>, Body(code): Body<InvitationCode>) -> Answer<InvitationPreview> {
    Ok(Json(app.messaging.preview_invitation(&code).await?))
}

/// Join a workspace by a link, with a new account or signed in
#[utoipa::path(post, path = "/invitations/accept", tag = "auth", request_body = AcceptInvitation,
    responses((status = CREATED, body = Joined)))]
pub(crate) async fn accept_invitation(
    State(app): State<App>,
    Anybody(caller): Anybody,
    Device(device): Device,
    Body(accept): Body<AcceptInvitation>,
) -> ApiResult<Response> {
    let transport = accept.transport;
    let session = app.messaging.accept_invitation(&caller, accept, device).await?;
    let cookie = session.token.map(|token| session_cookie(&app, transport, &token)).unwrap_or_default();
    Ok((cookie, Created(session.joined)).into_response())
}

/// Make an invitation link
#[utoipa::path(post, path = "/workspaces/{workspace_id}/invitations", tag = "workspaces", request_body = NewInvitation,
    params(("workspace_id" = WorkspaceId, Path)), responses((status = CREATED, body = CreatedInvitation)))]
pub(crate) async fn create_invitation(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(workspace_id): Path<WorkspaceId>,
    Body(new): Body<NewInvitation>,
) -> ApiResult<Created<CreatedInvitation>> {
    Ok(Created(app.messaging.create_invitation(&caller, workspace_id, new).await?))
}

/// Invitations of a workspace, newest first
#[utoipa::path(get, path = "/workspaces/{workspace_id}/invitations", tag = "workspaces",
    params(("workspace_id" = WorkspaceId, Path), PageQuery), responses((status = OK, body = InvitationPage)))]
pub(crate) async fn list_invitations(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(workspace_id): Path<WorkspaceId>,
    Query(page): Query<PageQuery>,
) -> Answer<InvitationPage> {
    Ok(Json(app.messaging.list_invitations(&caller, workspace_id, page.after.as_deref(), page.limit).await?))
}

/// End an invitation
#[utoipa::path(delete, path = "/workspaces/{workspace_id}/invitations/{invitation_id}", tag = "workspaces",
    params(("workspace_id" = WorkspaceId, Path), ("invitation_id" = InvitationId, Path)),
    responses((status = NO_CONTENT, description = "Ended")))]
pub(crate) async fn revoke_invitation(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((workspace_id, invitation_id)): Path<(WorkspaceId, InvitationId)>,
) -> ApiResult<StatusCode> {
    app.messaging.revoke_invitation(&caller, workspace_id, invitation_id).await?;
    Ok(DONE)
}
