//! How often an address and an account may come, by class of work.
//!
//! Counting is GCRA (`governor`) over a store of our own that forgets the emptiest bucket when it is full, so
//! that a flood of addresses costs no memory. The address is checked here; the account where it becomes known
//! (`extract::caller`), through [`Spent`], which also remembers the tighter of the two for the headers.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::fmt;
use std::hash::{BuildHasher as _, Hash};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use plexichat_kernel::config::Rate;
use plexichat_kernel::{Clock, Error};
use plexichat_model::UserId;

use super::Guard;
use super::client_address::bucket;
use super::request_id::RequestInfo;
use super::route_class::Class;
use crate::error::ApiError;
use crate::extract::cookie;
use crate::options::Rates;

const SHARDS: usize = 16;
/// Buckets looked at to find the emptiest one.
const SAMPLE: usize = 8;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The limits of all classes.
pub(crate) struct RateLimits {
    rates: Rates,
    credentials: Shared<IpAddr>,
    handshakes: Shared<IpAddr>,
    anonymous: Shared<IpAddr>,
    session: Shared<IpAddr>,
    reads: Shared<UserId>,
    writes: Shared<UserId>,
    messages: Shared<UserId>,
    admin: Shared<UserId>,
}

/// The buckets of a class, if it is limited.
type Shared<K> = Option<Arc<Limiter<K>>>;

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimits").finish_non_exhaustive()
    }
}

impl RateLimits {
    pub(crate) fn new(rates: Rates, keys: usize, clock: &Clock) -> Self {
        Self {
            rates,
            credentials: Limiter::shared(rates.credentials, keys, clock),
            handshakes: Limiter::shared(rates.handshakes, keys, clock),
            anonymous: Limiter::shared(rates.anonymous, keys, clock),
            session: Limiter::shared(rates.session, keys, clock),
            reads: Limiter::shared(rates.reads, keys, clock),
            writes: Limiter::shared(rates.writes, keys, clock),
            messages: Limiter::shared(rates.messages, keys, clock),
            admin: Limiter::shared(rates.admin, keys, clock),
        }
    }

    /// The limits at other rates. Classes whose rate stays keep their buckets; the others begin with full ones.
    pub(crate) fn changed(&self, rates: Rates, keys: usize, clock: &Clock) -> Self {
        let old = &self.rates;
        Self {
            rates,
            credentials: Limiter::kept(self.credentials.as_ref(), (old.credentials, rates.credentials), keys, clock),
            handshakes: Limiter::kept(self.handshakes.as_ref(), (old.handshakes, rates.handshakes), keys, clock),
            anonymous: Limiter::kept(self.anonymous.as_ref(), (old.anonymous, rates.anonymous), keys, clock),
            session: Limiter::kept(self.session.as_ref(), (old.session, rates.session), keys, clock),
            reads: Limiter::kept(self.reads.as_ref(), (old.reads, rates.reads), keys, clock),
            writes: Limiter::kept(self.writes.as_ref(), (old.writes, rates.writes), keys, clock),
            messages: Limiter::kept(self.messages.as_ref(), (old.messages, rates.messages), keys, clock),
            admin: Limiter::kept(self.admin.as_ref(), (old.admin, rates.admin), keys, clock),
        }
    }

    /// The rates that are kept to.
    pub(crate) fn rates(&self) -> Rates {
        self.rates
    }

    fn address(&self, class: Class, address: IpAddr, has_credential: bool) -> Option<Verdict> {
        let limiter = match class {
            Class::Free => return None,
            Class::Credentials => &self.credentials,
            Class::Handshake => &self.handshakes,
            _ if has_credential => &self.session,
            _ => &self.anonymous,
        };
        limiter.as_ref().map(|limiter| limiter.check(&bucket(address)))
    }

