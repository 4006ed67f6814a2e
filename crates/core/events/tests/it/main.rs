//! The journal, the outbox, leases and nodes on every engine.

mod access;
mod background;
mod journal;
mod rows;
