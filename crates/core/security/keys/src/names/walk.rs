//! Seals names anew that a retired key seals, a page at a time.

use super::{needed, place, store, tables};
use crate::{DataKey, Keys};
use plexichat_kernel::{Error, Result};
use plexichat_model::WorkspaceId;
use plexichat_sealing::KeyId;
use std::{sync::Arc, time::Duration};

/// Where a walk through the names of an owner stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which table, of [`tables::ALL`].
    pub(crate) table: usize,
    /// Above which row.
    pub(crate) above: i64,
}

/// What a step did.
pub(crate) struct Walked {
    /// Where to go on; `None`: every table was gone through.
    pub(crate) next: Option<Place>,
    /// Rows that were sealed anew.
    pub(crate) changed: u64,
}

impl Keys {
    /// Seals anew what retired keys seal in one page.
    pub(crate) async fn reseal_names(&self, owner: Option<WorkspaceId>, at: Place) -> Result<Walked> {
        let Some(table) = tables::ALL.get(at.table).copied() else { return Ok(Walked { next: None, changed: 0 }) };
        let db = self.journal.db();
        let rows = store::sealed_rows(db, table, owner, at.above).await?;
        let next = match rows.last() {
            Some(last) if rows.len() == store::PAGE => Place { above: last.id, ..at },
            _ => Place { table: at.table + 1, above: 0 },
        };
        let ids: Vec<KeyId> = rows.iter().map(|row| needed(table, row.id, &row.sealed)).collect::<Result<_>>()?;
        let keys = self.load(&ids).await?;
        let mut anew = Vec::new();
        let mut olds: Vec<KeyId> = Vec::new();
        for (row, old) in rows.into_iter().zip(keys).filter(|(_, key)| key.is_retired()) {
            let key: Arc<DataKey> = self.successor(&old, owner).await?;
            let sealed = key.seal(&place(table, row.id), &old.open(&place(table, row.id), &row.sealed)?)?;
            anew.push((row, sealed));
            olds.push(old.id());
        }
        let changed = u64::try_from(anew.len()).unwrap_or(0);
        if !anew.is_empty() {
            olds.sort_unstable();
            olds.dedup();
            let (own, engine, shared) = (self.clone(), db.engine(), Arc::new((anew, olds)));
            self.journal
                .write(move |tx| {
                    let (own, shared) = (own.clone(), Arc::clone(&shared));
                    Box::pin(async move {
                        // What is to be destroyed meanwhile must not live on under another key.
                        if !own.are_retired(tx, &shared.1).await? {
                            return Err(Error::overloaded(Duration::from_millis(100)));
                        }
                        for (row, sealed) in &shared.0 {
                            store::replace(tx, engine, table, row, sealed).await?;
                        }
                        Ok(())
                    })
                })
                .await?;
        }
        Ok(Walked { next: (next.table < tables::ALL.len()).then_some(next), changed })
    }
}
