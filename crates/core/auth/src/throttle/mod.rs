//! Failed sign-ins: who must wait, and how long.
//!
//! Three counters per attempt, stored hashed, shared by all nodes: (account, address) and address block for
//! exponentially longer, account alone only slows answers down, so nobody can lock a person out from elsewhere.
//! Counters are keyed by what was typed, never by what exists: an unknown account behaves like a known one.
//! Addresses count as /32 or /64. Not here: general rate limits (`server`).

mod judge;
mod store;

use crate::Auth;
use judge::Rule;
use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// Answers that may be held back at once; beyond it an attempt is refused with a time to wait.
const DELAYED: usize = 256;

/// Slots for answers held back.
#[derive(Clone, Debug)]
pub(crate) struct Delays(Arc<Semaphore>);

impl Default for Delays {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(DELAYED)))
    }
}

/// What is attempted; each kind has counters of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Sign-in.
    Login,
    /// Change of one's own password with the present one.
    PasswordChange,
}

/// One attempt to prove something.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// (account, address): blocks.
    pair: [u8; 32],
    /// Address: blocks. Absent when the address is unknown, for instance on the command line.
    address: Option<[u8; 32]>,
    /// Account: slows.
    account: [u8; 32],
}

impl Attempt {
    /// By what stands for the account, a blind index of the name typed or its id, and the client's address.
    pub(crate) fn new(kind: Kind, login: &str, address: Option<IpAddr>) -> Self {
        let network = address.map(network);
        Self {
            pair: key(kind, "pair", login, network.as_deref()),
            address: network.as_deref().map(|network| key(kind, "address", "", Some(network))),
            account: key(kind, "account", login, None),
        }
    }

    fn keys(&self) -> Vec<[u8; 32]> {
        [Some(self.pair), self.address, Some(self.account)].into_iter().flatten().collect()
    }

    fn rule(&self, key: &[u8; 32], rules: &Rules) -> Rule {
        if *key == self.pair {
            rules.pair
        } else if *key == self.account {
            rules.account
        } else {
            rules.address
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Rules {
    pair: Rule,
    address: Rule,
    account: Rule,
}

/// The network an address stands for: a customer has one IPv4 address or one IPv6 /64.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let prefix = u128::from(v6) >> 64;
            format!("{prefix:016x}/64")
        }
    }
}

fn key(kind: Kind, what: &str, login: &str, network: Option<&str>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("plexichat login attempts 1");
    for part in [&format!("{kind:?}") as &str, what, login, network.unwrap_or("-")] {
        hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

impl Auth {
    fn rules(&self) -> Rules {
        let options = self.options();
        let window_ms = i64::try_from(options.attempt_window.as_millis()).unwrap_or(i64::MAX);
        let (pair, address) = (options.attempts_per_account, options.attempts_per_address);
        Rules {
            pair: Rule { free: pair, window_ms, longest_ms: 15 * 60_000 },
            address: Rule { free: address, window_ms, longest_ms: 15 * 60_000 },
            account: Rule { free: pair.saturating_mul(3), window_ms, longest_ms: 3_000 },
        }
    }

    /// Lets an attempt through, holds it back a little, or refuses it with the time to wait.
    pub(crate) async fn admit(&self, attempt: &Attempt) -> Result<()> {
        let now_ms = self.clock().now_ms();
        let counters = store::read(self.db().reader(), &attempt.keys()).await?;
        let wait = |key: &[u8; 32]| counters.get(key).map_or(0, |counter| counter.wait_ms(now_ms));
        let blocked = attempt.address.map_or(0, |key| wait(&key)).max(wait(&attempt.pair));
        if blocked > 0 {
            metrics::counter!("plexichat_auth_attempts_refused_total").increment(1);
            return Err(too_many(blocked));
        }
        let delay = wait(&attempt.account);
        if delay > 0 {
            let slot = Arc::clone(&self.inner.delays.0).try_acquire_owned().map_err(|_| too_many(delay))?;
            self.clock().sleep(Duration::from_millis(delay)).await;
            drop(slot);
        }
        Ok(())
    }

    /// Counts a failed attempt, durably, before it is answered.
    pub(crate) async fn failed(&self, attempt: Attempt) -> Result<()> {
        let rules = self.rules();
        let rules = attempt.keys().into_iter().map(|key| (key, attempt.rule(&key, &rules))).collect();
        self.journal().commit(store::Failed { rules }).await.map(drop)
    }

    /// Forgets the failures of this account from this address, and what slows the account. The address keeps its
    /// own: otherwise an account of one's own would buy new attempts at others.
    pub(crate) async fn succeeded(&self, attempt: Attempt) -> Result<()> {
        let keys = [attempt.pair, attempt.account];
        if store::read(self.db().reader(), &keys).await?.is_empty() {
            return Ok(());
        }
        self.journal().commit(store::Forget { keys: keys.to_vec() }).await.map(drop)
    }

    /// Forgets counters that mean nothing any more, at most a page; answers how many.
    pub(crate) async fn sweep_attempts(&self, page: u64) -> Result<usize> {
        let before_ms = self.clock().now_ms().saturating_sub(24 * 3_600_000);
        let keys = store::stale(self.db().reader(), before_ms, page).await?;
        let count = keys.len();
        if count > 0 {
            self.journal().commit(store::ForgetStale { keys, before_ms }).await?;
        }
        Ok(count)
    }
}

fn too_many(wait_ms: u64) -> Error {
    let seconds = wait_ms.div_ceil(1_000);
    Error::new(ErrorCode::TooManyAttempts, format!("too many attempts; try again in {seconds} s"))
        .with_retry_after(Duration::from_millis(wait_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(login: &str, address: &str) -> Attempt {
        Attempt::new(Kind::Login, login, Some(address.parse().expect("an address")))
    }

    #[test]
    fn a_customer_is_one_address_or_one_64() {
        assert_eq!(attempt("a", "2001:db8::1").address, attempt("a", "2001:db8::ffff:1").address);
        assert_ne!(attempt("a", "2001:db8::1").address, attempt("a", "2001:db8:0:1::1").address);
        assert_ne!(attempt("a", "192.0.2.1").address, attempt("a", "192.0.2.2").address);
        assert_eq!(attempt("a", "192.0.2.1").address, attempt("a", "::ffff:192.0.2.1").address);
    }

    #[test]
    fn the_account_slows_wherever_it_is_tried_from() {
        assert_eq!(attempt("a", "192.0.2.1").account, attempt("a", "192.0.2.2").account);
        assert_ne!(attempt("a", "192.0.2.1").pair, attempt("a", "192.0.2.2").pair);
        assert_ne!(attempt("a", "192.0.2.1").account, attempt("b", "192.0.2.1").account);
    }

    #[test]
    fn the_parts_of_a_key_cannot_run_into_each_other() {
        assert_ne!(key(Kind::Login, "pair", "ab", Some("c")), key(Kind::Login, "pair", "a", Some("bc")));
        assert_ne!(key(Kind::Login, "pair", "a", None), key(Kind::PasswordChange, "pair", "a", None));
    }
}
