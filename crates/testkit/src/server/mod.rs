//! The whole product under test: as a process of its own, and the people who use it.

mod binary;
pub mod canaries;
#[cfg(feature = "in-process")]
mod in_process;
mod sender;
mod watcher;
mod world;

pub use binary::RealBinary;
#[cfg(feature = "in-process")]
pub use in_process::{TestNode, TestServer};
pub use sender::{Acknowledged, Key, Load, key};
pub use watcher::{ChannelSeen, Seen, Watcher};
pub use world::{PASSWORD, World, all_messages, wait_until};
