//! The one lease helper: who may do something alone, with a fencing token.
//!
//! A lease is a row with a holder and an end. Taking it increments its fence; whoever writes under a lease
//! compares the fence in the same transaction ([`Lease::check`]), so that a holder that slept cannot overwrite
//! its successor's work.

use plexichat_database::{Db, DbResultExt, Sql, Tx, entity::lease, violation};
use plexichat_kernel::{Clock, Error, Result};
use plexichat_model::ErrorCode;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use std::time::Duration;

use crate::Journal;

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A held lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Name.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// Fencing token: grows with each new holder.
    pub fence: i64,
    /// By the holder's monotonic clock: not valid after.
    pub valid_until: Duration,
}

impl Lease {
    /// Whether it is still valid by this process's clock.
    pub fn is_valid(&self, clock: &Clock) -> bool {
        clock.monotonic() < self.valid_until
    }

    /// Refuses the transaction when another holder has taken over.
    pub async fn check(&self, tx: &Tx, db: &Db) -> Result<()> {
        let text = "select fence from leases where name = ?";
        let row = tx.query_one_raw(Sql::new(db.engine(), text).bind(self.name.clone()).build()).await.db()?;
        let fence: Option<i64> = row.map(|r| r.try_get_by_index(0)).transpose().db()?;
        if fence == Some(self.fence) {
            Ok(())
        } else {
            Err(Error::conflict(ErrorCode::Conflict, format!("the lease {} has a new holder", self.name)))
        }
    }
}

/// Takes a lease that is free or ended, or prolongs one's own. `None`: somebody else holds it.
pub async fn take(journal: &Journal, name: &str, holder: &str, length: Duration) -> Result<Option<Lease>> {
    let (db, clock) = (journal.db(), journal.clock());
    let (asked_at, now) = (clock.monotonic(), clock.now_ms());
    let valid_until = asked_at + length;
    let engine = db.engine();
    let held = lease::Entity::find_by_id(name.to_owned()).one(db.reader()).await.db()?;
    let made = |fence| Some(Lease { name: name.to_owned(), holder: holder.to_owned(), fence, valid_until });
    let Some(row) = held else {
        let fresh = (name.to_owned(), holder.to_owned());
        let inserted = journal
            .write(move |tx| {
                let (name, holder) = fresh.clone();
                Box::pin(async move {
                    let row = lease::ActiveModel {
                        name: Set(name),
                        holder: Set(holder),
                        fence: Set(1),
                        until_ms: Set(now + ms(length)),
                    };
                    lease::Entity::insert(row).exec_without_returning(tx).await.db().map(|_| ())
                })
            })
            .await;
        return match inserted {
            Ok(()) => Ok(made(1)),
            Err(e) if plexichat_database::driver_error(&e).is_some_and(|d| violation(d).is_some()) => Ok(None),
            Err(e) => Err(e),
        };
    };
    let own = row.holder == holder;
    if !own && row.until_ms > now {
        return Ok(None);
    }
    let fence = if own && row.until_ms > now { row.fence } else { row.fence + 1 };
    let (name_of, holder_of, old) = (name.to_owned(), holder.to_owned(), row.fence);
    let taken = journal
        .write(move |tx| {
            let text = "update leases set holder = ?, fence = ?, until_ms = ? where name = ? and fence = ?";
            let statement = Sql::new(engine, text)
                .bind(holder_of.clone())
                .bind(fence)
                .bind(now + ms(length))
                .bind(name_of.clone())
                .bind(old)
                .build();
            Box::pin(async move { Ok(tx.execute_raw(statement).await.db()?.rows_affected()) })
        })
        .await?;
    Ok(if taken == 1 { made(fence) } else { None })
}

/// Ends one's own lease early.
pub async fn release(journal: &Journal, lease: &Lease) -> Result<()> {
    let engine = journal.db().engine();
    let (name, fence) = (lease.name.clone(), lease.fence);
    journal
        .write(move |tx| {
            let text = "update leases set until_ms = 0 where name = ? and fence = ?";
            let statement = Sql::new(engine, text).bind(name.clone()).bind(fence).build();
            Box::pin(async move { tx.execute_raw(statement).await.db().map(|_| ()) })
        })
        .await
}
