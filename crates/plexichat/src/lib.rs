//! The program as a library, for its own `main` and for the page that documents the command line.
//!
//! [`cli`] reads what is wanted and says how it went; [`compose`] is the one place that puts the parts of the server
//! together. What the parts do is theirs.

pub mod cli;
pub mod compose;
