//! The built program as its own process: started, killed without warning, started again.
//!
//! It listens on a free port of the loopback address and keeps its data in a folder of its own. Killing means SIGKILL:
//! nothing gets to clean up. Not here: servers inside the test's process.

use crate::{Engine, TestDb, instance::free_port};
use anyhow::{Context as _, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};
use tempfile::TempDir;

const START_TIMEOUT: Duration = Duration::from_mins(1);

/// A running (or killed) server process with its own data directory and port.
#[derive(Debug)]
pub struct RealBinary {
    program: PathBuf,
    directory: TempDir,
    port: u16,
    database: Option<TestDb>,
    settings: Vec<(String, String)>,
    child: Mutex<Option<Child>>,
}

impl RealBinary {
    /// Starts the program on an empty database of this engine and waits until it is ready.
    pub async fn start(program: &Path, engine: Engine) -> Result<Self> {
        let database = if engine == Engine::Sqlite { None } else { Some(TestDb::unmigrated(engine).await?) };
        Self::start_on(program, database, &[]).await
    }

    /// Starts it on a given database (none: the embedded one in its data directory) with further settings, written as
    /// environment variables without their prefix, such as `GATEWAY__QUEUE_LENGTH`.
    pub async fn start_on(program: &Path, database: Option<TestDb>, settings: &[(&str, &str)]) -> Result<Self> {
        if !program.is_file() {
            bail!("{} is missing: build it with `cargo build -p plexichat`", program.display());
        }
        let binary = Self {
            program: program.to_owned(),
            directory: TempDir::with_prefix("plexichat-real-")?,
            port: free_port()?,
            database,
            settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            child: Mutex::default(),
        };
        binary.restart().await?;
        Ok(binary)
    }

    /// A second node: another process with its own data directory on the same database, and the same key file.
    pub async fn second(&self) -> Result<Self> {
        let database = self.database.clone().context("the embedded database has one node")?;
        let key_file = self.data_dir().join("keys/vault.key").display().to_string();
        let own = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let settings: Vec<(&str, &str)> = own.chain([("KEYS__FILE", key_file.as_str())]).collect();
        Self::start_on(&self.program, Some(database), &settings).await
    }

    /// Address of the server.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Port of the server; stays over restarts.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The database server's database, if it is not the embedded one.
    pub fn database(&self) -> Option<&TestDb> {
        self.database.as_ref()
    }

    /// Process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.held().as_ref().map(Child::id)
    }

    /// The code of the set-up link it printed.
    pub async fn setup_code(&self) -> Result<String> {
        let started = tokio::time::Instant::now();
        while started.elapsed() < START_TIMEOUT {
            let log = self.log();
            let code =
                log.rsplit_once("/setup#").map(|(_, rest)| rest.chars().take_while(char::is_ascii_graphic).collect::<String>());
            // The line may be half written.
            if let Some(code) = code.filter(|_| log.ends_with('\n')) {
                return Ok(code);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("no set-up link was printed; the output:\n{}", self.log())
    }

    /// Everything it has written to its output and error streams.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log_file()).unwrap_or_default()).into_owned()
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// Kills it as a power cut would: no handler runs.
    pub fn kill9(&self) {
        if let Some(mut child) = self.held().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to stop and waits for its end.
    pub async fn stop(&self) -> Result<()> {
        let Some(mut child) = self.held().take() else { return Ok(()) };
        Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().context("cannot run kill")?;
        let started = tokio::time::Instant::now();
        while child.try_wait()?.is_none() {
            if started.elapsed() > Duration::from_mins(1) {
                let _ = child.kill();
                let _ = child.wait();
                bail!("the server did not stop within a minute; its log:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Starts it again on the same data and port, and waits until it is ready.
    pub async fn restart(&self) -> Result<()> {
        self.launch()?;
        self.ready().await
    }

    /// Starts it without waiting.
    pub fn launch(&self) -> Result<()> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_file())?;
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .env("PLEXICHAT_SERVER__DATA_DIR", self.data_dir())
            .env("PLEXICHAT_SERVER__BIND", format!("127.0.0.1:{}", self.port))
            .env("PLEXICHAT_LIMITS__ENABLED", "false")
            .env("PLEXICHAT_LOGGING__LEVEL", "info")
            // Watchers connect again at once; nobody waits for them to spread out.
            .env("PLEXICHAT_GATEWAY__DRAIN_SECONDS", "0")
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        if let Some(database) = &self.database {
            command.env("PLEXICHAT_DATABASE__URL", database.url());
        }
        for (name, value) in &self.settings {
            command.env(format!("PLEXICHAT_{name}"), value);
        }
        let child = command.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        *self.held() = Some(child);
        Ok(())
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&self) -> Result<()> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        let started = tokio::time::Instant::now();
        while started.elapsed() < START_TIMEOUT {
            let answer = http.get(format!("{}/health/ready", self.address())).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(child) = self.held().as_mut()
                && let Ok(Some(status)) = child.try_wait()
            {
                bail!("the server ended ({status}); its log:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        bail!("the server is not ready after {START_TIMEOUT:?}; its log:\n{}", self.log())
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for RealBinary {
    fn drop(&mut self) {
        self.kill9();
        if let (Err(error), false) = (super::canaries::search("the log", &self.log()), std::thread::panicking()) {
            panic!("{error}");
        }
    }
}
