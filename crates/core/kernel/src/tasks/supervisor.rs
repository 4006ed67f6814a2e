//! Keeps the workers running and tells how they are.
//!
//! A worker that returns an error or panics is started again after a delay that doubles up to 30
//! seconds; a worker that ran for a minute counts as recovered. A worker that returns `Ok` has
//! finished. At shutdown every worker gets the signal at once and the rest of the deadline; what
//! still runs then is aborted and named.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument as _;

use super::{Backoff, Shutdown};
use crate::clock::Clock;
use crate::error::{Error, Result};

const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// A worker that ran this long before it failed starts again with the first delay.
const RECOVERED_AFTER: Duration = Duration::from_mins(1);
/// More workers than this is a defect: one per thing that grows instead of one for all of them.
const MOST_WORKERS: usize = 256;

/// A part that runs as long as the server does.
#[async_trait]
pub trait Worker: Send + Sync + 'static {
    /// The name in logs, metrics and health: `snake_case`, unique.
    fn name(&self) -> &'static str;

    /// Works until the signal is given. Must be safe to call again after a failure.
    async fn run(&self, shutdown: Shutdown) -> Result<()>;

    /// How the worker itself thinks it is doing while it runs.
    fn status(&self) -> Condition {
        Condition::Healthy
    }
}

/// How a part is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "condition", content = "reason", rename_all = "snake_case")]
pub enum Condition {
    /// It does what it should.
    Healthy,
    /// It works, but slower or with less than it should; the text says what is missing.
    Degraded(String),
    /// It does not work; the text says why.
    Failing(String),
}

impl Condition {
    /// Whether nothing is wrong.
    pub fn is_healthy(&self) -> bool {
        *self == Self::Healthy
    }
}

/// Where a worker stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// It runs.
    Running,
    /// It failed and will be started again.
    Restarting,
    /// It ended and will not be started again.
    Stopped,
}

/// What the supervisor knows of one worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerReport {
    /// [`Worker::name`].
    pub name: &'static str,
    /// Where it stands in its life.
    pub state: WorkerState,
    /// How it is doing.
    #[serde(flatten)]
    pub condition: Condition,
    /// How often it was started again.
    pub restarts: u32,
    /// Why it failed last, without private causes.
    pub last_error: Option<String>,
}

/// Runs workers. Cheap to clone; clones share the workers.
#[derive(Clone)]
pub struct Supervisor {
    shutdown: Shutdown,
    slots: Arc<Mutex<Vec<Slot>>>,
}

struct Slot {
    worker: Arc<dyn Worker>,
    life: Arc<Mutex<Life>>,
    task: Option<JoinHandle<()>>,
}

struct Life {
    state: WorkerState,
    restarts: u32,
    last_error: Option<String>,
}

impl Supervisor {
    /// A supervisor whose workers stop when `shutdown` is triggered.
    pub fn new(shutdown: Shutdown) -> Self {
        Self { shutdown, slots: Arc::default() }
    }

    /// Starts `worker` and keeps it running.
    #[expect(clippy::disallowed_methods, reason = "the home of spawn")]
    pub fn start(&self, worker: Arc<dyn Worker>) -> Result<()> {
        let mut slots = self.lock();
        let name = worker.name();
        if slots.len() >= MOST_WORKERS || slots.iter().any(|slot| slot.worker.name() == name) {
            return Err(Error::internal(format!("worker {name} runs already, or more than {MOST_WORKERS} workers do")));
        }
        let life = Arc::new(Mutex::new(Life { state: WorkerState::Running, restarts: 0, last_error: None }));
        let keep = keep_running(worker.clone(), life.clone(), self.shutdown.clone());
        let span = tracing::info_span!("worker", worker = name);
        let task = Some(tokio::spawn(keep.instrument(span)));
        slots.push(Slot { worker, life, task });
        Ok(())
    }

    /// How each worker is doing, in the order they were started.
    pub fn reports(&self) -> Vec<WorkerReport> {
        self.lock().iter().map(Slot::report).collect()
    }

    /// Gives the signal, waits up to `deadline`, aborts what still runs and returns its names.
    pub async fn stop(&self, deadline: Duration) -> Vec<&'static str> {
        self.shutdown.trigger();
        let tasks: Vec<_> = self.lock().iter_mut().filter_map(|slot| Some((slot.worker.name(), slot.task.take()?))).collect();
        let clock = Clock::system();
        let mut aborted = Vec::new();
        for (name, mut task) in tasks {
            if tokio::time::timeout(deadline.saturating_sub(clock.monotonic()), &mut task).await.is_err() {
                task.abort();
                drop(task.await);
                aborted.push(name);
            }
        }
        if !aborted.is_empty() {
            tracing::warn!(workers = ?aborted, "workers did not stop in time and were aborted");
        }
        aborted
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn report(&self) -> WorkerReport {
        let life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        let condition = match (life.state, &life.last_error) {
            (WorkerState::Restarting, reason) => Condition::Failing(reason.clone().unwrap_or_default()),
            _ => self.worker.status(),
        };
        WorkerReport {
            name: self.worker.name(),
            state: life.state,
            condition,
            restarts: life.restarts,
            last_error: life.last_error.clone(),
        }
    }
}

/// Marks the worker as stopped when its task ends, also when it is aborted.
struct StopMark(Arc<Mutex<Life>>);

impl Drop for StopMark {
    fn drop(&mut self) {
        change(&self.0, |life| life.state = WorkerState::Stopped);
    }
}

