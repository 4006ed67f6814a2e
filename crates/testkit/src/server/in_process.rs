//! The whole server in the process of the test, with a clock that can be pushed ahead.
//!
//! It is put together by the program's own compose.rs, on a database and a port of its own. For what needs a process to
//! die there is the real binary (`binary`).

use super::{World, canaries, world::client};
use crate::{Engine, TestDb};
use anyhow::{Context as _, Result, anyhow, ensure};
use plexichat::compose::Node;
use plexichat_client::Client;
use plexichat_kernel::{
    Clock, Shutdown,
    config::{self, ConfigHandle, Sources},
    logging::{
        self, LogHandle,
        metrics::{self, Metrics},
    },
};
use plexichat_model::permission::Role;
use sea_orm::ConnectionTrait as _;
use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A server that is set up, with people in every role. A test ends with [`TestServer::finish`], which fails when an error
/// was logged or a job is left over; a server that is merely dropped fails for logged errors alone.
#[derive(Debug)]
pub struct TestServer {
    /// The first node.
    pub node: TestNode,
    /// The owner, the workspace and the channels.
    pub world: World,
    /// Owner of the instance and the workspace.
    pub owner: Client,
    /// A member.
    pub alice: Client,
    /// Another member.
    pub bob: Client,
    /// A guest of the first channel.
    pub guest: Client,
    /// Nobody.
    pub anonymous: Client,
    db: TestDb,
    clock: Clock,
    /// What every node opens the keys by.
    keys: TempDir,
    errors_before: u64,
}

/// One node.
#[derive(Debug)]
pub struct TestNode {
    address: String,
    metrics_address: Option<SocketAddr>,
    shutdown: Shutdown,
    task: Option<JoinHandle<plexichat_kernel::Result<()>>>,
    /// Held for its drop.
    data_dir: Option<TempDir>,
}

impl TestServer {
    /// Starts and sets up a server on an empty database of this engine, with so many channels.
    pub async fn start(engine: Engine, channels: usize) -> Result<Self> {
        let db = TestDb::new(engine).await?;
        let (log, _) = process()?;
        let errors_before = log.errors();
        let clock = Clock::adjustable();
        let keys = TempDir::with_prefix("plexichat-keys-")?;
        let (node, code) = TestNode::start(&db, &clock, keys.path()).await?;
        let code = code.context("an empty database offers its set-up")?;
        let world = World::set_up(&node.address, &code, 1, channels).await?;
        let owner = world.people[0].clone();
        let alice = world.invite("alice", Role::Member).await?;
        let bob = world.invite("bob", Role::Member).await?;
        let guest = world.invite("guest", Role::Guest).await?;
        let anonymous = client(&node.address)?;
        Ok(Self { node, world, owner, alice, bob, guest, anonymous, db, clock, keys, errors_before })
    }

    /// Another node on the same database, by the same clock; the embedded database has one.
    pub async fn second_node(&self) -> Result<TestNode> {
        ensure!(self.db.engine() != Engine::Sqlite, "the embedded database has one node");
        Ok(TestNode::start(&self.db, &self.clock, self.keys.path()).await?.0)
    }

    /// The clock of the nodes.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The database.
    pub fn db(&self) -> &TestDb {
        &self.db
    }

    /// Stops the server and fails when it logged an error or left a job that is due or dead.
    pub async fn finish(mut self) -> Result<()> {
        self.node.stop().await?;
        let logged = process()?.0.errors() - self.errors_before;
        // Read once: dropping has nothing left to find.
        self.errors_before += logged;
        ensure!(logged == 0, "{logged} errors were logged, see the output of the test");
        let text = "select count(*) as n from jobs where run_at_ms <= ?";
        let statement = plexichat_database::Sql::new(self.db.engine(), text).bind(self.clock.now_ms()).build();
        let row = self.db.db().reader().query_one_raw(statement).await?.context("a count")?;
        let left: i64 = row.try_get("", "n")?;
        ensure!(left == 0, "{left} jobs are left over");
        Ok(())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let logged = process().map_or(0, |(log, _)| log.errors().saturating_sub(self.errors_before));
        assert!(logged == 0 || std::thread::panicking(), "{logged} errors were logged, see the output of the test");
        if let (Err(error), false) = (canaries::found(), std::thread::panicking()) {
            panic!("{error}");
        }
    }
}

impl TestNode {
    async fn start(db: &TestDb, clock: &Clock, keys: &std::path::Path) -> Result<(Self, Option<String>)> {
        let data_dir = TempDir::with_prefix("plexichat-node-")?;
        let sources = Sources::new()
            .with_override("server.data_dir", data_dir.path().display().to_string())
            .with_override("server.bind", "127.0.0.1:0")
            .with_override("server.metrics_bind", "127.0.0.1:0")
            .with_override("gateway.drain_seconds", "0")
            .with_override("limits.enabled", "false")
            .with_override("keys.file", keys.join("vault.key").display().to_string())
            .with_override("database.url", db.url());
        let loaded = config::check(&sources).map_err(|problems| anyhow!("{problems}"))?;
        let (mut node, code) = Self::of(&ConfigHandle::fixed(loaded.config), clock).await?;
        node.data_dir = Some(data_dir);
        Ok((node, code))
    }

    /// A node as a configuration says, by this clock, and the code of its set-up link if it waits for one. The data
    /// directory is the caller's.
    pub async fn of(config: &ConfigHandle, clock: &Clock) -> Result<(Self, Option<String>)> {
        let (log, metrics) = process()?;
        let node = Node::start_at(config, log, metrics, clock.clone()).await.map_err(crate::database::explain)?;
        let code = node.core.auth.ensure_setup_code().await?.map(|link| link.code);
        let address = format!("http://{}", node.address()?);
        let metrics_address = node.metrics_address();
        let shutdown = Shutdown::new();
        let task = plexichat_kernel::tasks::spawn("test node", node.serve(shutdown.clone()));
        Ok((Self { address, metrics_address, shutdown, task: Some(task), data_dir: None }, code))
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it tells its metrics.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Stops it in order.
    pub async fn stop(&mut self) -> Result<()> {
        self.shutdown.trigger();
        if let Some(task) = self.task.take() {
            task.await.context("the node panicked")?.map_err(crate::database::explain)?;
        }
        Ok(())
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

/// Log and metrics of this process, started once.
fn process() -> Result<(LogHandle, Metrics)> {
    static PROCESS: Mutex<Option<(LogHandle, Metrics)>> = Mutex::new(None);
    let mut process = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = &*process {
        return Ok(known.clone());
    }
    let config = config::check(&Sources::new()).map_err(|problems| anyhow!("{problems}"))?.config;
    let made = (logging::init_to(&config.logging, canaries::Watched)?, metrics::install()?);
    *process = Some(made.clone());
    Ok(made)
}
