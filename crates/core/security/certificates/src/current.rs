//! The pair that new handshakes get.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use arc_swap::ArcSwapOption;
use plexichat_kernel::{Clock, Condition, clock};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::pair::Pair;

/// How long before its end a certificate is an alarm, but at most a sixth of its life: it should have been renewed long ago.
const ALARM_MS: i64 = 7 * 86_400_000;

/// The pair in force; none before the first was obtained. Cheap to clone; clones see the same pair.
#[derive(Clone, Debug, Default)]
pub struct Current(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    pair: ArcSwapOption<Pair>,
    /// What was last said in the log: nothing, that it ends soon, that there is none.
    said: AtomicU8,
}

impl Current {
    /// The pair in force.
    pub fn pair(&self) -> Option<Arc<Pair>> {
        self.0.pair.load_full()
    }

    /// Puts another pair in force, for handshakes from now on.
    pub fn install(&self, pair: Pair) {
        let facts = pair.facts();
        tracing::info!(
            names = %facts.names.join(", "), issuer = %facts.issuer, expires = %clock::rfc3339(facts.not_after_ms),
            "a certificate is in force"
        );
        self.0.pair.store(Some(Arc::new(pair)));
    }

    /// Whether the pair in force is for this host.
    pub fn covers(&self, host: &str) -> bool {
        self.0.pair.load().as_ref().is_some_and(|pair| pair.facts().covers(host))
    }

    /// How it stands. Sets the metric of when it ends, and says in the log when it begins to stand badly.
    pub fn condition(&self, now: &Clock) -> Condition {
        let (condition, level) = self.look(now.now_ms());
        let said = self.0.said.swap(level, Ordering::Relaxed);
        if let Condition::Degraded(what) | Condition::Failing(what) = &condition
            && level > said
        {
            tracing::error!("{what}");
        }
        condition
    }

    fn look(&self, now_ms: i64) -> (Condition, u8) {
        let Some(pair) = self.pair() else {
            return (Condition::Failing("there is no certificate yet, so no https connection can be made".to_owned()), 2);
        };
        let facts = pair.facts();
        let left = facts.not_after_ms - now_ms;
        #[expect(clippy::cast_precision_loss, reason = "seconds of a certificate's life are far below 2^52")]
        metrics::gauge!("plexichat_tls_certificate_expires_seconds").set((left / 1_000) as f64);
        let when = clock::rfc3339(facts.not_after_ms);
        if left < 0 {
            return (Condition::Failing(format!("the certificate expired at {when}")), 2);
        }
        if left < ALARM_MS.min((facts.not_after_ms - facts.not_before_ms) / 6) {
            return (Condition::Degraded(format!("the certificate expires at {when}")), 1);
        }
        (Condition::Healthy, 0)
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Whatever name was asked for: the client decides whether it is content, and sees which server this is.
        self.0.pair.load().as_ref().map(|pair| Arc::clone(pair.key()))
    }
}
