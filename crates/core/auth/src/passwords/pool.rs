//! Where passwords are hashed: few at a time, few waiting, everything else refused at once.

use super::overloaded;
use crate::AuthOptions;
use plexichat_kernel::{Error, Result, tasks};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Semaphore;

/// The pool. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct HashPool {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

/// A place in the queue; given back when dropped, also by a request that went away.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        let left = self.0.fetch_sub(1, Ordering::AcqRel).saturating_sub(1);
        gauge(left);
    }
}

impl HashPool {
    /// With the number of threads and the length of the queue from the settings.
    pub fn new(options: &AuthOptions) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = if options.hash_threads == 0 { (processors / 2).max(1) } else { options.hash_threads };
        Self { slots: Arc::new(Semaphore::new(threads)), waiting: Arc::default(), queue: options.hash_queue.max(1) }
    }

    /// Runs `work` on a blocking thread once a slot is free. Refused when the queue is full.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = self.place()?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(Error::internal)?;
        drop(place);
        // The slot goes along: when the request is dropped meanwhile, the thread is still counted until it is done.
        let work = move || {
            let done = work();
            drop(slot);
            done
        };
        tasks::spawn_blocking("password-hash", work).await.map_err(Error::internal)
    }

    fn place(&self) -> Result<Place> {
        let taken = self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < self.queue).then_some(n + 1));
        let Ok(before) = taken else {
            metrics::counter!("plexichat_auth_hash_refused_total").increment(1);
            return Err(overloaded());
        };
        gauge(before + 1);
        Ok(Place(Arc::clone(&self.waiting)))
    }
}

fn gauge(waiting: usize) {
    metrics::gauge!("plexichat_auth_hash_waiting").set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::ErrorCode;
    use std::sync::mpsc;

    fn pool(threads: usize, queue: usize) -> HashPool {
        HashPool::new(&AuthOptions { hash_threads: threads, hash_queue: queue, ..AuthOptions::default() })
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_recovers() {
        let pool = pool(1, 2);
        let (release, gate) = mpsc::channel::<()>();
        let busy = {
            let pool = pool.clone();
            tasks::spawn("busy", async move { pool.run(move || gate.recv()).await })
        };
        while pool.slots.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let pool = pool.clone();
                tasks::spawn("waiting", async move { pool.run(|| ()).await })
            })
            .collect();
        while pool.waiting.load(Ordering::Acquire) < 2 {
            tokio::task::yield_now().await;
        }
        let refused = pool.run(|| ()).await.expect_err("the queue is full");
        assert_eq!(refused.code(), ErrorCode::Overloaded);
        assert!(refused.retry_after_ms().is_some());
        release.send(()).expect("the thread waits");
        assert!(busy.await.expect("joins").expect("runs").is_ok());
        for task in waiting {
            task.await.expect("joins").expect("runs");
        }
        assert_eq!(pool.waiting.load(Ordering::Acquire), 0);
        pool.run(|| ()).await.expect("free again");
    }

    #[tokio::test]
    async fn a_request_that_goes_away_gives_its_place_back() {
        let pool = pool(1, 1);
        let (release, gate) = mpsc::channel::<()>();
        let busy = {
            let pool = pool.clone();
            tasks::spawn("busy", async move { pool.run(move || gate.recv()).await })
        };
        while pool.slots.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let gone = tokio::time::timeout(std::time::Duration::from_millis(5), pool.run(|| ())).await;
        assert!(gone.is_err(), "it waited");
        assert_eq!(pool.waiting.load(Ordering::Acquire), 0);
        release.send(()).expect("the thread waits");
        busy.await.expect("joins").expect("runs").expect("received");
    }
}
