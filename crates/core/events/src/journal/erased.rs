//! A [`Change`] without its type, so that one lane carries all kinds.

use super::{Applied, BulkApplied, Change, Granted, NonceKey, Stamp, Touch};
use plexichat_database::Tx;
use plexichat_kernel::Result;
use std::{any::Any, sync::Arc};

/// Erased output.
pub(super) type Output = Arc<dyn Any + Send + Sync>;

#[async_trait::async_trait]
pub(super) trait DynChange: Send + Sync {
    fn touches(&self) -> Vec<Touch>;
    fn stamps(&self) -> Vec<Stamp>;
    fn nonce(&self) -> Option<NonceKey>;
    fn bulk(&self) -> Option<&'static str>;
    fn reads_the_batch(&self) -> bool;
    async fn recheck(&self, tx: &Tx) -> Result<()>;
    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<BulkApplied>;
    fn as_any_mut(&mut self) -> &mut (dyn Any + Send + Sync);
}

#[async_trait::async_trait]
impl<C: Change> DynChange for C {
    fn touches(&self) -> Vec<Touch> {
        Change::touches(self)
    }

    fn stamps(&self) -> Vec<Stamp> {
        Change::stamps(self)
    }

    fn nonce(&self) -> Option<NonceKey> {
        Change::nonce(self)
    }

    fn bulk(&self) -> Option<&'static str> {
        Change::bulk(self)
    }

    fn reads_the_batch(&self) -> bool {
        Change::reads_the_batch(self)
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        Change::recheck(self, tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<BulkApplied> {
        let applied = Change::apply(self, tx, granted).await?;
        Ok(Applied { output: Box::new(applied.output), events: applied.events })
    }

    fn as_any_mut(&mut self) -> &mut (dyn Any + Send + Sync) {
        self
    }
}

/// A closure as a change that touches nothing: a small write that shares the lane's commit.
pub(super) struct Plain<F> {
    pub(super) work: F,
}

#[async_trait::async_trait]
impl<F, T> Change for Plain<F>
where
    F: for<'a> Fn(&'a Tx) -> futures_util::future::BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    type Output = T;

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<T>> {
        Ok(Applied { output: (self.work)(tx).await?, events: Vec::new() })
    }
}
