//! Members of workspaces.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use plexichat_messaging::MemberQuery;
use plexichat_model::page::WorkspaceMemberPage;
use plexichat_model::workspace::{WorkspaceMemberPatch, WorkspaceMemberView};
use plexichat_model::{UserId, WorkspaceId};

use super::{Answer, PeopleQuery};
use crate::api::present::{DONE, Versioned};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{IfMatch, Json as Body, Path, Query, Signed};

/// Members of a workspace, by handle
#[utoipa::path(get, path = "/workspaces/{workspace_id}/members", tag = "workspaces",
    params(("workspace_id" = WorkspaceId, Path), PeopleQuery), responses((status = OK, body = WorkspaceMemberPage)))]
pub(crate) async fn list_workspace_members(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(workspace_id): Path<WorkspaceId>,
    Query(query): Query<PeopleQuery>,
) -> Answer<WorkspaceMemberPage> {
    let query = MemberQuery { q: query.q, after: query.after, limit: query.limit };
    Ok(Json(app.messaging.list_workspace_members(&caller, workspace_id, &query).await?))
}

/// Give a member another role
#[utoipa::path(patch, path = "/workspaces/{workspace_id}/members/{user_id}", tag = "workspaces",
    params(("workspace_id" = WorkspaceId, Path), ("user_id" = UserId, Path)), request_body = WorkspaceMemberPatch,
    responses((status = OK, body = WorkspaceMemberView)))]
pub(crate) async fn update_workspace_member(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((workspace_id, user_id)): Path<(WorkspaceId, UserId)>,
    IfMatch(version): IfMatch,
    Body(patch): Body<WorkspaceMemberPatch>,
) -> ApiResult<Versioned<WorkspaceMemberView>> {
    let member = app.messaging.update_workspace_member(&caller, workspace_id, user_id, patch, version).await?;
    Ok(Versioned(member.version, member))
}

/// Remove a member; oneself: leave
#[utoipa::path(delete, path = "/workspaces/{workspace_id}/members/{user_id}", tag = "workspaces",
    params(("workspace_id" = WorkspaceId, Path), ("user_id" = UserId, Path)),
    responses((status = NO_CONTENT, description = "Removed")))]
pub(crate) async fn remove_workspace_member(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((workspace_id, user_id)): Path<(WorkspaceId, UserId)>,
) -> ApiResult<StatusCode> {
    app.messaging.remove_workspace_member(&caller, workspace_id, user_id).await?;
    Ok(DONE)
}
