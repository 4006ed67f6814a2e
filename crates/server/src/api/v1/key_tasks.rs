//! Keys that are replaced or destroyed, for those who run the instance.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use plexichat_model::KeyTaskId;
use plexichat_model::key_tasks::{KeyTaskList, KeyTaskView, NewKeyTask};

use super::Answer;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{self, Path, Signed};

/// Tasks on keys, newest first
#[utoipa::path(get, path = "/admin/keys/tasks", tag = "admin", responses((status = OK, body = KeyTaskList)))]
pub(crate) async fn list_key_tasks(State(app): State<App>, Signed(caller): Signed) -> Answer<KeyTaskList> {
    Ok(Json(KeyTaskList { items: app.messaging.list_key_tasks(&caller).await? }))
}

/// Replace keys, or destroy them with all they seal
///
/// Destroying begins after a time of grace (`keys.shred_grace_hours`), and if `keys.shred_needs_approval` says so when a
/// second administrator has approved. What was destroyed can be read by nobody any more, in no backup either.
#[utoipa::path(post, path = "/admin/keys/tasks", tag = "admin", request_body = NewKeyTask,
    responses((status = CREATED, body = KeyTaskView)))]
pub(crate) async fn order_key_task(
    State(app): State<App>,
    Signed(caller): Signed,
    extract::Json(new): extract::Json<NewKeyTask>,
) -> ApiResult<(StatusCode, Json<KeyTaskView>)> {
    let policy = app.guard.options.load().shredding;
    Ok((StatusCode::CREATED, Json(app.messaging.order_key_task(&caller, &new, policy).await?)))
}

/// Approve that keys are destroyed, as a second administrator
#[utoipa::path(post, path = "/admin/keys/tasks/{task_id}/approve", tag = "admin", params(("task_id" = KeyTaskId, Path)),
    responses((status = OK, body = KeyTaskView)))]
pub(crate) async fn approve_key_task(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(task_id): Path<KeyTaskId>,
) -> Answer<KeyTaskView> {
    Ok(Json(app.messaging.approve_key_task(&caller, task_id).await?))
}

/// Give up a task that has not begun
#[utoipa::path(delete, path = "/admin/keys/tasks/{task_id}", tag = "admin", params(("task_id" = KeyTaskId, Path)),
    responses((status = OK, body = KeyTaskView)))]
pub(crate) async fn cancel_key_task(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(task_id): Path<KeyTaskId>,
) -> Answer<KeyTaskView> {
    Ok(Json(app.messaging.cancel_key_task(&caller, task_id).await?))
}
