//! The journal, the outbox, leases and nodes on every engine.

mod journal;
mod rows;
