//! The worker that reloads the configuration when its file changes or the process gets SIGHUP.
//!
//! The file is looked at every two seconds instead of being watched by the operating system: its
//! folder is the data directory, where a watch would report every write of the embedded database,
//! and a look also works for links that are swapped (Kubernetes) and for network file systems.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::handle::ConfigHandle;
use super::problem::Problems;
use super::section::Changes;
use crate::error::{Error, Result};
use crate::tasks::{self, Condition, Shutdown, Worker};

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A file that changed is read when it stayed the same for this long: editors write in steps.
const SETTLED_AFTER: Duration = Duration::from_millis(250);
/// A file that never settles is read all the same.
const MOST_LOOKS: u32 = 20;

/// Reloads a [`ConfigHandle`] on SIGHUP and when its file changes.
pub struct ReloadWorker {
    config: ConfigHandle,
    look_every: Duration,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprint {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl ReloadWorker {
    /// Keeps `config` up to date.
    pub fn new(config: ConfigHandle) -> Self {
        Self { config, look_every: LOOK_EVERY }
    }

    async fn reload(&self, reason: &'static str) {
        let config = self.config.clone();
        match tasks::spawn_blocking("config_reload", move || config.reload()).await {
            Ok(Ok(changes)) => report(reason, &changes),
            Ok(Err(problems)) => refuse(reason, &problems),
            Err(cause) => tracing::error!(%cause, "reading the configuration failed"),
        }
    }

    /// Waits until the file differs from `known` and has settled; returns its new state.
    async fn changed(&self, file: &Path, known: Option<Fingerprint>) -> Option<Fingerprint> {
        loop {
            tokio::time::sleep(self.look_every).await;
            let mut seen = fingerprint(file).await;
            if seen == known {
                continue;
            }
            for _ in 0..MOST_LOOKS {
                tokio::time::sleep(SETTLED_AFTER).await;
                let before = std::mem::replace(&mut seen, fingerprint(file).await);
                if before == seen {
                    break;
                }
            }
            return seen;
        }
    }
}

#[async_trait]
impl Worker for ReloadWorker {
    fn name(&self) -> &'static str {
        "config_reload"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let mut hangups = Hangups::listen()?;
        let file = self.config.file();
        let mut known = match &file {
            Some(file) => fingerprint(file).await,
            None => None,
        };
        loop {
            let changed = async {
                match &file {
                    Some(file) => self.changed(file, known).await,
                    None => std::future::pending().await,
                }
            };
            let reason = tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = hangups.next() => "SIGHUP",
                seen = changed => {
                    known = seen;
                    "the file changed"
                }
            };
            self.reload(reason).await;
        }
    }

    fn status(&self) -> Condition {
        match self.config.problems() {
            None => Condition::Healthy,
            Some(problems) => {
                Condition::Degraded(format!("the configuration on disk is not used, because {problems}").trim_end().to_owned())
            }
        }
    }
}

fn report(reason: &'static str, changes: &Changes) {
    if !changes.need_restart.is_empty() {
        tracing::warn!(keys = ?changes.need_restart, "these keys changed and need a restart to take effect");
    }
    tracing::info!(reason, applied = ?changes.applied, "configuration read again");
}

fn refuse(reason: &'static str, problems: &Problems) {
    tracing::error!(reason, "the new configuration is not used, the server keeps the present one");
    for problem in &problems.0 {
        tracing::error!(%problem, "configuration");
    }
}

async fn fingerprint(file: &Path) -> Option<Fingerprint> {
    let file = PathBuf::from(file);
    let metadata = tokio::fs::metadata(file).await.ok()?;
    Some(Fingerprint { modified: metadata.modified().ok(), length: metadata.len(), inode: inode(&metadata) })
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}

#[cfg(unix)]
struct Hangups(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::hangup()).map(Self).map_err(Error::internal)
    }

    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Where there is no SIGHUP, the file alone is followed.
#[cfg(not(unix))]
struct Hangups;

#[cfg(not(unix))]
impl Hangups {
    fn listen() -> Result<Self, Error> {
        Ok(Self)
    }

    async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{FILE_NAME, Sources, check};

    #[tokio::test]
    async fn a_saved_file_takes_effect_and_a_broken_one_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE_NAME);
        let sources = Sources::new().with_override("server.data_dir", folder.path().display().to_string());
        let loaded = check(&sources).expect("valid");
        let config = ConfigHandle::new(sources, loaded);
        let mut changed = config.watch();
        let worker = ReloadWorker { config: config.clone(), look_every: Duration::from_millis(10) };
        let shutdown = Shutdown::new();
        let signal = shutdown.clone();
        let task = tasks::spawn("test", async move {
            let result = worker.run(signal).await;
            (result, worker.status())
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        std::fs::write(&file, "[gateway]\nheartbeat_seconds = 60\n").expect("written");
        changed.changed().await.expect("follows");
        assert_eq!(config.current().gateway.heartbeat_seconds, 60);

        std::fs::write(&file, "[gateway]\nheartbeat_seconds = \"x\"\n").expect("written");
        while config.problems().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(config.current().gateway.heartbeat_seconds, 60);
        shutdown.trigger();
        let (result, status) = task.await.expect("joins");
        assert!(result.is_ok());
        assert!(matches!(status, Condition::Degraded(reason) if reason.contains("gateway.heartbeat_seconds")));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_hangup_reads_the_configuration_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("chat.toml");
        std::fs::write(&file, "").expect("written");
        let sources = Sources::new().with_file(Some(&file));
        let config = ConfigHandle::new(sources.clone(), check(&sources).expect("valid"));
        let mut changed = config.watch();
        // So rarely that only the signal can be the reason.
        let worker = ReloadWorker { config: config.clone(), look_every: Duration::from_hours(1) };
        let shutdown = Shutdown::new();
        let signal = shutdown.clone();
        let task = tasks::spawn("test", async move { worker.run(signal).await });
        // The worker listens from its first turn on; before that the signal would end the process.
        tokio::time::sleep(Duration::from_millis(50)).await;
        std::fs::write(&file, "[auth]\ninvitation_days = 3\n").expect("written");
        let sent = tokio::process::Command::new("kill").args(["-HUP", &std::process::id().to_string()]).status().await;
        assert!(sent.expect("kill runs").success());
        changed.changed().await.expect("follows");
        assert_eq!(config.current().auth.invitation_days, 3);
        shutdown.trigger();
        task.await.expect("joins").expect("ends");
    }
}
