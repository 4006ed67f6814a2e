//! The database on every engine.
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "a failed step is a failed test")]

mod checks;
mod entities;
mod errors;
mod locks;
mod migrations;
mod sessions;
