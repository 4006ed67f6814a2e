//! The floor of group commit: so many senders, each waiting for its row to be durable; while one commit runs the next
//! gathers. What a server with nothing else to do could acknowledge.
//!
//! Rows, statements and settings of the database are those of the other floors.

use crate::{
    limits::{insert, open},
    measure::{cpu_seconds, float},
};
use anyhow::Result;
use sea_orm::{DatabaseConnection, TransactionTrait};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Rows of one transaction at most.
const MOST: usize = 256;

/// Runs the senders and prints a line.
pub(crate) async fn run(senders: usize, seconds: u64) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let db = open(directory.path()).await?;
    let (queue, waiting) = mpsc::channel::<oneshot::Sender<()>>(1024);
    let lane = plexichat_kernel::tasks::spawn("bench", lane(db, waiting));
    let (cpu, started) = (cpu_seconds(std::process::id()), Instant::now());
    let end = started + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for _ in 0..senders {
        let queue = queue.clone();
        tasks.push(plexichat_kernel::tasks::spawn("bench", async move {
            let mut count = 0;
            while Instant::now() < end {
                let (reply, durable) = oneshot::channel();
                queue.send(reply).await?;
                durable.await?;
                count += 1;
            }
            anyhow::Ok(count)
        }));
    }
    drop(queue);
    let mut count = 0;
    for task in tasks {
        count += task.await??;
    }
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds(std::process::id()) - cpu);
    println!(
        "floor       SQLite group commit, {senders:>3} senders | {:>7.0} rows/s  CPU {:>6.1} us/row",
        float(count) / wall,
        cpu * 1e6 / float(count)
    );
    lane.await?
}

async fn lane(db: DatabaseConnection, mut waiting: mpsc::Receiver<oneshot::Sender<()>>) -> Result<()> {
    let mut batch = Vec::with_capacity(MOST);
    while waiting.recv_many(&mut batch, MOST).await > 0 {
        tokio::task::yield_now().await;
        while batch.len() < MOST
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        let tx = db.begin().await?;
        let mut left = batch.len();
        // As the server: few distinct texts, so that they stay prepared.
        while let Some(power) = left.checked_ilog2() {
            insert(&tx, 1 << power).await?;
            left -= 1 << power;
        }
        tx.commit().await?;
        batch.drain(..).for_each(|reply| {
            // Who asked has stopped.
            let _ = reply.send(());
        });
    }
    Ok(db.close().await?)
}
