//! The audit log: who did what, in an order and with a content that nobody can change unseen.
//!
//! Whoever acts makes a [`Record`] and writes it in the transaction of the act, without a number. One leased
//! [`Sequencer`] numbers what is there, appends it to a Merkle tree (RFC 9162) and signs a [`checkpoint`] (C2SP
//! tlog-checkpoint). [`Log`] reads entries and proofs; [`verify`] walks everything and names the first entry that is not
//! what was signed; [`export`] does so without a server. What it signs with stands in the database, sealed ([`open`]). Guarantees: an act and its entry are committed together;
//! erasing a person or dropping old bodies changes no hash. Not here: who may read it (`server`), which acts are
//! recorded (each verb says so).

mod action;
mod auditor;
mod canonical;
pub mod checkpoint;
mod entry;
pub mod export;
mod keys;
mod log;
mod mark;
pub mod merkle;
pub mod note;
mod recorded;
mod retention;
mod sequencer;
mod store;
pub mod telemetry;
pub mod tiles;
pub mod verify;

pub use action::Action;
pub use auditor::{Auditor, Record, Subject};
pub use canonical::{canonical, shown};
pub use entry::{Actor, BODY_BYTES, Entry, Outcome, Sealed, Target, VERSION, hash_of};
pub use keys::{AuditKeys, open};
pub use log::{InclusionProof, Log, Numbered, SignedCheckpoint, Standing, decode};
pub use mark::{MARK_FILE, Mark};
pub use recorded::Recorded;
pub use retention::{Days, Retention};
pub use sequencer::{LEASE, LEASE_NAME, Sequencer};
pub use store::EntryQuery;
