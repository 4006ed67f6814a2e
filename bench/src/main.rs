//! Drives a running server over the public API and tells what a message, a delivery, an idle connection, a
//! start and a page cost. The method and how to read the figures: `bench/README.md`.
//!
//! Figures that matter are CPU of the server process and memory; rates on a shared machine are only
//! comparable within one run, next to the floors of `bench limits`.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures by trade")]

mod connections;
mod contention;
mod durable;
mod fanout;
mod groups;
mod limits;
mod measure;
mod pages;
mod people;
mod socket;
mod start;
mod target;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Benchmark of a PlexiChat server.
#[derive(Parser)]
#[command(name = "bench", version)]
struct Cli {
    /// Binary to start in a temporary directory, with rate limits off.
    #[arg(long, default_value = "target/release/plexichat", global = true)]
    binary: std::path::PathBuf,
    /// Database address of the started server; empty: embedded.
    #[arg(long, default_value = "", global = true)]
    database: String,
    /// Seconds each measurement runs.
    #[arg(long, default_value_t = 5, global = true)]
    seconds: u64,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// W1: durable sends: acknowledgement latency and CPU per message.
    Durable {
        /// Senders.
        #[arg(long, default_value_t = 32)]
        senders: usize,
        /// Channels they write to.
        #[arg(long, default_value_t = 8)]
        channels: usize,
        /// Sockets that hold the channels open and read.
        #[arg(long, default_value_t = 8)]
        readers: usize,
        /// Over the gateway instead of REST.
        #[arg(long)]
        gateway: bool,
    },
    /// W2: fan-out: CPU per delivery, in lock-step and in bursts.
    Fanout {
        /// Receivers.
        #[arg(long, default_value_t = 1000)]
        receivers: usize,
        /// Messages of a burst.
        #[arg(long, default_value_t = 16)]
        burst: usize,
    },
    /// W3: memory of idle connections.
    Connections {
        /// Connections.
        #[arg(long, default_value_t = 1000)]
        count: usize,
    },
    /// W4: memory and CPU of an idle server just started.
    Start,
    /// W5: a page of 50 messages.
    Pages {
        /// Requests at once.
        #[arg(long, default_value_t = 16)]
        at_once: usize,
    },
    /// W6: one hot channel beside many cold ones.
    Contention {
        /// Cold channels.
        #[arg(long, default_value_t = 200)]
        cold: usize,
        /// Senders of the hot channel.
        #[arg(long, default_value_t = 64)]
        senders: usize,
    },
    /// The floors of this machine: group commit on SQLite, raw frames to sockets.
    Limits,
    /// Everything, with the defaults.
    All,
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    println!("machine: {}", measure::machine());
    let target = |name: &'static str| target::Target::start(&cli.binary, &cli.database, name);
    match cli.what {
        What::Durable { senders, channels, readers, gateway } => {
            let load = durable::Load { senders, channels, readers, gateway, seconds: cli.seconds };
            durable::run(&target("durable").await?, &load).await
        }
        What::Fanout { receivers, burst } => fanout::run(&target("fanout").await?, receivers, burst, cli.seconds).await,
        What::Connections { count } => connections::run(&target("connections").await?, count).await,
        What::Start => start::run(&cli.binary, &cli.database).await,
        What::Pages { at_once } => pages::run(&target("pages").await?, at_once, cli.seconds).await,
        What::Contention { cold, senders } => contention::run(&target("contention").await?, cold, senders, cli.seconds).await,
        What::Limits => limits::run(cli.seconds).await,
        What::All => {
            limits::run(cli.seconds).await?;
            start::run(&cli.binary, &cli.database).await?;
            for (senders, gateway) in [(8, false), (32, false), (8, true), (32, true), (256, true)] {
                let load = durable::Load { senders, channels: 8, readers: 8, gateway, seconds: cli.seconds };
                durable::run(&target("durable").await?, &load).await?;
            }
            fanout::run(&target("fanout").await?, 1000, 16, cli.seconds).await?;
            contention::run(&target("contention").await?, 200, 64, cli.seconds).await?;
            connections::run(&target("connections").await?, 1000).await?;
            pages::run(&target("pages").await?, 16, cli.seconds).await
        }
    }
}
