//! Messages and everything about them.

mod changes;
mod cursors;
mod edits;
mod held;
mod history;
mod housekeeping;
mod live;
mod names;
mod reactions;
mod rotated;
mod sealed;
mod sends;
mod threads;
mod world;
