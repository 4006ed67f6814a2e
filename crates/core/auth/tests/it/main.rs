//! Accounts, sessions and permissions through the public verbs, on every engine.

mod access;
mod accounts;
mod codes;
mod login;
mod people;
mod sessions;
mod visibility;
mod world;
