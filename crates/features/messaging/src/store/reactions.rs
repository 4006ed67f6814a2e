//! Rows of reactions. A removed one stays as a tombstone; `created_ms` orders the reactions of one message
//! strictly, also within a millisecond, and decides in which order emoji and people are shown.
//! Not here: which emoji are allowed, and the bound on them.

use plexichat_database::{DbResultExt, Engine, Sql, entity::reaction, placeholders};
use plexichat_kernel::Result;
use plexichat_model::{ChannelId, UserId, message::ReactionView};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use std::collections::HashMap;

/// People named under an emoji.
const NAMED: i64 = 20;

/// One person's reaction, also a removed one.
pub(crate) async fn one(conn: &impl ConnectionTrait, message: i64, emoji: &str, user: i64) -> Result<Option<reaction::Model>> {
    reaction::Entity::find_by_id((message, emoji.to_owned(), user)).one(conn).await.db()
}

/// What a message has of reactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// People with this emoji.
    pub(crate) count: i64,
    /// Distinct emoji in use.
    pub(crate) emoji: usize,
    /// Highest `created_ms` among all rows.
    pub(crate) last_ms: i64,
}

const TALLY: &str = "select emoji, count(case when removed then null else 1 end) as live, max(created_ms) as last_ms \
     from reactions where message_id = ? group by emoji";

/// Counts the reactions of a message.
pub(crate) async fn tally(conn: &impl ConnectionTrait, engine: Engine, message: i64, emoji: &str) -> Result<Tally> {
    let mut tally = Tally::default();
    for row in conn.query_all_raw(Sql::new(engine, TALLY).bind(message).build()).await.db()? {
        let (name, live, last): (String, i64, i64) =
            (row.try_get("", "emoji").db()?, row.try_get("", "live").db()?, row.try_get("", "last_ms").db()?);
        tally.last_ms = tally.last_ms.max(last);
        tally.emoji += usize::from(live > 0);
        if name == emoji {
            tally.count = live;
        }
    }
    Ok(tally)
}

/// Writes a reaction, new or over a removed one.
pub(crate) async fn put(tx: &impl ConnectionTrait, row: reaction::Model) -> Result<()> {
    use reaction::Column as C;
    let over = OnConflict::columns([C::MessageId, C::Emoji, C::UserId])
        .update_columns([C::CreatedMs, C::Removed, C::Version])
        .to_owned();
    reaction::Entity::insert(row.into_active_model()).on_conflict(over).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Turns a reaction into a tombstone.
pub(crate) async fn remove(tx: &impl ConnectionTrait, row: &reaction::Model, version: i64) -> Result<()> {
    reaction::Entity::update_many()
        .col_expr(reaction::Column::Removed, Expr::value(true))
        .col_expr(reaction::Column::Version, Expr::value(version))
        .filter(reaction::Column::MessageId.eq(row.message_id))
        .filter(reaction::Column::Emoji.eq(row.emoji.as_str()))
        .filter(reaction::Column::UserId.eq(row.user_id))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// An emoji that is used again after everybody had removed it begins anew: its tombstones no longer hold its place.
pub(crate) async fn begin_anew(tx: &impl ConnectionTrait, message: i64, emoji: &str, created_ms: i64) -> Result<()> {
    reaction::Entity::update_many()
        .col_expr(reaction::Column::CreatedMs, Expr::value(created_ms))
        .filter(reaction::Column::MessageId.eq(message))
        .filter(reaction::Column::Emoji.eq(emoji))
        .filter(reaction::Column::Removed.eq(true))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// Drops all reactions of a message that became a tombstone.
pub(crate) async fn clear(tx: &impl ConnectionTrait, message: i64) -> Result<()> {
    reaction::Entity::delete_many().filter(reaction::Column::MessageId.eq(message)).exec(tx).await.db()?;
    Ok(())
}

fn summary_text(count: usize) -> String {
    format!(
        "select message_id, emoji, user_id, live, mine from ( \
           select message_id, emoji, user_id, removed, \
             row_number() over (partition by message_id, emoji order by removed, created_ms, user_id) as place, \
             count(case when removed then null else 1 end) over (partition by message_id, emoji) as live, \
             count(case when user_id = ? and not removed then 1 else null end) over (partition by message_id, emoji) as mine, \
             min(created_ms) over (partition by message_id, emoji) as first_ms \
           from reactions where message_id in ({}) \
         ) t where place <= ? and removed = false order by message_id, first_ms, emoji, place",
        placeholders(count)
    )
}

/// The reactions of these messages in order of first use, with the first people and whether the caller is among all.
pub(crate) async fn summaries(
    conn: &impl ConnectionTrait,
    engine: Engine,
    caller: UserId,
    messages: &[i64],
) -> Result<HashMap<i64, Vec<ReactionView>>> {
    let mut out: HashMap<i64, Vec<ReactionView>> = HashMap::new();
    if messages.is_empty() {
        return Ok(out);
    }
    let ids = super::padded(messages);
    let sql = Sql::new(engine, &summary_text(ids.len())).bind(caller.0).bind_all(ids).bind(NAMED);
    for row in conn.query_all_raw(sql.build()).await.db()? {
        let list = out.entry(row.try_get("", "message_id").db()?).or_default();
        let emoji: String = row.try_get("", "emoji").db()?;
        let user = UserId(row.try_get("", "user_id").db()?);
        if let Some(held) = list.last_mut().filter(|held| held.emoji == emoji) {
            held.user_ids.push(user);
            continue;
        }
        let (live, mine): (i64, i64) = (row.try_get("", "live").db()?, row.try_get("", "mine").db()?);
        list.push(ReactionView { emoji, count: u32::try_from(live).unwrap_or(u32::MAX), user_ids: vec![user], me: mine > 0 });
    }
    Ok(out)
}

fn changed_text() -> &'static str {
    "select message_id, emoji, user_id, channel_id, number, created_ms, removed, version from reactions \
     where channel_id = ? and version > ? and version <= ? order by version"
}

/// Rows changed in a window of versions, in version order.
pub(crate) async fn changed(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: ChannelId,
    (after, up_to): (i64, i64),
) -> Result<Vec<reaction::Model>> {
    let sql = Sql::new(engine, changed_text()).bind(channel.0).bind(after).bind(up_to);
    reaction::Entity::find().from_raw_sql(sql.build()).all(conn).await.db()
}

fn counts_text(count: usize) -> String {
    format!(
        "select message_id, emoji, count(*) as live from reactions where message_id in ({}) and removed = false group by message_id, emoji",
        placeholders(count)
    )
}

/// How many people have each emoji of these messages.
pub(crate) async fn counts(conn: &impl ConnectionTrait, engine: Engine, messages: &[i64]) -> Result<HashMap<(i64, String), u32>> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = super::padded(messages);
    let rows = conn.query_all_raw(Sql::new(engine, &counts_text(ids.len())).bind_all(ids).build()).await.db()?;
    rows.iter()
        .map(|row| {
            let live: i64 = row.try_get("", "live").db()?;
            let key = (row.try_get("", "message_id").db()?, row.try_get("", "emoji").db()?);
            Ok((key, u32::try_from(live).unwrap_or(u32::MAX)))
        })
        .collect()
}

/// Every raw text of this file, to be prepared by a test.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    vec![TALLY.to_owned(), summary_text(2), changed_text().to_owned(), counts_text(2)]
}
