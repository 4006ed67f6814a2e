//! Keys that are replaced or destroyed.

use crate::{Client, Result, http::Call};
use plexichat_model::{
    KeyTaskId,
    key_tasks::{KeyTaskList, KeyTaskView, NewKeyTask},
};

impl Client {
    /// Tasks on keys, newest first (administrators).
    pub async fn list_key_tasks(&self) -> Result<KeyTaskList> {
        self.call(Call::get("/admin/keys/tasks")).await
    }

    /// Asks for keys to be replaced or destroyed (administrators).
    pub async fn order_key_task(&self, new: &NewKeyTask) -> Result<KeyTaskView> {
        self.call(Call::post("/admin/keys/tasks").json(new)?).await
    }

    /// Approves that keys are destroyed, as a second administrator.
    pub async fn approve_key_task(&self, task_id: KeyTaskId) -> Result<KeyTaskView> {
        self.call(Call::post(format!("/admin/keys/tasks/{task_id}/approve"))).await
    }

    /// Gives up a task that has not begun (administrators).
    pub async fn cancel_key_task(&self, task_id: KeyTaskId) -> Result<KeyTaskView> {
        self.call(Call::delete(format!("/admin/keys/tasks/{task_id}"))).await
    }
}
