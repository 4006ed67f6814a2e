//! The whole product under test: as a process of its own, and the people who use it.

mod binary;
mod sender;
mod watcher;
mod world;

pub use binary::RealBinary;
pub use sender::{Acknowledged, Load};
pub use watcher::{ChannelSeen, Seen, Watcher};
pub use world::{World, all_messages, wait_until};
