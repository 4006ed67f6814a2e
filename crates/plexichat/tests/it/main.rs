//! The command line as people and scripts use it: the real executable, in a directory of its own.

mod configuration;
mod help;
mod live;
mod managing;
mod observe;
mod place;
mod robust;
mod serving;
mod talking;
mod tls;
