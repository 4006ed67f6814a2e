//! A running server: a core, its workers and its listeners.

use super::{
    Core, Role, base,
    joining::JoinEntries,
    sealed,
    settings::{AuthSettings, RecordedSettings, ServerSettings, server_options},
    take_data_dir, tls, vault,
};
use plexichat_audit::{Days, Mark, Retention, Sequencer};
use plexichat_database::DataDirLock;
use plexichat_events::{
    jobs::JobRunner,
    outbox::{Poller, Trimmer},
};
use plexichat_kernel::{
    Clock, Result, Shutdown, Supervisor,
    config::{ConfigHandle, ReloadWorker, RunningNote},
    logging::{
        LevelWorker, LogHandle,
        metrics::{Metrics, UpkeepWorker},
    },
};
use plexichat_keys::{KeyKeeper, Tender, nodes::Admission};
use plexichat_messaging::Housekeeping;
use plexichat_server::{Parts, Server};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// What workers get to end after the listeners have.
const WORKERS: Duration = Duration::from_secs(10);

/// A server that holds its data directory and its addresses.
pub struct Node {
    /// What everything stands on.
    pub core: Core,
    server: Server,
    supervisor: Supervisor,
    _note: Option<RunningNote>,
    _data_dir: DataDirLock,
}

impl Node {
    /// Starts everything but answering: who asks waits until [`Node::serve`].
    pub async fn start(config: &ConfigHandle, log: LogHandle, metrics: Metrics) -> Result<Self> {
        Self::start_at(config, log, metrics, Clock::system()).await
    }

    /// The same by another clock: tests push time ahead.
    pub async fn start_at(config: &ConfigHandle, log: LogHandle, metrics: Metrics, clock: Clock) -> Result<Self> {
        let present = config.current();
        let data_dir = take_data_dir(&present.server.data_dir)?;
        let note = RunningNote::write(&present.server.data_dir, config)
            .inspect_err(|error| tracing::warn!(%error, "`config check` cannot tell what needs a restart"));
        let (db, vault) = (base::migrated(&present).await?, vault(&present)?);
        sealed::wait(config, &db, vault.as_ref(), &metrics, &clock).await?;
        let core = Core::start_on(db, &present, Role::Server, clock, Arc::clone(&vault)).await?;
        remind_of_the_kit(&core).await?;
        let supervisor = Supervisor::new(Shutdown::new());
        let journal = &core.journal;
        supervisor.start(core.keeper.clone())?;
        supervisor.start(Arc::new(Poller::new(journal.clone())))?;
        supervisor.start(Arc::new(Trimmer::new(journal.clone())))?;
        supervisor.start(Arc::new(JobRunner::new(journal.clone(), core.messaging.job_handlers())))?;
        supervisor.start(Arc::new(core.auth.session_sweeper()))?;
        let settle = Duration::from_secs(u64::from(present.keys.settle_seconds));
        let (keys, contents) = (core.messaging.keys().clone(), Arc::new(core.messaging.clone()));
        supervisor.start(Arc::new(KeyKeeper::new(keys, contents, Arc::clone(&core.ledger), settle)))?;
        let audit = core.auth.audit();
        let entries = Arc::new(JoinEntries { auditor: audit.clone() });
        supervisor.start(Arc::new(Admission::new(core.messaging.keys().clone(), entries)))?;
        supervisor.start(Arc::new(Sequencer::new(audit.clone(), Some(Mark::of(&present.server.data_dir)))))?;
        let settings = config.clone();
        let days = move || {
            let audit = &settings.current().audit;
            Days { entries: audit.retention_days, telemetry: audit.telemetry_days }
        };
        supervisor.start(Arc::new(Retention::new(audit.clone(), days)))?;
        if vault.can_be_out_of_reach() {
            supervisor.start(Arc::new(Tender::new(vault)))?;
        }
        supervisor.start(Arc::new(Housekeeping::new(core.messaging.clone())))?;
        supervisor.start(Arc::new(ReloadWorker::new(config.clone())))?;
        supervisor.start(Arc::new(AuthSettings { auth: core.auth.clone(), config: config.clone() }))?;
        supervisor.start(Arc::new(RecordedSettings { auditor: audit.clone(), config: config.clone() }))?;
        supervisor.start(Arc::new(LevelWorker::new(log, config.clone())))?;
        supervisor.start(Arc::new(UpkeepWorker::new(metrics.clone())))?;
        let tls = tls::open(config, &core).await?;
        for worker in tls.workers {
            supervisor.start(worker)?;
        }
        let parts = Parts {
            messaging: core.messaging.clone(),
            supervisor: supervisor.clone(),
            clock: journal.clock().clone(),
            metrics: Box::new(move || metrics.render()),
            tls: tls.server,
        };
        let server = Server::bind(parts, server_options(&present))?;
        supervisor.start(Arc::new(ServerSettings { tuning: server.tuning(), config: config.clone() }))?;
        Ok(Self { core, server, supervisor, _note: note.ok(), _data_dir: data_dir })
    }

    /// The address of the public listener, with the port it got.
    pub fn address(&self) -> Result<SocketAddr> {
        self.server.local_addr()
    }

    /// The address of the metrics listener, if there is one.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.server.metrics_addr()
    }

    /// The address of the plain listener that sends browsers to https, if there is one.
    pub fn redirect_address(&self) -> Option<SocketAddr> {
        self.server.redirect_addr()
    }

    /// Answers until the signal; then lets what is under way end, stops the workers and what they stood on.
    pub async fn serve(self, shutdown: Shutdown) -> Result<()> {
        let served = self.server.serve(shutdown).await;
        self.supervisor.stop(WORKERS).await;
        self.core.stop().await;
        served
    }
}

/// Says once a start that nothing would bring the root key back.
async fn remind_of_the_kit(core: &Core) -> Result<()> {
    if core.messaging.keys().kits().await?.proven.is_none() {
        tracing::warn!(
            "there is no recovery kit: if the vault of the root key is lost, everything that is sealed is lost; \
             make one with `plexichat keys kit new`"
        );
    }
    Ok(())
}
