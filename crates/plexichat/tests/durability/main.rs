//! What was acknowledged stays: the real program killed, two nodes, a restored backup, a full disk.
//!
//! `PLEXICHAT_CRASH_ROUNDS` sets how often the program is killed on each engine.

mod crash;
mod durability;
mod full_disk;
mod in_process;
mod restore;
mod rotated;
mod sealed;
mod sealed_people;
mod table;
mod two_nodes;
mod verify;

/// The program as cargo has just built it, or the one that `PLEXICHAT_BIN` names.
#[expect(clippy::disallowed_methods, reason = "a switch for people who run tests, not a setting of the server")]
fn program() -> &'static std::path::Path {
    static PROGRAM: std::sync::LazyLock<std::path::PathBuf> = std::sync::LazyLock::new(|| {
        std::env::var_os("PLEXICHAT_BIN").map_or_else(|| env!("CARGO_BIN_EXE_plexichat").into(), Into::into)
    });
    &PROGRAM
}

/// A test on one engine, on a runtime of its own; left out when `PLEXICHAT_TEST_ENGINES` does not name the engine.
fn run(engine: plexichat_testkit::Engine, test: impl Future<Output = anyhow::Result<()>>) {
    if !plexichat_testkit::wanted(engine) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(test);
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    outcome.unwrap_or_else(|error| panic!("{error:?}"));
}
