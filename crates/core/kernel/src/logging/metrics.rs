//! Metrics for Prometheus: what the parts count through the `metrics` crate, and the process itself.
//!
//! Durations are histograms named `…_seconds` and share one set of buckets. Labels never hold ids,
//! names or addresses, so the number of series is bounded by the code. Rendering also measures the
//! process; nothing is measured while nobody asks.

use std::time::Duration;

use async_trait::async_trait;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::process;
use crate::error::{Error, Result};
use crate::tasks::{Shutdown, Worker};

/// From a tenth of a millisecond, the time of a page from memory, to the patience of a client.
const SECONDS: [f64; 14] = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Sizes of groups and queues.
const COUNTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1_024.0];

/// How often recorded durations are moved from their buffers into the buckets.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The metrics of this process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Starts recording the metrics of this process. Works once.
pub fn install() -> Result<Metrics> {
    builder()?.install_recorder().map(Metrics).map_err(Error::internal)
}

fn builder() -> Result<PrometheusBuilder> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &COUNTS))
        .map_err(Error::internal)
}

impl Metrics {
    /// Everything recorded so far and the present state of the process, in the format of Prometheus.
    pub fn render(&self) -> String {
        let mut page = self.0.render();
        process::render(&mut page);
        page
    }
}

/// Keeps the memory of histograms bounded while nobody asks for the metrics.
pub struct UpkeepWorker(Metrics);

impl UpkeepWorker {
    /// Looks after `metrics`.
    pub fn new(metrics: Metrics) -> Self {
        Self(metrics)
    }
}

#[async_trait]
impl Worker for UpkeepWorker {
    fn name(&self) -> &'static str {
        "metrics_upkeep"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        while shutdown.run_until(tokio::time::sleep(UPKEEP_EVERY)).await.is_some() {
            self.0.0.run_upkeep();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_rendered_with_the_process() {
        let recorder = builder().expect("valid buckets").build_recorder();
        let metrics = Metrics(recorder.handle());
        ::metrics::with_local_recorder(&recorder, || {
            ::metrics::counter!("plexichat_test_total", "kind" => "a").increment(3);
            ::metrics::histogram!("plexichat_test_seconds").record(0.002);
            ::metrics::histogram!("plexichat_test_size").record(20.0);
        });
        let page = metrics.render();
        assert!(page.contains("plexichat_test_total{kind=\"a\"} 3"), "{page}");
        assert!(page.contains("plexichat_test_seconds_bucket{le=\"0.0025\"} 1"), "{page}");
        assert!(page.contains("plexichat_test_size_bucket{le=\"32\"} 1"), "{page}");
        assert!(page.contains("process_resident_memory_bytes "), "{page}");
    }
}
