//! W2: one sender, many receivers that hold the channel open.

use crate::{
    measure::float,
    people,
    socket::{Socket, is_message},
    target::Target,
};
use anyhow::Result;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Measures lock-step (the next message when all have the last) and bursts.
pub(crate) async fn run(target: &Target, receivers: usize, burst: usize, seconds: u64) -> Result<()> {
    let tokens = people::members(target, receivers.min(16)).await?;
    let channel = people::channels(target, 1, &tokens).await?[0];
    let delivered = Arc::new(AtomicUsize::new(0));
    for nth in 0..receivers {
        let mut socket = Socket::connect(target, &tokens[nth % tokens.len()]).await?;
        socket.open(&[channel]).await?;
        let delivered = Arc::clone(&delivered);
        plexichat_kernel::tasks::spawn("bench", async move {
            while let Ok(frame) = socket.next().await {
                delivered.fetch_add(usize::from(is_message(&frame)), Ordering::Relaxed);
            }
        });
    }
    let mut senders = Vec::new();
    for _ in 0..burst {
        senders.push(Socket::connect(target, &target.token).await?);
    }
    for (name, at_once) in [("lock-step", 1), ("burst", burst)] {
        delivered.store(0, Ordering::Relaxed);
        let (cpu, started, mut sent) = (target.cpu(), Instant::now(), 0);
        while started.elapsed() < Duration::from_secs(seconds) {
            let sends = senders.iter_mut().take(at_once).map(|s| s.send(channel, people::message(people::text(1))));
            futures_util::future::try_join_all(sends).await?;
            sent += at_once;
            while delivered.load(Ordering::Relaxed) < sent * receivers {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        }
        let (wall, cpu, count) = (started.elapsed().as_secs_f64(), target.cpu() - cpu, float(sent * receivers));
        println!(
            "W2 fan-out  {receivers:>4} receivers {name:<9} x{at_once:<3} | {:>8.0} deliveries/s  server CPU {:>5.2} us/delivery  {sent} messages",
            count / wall,
            cpu * 1e6 / count
        );
    }
    Ok(())
}