/// Aborts the task when dropped: an aborted supervisor task takes its worker along.
struct AbortOnDrop(JoinHandle<Result<()>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "the home of spawn")]
async fn keep_running(worker: Arc<dyn Worker>, life: Arc<Mutex<Life>>, shutdown: Shutdown) {
    let _mark = StopMark(life.clone());
    let name = worker.name();
    let mut backoff = Backoff::new(FIRST_DELAY, LONGEST_DELAY);
    loop {
        let clock = Clock::system();
        let (this, signal) = (worker.clone(), shutdown.clone());
        // A task of its own, so that a panic ends the attempt and not the supervision.
        let attempt = async move { this.run(signal).await }.in_current_span();
        let mut attempt = AbortOnDrop(tokio::spawn(attempt));
        let error = match (&mut attempt.0).await {
            Ok(Ok(())) => {
                tracing::debug!("worker ended");
                return;
            }
            Ok(Err(error)) => error,
            Err(panic) => Error::internal(describe(panic)),
        };
        if shutdown.is_triggered() {
            tracing::warn!(?error, "worker failed while stopping");
            return;
        }
        if clock.monotonic() >= RECOVERED_AFTER {
            backoff.reset();
        }
        let delay = backoff.next_delay();
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        tracing::error!(?error, delay_ms, "worker failed; it will be started again");
        metrics::counter!("plexichat_worker_restarts_total", "worker" => name).increment(1);
        change(&life, |life| {
            life.state = WorkerState::Restarting;
            life.restarts = life.restarts.saturating_add(1);
            life.last_error = Some(error.to_string());
        });
        if shutdown.run_until(tokio::time::sleep(delay)).await.is_none() {
            return;
        }
        change(&life, |life| life.state = WorkerState::Running);
    }
}

fn change(life: &Mutex<Life>, with: impl FnOnce(&mut Life)) {
    with(&mut life.lock().unwrap_or_else(PoisonError::into_inner));
}

fn describe(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "the task was aborted".to_owned();
    };
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Fails in a chosen way for the first `bad` runs, then waits for the signal.
    struct Unsteady {
        runs: AtomicU32,
        bad: u32,
        panics: bool,
    }

    #[async_trait]
    impl Worker for Unsteady {
        fn name(&self) -> &'static str {
            "unsteady"
        }

        async fn run(&self, shutdown: Shutdown) -> Result<()> {
            if self.runs.fetch_add(1, Ordering::SeqCst) < self.bad {
                assert!(!self.panics, "as told");
                return Err(Error::unavailable("not yet"));
            }
            shutdown.triggered().await;
            Ok(())
        }
    }

    fn unsteady(bad: u32, panics: bool) -> Arc<Unsteady> {
        Arc::new(Unsteady { runs: AtomicU32::new(0), bad, panics })
    }

    async fn until_runs(worker: &Unsteady, runs: u32) {
        while worker.runs.load(Ordering::SeqCst) < runs {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn failed_and_panicked_workers_are_started_again() {
        for panics in [false, true] {
            let supervisor = Supervisor::new(Shutdown::new());
            let worker = unsteady(3, panics);
            supervisor.start(worker.clone()).expect("starts");
            until_runs(&worker, 1).await;
            assert_eq!(supervisor.reports()[0].state, WorkerState::Restarting);
            assert!(!supervisor.reports()[0].condition.is_healthy());
            until_runs(&worker, 4).await;
            let report = supervisor.reports().remove(0);
            assert_eq!(report.state, WorkerState::Running);
            assert_eq!(report.restarts, 3);
            assert!(report.last_error.is_some());
            assert!(supervisor.stop(Duration::from_secs(1)).await.is_empty());
            assert_eq!(supervisor.reports()[0].state, WorkerState::Stopped);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_delay_between_restarts_is_capped() {
        let supervisor = Supervisor::new(Shutdown::new());
        let worker = unsteady(20, false);
        let started = tokio::time::Instant::now();
        supervisor.start(worker.clone()).expect("starts");
        until_runs(&worker, 21).await;
        assert!(started.elapsed() < LONGEST_DELAY * 21);
        supervisor.stop(Duration::from_secs(1)).await;
    }

    struct Deaf;

    #[async_trait]
    impl Worker for Deaf {
        fn name(&self) -> &'static str {
            "deaf"
        }

        async fn run(&self, _shutdown: Shutdown) -> Result<()> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_listen_is_aborted_and_named() {
        let supervisor = Supervisor::new(Shutdown::new());
        supervisor.start(Arc::new(Deaf)).expect("starts");
        supervisor.start(unsteady(0, false)).expect("starts");
        let started = tokio::time::Instant::now();
        assert_eq!(supervisor.stop(Duration::from_secs(5)).await, ["deaf"]);
        assert!(started.elapsed() < Duration::from_secs(6));
        let stopped = |report: &WorkerReport| report.state == WorkerState::Stopped;
        assert!(supervisor.reports().iter().all(stopped));
    }

    #[tokio::test]
    async fn a_name_is_taken_once() {
        let supervisor = Supervisor::new(Shutdown::new());
        supervisor.start(Arc::new(Deaf)).expect("starts");
        assert!(supervisor.start(Arc::new(Deaf)).is_err());
        supervisor.stop(Duration::ZERO).await;
    }

    #[tokio::test]
    async fn a_child_signal_follows_its_parent_only_downwards() {
        let parent = Shutdown::new();
        let child = parent.child();
        child.trigger();
        assert!(!parent.is_triggered());
        let other = parent.child();
        parent.trigger();
        other.triggered().await;
        assert_eq!(parent.run_until(std::future::pending::<()>()).await, None);
    }
}
