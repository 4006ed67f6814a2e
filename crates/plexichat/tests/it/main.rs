//! The command line as people and scripts use it: the real executable, in a directory of its own.

mod configuration;
mod help;
mod live;
mod observe;
mod place;
mod serving;
mod talking;
mod tls;
