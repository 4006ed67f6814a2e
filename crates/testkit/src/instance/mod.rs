//! Private PostgreSQL and MariaDB servers for tests.
//!
//! [`Instance::shared`] joins the one instance of an engine that all test processes of a run use;
//! [`Instance::private`] starts one for a test that crashes or stops it. Each runs under a small supervisor that
//! ends it, and removes its files, when the last user is gone, however that user ended. Settings are durable as in
//! production. Never touched: services of the machine.

mod mariadb;
mod place;
mod postgres;
mod program;

use crate::Engine;
use anyhow::{Context as _, Result, bail};
use place::Place;
use program::Program;
use std::{
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

/// How long a shared instance waits for the next user.
const SHARED_GRACE_SECONDS: u32 = 20;

/// How long an engine may take to answer after its start.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// A running engine.
#[derive(Debug)]
pub struct Instance {
    place: Place,
    program: Box<dyn Program>,
    engine: Engine,
    grace: u32,
}

impl Instance {
    /// The instance of this engine that all tests of a run share. Started by whoever comes first.
    pub async fn shared(engine: Engine) -> Result<Arc<Self>> {
        static HELD: Mutex<Vec<Arc<Instance>>> = Mutex::new(Vec::new());
        let join = move || {
            // Held while starting: within a process only one thread starts an engine.
            let mut held = HELD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(known) = held.iter().find(|instance| instance.engine == engine) {
                return Ok(Arc::clone(known));
            }
            let program = program_of(engine)?;
            let place = Place::shared(&format!("{}-{:08x}", engine.as_str(), program.settings_digest()))?;
            let instance = Arc::new(Self { place, program, engine, grace: SHARED_GRACE_SECONDS });
            instance.join_or_start()?;
            held.push(Arc::clone(&instance));
            Ok(instance)
        };
        blocking(join).await
    }

    /// An instance of its own for a test that stops, crashes or fills it.
    pub async fn private(engine: Engine) -> Result<Arc<Self>> {
        let start = move || {
            let program = program_of(engine)?;
            let instance = Self { place: Place::private(engine.as_str())?, program, engine, grace: 1 };
            instance.join_or_start()?;
            Ok(Arc::new(instance))
        };
        blocking(start).await
    }

    /// Which engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether one test alone uses it.
    pub fn is_private(&self) -> bool {
        self.place.is_private()
    }

    /// Address of a database of this instance.
    pub fn url(&self, database: &str) -> String {
        let scheme = if self.engine == Engine::Postgres { "postgres" } else { "mysql" };
        let (password, port) = (self.place.password(), self.place.port());
        format!("{scheme}://plexichat:{password}@127.0.0.1:{port}/{database}")
    }

    /// Address of the database that administrative statements go to.
    pub fn admin_url(&self) -> String {
        self.url(self.program.admin_database())
    }

    /// Where it keeps its data.
    pub fn data_dir(&self) -> std::path::PathBuf {
        self.place.data().join("db")
    }

    /// Takes the lock of that name among all users of the instance, if it is free.
    pub(crate) fn try_lock(&self, name: &str) -> Result<Option<std::fs::File>> {
        self.place.try_lock(name)
    }

    /// A file to note something about that name.
    pub(crate) fn note(&self, name: &str) -> std::path::PathBuf {
        self.place.note(name)
    }

    /// Tells one life of the instance, with its data, from the next.
    pub(crate) fn life(&self) -> String {
        self.place.password()
    }

    /// Kills the engine at once, as a power cut would end it. Use it on a private instance.
    pub async fn crash(self: &Arc<Self>) -> Result<()> {
        let this = Arc::clone(self);
        blocking(move || this.place.kill("KILL")).await
    }

    /// Asks the engine to stop and waits until it has. Use it on a private instance.
    pub async fn stop(self: &Arc<Self>) -> Result<()> {
        let this = Arc::clone(self);
        blocking(move || this.place.kill(this.program.polite_signal())).await
    }

    /// Starts the engine again on the same data and port after [`Self::crash`] or [`Self::stop`].
    pub async fn start_again(self: &Arc<Self>) -> Result<()> {
        let this = Arc::clone(self);
        blocking(move || this.launch()).await
    }

    fn join_or_start(&self) -> Result<()> {
        let _starting = self.place.lock_start()?;
        if self.place.is_alive() {
            return Ok(());
        }
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.place.wipe()?;
            self.place.write_credentials(free_port()?)?;
            self.program.create(&self.place).with_context(|| format!("cannot set up a {} for tests", self.engine.as_str()))?;
            match self.launch() {
                Ok(()) => return Ok(()),
                // Somebody may have taken the port in between.
                Err(error) if attempts < 3 => tracing::warn!(%error, "starting the engine again"),
                Err(error) => return Err(error),
            }
        }
    }

    fn launch(&self) -> Result<()> {
        let command = self.program.command(&self.place)?;
        self.place.supervise(self.grace, self.program.quick_signal(), &command)?;
        let started = tokio::time::Instant::now();
        while started.elapsed() < START_TIMEOUT {
            if self.program.is_ready(&self.place) {
                return Ok(());
            }
            if started.elapsed() > Duration::from_secs(2) && !self.place.is_running() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("{} did not start; the end of its log:\n{}", self.engine.as_str(), self.place.log_tail())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if self.place.is_private() {
            let _ = self.place.kill("KILL");
            self.place.remove();
        }
    }
}

fn program_of(engine: Engine) -> Result<Box<dyn Program>> {
    match engine {
        Engine::Postgres => Ok(Box::new(postgres::Postgres::find()?)),
        Engine::MariaDb => Ok(Box::new(mariadb::MariaDb::find()?)),
        Engine::Sqlite => bail!("SQLite is a file, it has no instance"),
        Engine::MySql => bail!("MySQL is not packaged in Debian; the tests cover MariaDB"),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    plexichat_kernel::tasks::spawn_blocking("test instance", work).await.context("the start of an engine panicked")?
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free loopback port")?;
    Ok(listener.local_addr()?.port())
}

/// Whether something listens on this loopback port.
fn answers(port: u16) -> bool {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

/// Whether a file that can be run stands there.
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// A name nobody else has chosen.
pub(crate) fn random_name() -> String {
    format!("{:016x}", plexichat_kernel::random::u64())
}
