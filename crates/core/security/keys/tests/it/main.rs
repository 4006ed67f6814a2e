//! Keys and vaults on the engines.

mod hierarchy;
mod recovery;
mod vaults;
