//! `plexichat serve`.

use super::{
    context::{Context, address_of},
    output, setup,
};
use crate::compose::{Node, database_name};
use plexichat_kernel::{Error, Result, Shutdown, config::Config, logging, tasks};
use std::net::SocketAddr;

/// Run the server
///
/// With nothing configured it keeps everything in ./plexichat-data and listens on 127.0.0.1:8420. On the first start
/// it prints a one-time link to set it up. Stops on SIGTERM and Ctrl-C, after letting requests end.
#[derive(clap::Args)]
pub(super) struct Serve {}

impl Serve {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let (config, loaded) = context.load_live()?;
        let log = logging::init(&loaded.config.logging)?;
        let metrics = logging::metrics::install()?;
        for warning in &loaded.warnings {
            tracing::warn!("configuration: {warning}");
        }
        let (shutdown, now) = (Shutdown::new(), Shutdown::new());
        listen_for_signals(shutdown.clone(), now.clone())?;
        let starting = Box::pin(Node::start(&config, log, metrics));
        let Some(node) = shutdown.run_until(starting).await else { return Ok(()) };
        let node = node?;
        announce(context, &loaded.config, &node).await?;
        let address = node.address()?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, "the server is ready");
        if let Some(served) = now.run_until(Box::pin(node.serve(shutdown))).await {
            served?;
        } else {
            // What was acknowledged is on disk; the rest was told that its outcome is unknown.
            tracing::warn!("the server stopped at once");
        }
        tracing::info!("the server has stopped");
        Ok(())
    }
}

/// Tells the person who started it where it is. The set-up link goes here and never into the log.
async fn announce(context: &Context, config: &Config, node: &Node) -> anyhow::Result<()> {
    let address = shown_address(config, node.address()?);
    let link = node.core.auth.ensure_setup_code().await?;
    if context.is_json() {
        let url = link.as_ref().map(|link| format!("{address}{}", link.path));
        let redirect = node.redirect_address();
        return output::json_line(&serde_json::json!({ "address": address, "setup_url": url, "redirect_address": redirect }));
    }
    output::line(format!("PlexiChat {} at {address}", env!("CARGO_PKG_VERSION")))?;
    let directory = config.server.data_dir.display();
    output::line(format!("  data in {directory}, {}", database_name(&node.core.db)))?;
    if let Some(metrics) = node.metrics_address() {
        output::line(format!("  metrics at http://{metrics}/metrics"))?;
    }
    if let Some(redirect) = node.redirect_address() {
        output::line(format!("  http://{redirect} sends browsers to https"))?;
    }
    output::line("")?;
    match link {
        Some(link) => setup::tell_link(&address, &link)?,
        None => output::line(format!("Open {address}"))?,
    }
    Ok(output::line("")?)
}

/// As configured, but with the port the system gave when any was asked for.
fn shown_address(config: &Config, bound: SocketAddr) -> String {
    let mut config = config.clone();
    config.server.bind = bound;
    address_of(&config)
}

/// The first signal triggers `stop`, the second one `now`.
fn listen_for_signals(stop: Shutdown, now: Shutdown) -> Result<()> {
    let mut signals = Signals::listen()?;
    tasks::spawn("signals", async move {
        signals.next().await;
        tracing::info!("stopping; a second signal stops at once");
        stop.trigger();
        signals.next().await;
        now.trigger();
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(Error::internal);
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Where there is no SIGTERM, Ctrl-C alone.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "listening may fail elsewhere")]
    fn listen() -> Result<Self, Error> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
