//! W3: memory of idle, identified connections (user space of the server; kernel buffers are not counted).

use crate::{
    measure::float,
    people,
    socket::{Socket, is_message},
    target::Target,
};
use anyhow::Result;
use std::time::Duration;

/// Messages of the burst.
const BURST: usize = 200;

/// Opens the connections and compares resident memory: idle, then idle again after all have shown a channel in which
/// many messages came at once.
pub(crate) async fn run(target: &Target, count: usize) -> Result<()> {
    let tokens = people::members(target, 8).await?;
    let channel = people::channels(target, 1, &tokens).await?[0];
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
    let idle = target.rss_kib();
    for socket in &mut sockets {
        socket.open(&[channel]).await?;
    }
    let mut readers = Vec::with_capacity(sockets.len());
    for mut socket in sockets {
        readers.push(plexichat_kernel::tasks::spawn("bench", async move {
            let mut seen = 0;
            while seen < BURST {
                seen += usize::from(is_message(&socket.next().await?));
            }
            anyhow::Ok(socket)
        }));
    }
    let mut senders = Vec::new();
    for _ in 0..8 {
        senders.push(Socket::connect(target, &target.token).await?);
    }
    for nth in 0..BURST / senders.len() {
        let text = people::text(u64::try_from(nth)?);
        let sends = senders.iter_mut().map(|socket| socket.send(channel, people::message(text.clone())));
        futures_util::future::try_join_all(sends).await?;
    }
    let mut sockets = Vec::with_capacity(readers.len());
    for reader in readers {
        sockets.push(reader.await??);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = target.rss_kib();
    println!(
        "W3 idle     {count:>5} connections | {:.1} KiB each, after a burst of {BURST} messages to all {:.1} KiB, server RSS {:.0} MiB",
        (idle - before) / float(count),
        (after - before) / float(count),
        after / 1024.0
    );
    drop(sockets);
    Ok(())
}
