//! The journal, the outbox, leases and nodes on every engine.

mod access;
mod background;
mod bounds;
mod cost;
mod history;
mod journal;
mod rows;
