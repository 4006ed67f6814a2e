//! What tests stand on: real databases, a real server, the real binary.
//!
//! [`engines!`] runs one test body on SQLite, PostgreSQL and MariaDB, each time with a database of its own
//! ([`TestDb`]). The engines are private instances ([`instance`]) on free loopback ports in temporary
//! directories, shared by all test processes of a run and gone soon after it; services of the machine are never
//! touched. An engine that is not installed fails the test and says how to install it, unless
//! `PLEXICHAT_TEST_ENGINES` (a list such as `sqlite,postgres`) leaves it out.

pub mod bao;
mod database;
mod engines;
mod fault;
pub mod instance;
mod pool;
#[cfg(feature = "server")]
pub mod server;

pub use database::{Backup, TestDb};
pub use engines::{run_on, wanted};
pub use plexichat_database::Engine;
