//! Rows of `certificates`, `acme_accounts` and `acme_challenges`.

use plexichat_database::entity::{acme_account, acme_challenge, certificate};
use plexichat_database::{Db, DbResultExt as _, Tx};
use plexichat_events::Journal;
use plexichat_events::leases::Lease;
use plexichat_kernel::Result;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};

pub(crate) use plexichat_database::entity::certificate::Model as Certificate;

/// More certificates than this are not listed.
const LISTED: u64 = 100;

pub(crate) async fn certificate(db: &Db, id: &str) -> Result<Option<Certificate>> {
    certificate::Entity::find_by_id(id.to_owned()).one(db.reader()).await.db()
}

pub(crate) async fn certificates(db: &Db) -> Result<Vec<Certificate>> {
    certificate::Entity::find().limit(LISTED).all(db.reader()).await.db()
}

/// Puts a row in the place of the one with its id. Under a lease: fails when another node has taken over.
pub(crate) async fn put(journal: &Journal, row: Certificate, lease: Option<&Lease>) -> Result<()> {
    let (db, lease) = (journal.db().clone(), lease.cloned());
    journal
        .write(move |tx| {
            let (row, lease, db) = (row.clone(), lease.clone(), db.clone());
            Box::pin(async move {
                if let Some(lease) = lease {
                    lease.check(tx, &db).await?;
                }
                certificate::Entity::delete_by_id(row.id.clone()).exec(tx).await.db()?;
                certificate::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(|_| ())
            })
        })
        .await
}

/// Asks for a renewal at once. `false`: there is no such row.
pub(crate) async fn ask_renewal(tx: &Tx, id: &str, now_ms: i64) -> Result<bool> {
    let change = certificate::ActiveModel { renew_at_ms: Set(now_ms), failures: Set(0), ..certificate::ActiveModel::default() };
    let update = certificate::Entity::update_many().set(change).filter(certificate::Column::Id.eq(id));
    Ok(update.exec(tx).await.db()?.rows_affected > 0)
}

pub(crate) async fn account(db: &Db, id: &str) -> Result<Option<Vec<u8>>> {
    let row = acme_account::Entity::find_by_id(id.to_owned()).one(db.reader()).await.db()?;
    Ok(row.map(|row| row.credentials))
}

pub(crate) async fn put_account(journal: &Journal, row: acme_account::Model) -> Result<()> {
    journal
        .write(move |tx| {
            let row = row.clone();
            Box::pin(async move {
                acme_account::Entity::delete_by_id(row.id.clone()).exec(tx).await.db()?;
                acme_account::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(|_| ())
            })
        })
        .await
}

/// The sealed answer to a challenge that has not run out.
pub(crate) async fn challenge(db: &Db, id: &str, now_ms: i64) -> Result<Option<Vec<u8>>> {
    let row = acme_challenge::Entity::find_by_id(id.to_owned()).one(db.reader()).await.db()?;
    Ok(row.filter(|row| row.expires_ms > now_ms).map(|row| row.answer))
}

/// Keeps an answer, and forgets those that ran out.
pub(crate) async fn put_challenge(journal: &Journal, row: acme_challenge::Model, now_ms: i64) -> Result<()> {
    journal
        .write(move |tx| {
            let row = row.clone();
            Box::pin(async move {
                let is_same = acme_challenge::Column::Id.eq(row.id.clone());
                let old = Condition::any().add(acme_challenge::Column::ExpiresMs.lte(now_ms)).add(is_same);
                acme_challenge::Entity::delete_many().filter(old).exec(tx).await.db()?;
                acme_challenge::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(|_| ())
            })
        })
        .await
}
