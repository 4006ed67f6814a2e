//! The journal: gapless versions, group commit, nonces, access stamps.
//!
//! One lane per writing connection; a change goes to the lane of its first journal. While a commit runs the
//! next batch gathers (no timer). See [`lane`] for the transaction, [`plan`] for the pure part.

mod change;
mod commit;
mod erased;
mod gates;
mod head;
mod lane;
mod plan;
mod recent;
mod relaxed;
mod submit;
mod write;

pub use change::{Applied, Bulk, BulkApplied, BulkItem, Change, Committed, Granted, NonceKey, Stamp, Touch};
pub use head::Head;
pub use relaxed::RelaxedKey;
pub use submit::{Journal, JournalOptions};
