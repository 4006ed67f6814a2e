//! The floors of this machine, measured with as little code as possible: what no server can be cheaper than.

use crate::{
    groups,
    measure::{cpu_seconds, float},
};
use anyhow::Result;
use bytes::Bytes;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, Statement, TransactionTrait};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// Both floors.
pub(crate) async fn run(seconds: u64) -> Result<()> {
    for batch in [1, 8, 32, 256] {
        group_commit(batch, seconds).await?;
    }
    for senders in [8, 32, 256] {
        groups::run(senders, seconds).await?;
    }
    for burst in [1, 16] {
        broadcast(500, burst, seconds).await?;
    }
    Ok(())
}

/// SQLite with WAL and `synchronous=FULL`, as the server opens it.
pub(crate) async fn open(directory: &std::path::Path) -> Result<DatabaseConnection> {
    use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
    let mut options = ConnectOptions::new(format!("sqlite://{}/floor.db?mode=rwc", directory.display()));
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|o| o.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full));
    let db = Database::connect(options).await?;
    db.execute_unprepared("create table floor(id integer primary key, body blob not null)").await?;
    Ok(db)
}

/// So many rows of 130 bytes.
pub(crate) async fn insert(tx: &DatabaseTransaction, rows: usize) -> Result<()> {
    let text = format!("insert into floor(body) values {}", vec!["(?)"; rows].join(","));
    let values = (0..rows).map(|_| sea_orm::Value::from(vec![7u8; 130]));
    tx.execute_raw(Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, text, values)).await?;
    Ok(())
}

/// Transactions one after the other.
async fn group_commit(batch: usize, seconds: u64) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let db = open(directory.path()).await?;
    let (cpu, started, mut count) = (cpu_seconds(std::process::id()), Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(seconds) {
        let tx = db.begin().await?;
        insert(&tx, batch).await?;
        tx.commit().await?;
        count += batch;
    }
    let cpu = cpu_seconds(std::process::id()) - cpu;
    println!(
        "floor       SQLite commits of {batch:>3} rows | {:>7.0} rows/s  CPU {:>6.1} us/row",
        float(count) / started.elapsed().as_secs_f64(),
        cpu * 1e6 / float(count)
    );
    db.close().await?;
    Ok(())
}

/// Prebuilt frames of 400 bytes to `count` loopback sockets, one task and one queue each; readers are in this process
/// too, so the CPU is that of both ends.
async fn broadcast(count: usize, burst: usize, seconds: u64) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (done, mut finished) = mpsc::channel::<()>(count * burst + 1);
    let mut queues = Vec::with_capacity(count);
    let frame = Bytes::from(vec![b'x'; 400]);
    for _ in 0..count {
        let mut reader = TcpStream::connect(address).await?;
        let (mut writer, _) = listener.accept().await?;
        writer.set_nodelay(true)?;
        let (queue, mut frames) = mpsc::channel::<Bytes>(256);
        queues.push(queue);
        plexichat_kernel::tasks::spawn("bench", async move {
            let mut batch = Vec::with_capacity(64);
            while frames.recv_many(&mut batch, 64).await > 0 {
                let joined: Vec<u8> = batch.drain(..).flat_map(|b| b.to_vec()).collect();
                if writer.write_all(&joined).await.is_err() {
                    return;
                }
            }
        });
        let done = done.clone();
        plexichat_kernel::tasks::spawn("bench", async move {
            let mut buffer = vec![0; 400];
            while reader.read_exact(&mut buffer).await.is_ok() {
                let _ = done.send(()).await;
            }
        });
    }
    let (cpu, started, mut sent) = (cpu_seconds(std::process::id()), Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..burst {
            for queue in &queues {
                queue.send(frame.clone()).await?;
            }
        }
        for _ in 0..burst * count {
            finished.recv().await;
        }
        sent += burst * count;
    }
    let cpu = cpu_seconds(std::process::id()) - cpu;
    println!(
        "floor       raw frames to {count} sockets x{burst:<2} | {:>8.0} deliveries/s  CPU {:>5.2} us/delivery (both ends)",
        float(sent) / started.elapsed().as_secs_f64(),
        cpu * 1e6 / float(sent)
    );
    Ok(())
}
