//! Where an instance lives: its directory, its locks, its supervisor.
//!
//! Processes of one test run agree through files under locks: one starts the engine, the others join, and a supervisor
//! stops it when nobody holds it any more. Not here: how an engine is started (`program`).

use super::{answers, program::user_id};
use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::Write as _,
    os::unix::{
        fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    time::Duration,
};

const SUPERVISOR: &str = include_str!("supervisor.sh");

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Credentials {
    port: u16,
    password: String,
}

/// Directory of one instance. Holding it keeps the instance running.
#[derive(Debug)]
pub(super) struct Place {
    root: PathBuf,
    data: PathBuf,
    private: bool,
    credentials: Mutex<Credentials>,
    /// Shared lock: this process uses the instance.
    _users: File,
}

impl Place {
    /// The place all processes of this user share under that name.
    pub(super) fn shared(name: &str) -> Result<Self> {
        Self::open(run_directory()?.join(name), false)
    }

    /// A place nobody else knows.
    pub(super) fn private(name: &str) -> Result<Self> {
        let unique = super::random_name();
        Self::open(run_directory()?.join(format!("{name}-private-{unique}")), true)
    }

    fn open(root: PathBuf, private: bool) -> Result<Self> {
        make_directory(&root, 0o755)?;
        let users = lock_file(&root.join("users"))?;
        users.lock_shared().context("cannot take the lock of the users")?;
        let data = root.join("data");
        Ok(Self { root, data, private, credentials: Mutex::default(), _users: users })
    }

    /// Directory for the engine's files; removed with the instance.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// Whether one test alone uses it.
    pub(super) fn is_private(&self) -> bool {
        self.private
    }

    /// Port of the engine.
    pub(super) fn port(&self) -> u16 {
        self.known().port
    }

    /// Password of the test account.
    pub(super) fn password(&self) -> String {
        self.known().password
    }

    fn known(&self) -> Credentials {
        self.credentials.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Only one process starts the engine at a time.
    pub(super) fn lock_start(&self) -> Result<File> {
        let file = lock_file(&self.root.join("start"))?;
        file.lock().context("cannot take the lock of the start")?;
        Ok(file)
    }

    /// Takes a named lock, if it is free.
    pub(super) fn try_lock(&self, name: &str) -> Result<Option<File>> {
        let file = lock_file(&self.root.join(format!("{name}.lock")))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).context("cannot lock a name"),
        }
    }

    /// A file beside the instance; its content must tell whether it is of the present data.
    pub(super) fn note(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}.json"))
    }

    /// Whether the engine runs and answers; learns its port and password.
    pub(super) fn is_alive(&self) -> bool {
        if !self.is_running() {
            return false;
        }
        let Ok(text) = std::fs::read(self.root.join("credentials.json")) else { return false };
        let Ok(credentials) = serde_json::from_slice::<Credentials>(&text) else { return false };
        let alive = answers(credentials.port);
        *self.credentials.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = credentials;
        alive
    }

    /// Whether the engine's process exists.
    pub(super) fn is_running(&self) -> bool {
        self.pid().is_some_and(|pid| Path::new(&format!("/proc/{pid}/stat")).exists() && !is_zombie(pid))
    }

    fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.pid_file()).ok()?.trim().parse().ok()
    }

    fn pid_file(&self) -> PathBuf {
        self.root.join("pid")
    }

    /// Removes what an earlier instance left and makes an empty data directory.
    pub(super) fn wipe(&self) -> Result<()> {
        self.kill("KILL")?;
        for path in [&self.data, &self.root.join("log")] {
            if path.is_dir() {
                std::fs::remove_dir_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
            } else if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        make_directory(&self.data, 0o700)
    }

    /// Chooses a password and notes the port.
    pub(super) fn write_credentials(&self, port: u16) -> Result<()> {
        let credentials = Credentials { port, password: super::random_name() };
        let path = self.root.join("credentials.json");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(&serde_json::to_vec(&credentials)?)?;
        *self.credentials.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = credentials;
        Ok(())
    }

    /// Starts the engine under a supervisor that outlives this process and ends with its last user.
    pub(super) fn supervise(&self, grace: u32, signal: &str, command: &[String]) -> Result<()> {
        let script = self.root.join("supervisor.sh");
        std::fs::write(&script, SUPERVISOR)?;
        let _ = std::fs::remove_file(self.pid_file());
        let log = OpenOptions::new().create(true).append(true).open(self.root.join("log"))?;
        // A session of its own: neither the end of the test nor Ctrl-C takes it along, the lock decides.
        let mut child = Command::new("setsid")
            .arg("sh")
            .arg(&script)
            .arg(self.root.join("users"))
            .arg(grace.to_string())
            .arg(signal)
            .arg(self.pid_file())
            .arg(if self.private { &self.root } else { &self.data })
            .args(command)
            .current_dir(&self.root)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start the supervisor (setsid, sh)")?;
        // `setsid` leaves at once when it leads a group, having forked the supervisor: nothing stays a zombie.
        child.wait().context("the supervisor's start")?;
        Ok(())
    }

    /// Sends the engine a signal and waits for its end.
    pub(super) fn kill(&self, signal: &str) -> Result<()> {
        let Some(pid) = self.pid().filter(|_| self.is_running()) else { return Ok(()) };
        if !is_ours(pid, &self.data) {
            let _ = std::fs::remove_file(self.pid_file());
            return Ok(());
        }
        Command::new("kill").args(["-s", signal, &pid.to_string()]).status().context("cannot run kill")?;
        for _ in 0..600 {
            if !self.is_running() {
                // Children of the engine notice its end a moment later and let go of its files.
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("process {pid} does not end")
    }

    /// Removes the place of a private instance.
    pub(super) fn remove(&self) {
        for _ in 0..20 {
            if std::fs::remove_dir_all(&self.root).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The end of the engine's log.
    pub(super) fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(self.root.join("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

/// Whether that process was started on this data directory: a recycled process id is left alone.
fn is_ours(pid: u32, data: &Path) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).contains(&data.display().to_string())
}

fn is_zombie(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

fn lock_file(path: &Path) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    file.with_context(|| format!("cannot open {}", path.display()))
}

fn make_directory(path: &Path, mode: u32) -> Result<()> {
    match std::fs::DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot make {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn run_directory() -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("plexichat-testkit-{}", user_id()));
    make_directory(&path, 0o755)?;
    if std::fs::symlink_metadata(&path).map(|found| found.uid()).ok() != Some(user_id()) {
        bail!("{} belongs to somebody else: remove it or set TMPDIR", path.display());
    }
    Ok(path)
}
