//! The only home of spawn.
//!
//! [`spawn`] starts a named piece of work that ends by itself. What runs as long as the server does
//! is a [`Worker`] under the one [`Supervisor`], which restarts it when it fails, tells health how
//! it is doing, and stops it in order when the [`Shutdown`] is triggered. No task is started
//! anywhere else, so the list of what runs is always complete. Workers hold their own state; work
//! that must survive the process is a job in the database, not a task.

mod backoff;
mod shutdown;
mod supervisor;

pub use backoff::Backoff;
pub use shutdown::Shutdown;
pub use supervisor::{Condition, Supervisor, Worker, WorkerReport, WorkerState};

use tokio::task::JoinHandle;
use tracing::Instrument as _;

/// Starts `future` as a task whose log lines carry `task = name`.
#[expect(clippy::disallowed_methods, reason = "the home of spawn")]
pub fn spawn<F>(name: &'static str, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.instrument(tracing::info_span!("task", task = name)))
}

/// Runs `work`, which may block, on the runtime's blocking threads (their number is bounded).
#[expect(clippy::disallowed_methods, reason = "the home of spawn")]
pub fn spawn_blocking<F, T>(name: &'static str, work: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let span = tracing::info_span!("task", task = name);
    tokio::task::spawn_blocking(move || span.in_scope(work))
}

/// Starts a thread of its own, for work that keeps a processor busy for long.
///
/// Fails when the operating system refuses another thread.
pub fn spawn_thread<F>(name: &'static str, work: F) -> crate::Result<std::thread::JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    let span = tracing::info_span!("task", task = name);
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || span.in_scope(work))
        .map_err(|cause| crate::Error::unavailable("the server cannot start another thread").with_source(cause))
}
