//! The instance itself.

use crate::{Client, Result, http::Call};
use plexichat_model::system::{Health, SystemStatus};

impl Client {
    /// State of the node that answers (administrators).
    pub async fn get_status(&self) -> Result<SystemStatus> {
        self.call(Call::get("/system/status")).await
    }

    /// Whether the server can work, and if not, what it lacks.
    pub async fn get_readiness(&self) -> Result<Health> {
        self.call(Call::get("/health/ready").or(http::StatusCode::SERVICE_UNAVAILABLE)).await
    }
}
