//! Handlers: parse, call one verb, present. What the product does is decided below.

pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod present;
pub(crate) mod v1;
