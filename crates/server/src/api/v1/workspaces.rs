//! Workspaces.

use axum::Json;
use axum::extract::State;
use plexichat_model::WorkspaceId;
use plexichat_model::workspace::{NewWorkspace, WorkspacePatch, WorkspaceState, WorkspaceView};

use super::Answer;
use crate::api::present::{Created, Versioned};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{IfMatch, Json as Body, Path, Signed};

/// Workspaces of the caller
#[utoipa::path(get, path = "/workspaces", tag = "workspaces", responses((status = OK, body = Vec<WorkspaceState>)))]
pub(crate) async fn list_workspaces(State(app): State<App>, Signed(caller): Signed) -> Answer<Vec<WorkspaceState>> {
    Ok(Json(app.messaging.list_workspaces(&caller).await?))
}

/// Create a workspace
#[utoipa::path(post, path = "/workspaces", tag = "workspaces", request_body = NewWorkspace,
    responses((status = CREATED, body = WorkspaceState)))]
pub(crate) async fn create_workspace(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(new): Body<NewWorkspace>,
) -> ApiResult<Created<WorkspaceState>> {
    Ok(Created(app.messaging.create_workspace(&caller, new).await?))
}

/// A workspace as the caller holds it
#[utoipa::path(get, path = "/workspaces/{workspace_id}", tag = "workspaces", params(("workspace_id" = WorkspaceId, Path)),
    responses((status = OK, body = WorkspaceState)))]
pub(crate) async fn get_workspace(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(workspace_id): Path<WorkspaceId>,
) -> ApiResult<Versioned<WorkspaceState>> {
    let state = app.messaging.get_workspace(&caller, workspace_id).await?;
    Ok(Versioned(state.workspace.version, state))
}

/// Change a workspace
#[utoipa::path(patch, path = "/workspaces/{workspace_id}", tag = "workspaces", params(("workspace_id" = WorkspaceId, Path)),
    request_body = WorkspacePatch, responses((status = OK, body = WorkspaceView)))]
pub(crate) async fn update_workspace(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(workspace_id): Path<WorkspaceId>,
    IfMatch(version): IfMatch,
    Body(patch): Body<WorkspacePatch>,
) -> ApiResult<Versioned<WorkspaceView>> {
    let workspace = app.messaging.update_workspace(&caller, workspace_id, patch, version).await?;
    Ok(Versioned(workspace.version, workspace))
}
