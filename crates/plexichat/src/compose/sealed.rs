//! Waiting for the vault of the root key, with open doors.

use super::{settings::server_options, tls};
use plexichat_database::Db;
use plexichat_kernel::{
    Clock, Error, Result, Shutdown,
    config::{ConfigHandle, TlsMode},
    logging::metrics::Metrics,
    tasks::{self, Backoff},
};
use plexichat_keys::vault::{KeyVault, is_out_of_reach};
use plexichat_server::{SealedReason, SealedServer};
use std::time::Duration;

/// How soon a vault is asked again, first and at most.
const FIRST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(30);

/// Stops the listeners also when the start is given up.
struct Stop(Shutdown);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.trigger();
    }
}

/// Returns when the vault is there; until then the node answers that it is sealed. Errors that do not pass end it.
pub(super) async fn wait(config: &ConfigHandle, db: &Db, vault: &dyn KeyVault, metrics: &Metrics, clock: &Clock) -> Result<()> {
    if !vault.can_be_out_of_reach() {
        return Ok(());
    }
    let mut error = match plexichat_keys::reach(db, vault).await {
        Err(error) if is_out_of_reach(&error) => error,
        other => return other,
    };
    let (present, reason) = (config.current(), SealedReason::new(error.message()));
    let tls = match present.tls.mode {
        TlsMode::Files => tls::from_files(config, clock.clone()).await?.server,
        TlsMode::Acme => {
            tracing::warn!("the certificate is sealed too: server.bind stays closed until the vault is back");
            None
        }
        TlsMode::Off => None,
    };
    let server = SealedServer::bind(server_options(&present), tls, clock.clone(), reason.clone())?;
    let (stop, metrics) = (Stop(Shutdown::new()), metrics.clone());
    let serving = tasks::spawn("sealed_server", server.serve(Box::new(move || metrics.render()), stop.0.clone()));
    let mut backoff = Backoff::new(FIRST, MOST);
    let outcome = loop {
        let delay = backoff.next_delay();
        reason.set(error.message());
        tracing::warn!(again_in_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), %error, "the node is sealed");
        tokio::time::sleep(delay).await;
        match plexichat_keys::reach(db, vault).await {
            Err(next) if is_out_of_reach(&next) => error = next,
            other => break other,
        }
    };
    stop.0.trigger();
    serving.await.map_err(Error::internal)?;
    if outcome.is_ok() {
        tracing::info!("the vault is there; the node starts");
    }
    outcome
}
