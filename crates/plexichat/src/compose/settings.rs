//! Hands settings that changed while running to the parts that take them.

use async_trait::async_trait;
use plexichat_audit::{Action, Auditor};
use plexichat_auth::{Auth, AuthOptions};
use plexichat_kernel::{
    Caller, Result, Shutdown, Worker,
    config::{Config, ConfigHandle},
};
use plexichat_server::{ServerOptions, Tuning};

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
        follow(&self.config, &shutdown, |config| {
            let options = AuthOptions::from(&config.auth);
            if options != *self.auth.options() {
                self.auth.configure(options);
            }
        })
        .await;
        Ok(())
    }
}

/// Writes into the audit log which settings were changed: their names, never their values.
pub(super) struct RecordedSettings {
    pub(super) auditor: Auditor,
    pub(super) config: ConfigHandle,
}

#[async_trait]
impl Worker for RecordedSettings {
    fn name(&self) -> &'static str {
        "recorded_settings"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let mut changed = self.config.watch();
        let mut seen = changed.borrow_and_update().clone();
        while matches!(shutdown.run_until(changed.changed()).await, Some(Ok(()))) {
            let present = changed.borrow_and_update().clone();
            let keys = seen.live_changes(&present);
            seen = present;
            let record = self.auditor.record(&Caller::system("settings changed"), Action::ConfigReloaded).await?;
            let node = self.auditor.journal().ids().node();
            self.auditor.write(record.with("keys", keys).with("node", node)).await?;
        }
        Ok(())
    }
}

/// Follows what the server takes while it runs: rates, bounds, timeouts, trust.
pub(super) struct ServerSettings {
    pub(super) tuning: Tuning,
    pub(super) config: ConfigHandle,
}

#[async_trait]
impl Worker for ServerSettings {
    fn name(&self) -> &'static str {
        "server_settings"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        follow(&self.config, &shutdown, |config| self.tuning.apply(server_options(config))).await;
        Ok(())
    }
}

/// The options of the server in this configuration.
pub(super) fn server_options(config: &Config) -> ServerOptions {
    ServerOptions::from_config(config)
}

/// Hands over the configuration in force now and whenever it changes.
async fn follow(config: &ConfigHandle, shutdown: &Shutdown, mut apply: impl FnMut(&Config) + Send) {
    let mut changed = config.watch();
    loop {
        let present = changed.borrow_and_update().clone();
        apply(&present);
        // An error: the configuration is gone, and with it every change.
        if !matches!(shutdown.run_until(changed.changed()).await, Some(Ok(()))) {
            return;
        }
    }
}
