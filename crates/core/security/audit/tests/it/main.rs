//! The audit log: vectors, trees, and the log on every engine.

mod forms;
mod life;
mod million;
mod tamper;
mod tree;
mod vectors;
mod world;
