//! A pair in two files, read again when they change.
//!
//! The files are looked at every two seconds instead of being watched by the operating system, which also works for links
//! that are swapped (Kubernetes, certbot) and for network file systems. A pair that is not better than the one in force
//! is refused and the one in force stays; half a change (the key is there, the certificate not yet) is such a pair.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use plexichat_kernel::config::ConfigHandle;
use plexichat_kernel::{Clock, Condition, Error, Result, Shutdown, Worker, tasks};

use crate::current::Current;
use crate::pair::Pair;

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Files that changed are read when they stayed the same for this long: who replaces two files does it in steps.
const SETTLED_AFTER: Duration = Duration::from_millis(500);
/// Larger files are neither a chain nor a key.
const LONGEST: u64 = 1024 * 1024;

/// Files that never settle are read all the same.
const MOST_LOOKS: u32 = 20;

/// Keeps a pair from two files in force.
pub struct FilesWorker(Arc<Inner>);

struct Inner {
    config: ConfigHandle,
    current: Current,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What was read last, whether or not it is in force.
    seen: Option<Seen>,
    /// Why it is not in force.
    refused: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    files: [PathBuf; 2],
    marks: [Option<Mark>; 2],
}

type Mark = (Option<SystemTime>, u64, u64);

impl FilesWorker {
    /// Follows the files named in the configuration. Reads files: call it where blocking is allowed.
    ///
    /// Fails when there is no usable pair to start with. One that has expired is served all the same, with an alarm:
    /// people can then at least see whose server this is.
    pub fn start(config: ConfigHandle, current: Current, clock: Clock) -> Result<Self> {
        let inner = Inner { config, current, clock, state: Mutex::default() };
        let seen = inner.look();
        let pair = read(&seen.files)?;
        if let Err(error) = pair.facts().check_at(inner.clock.now_ms(), &seen.files[0].display().to_string()) {
            tracing::error!(%error, "browsers will refuse this certificate");
        }
        inner.current.install(pair);
        inner.state().seen = Some(seen);
        Ok(Self(Arc::new(inner)))
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> T + Send + 'static) -> Result<T> {
        let inner = Arc::clone(&self.0);
        tasks::spawn_blocking("tls_files", move || work(&inner)).await.map_err(Error::internal)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> Seen {
        let config = self.config.current();
        let file = |file: &Option<PathBuf>| file.clone().unwrap_or_default();
        let files = [file(&config.tls.cert_file), file(&config.tls.key_file)];
        let marks = [mark(&files[0]), mark(&files[1])];
        Seen { files, marks }
    }

    /// Takes what the files hold now, if it is better than what is in force.
    fn take(&self, seen: Seen) {
        let outcome = read(&seen.files).and_then(|pair| self.judge(&pair, &seen.files[0]).map(|()| pair));
        let refused = match outcome {
            Ok(pair) => {
                self.current.install(pair);
                None
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate is not used, the server keeps the present one");
                metrics::counter!("plexichat_tls_reload_failures_total").increment(1);
                Some(error.message().to_owned())
            }
        };
        let mut state = self.state();
        state.seen = Some(seen);
        state.refused = refused;
    }

    fn judge(&self, pair: &Pair, file: &Path) -> Result<()> {
        let now_ms = self.clock.now_ms();
        let is_well = self.current.pair().is_some_and(|present| present.facts().is_valid_at(now_ms));
        // One that is not valid now is better than none, but not than a valid one.
        if is_well { pair.facts().check_at(now_ms, &file.display().to_string()) } else { Ok(()) }
    }
}

#[async_trait]
impl Worker for FilesWorker {
    fn name(&self) -> &'static str {
        "tls_files"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        while shutdown.run_until(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            // Tells the metric of when the certificate ends.
            let _condition = self.status();
            let mut seen = self.blocking(Inner::look).await?;
            if self.0.state().seen.as_ref() == Some(&seen) {
                continue;
            }
            for _ in 0..MOST_LOOKS {
                if shutdown.run_until(tokio::time::sleep(SETTLED_AFTER)).await.is_none() {
                    return Ok(());
                }
                let before = std::mem::replace(&mut seen, self.blocking(Inner::look).await?);
                if before == seen {
                    break;
                }
            }
            self.blocking(move |inner| inner.take(seen)).await?;
        }
        Ok(())
    }

    fn status(&self) -> Condition {
        let refused = self.0.state().refused.clone();
        match (self.0.current.condition(&self.0.clock), refused) {
            (Condition::Healthy, Some(why)) => Condition::Degraded(format!("the certificate on disk is not used, because {why}")),
            (condition, _) => condition,
        }
    }
}

fn read([cert, key]: &[PathBuf; 2]) -> Result<Pair> {
    let names = (cert.display().to_string(), key.display().to_string());
    Pair::from_pem(&read_file(cert)?, &read_file(key)?, (&names.0, &names.1))
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= LONGEST) => Ok(bytes),
        Ok(_) => Err(Error::unavailable(format!("{} is larger than 1 MiB, so it holds no certificate", path.display()))),
        Err(error) => {
            let text = format!("{} cannot be read ({error}); check tls.cert_file and tls.key_file", path.display());
            Err(Error::unavailable(text).with_source(error))
        }
    }
}

/// What tells one state of a file from another.
fn mark(path: &Path) -> Option<Mark> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len(), inode(&metadata)))
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}
