//! W3: memory of idle, identified connections (user space of the server; kernel buffers are not counted).

use crate::{measure::float, people, socket::Socket, target::Target};
use anyhow::Result;
use std::time::Duration;

/// Opens the connections and compares resident memory.
pub(crate) async fn run(target: &Target, count: usize) -> Result<()> {
    let tokens = people::members(target, 8).await?;
    // The first connections make caches and pools grow; they are not what an idle connection costs.
    let mut sockets = Vec::with_capacity(count + 32);
    for nth in 0..32 {
        sockets.push(Socket::connect(target, &tokens[nth % tokens.len()]).await?);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = target.rss_kib();
    for nth in 0..count {
        sockets.push(Socket::connect(target, &tokens[nth % tokens.len()]).await?);
    }
    for socket in &mut sockets {
        socket.ping().await?;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = target.rss_kib();
    println!(
        "W3 idle     {count:>5} connections | {:.1} KiB each, server RSS {:.0} MiB",
        (after - before) / float(count),
        after / 1024.0
    );
    Ok(())
}
