//! W1: durable sends. An answer means the message is on disk.

use crate::{
    measure::{Latencies, float},
    people,
    socket::{Socket, is_message},
    target::Target,
};
use anyhow::{Context as _, Result};
use plexichat_model::{
    ChannelId,
    message::{MessageView, NewMessage},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// What is sent.
pub(crate) struct Load {
    pub(crate) senders: usize,
    pub(crate) channels: usize,
    pub(crate) readers: usize,
    pub(crate) gateway: bool,
    pub(crate) seconds: u64,
}

fn message(nth: u64) -> NewMessage {
    people::message(people::text(nth))
}

/// Runs the load and prints a line.
pub(crate) async fn run(target: &Target, load: &Load) -> Result<()> {
    // Senders share 16 accounts: accounts cost a password hash each, the message path does not care.
    let tokens = people::members(target, load.senders.min(16)).await?;
    let channels = people::channels(target, load.channels, &tokens).await?;
    let delivered = Arc::new(AtomicUsize::new(0));
    for _ in 0..load.readers {
        let mut socket = Socket::connect(target, &target.token).await?;
        socket.open(&channels[..channels.len().min(20)]).await?;
        let delivered = Arc::clone(&delivered);
        plexichat_kernel::tasks::spawn("bench", async move {
            while let Ok(frame) = socket.next().await {
                delivered.fetch_add(usize::from(is_message(&frame)), Ordering::Relaxed);
            }
        });
    }
    // Connecting is not what is measured: a snapshot costs as much as many sends.
    let mut sockets = Vec::new();
    for nth in 0..load.senders {
        sockets.push(if load.gateway { Some(Socket::connect(target, &tokens[nth % tokens.len()]).await?) } else { None });
    }
    let (cpu, started) = (target.cpu(), Instant::now());
    let end = started + Duration::from_secs(load.seconds);
    let mut tasks = Vec::new();
    for (nth, socket) in sockets.into_iter().enumerate() {
        let token = tokens[nth % tokens.len()].clone();
        let sender = Sender { base: target.base.clone(), http: target.http.clone(), token, channels: channels.clone(), nth, end };
        tasks.push(plexichat_kernel::tasks::spawn("bench", sender.run(socket)));
    }
    let mut latencies = Latencies::default();
    for task in tasks {
        latencies.join(task.await??);
    }
    let (wall, cpu) = (started.elapsed().as_secs_f64(), target.cpu() - cpu);
    let count = float(latencies.count());
    println!(
        "W1 durable  {:>3} senders {:>3} channels {:>2} readers {:<7} | {:>7.0}/s  ack p50 {:>6.2} p99 {:>7.2} ms  server CPU {:>6.1} us/message  delivered {:.2} of sent x readers",
        load.senders,
        load.channels,
        load.readers,
        if load.gateway { "gateway" } else { "rest" },
        count / wall,
        latencies.percentile(50),
        latencies.percentile(99),
        cpu * 1e6 / count,
        float(delivered.load(Ordering::Relaxed)) / (count * float(load.readers.max(1))),
    );
    Ok(())
}

struct Sender {
    base: String,
    http: reqwest::Client,
    token: String,
    channels: Vec<ChannelId>,
    nth: usize,
    end: Instant,
}

impl Sender {
    async fn run(self, mut socket: Option<Socket>) -> Result<Latencies> {
        let mut latencies = Latencies::default();
        let mut count = 0;
        while Instant::now() < self.end {
            let channel = self.channels[(self.nth + count) % self.channels.len()];
            let message = message(count as u64);
            let started = Instant::now();
            match &mut socket {
                Some(socket) => socket.send(channel, message).await?,
                None => self.post(channel, &message).await?,
            }
            latencies.add(started.elapsed());
            count += 1;
        }
        Ok(latencies)
    }

    async fn post(&self, channel: ChannelId, message: &NewMessage) -> Result<()> {
        let url = format!("{}/api/v1/channels/{channel}/messages", self.base);
        let answer = self.http.post(url).bearer_auth(&self.token).json(message).send().await?.error_for_status()?;
        answer.json::<MessageView>().await.context("no message in the answer").map(|_| ())
    }
}
