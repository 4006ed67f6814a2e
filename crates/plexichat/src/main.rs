//! The program: a memory allocator and the command line.

use std::process::ExitCode;

/// Gives memory of closed connections back to the system and is fast under many threads.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    plexichat::cli::run()
}
