//! Messaging through its public verbs, on every engine.

mod messages;
mod places;
mod world;