    fn account(&self, class: Class, user: UserId) -> Option<Verdict> {
        let limiter = match class {
            Class::Credentials | Class::Handshake | Class::Free => return None,
            Class::Read => &self.reads,
            Class::Write => &self.writes,
            Class::Message => &self.messages,
            Class::Admin => &self.admin,
        };
        limiter.as_ref().map(|limiter| limiter.check(&user))
    }
}

/// What one bucket says.
#[derive(Clone, Copy, Debug)]
struct Verdict {
    /// How long to wait; zero: go ahead.
    wait: Duration,
    /// Requests left at once.
    left: u32,
    /// Size of the bucket.
    burst: u32,
    /// Time in which the bucket fills.
    window: Duration,
}

/// The tighter verdict so far of a request; in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct Spent(Arc<Mutex<Option<Verdict>>>, Class);

impl Spent {
    /// Counts a request of an account.
    pub(crate) fn account(&self, guard: &Guard, user: UserId) -> Result<(), Error> {
        self.settle(guard.rates.load().account(self.1, user))
    }

    fn settle(&self, verdict: Option<Verdict>) -> Result<(), Error> {
        let Some(verdict) = verdict else { return Ok(()) };
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none_or(|held| verdict.left <= held.left) {
            *held = Some(verdict);
        }
        if verdict.wait.is_zero() { Ok(()) } else { Err(Error::rate_limited(verdict.wait)) }
    }
}

pub(crate) async fn layer(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let class = Class::of(request.method(), path);
    if class == Class::Free {
        return next.run(request).await;
    }
    let spent = Spent(Arc::default(), class);
    request.extensions_mut().insert(spent.clone());
    let address = request.extensions().get::<RequestInfo>().map(|info| info.address);
    let headers = request.headers();
    let has_credential = headers.contains_key(header::AUTHORIZATION) || cookie::session(headers).is_some();
    let verdict = address.and_then(|address| guard.rates.load().address(class, address, has_credential));
    let mut response = match spent.settle(verdict) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            metrics::counter!("plexichat_http_rate_limited_total", "class" => class.name()).increment(1);
            if let Some(audit) = guard.audit.get() {
                audit.telemetry().count(guard.clock.now_ms(), "rate_limit.refused", address);
            }
            ApiError(error).into_response()
        }
    };
    let held = *spent.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(verdict) = held {
        tell(&mut response, class, verdict);
    }
    response
}

/// The header fields of draft-ietf-httpapi-ratelimit-headers.
fn tell(response: &mut Response, class: Class, verdict: Verdict) {
    let name = class.name();
    let (window, wait) = (verdict.window.as_secs().max(1), verdict.wait.as_secs() + u64::from(verdict.wait.subsec_nanos() > 0));
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(format!("\"{name}\";q={};w={window}", verdict.burst)) {
        headers.insert(POLICY, value);
    }
    if let Ok(value) = HeaderValue::try_from(format!("\"{name}\";r={};t={wait}", verdict.left)) {
        headers.insert(LIMIT, value);
    }
    if wait > 0 {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
}

/// Time for governor: our monotonic clock.
#[derive(Clone, Debug)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

struct Limiter<K: Hash + Eq + Clone + fmt::Debug> {
    inner: RateLimiter<K, Store<K>, Ticks, StateInformationMiddleware>,
    burst: u32,
    window: Duration,
}

impl<K: Hash + Eq + Clone + fmt::Debug> Limiter<K> {
    fn new(rate: Rate, keys: usize, clock: &Clock) -> Option<Self> {
        let rate = rate.quota()?;
        let interval = rate.interval();
        let quota = Quota::with_period(interval)?.allow_burst(rate.burst);
        let inner = RateLimiter::new(quota, Store::new(keys), Ticks(clock.clone()));
        Some(Self { inner, burst: rate.burst.get(), window: interval * rate.burst.get() })
    }

    fn shared(rate: Rate, keys: usize, clock: &Clock) -> Shared<K> {
        Self::new(rate, keys, clock).map(Arc::new)
    }

    fn kept(present: Option<&Arc<Self>>, (old, new): (Rate, Rate), keys: usize, clock: &Clock) -> Shared<K> {
        if old == new { present.cloned() } else { Self::shared(new, keys, clock) }
    }

    fn check(&self, key: &K) -> Verdict {
        let (wait, left) = match self.inner.check_key(key) {
            Ok(state) => (Duration::ZERO, state.remaining_burst_capacity()),
            // Never zero: zero means "go ahead".
            Err(until) => (until.wait_time_from(self.inner.clock().0.monotonic()).max(Duration::from_millis(1)), 0),
        };
        Verdict { wait, left, burst: self.burst, window: self.window }
    }
}

/// Buckets by key, bounded: when a shard is full the emptiest of a few is forgotten.
struct Store<K> {
    shards: Vec<Mutex<HashMap<K, Nanos>>>,
    hasher: RandomState,
    per_shard: usize,
}

impl<K: Hash + Eq + Clone> Store<K> {
    fn new(keys: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            per_shard: (keys / SHARDS).max(1),
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().expect("no panic while held").len()).sum()
    }
}

