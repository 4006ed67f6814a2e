//! Keys and vaults: on the engines, with a real `OpenBao` server, in a token.

mod hierarchy;
mod names;
mod nodes;
mod pkcs11;
mod recovery;
mod shared;
mod transit;
mod vaults;
