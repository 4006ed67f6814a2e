//! Hands settings that changed while running to the parts that take them.

use async_trait::async_trait;
use plexichat_auth::{Auth, AuthOptions};
use plexichat_kernel::{Result, Shutdown, Worker, config::ConfigHandle};

/// Follows the `auth` section.
pub(super) struct AuthSettings {
    pub(super) auth: Auth,
    pub(super) config: ConfigHandle,
}

#[async_trait]
impl Worker for AuthSettings {
    fn name(&self) -> &'static str {
        "auth_settings"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let mut changed = self.config.watch();
        loop {
            let options = AuthOptions::from(&changed.borrow_and_update().auth);
            if options != *self.auth.options() {
                self.auth.configure(options);
            }
            match shutdown.run_until(changed.changed()).await {
                Some(Ok(())) => {}
                // The configuration is gone or the server stops: nothing more can change.
                Some(Err(_)) | None => return Ok(()),
            }
        }
    }
}
