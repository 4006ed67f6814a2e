//! W4: what a server costs before anybody came.

use crate::{measure, target::Bare};
use anyhow::Result;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Starts on an empty directory and waits 3 s.
pub(crate) async fn run(binary: &Path, database: &str) -> Result<()> {
    let started = Instant::now();
    let bare = Bare::start(binary, database).await?;
    let ready = started.elapsed();
    let cpu = measure::cpu_seconds(bare.pid());
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = measure::cpu_seconds(bare.pid()) - cpu;
    println!(
        "W4 start    link printed after {:.0} ms, CPU to there {:.0} ms, idle CPU {:.1} ms/s, idle RSS {:.1} MiB",
        ready.as_secs_f64() * 1000.0,
        cpu * 1000.0,
        idle * 1000.0 / 3.0,
        measure::rss_kib(bare.pid()) / 1024.0
    );
    Ok(())
}
