//! What every other part stands on and nothing else provides.
//!
//! One semantic [`Error`], the [`Clock`], ids, the [`Caller`], randomness, tasks and workers,
//! layered [`config`] and [`logging`]. Time, randomness, the environment and spawn have their only
//! home here, so that everything above can be tested with a clock that jumps and be stopped in
//! order. Nothing here knows of chat, of databases or of HTTP.

pub mod caller;
pub mod clock;
pub mod config;
pub mod error;
pub mod ids;
pub mod logging;
pub mod random;
pub mod tasks;

pub use caller::{Caller, CallerKind};
pub use clock::Clock;
pub use error::{Error, Result};
pub use ids::IdGenerator;
pub use tasks::{Condition, Shutdown, Supervisor, Worker};
