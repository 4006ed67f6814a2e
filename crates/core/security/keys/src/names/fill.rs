//! Seals the names that an earlier version stored open: once, before anything is served.
//!
//! Row by row in order of ids, so that what was cut short goes on where it stopped; a table is noted only when it is done
//! and the file of the database was rid of what stood open.

use super::{NamedTable, encoding, place, store, tables};
use crate::{BlindIndex, Keys};
use plexichat_kernel::{Error, Result};
use plexichat_model::WorkspaceId;
use std::{sync::Arc, time::Duration};

impl Keys {
    /// Seals every name that is open. Answers of how many rows; nothing is looked at again once it was done.
    pub async fn seal_open_names(&self) -> Result<u64> {
        let db = self.journal.db();
        let done = store::done(db).await?;
        let left: Vec<&'static NamedTable> =
            tables::ALL.iter().copied().filter(|table| !done.iter().any(|name| name == table.name)).collect();
        let mut count = 0;
        for table in left.iter().copied() {
            count += self.seal_open_table(table).await?;
        }
        let mut to_scrub = Vec::new();
        for table in &left {
            // Also after a start that sealed them and was cut short before it came this far.
            if store::has_sealed_rows(db, table).await? {
                to_scrub.push(table.name);
            }
        }
        if !to_scrub.is_empty()
            && let Err(error) = db.scrub(&to_scrub).await
        {
            let cause = error.cause().unwrap_or_else(|| error.message().to_owned());
            tracing::warn!(
                error = cause,
                tables = to_scrub.join(", "),
                "names are sealed, but the database's file may hold open ones of before until these tables are rewritten: run VACUUM FULL \
                 (PostgreSQL), OPTIMIZE TABLE (MariaDB, MySQL) or VACUUM (SQLite) on them"
            );
        }
        let now_ms = self.journal.clock().now_ms();
        for table in left {
            self.journal.write(move |tx| Box::pin(store::note(tx, table, now_ms))).await?;
        }
        Ok(count)
    }

    async fn seal_open_table(&self, table: &'static NamedTable) -> Result<u64> {
        let (mut above, mut count) = (0, 0);
        loop {
            let rows = store::open_rows(self.journal.db(), table, above).await?;
            let Some(last) = rows.last() else { return Ok(count) };
            above = last.id;
            let (mut filled, mut keys) = (Vec::new(), Vec::new());
            for row in rows {
                let texts: Vec<Option<&str>> = row.texts.iter().map(Option::as_deref).collect();
                let Some(plain) = encoding::encode(&texts) else { continue };
                let key = self.of_names(row.owner).await?;
                let sealed = key.seal(&place(table, row.id), &plain)?;
                let columns = written(table, &self.blind_index().await?, row.owner, &row.texts)?;
                filled.push(store::Filled { id: row.id, sealed, columns });
                keys.push(key.id());
            }
            if filled.is_empty() {
                continue;
            }
            keys.sort_unstable();
            keys.dedup();
            count += u64::try_from(filled.len()).unwrap_or(0);
            let (own, engine, shared) = (self.clone(), self.journal.db().engine(), Arc::new((filled, keys)));
            self.journal
                .write(move |tx| {
                    let (own, shared) = (own.clone(), Arc::clone(&shared));
                    Box::pin(async move {
                        if !own.may_seal(tx, &shared.1).await? {
                            return Err(Error::overloaded(Duration::from_millis(100)));
                        }
                        for row in &shared.0 {
                            store::fill(tx, engine, table, row).await?;
                        }
                        Ok(())
                    })
                })
                .await?;
        }
    }
}

/// What the columns hold instead of these texts.
fn written(
    table: &NamedTable,
    index: &BlindIndex,
    owner: Option<WorkspaceId>,
    texts: &[Option<String>],
) -> Result<Vec<Option<String>>> {
    let scope = owner.map_or(0, WorkspaceId::get);
    let instead = table.columns.iter().zip(texts).map(|(column, text)| match text {
        Some(text) if column.is_indexed => index.of(table.name, column.name, scope, text).map(Some),
        _ if column.is_optional => Ok(None),
        _ => Ok(Some(String::new())),
    });
    instead.collect()
}
