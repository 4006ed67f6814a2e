//! Keys and vaults on the engines.

mod hierarchy;
mod shared;
mod vaults;
