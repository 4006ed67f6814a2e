//! Writes the files that are derived from the code: the OpenAPI document, the TypeScript types of
//! the web client and the reference pages. Started by `cargo run -p xtask -- codegen`.
//!
//! A crate of its own because it links the whole server; `xtask tidy` must start in a moment.

fn main() {}
