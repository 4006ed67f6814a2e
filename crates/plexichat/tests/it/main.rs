//! The command line as people and scripts use it: the real executable, in a directory of its own.

#![expect(clippy::disallowed_methods, reason = "the other end of a connection is played by the test itself")]

mod acme;
mod audit;
mod configuration;
mod help;
mod https;
mod hygiene;
mod joining;
mod keys;
mod live;
mod managing;
mod metrics;
mod observe;
mod place;
mod recovery;
mod robust;
mod serving;
mod talking;
mod tls;
mod vaults;
