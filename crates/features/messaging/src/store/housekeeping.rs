//! Pages of what has had its time: nonces, tombstones. Every page has a bound.
//!
//! No page holds the writer for long, and each can be taken again: a job that was interrupted goes on where it was.
//! When something is due is decided by the job, not here.

use plexichat_database::{
    DbResultExt, Engine, Sql,
    entity::{channel_member, journal, message, reaction},
};
use plexichat_kernel::Result;
use plexichat_model::{JournalKey, JournalKind};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _},
};

/// Rows of a page.
pub(crate) const PAGE: u64 = 500;

/// A message as far as its nonce matters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aged {
    pub(crate) id: i64,
    pub(crate) created_ms: i64,
    pub(crate) has_nonce: bool,
}

/// Place in the order of age.
pub(crate) type Place = (i64, i64);

/// A page of messages older than a place, newest first, or (`forward`) newer than one and older than `before_ms`,
/// oldest first.
pub(crate) async fn aged(conn: &impl ConnectionTrait, place: Place, forward: bool, before_ms: i64) -> Result<Vec<Aged>> {
    use message::Column as C;
    let query = message::Entity::find().select_only().columns([C::Id, C::CreatedMs, C::Nonce]);
    let query = if forward {
        let beyond = Condition::any().add(C::CreatedMs.gt(place.0)).add(C::CreatedMs.eq(place.0).and(C::Id.gt(place.1)));
        query
            .filter(beyond)
            .filter(C::CreatedMs.gte(place.0))
            .filter(C::CreatedMs.lt(before_ms))
            .order_by_asc(C::CreatedMs)
            .order_by_asc(C::Id)
    } else {
        let beyond = Condition::any().add(C::CreatedMs.lt(place.0)).add(C::CreatedMs.eq(place.0).and(C::Id.lt(place.1)));
        query.filter(beyond).filter(C::CreatedMs.lte(place.0)).order_by_desc(C::CreatedMs).order_by_desc(C::Id)
    };
    let rows: Vec<(i64, i64, Option<i64>)> = query.limit(PAGE).into_tuple().all(conn).await.db()?;
    Ok(rows.into_iter().map(|(id, created_ms, nonce)| Aged { id, created_ms, has_nonce: nonce.is_some() }).collect())
}

/// Forgets the nonces of these messages.
pub(crate) async fn forget_nonces(tx: &impl ConnectionTrait, ids: &[i64]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    message::Entity::update_many()
        .col_expr(message::Column::Nonce, Expr::value(Option::<i64>::None))
        .filter(message::Column::Id.is_in(super::padded(ids)))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// A page of channel journals after an id, in id order.
pub(crate) async fn channel_journals(conn: &impl ConnectionTrait, after: i64) -> Result<Vec<journal::Model>> {
    journal::Entity::find()
        .filter(journal::Column::Kind.eq(JournalKind::Channel.code()))
        .filter(journal::Column::Id.gt(after))
        .order_by_asc(journal::Column::Id)
        .limit(PAGE)
        .all(conn)
        .await
        .db()
}

/// How old a window of a channel's versions is, told by the messages that have not changed since they were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Age {
    /// Highest version that is known to be older than the limit; 0 if none is.
    pub(crate) old: i64,
    /// Whether the window reaches versions that are younger.
    pub(crate) reached_young: bool,
}

const AGE: &str = "select coalesce(max(case when created_ms < ? then version else null end), 0) as old, \
       count(case when created_ms < ? then null else 1 end) as young \
     from messages where channel_id = ? and version > ? and version <= ? and deleted = false and edited_ms is null";

/// How old a window of versions is.
pub(crate) async fn age(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: i64,
    window: (i64, i64),
    limit_ms: i64,
) -> Result<Age> {
    let sql = Sql::new(engine, AGE).bind(limit_ms).bind(limit_ms).bind(channel).bind(window.0).bind(window.1);
    let Some(row) = conn.query_one_raw(sql.build()).await.db()? else { return Ok(Age::default()) };
    let young: i64 = row.try_get("", "young").db()?;
    Ok(Age { old: row.try_get("", "old").db()?, reached_young: young > 0 })
}

/// Raises the position below which a journal's followers load anew.
pub(crate) async fn raise_floor(tx: &impl ConnectionTrait, key: JournalKey, floor: i64) -> Result<()> {
    journal::Entity::update_many()
        .col_expr(journal::Column::ResumeFloor, Expr::value(floor))
        .filter(journal::Column::Kind.eq(key.kind.code()))
        .filter(journal::Column::Id.eq(key.id))
        .filter(journal::Column::ResumeFloor.lt(floor))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// Drops removed reactions of a window of a channel's versions.
pub(crate) async fn drop_reactions(tx: &impl ConnectionTrait, channel: i64, window: (i64, i64)) -> Result<()> {
    reaction::Entity::delete_many()
        .filter(reaction::Column::ChannelId.eq(channel))
        .filter(reaction::Column::Version.gt(window.0).and(reaction::Column::Version.lte(window.1)))
        .filter(reaction::Column::Removed.eq(true))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// Ended memberships of a window of a channel's versions.
pub(crate) async fn ended_memberships(
    tx: &impl ConnectionTrait,
    channel: i64,
    window: (i64, i64),
) -> Result<Vec<channel_member::Model>> {
    channel_member::Entity::find()
        .filter(channel_member::Column::ChannelId.eq(channel))
        .filter(channel_member::Column::Version.gt(window.0).and(channel_member::Column::Version.lte(window.1)))
        .filter(channel_member::Column::Removed.eq(true))
        .order_by_asc(channel_member::Column::UserId)
        .all(tx)
        .await
        .db()
}

/// Drops an ended membership.
pub(crate) async fn drop_membership(tx: &impl ConnectionTrait, row: &channel_member::Model) -> Result<()> {
    channel_member::Entity::delete_by_id((row.channel_id, row.user_id)).exec(tx).await.db()?;
    Ok(())
}

/// Every raw text of this file, to be prepared by a test.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    vec![AGE.to_owned()]
}
