//! Persistent background jobs: written in the transaction that needs them, retried, and kept when dead.
//!
//! A job runs at least once. It is claimed by a lease on its row, so a job of a node that died runs again on
//! another; handlers are idempotent. A failure waits exponentially longer, up to an hour; after its last
//! attempt the job is dead: it stays listed with its error until somebody retries or drops it.

mod runner;
mod store;

pub use runner::{JobHandler, JobRunner};
pub use store::{DeadJob, NewJob, dead, drop_dead, enqueue, retry_dead, waiting};