impl<K: Hash + Eq + Clone> StateStore for Store<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let shard = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0);
        let mut buckets = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= self.per_shard && !buckets.contains_key(key) {
            let emptiest = buckets.iter().take(SAMPLE).min_by_key(|(_, full_until)| **full_until).map(|(key, _)| key.clone());
            if let Some(emptiest) = emptiest {
                buckets.remove(&emptiest);
            }
        }
        match buckets.entry(key.clone()) {
            Entry::Occupied(mut entry) => {
                let (outcome, next) = f(Some(*entry.get()))?;
                entry.insert(next);
                Ok(outcome)
            }
            Entry::Vacant(entry) => {
                let (outcome, next) = f(None)?;
                entry.insert(next);
                Ok(outcome)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let clock = Clock::manual(0);
        let limiter = Limiter::new(Rate::per_minute(60, 3), 100, &clock).expect("is limited");
        let address = IpAddr::from([1, 2, 3, 4]);
        assert_eq!((0..3).map(|_| limiter.check(&address).left).collect::<Vec<_>>(), [2, 1, 0]);
        let refused = limiter.check(&address);
        assert!(refused.wait > Duration::from_millis(900) && refused.wait <= Duration::from_secs(1));
        clock.advance(Duration::from_secs(1));
        assert!(limiter.check(&address).wait.is_zero());
        assert!(Limiter::<IpAddr>::new(Rate::Off, 100, &clock).is_none());
    }

    #[test]
    fn a_changed_rate_counts_anew_and_the_others_go_on() {
        let clock = Clock::manual(0);
        let rates = Rates { anonymous: Rate::per_minute(60, 1), session: Rate::per_minute(60, 1), ..Rates::default() };
        let limits = RateLimits::new(rates, 100, &clock);
        let address = IpAddr::from([1, 2, 3, 4]);
        let waits = |limits: &RateLimits, has_credential| {
            let verdict = limits.address(Class::Read, address, has_credential).expect("is limited");
            !verdict.wait.is_zero()
        };
        assert!(!waits(&limits, false) && waits(&limits, false));
        assert!(!waits(&limits, true) && waits(&limits, true));
        let limits = limits.changed(Rates { anonymous: Rate::per_minute(60, 2), ..rates }, 100, &clock);
        assert!(!waits(&limits, false) && waits(&limits, true));
        let limits = limits.changed(Rates { session: Rate::Off, ..rates }, 100, &clock);
        assert!(limits.address(Class::Read, address, true).is_none());
    }

    #[test]
    fn a_flood_of_addresses_costs_no_memory() {
        let clock = Clock::manual(0);
        let limiter = Limiter::new(Rate::per_minute(60, 3), 1_000, &clock).expect("is limited");
        for n in 0..50_000_u32 {
            limiter.check(&IpAddr::from(n.to_be_bytes()));
        }
        assert!(limiter.inner.into_state_store().len() <= 1_000);
    }
}
