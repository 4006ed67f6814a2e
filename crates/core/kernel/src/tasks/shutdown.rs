//! The word that it is time to stop, passed down to everything that runs.
//!
//! Given once and never taken back, from above to below: a part may stop what it started without
//! stopping its parent. Deadlines are kept by whoever gives it.

use tokio_util::sync::CancellationToken;

/// A signal that is given once and never taken back. Cheap to clone; clones share the signal.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// A signal that has not been given yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A signal that is given with this one, and may be given before it.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    /// Gives the signal, to all clones and children.
    pub fn trigger(&self) {
        self.0.cancel();
    }

    /// Whether the signal has been given.
    pub fn is_triggered(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits for the signal. Safe to cancel.
    pub async fn triggered(&self) {
        self.0.cancelled().await;
    }

    /// Runs `future` until it ends (`Some`) or the signal is given (`None`, and it is dropped).
    pub async fn run_until<F: Future>(&self, future: F) -> Option<F::Output> {
        self.0.run_until_cancelled(future).await
    }
}
