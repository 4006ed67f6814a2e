//! SQL of the keys of people.

use crate::keys::{unwrap_subject, wrap_subject};
use plexichat_database::{
    DbResultExt, Tx,
    entity::audit_subject::{Column, Entity, Model},
};
use plexichat_events::Journal;
use plexichat_kernel::{Error, Result};
use plexichat_sealing::Key;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, sea_query::OnConflict};

async fn find(conn: &impl ConnectionTrait, subject: i64) -> Result<Option<Model>> {
    Entity::find_by_id(subject).one(conn).await.db()
}

fn opened(row: &Model, wrapping: &Key) -> Result<Option<Key>> {
    if row.erased_ms.is_some() {
        return Ok(None);
    }
    let key = unwrap_subject(wrapping, row.subject_id, &row.wrapped_key);
    key.map(Some).ok_or_else(|| {
        Error::internal(format!("audit_subjects.wrapped_key of {} was changed, or belongs to another log", row.subject_id))
    })
}

/// The key of a subject, if there is one that was not erased.
pub(crate) async fn existing(journal: &Journal, wrapping: &Key, subject: i64) -> Result<Option<Key>> {
    find(journal.db().reader(), subject).await?.map_or(Ok(None), |row| opened(&row, wrapping))
}

/// The key of a subject, made when there is none; `None` when it was erased.
pub(crate) async fn key_of(journal: &Journal, wrapping: &Key, subject: i64) -> Result<Option<Key>> {
    if let Some(row) = find(journal.db().reader(), subject).await? {
        return opened(&row, wrapping);
    }
    let wrapped_key = wrap_subject(wrapping, subject, &Key::random());
    let row = Model { subject_id: subject, wrapped_key, created_ms: journal.clock().now_ms(), erased_ms: None };
    // Two may make it at once: the first one counts, and both read what is there afterwards.
    journal
        .write(move |tx| {
            let row = row.clone();
            Box::pin(async move {
                let conflict = OnConflict::column(Column::SubjectId).update_column(Column::SubjectId).to_owned();
                Entity::insert(row.into_active_model()).on_conflict(conflict).exec_without_returning(tx).await.db().map(drop)
            })
        })
        .await?;
    let row = find(journal.db().reader(), subject).await?;
    row.map_or(Ok(None), |row| opened(&row, wrapping))
}

/// Destroys a key.
pub(crate) async fn erase(tx: &Tx, subject: i64, now_ms: i64) -> Result<()> {
    let conflict = OnConflict::column(Column::SubjectId).update_columns([Column::WrappedKey, Column::ErasedMs]).to_owned();
    let row = Model { subject_id: subject, wrapped_key: Vec::new(), created_ms: now_ms, erased_ms: Some(now_ms) };
    Entity::insert(row.into_active_model()).on_conflict(conflict).exec_without_returning(tx).await.db()?;
    Ok(())
}
