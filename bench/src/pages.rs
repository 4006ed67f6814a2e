//! W5: pages of 50 messages of a channel with 2,000.

use crate::{
    measure::{Latencies, float},
    people,
    socket::Socket,
    target::Target,
};
use anyhow::Result;
use plexichat_model::page::MessagePage;
use std::time::{Duration, Instant};

/// Fills a channel and reads pages at random places.
pub(crate) async fn run(target: &Target, at_once: usize, seconds: u64) -> Result<()> {
    let mut sockets = Vec::new();
    for _ in 0..16 {
        sockets.push(Socket::connect(target, &target.token).await?);
    }
    for nth in 0..125 {
        let sends = sockets.iter_mut().map(|s| s.send(target.channel, people::message(people::text(nth))));
        futures_util::future::try_join_all(sends).await?;
    }
    drop(sockets);
    let (cpu, started) = (target.cpu(), Instant::now());
    let end = started + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for _ in 0..at_once {
        let (http, token, base, channel) = (target.http.clone(), target.token.clone(), target.base.clone(), target.channel);
        tasks.push(plexichat_kernel::tasks::spawn("bench", async move {
            let mut latencies = Latencies::default();
            while Instant::now() < end {
                let before = 60 + plexichat_kernel::random::below(1900);
                let asked = Instant::now();
                let url = format!("{base}/api/v1/channels/{channel}/messages?before={before}&limit=50");
                let page: MessagePage = http.get(url).bearer_auth(&token).send().await?.error_for_status()?.json().await?;
                anyhow::ensure!(page.messages.len() == 50, "a page of {}", page.messages.len());
                latencies.add(asked.elapsed());
            }
            Ok(latencies)
        }));
    }
    let mut latencies = Latencies::default();
    for task in tasks {
        latencies.join(task.await??);
    }
    let count = float(latencies.count());
    println!(
        "W5 page 50  {at_once:>3} at once | {:>6.0}/s  p50 {:>6.2} p99 {:>7.2} ms  server CPU {:>6.0} us/page",
        count / started.elapsed().as_secs_f64(),
        latencies.percentile(50),
        latencies.percentile(99),
        (target.cpu() - cpu) * 1e6 / count
    );
    Ok(())
}
