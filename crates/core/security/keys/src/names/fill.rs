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
        let done = store::done(self.journal.db()).await?;
        let is_left = |name: &str| !done.iter().any(|done| done == name);
        let left: Vec<&'static NamedTable> = tables::ALL.iter().copied().filter(|table| is_left(table.name)).collect();
        let mut to_note: Vec<&'static str> = left.iter().map(|table| table.name).collect();
        let (mut count, mut to_scrub) = (0, Vec::new());
        for table in left {
            count += self.seal_open_table(table).await?;
            // Also after a start that sealed them and was cut short before it came to what follows.
            if store::has_sealed_rows(self.journal.db(), table).await? {
                to_scrub.push(table.name);
            }
        }
        if is_left(store::ANSWERS) {
            to_note.push(store::ANSWERS);
            to_scrub.extend(self.journal.write(|tx| Box::pin(store::forget_answers(tx))).await?.then_some(store::ANSWERS));
        }
        if to_note.is_empty() {
            return Ok(0);
        }
        self.scrub(&to_scrub).await;
        let now_ms = self.journal.clock().now_ms();
        self.journal.write(move |tx| Box::pin(store::note(tx, to_note.clone(), now_ms))).await?;
        Ok(count)
    }

    /// Rids the files of the database of what stood open. What cannot be done now can be done later, by hand.
    async fn scrub(&self, tables: &[&str]) {
        if tables.is_empty() {
            return;
        }
        if let Err(error) = self.journal.db().scrub(tables).await {
            let cause = error.cause().unwrap_or_else(|| error.message().to_owned());
            tracing::warn!(
                error = cause,
                tables = tables.join(", "),
                "names are sealed, but the files of the database may still hold open ones of before: run VACUUM (SQLite), VACUUM FULL \
                 (PostgreSQL) or OPTIMIZE TABLE (MariaDB, MySQL) on these tables"
            );
        }
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
