//! What the server tells about itself while it runs: log lines on standard error, and metrics.
//!
//! Logs are `tracing` events, written for people or as JSON, one line each. Values of fields that
//! name a credential are never written, in either format, and credentials inside other texts are
//! masked where they can be recognised (see `redact`). The level can be changed while the server
//! runs. Metrics are those of the `metrics` crate, rendered for Prometheus by [`metrics`].

mod human;
mod json;
pub mod metrics;
mod process;
mod redact;

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Registry, reload};

use crate::clock::Clock;
use crate::config::{ConfigHandle, Environment, LogFilter, LogFormat, LoggingConfig};
use crate::error::{Error, Result};
use crate::tasks::{Shutdown, Worker};

/// Steers the log of this process. Cheap to clone.
#[derive(Clone)]
pub struct LogHandle {
    filter: reload::Handle<EnvFilter, Registry>,
    errors: Arc<AtomicU64>,
}

impl LogHandle {
    /// Changes which lines are written, from now on.
    pub fn set_level(&self, level: &LogFilter) -> Result<()> {
        self.filter.reload(parse(level)?).map_err(Error::internal)
    }

    /// How many errors were logged since the start. A test expects none.
    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }
}

/// Starts the log of this process, on standard error; also logs every panic. Works once.
pub fn init(config: &LoggingConfig) -> Result<LogHandle> {
    let no_color = Environment::of_process().get("NO_COLOR").is_some();
    let color = config.format == LogFormat::Human && !no_color && std::io::stderr().is_terminal();
    start(subscriber(config, std::io::stderr, color)?)
}

/// The same to another place than standard error, without colours.
pub fn init_to<W>(config: &LoggingConfig, writer: W) -> Result<LogHandle>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    start(subscriber(config, writer, false)?)
}

fn start((subscriber, handle): (impl Subscriber + Send + Sync, LogHandle)) -> Result<LogHandle> {
    tracing::subscriber::set_global_default(subscriber).map_err(Error::internal)?;
    log_panics();
    Ok(handle)
}

/// The log as configured, written to `writer`.
fn subscriber<W>(config: &LoggingConfig, writer: W, color: bool) -> Result<(impl Subscriber + Send + Sync, LogHandle)>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(parse(&config.level)?);
    let errors = Arc::new(AtomicU64::new(0));
    let handle = LogHandle { filter: handle, errors: errors.clone() };
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(color);
    let lines = match config.format {
        LogFormat::Human => lines.event_format(human::Human(Clock::system())).fmt_fields(human::HumanFields).boxed(),
        LogFormat::Json => lines.event_format(json::Json(Clock::system())).fmt_fields(json::JsonFields).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(filter).with(lines).with(Counter { errors });
    Ok((subscriber, handle))
}

fn parse(level: &LogFilter) -> Result<EnvFilter> {
    EnvFilter::builder().parse(level.as_str()).map_err(Error::internal)
}

/// Counts lines by level, for the metrics and for tests that expect no errors.
struct Counter {
    errors: Arc<AtomicU64>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counter {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = match *event.metadata().level() {
            Level::ERROR => {
                self.errors.fetch_add(1, Ordering::Relaxed);
                "error"
            }
            Level::WARN => "warn",
            // The rest is no sign of anything and would cost a look-up per line.
            _ => return,
        };
        ::metrics::counter!("plexichat_log_lines_total", "level" => level).increment(1);
    }
}

/// Panics are written like every other error, with their place, before the usual handling.
fn log_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or("no text");
        let place = panic.location().map(ToString::to_string);
        tracing::error!(panic = text, place, "a part of the server panicked");
        if cfg!(debug_assertions) {
            usual(panic);
        }
    }));
}

/// Applies `logging.level` whenever the configuration changes.
pub struct LevelWorker {
    log: LogHandle,
    config: ConfigHandle,
}

impl LevelWorker {
    /// Keeps the level of `log` as `config` has it.
    pub fn new(log: LogHandle, config: ConfigHandle) -> Self {
        Self { log, config }
    }
}

#[async_trait]
impl Worker for LevelWorker {
    fn name(&self) -> &'static str {
        "log_level"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let mut changed = self.config.watch();
        let mut present = None;
        loop {
            let level = changed.borrow_and_update().logging.level.clone();
            if present.as_ref() != Some(&level) {
                self.log.set_level(&level)?;
                present = Some(level);
            }
            match shutdown.run_until(changed.changed()).await {
                Some(Ok(())) => {}
                // The configuration is gone or the server stops: nothing more can change.
                Some(Err(_)) | None => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
