//! Everything that must not be missed: the journal, the outbox, the bus, jobs, leases.
//!
//! [`Journal::commit`] is the one way to change anything versioned. A [`Change`] names the journals it
//! advances, writes its rows through its feature's store and yields its events; the lane of the journal
//! gathers changes while a commit runs, gives them gapless versions under the heads' locks, writes one
//! outbox row and publishes after the commit, so publish order is version order. Not here: what events
//! mean (`features`), who may see them (`core/auth`), sockets (`server`).

pub mod bus;
pub mod consumer;
pub mod epoch;
pub mod jobs;
pub mod journal;
pub mod leases;
mod marks;
pub mod nodes;
pub mod outbox;

pub use bus::{Bus, Published, Signal};
pub use journal::{
    Applied, Bulk, BulkApplied, BulkItem, Change, Committed, Granted, Head, Journal, JournalOptions, NonceKey, RelaxedKey, Stamp,
    Touch,
};
