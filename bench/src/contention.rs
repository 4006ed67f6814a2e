//! W6: one hot channel beside many cold ones: what a flood in one place costs the others.

use crate::{
    measure::{Latencies, float},
    people,
    socket::Socket,
    target::Target,
};
use anyhow::Result;
use plexichat_model::{ChannelId, message::NewMessage};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Sockets that write to the cold channels, in turn.
const WRITERS: usize = 16;
/// Messages a second in all cold channels together.
const PACE: u64 = 200;

/// Measures the acknowledgements of the cold channels while nothing else happens, then beside the flood.
pub(crate) async fn run(target: &Target, cold: usize, hot_senders: usize, seconds: u64) -> Result<()> {
    let tokens = people::members(target, WRITERS).await?;
    let channels = people::channels(target, cold + 1, &tokens[..1]).await?;
    for token in &tokens[1..] {
        people::join(target, &channels, token).await?;
    }
    let (hot, cold) = (channels[0], Arc::new(channels[1..].to_vec()));
    let mut quiet = paced(target, &tokens, &cold, seconds).await?;
    let (stop, flooded) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut floods = Vec::new();
    for nth in 0..hot_senders {
        let mut socket = Socket::connect(target, &tokens[nth % tokens.len()]).await?;
        let (stop, flooded) = (Arc::clone(&stop), Arc::clone(&flooded));
        floods.push(plexichat_kernel::tasks::spawn("bench", async move {
            while !stop.load(Ordering::Relaxed) {
                socket.send(hot, message()).await?;
                flooded.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        }));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (before, started) = (flooded.load(Ordering::Relaxed), Instant::now());
    let mut beside = paced(target, &tokens, &cold, seconds).await?;
    let rate = float(flooded.load(Ordering::Relaxed) - before) / started.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    for flood in floods {
        flood.await??;
    }
    println!(
        "W6 hot/cold {} cold channels at {PACE}/s in all | quiet p50 {:.2} p99 {:.2} ms | beside {hot_senders} senders in one channel ({rate:.0}/s) p50 {:.2} p99 {:.2} ms, {:.1} x",
        cold.len(),
        quiet.percentile(50),
        quiet.percentile(99),
        beside.percentile(50),
        beside.percentile(99),
        beside.percentile(99) / quiet.percentile(99).max(0.001),
    );
    Ok(())
}

/// Sends at a fixed pace, whatever the answers take, and keeps their latencies.
async fn paced(target: &Target, tokens: &[String], cold: &Arc<Vec<ChannelId>>, seconds: u64) -> Result<Latencies> {
    let every = Duration::from_secs(1) * u32::try_from(WRITERS)? / u32::try_from(PACE)?;
    // A snapshot of all these channels costs as much as many sends: none is made while it is measured.
    let mut sockets = Vec::new();
    for nth in 0..WRITERS {
        sockets.push(Socket::connect(target, &tokens[nth % tokens.len()]).await?);
    }
    let mut tasks = Vec::new();
    for (nth, mut socket) in sockets.into_iter().enumerate() {
        let cold = Arc::clone(cold);
        tasks.push(plexichat_kernel::tasks::spawn("bench", async move {
            let mut latencies = Latencies::default();
            let started = Instant::now();
            let mut due = started + every * u32::try_from(nth)? / u32::try_from(WRITERS)?;
            let mut count = nth;
            while started.elapsed() < Duration::from_secs(seconds) {
                tokio::time::sleep_until(due.into()).await;
                socket.send(cold[count % cold.len()], message()).await?;
                // From when it was due: a late answer also delays the next send.
                latencies.add(due.elapsed());
                due += every;
                count += WRITERS;
            }
            anyhow::Ok(latencies)
        }));
    }
    let mut all = Latencies::default();
    for task in tasks {
        all.join(task.await??);
    }
    Ok(all)
}

fn message() -> NewMessage {
    people::message(people::text(1))
}
