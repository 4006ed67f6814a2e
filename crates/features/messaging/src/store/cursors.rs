//! Read positions, and the counts above them: mentions by index, in conversations all messages of others.
//!
//! A count is capped by its query: each source stops at 100. All channels asked for are answered with a number
//! of statements that depends on the channels with something unread alone, 32 at a time.

use super::mentions::{EVERYONE, ROLE, USER};
use plexichat_database::{DbResultExt, Engine, Sql, entity::read_cursor, placeholders};
use plexichat_kernel::Result;
use plexichat_model::{
    ChannelId, MessageId, UserId,
    channel::{ChannelKind, Cursor},
    limits::COUNT_CAP,
};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, sea_query::OnConflict};
use std::collections::HashMap;

/// A position; `thread` is `None` for the main timeline.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    user: UserId,
    channel: ChannelId,
    thread: Option<MessageId>,
) -> Result<Option<Cursor>> {
    let key = (user.0, channel.0, thread.map_or(0, MessageId::get));
    let row = read_cursor::Entity::find_by_id(key).one(conn).await.db()?;
    Ok(row.map(|row| Cursor { last_read_number: row.last_read_number, version: row.version }))
}

/// Writes a position, new or over the earlier one.
pub(crate) async fn put(
    tx: &impl ConnectionTrait,
    user: UserId,
    channel: ChannelId,
    thread: Option<MessageId>,
    cursor: Cursor,
) -> Result<()> {
    use read_cursor::Column as C;
    let row = read_cursor::Model {
        user_id: user.0,
        channel_id: channel.0,
        thread_id: thread.map_or(0, MessageId::get),
        last_read_number: cursor.last_read_number,
        version: cursor.version,
    };
    let over =
        OnConflict::columns([C::UserId, C::ChannelId, C::ThreadId]).update_columns([C::LastReadNumber, C::Version]).to_owned();
    read_cursor::Entity::insert(row.into_active_model()).on_conflict(over).exec_without_returning(tx).await.db()?;
    Ok(())
}

const FOREIGN: &str = "select id from messages where channel_id = ? and number > ? and number < ? \
     and thread_id is null and kind = 0 and deleted = false and author_id <> ? limit 1";

/// Whether somebody else wrote a visible message of the main timeline strictly between two numbers.
pub(crate) async fn others_between(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: ChannelId,
    user: UserId,
    (after, before): (i64, i64),
) -> Result<bool> {
    if after + 1 >= before {
        return Ok(false);
    }
    let sql = Sql::new(engine, FOREIGN).bind(channel.0).bind(after).bind(before).bind(user.0);
    Ok(conn.query_one_raw(sql.build()).await.db()?.is_some())
}

fn changed_text() -> &'static str {
    "select user_id, channel_id, thread_id, last_read_number, version from read_cursors \
     where user_id = ? and version > ? and version <= ? order by version"
}

/// Rows changed in a window of versions, in version order.
pub(crate) async fn changed(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user: UserId,
    (after, up_to): (i64, i64),
) -> Result<Vec<read_cursor::Model>> {
    let sql = Sql::new(engine, changed_text()).bind(user.0).bind(after).bind(up_to);
    read_cursor::Entity::find().from_raw_sql(sql.build()).all(conn).await.db()
}

/// How a member stands to a channel, as far as counting needs it.
struct Standing {
    channel: i64,
    conversation: bool,
    /// The channel's newest number.
    number: i64,
    joined_number: i64,
    role: Option<i16>,
    read: i64,
}

fn standing_text(count: usize) -> String {
    format!(
        "select c.id, c.kind, j.number, m.joined_number, w.role, coalesce(r.last_read_number, 0) as read_number, \
           coalesce(r.version, 0) as read_version from channels c \
         join journals j on j.kind = 2 and j.id = c.id \
         join channel_members m on m.channel_id = c.id and m.user_id = ? and m.removed = false \
         left join workspace_members w on w.workspace_id = c.workspace_id and w.user_id = ? and w.removed = false \
         left join read_cursors r on r.user_id = ? and r.channel_id = c.id and r.thread_id = 0 \
         where c.id in ({})",
        placeholders(count)
    )
}

/// Ids asked for in one statement.
const ASKED: usize = 256;
/// Channels counted in one statement.
const COUNTED: usize = 32;
/// Numbers of a conversation looked at in one step.
const STEP: i64 = 1_000;

/// Position and mention count of a person in each of these channels; channels they are not in are left out.
pub(crate) async fn counts(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user: UserId,
    channels: &[ChannelId],
) -> Result<HashMap<ChannelId, (Cursor, u32)>> {
    let mut out = HashMap::new();
    let mut behind = Vec::new();
    for chunk in channels.chunks(ASKED) {
        let ids = super::padded(&chunk.iter().map(|id| id.0).collect::<Vec<_>>());
        let sql = Sql::new(engine, &standing_text(ids.len())).bind(user.0).bind(user.0).bind(user.0).bind_all(ids);
        for row in conn.query_all_raw(sql.build()).await.db()? {
            let big = |name: &str| row.try_get::<i64>("", name).db();
            let standing = Standing {
                channel: big("id")?,
                conversation: ChannelKind::from_code(row.try_get("", "kind").db()?).is_conversation(),
                number: big("number")?,
                joined_number: big("joined_number")?,
                role: row.try_get("", "role").db()?,
                read: big("read_number")?,
            };
            let cursor = Cursor { last_read_number: standing.read, version: big("read_version")? };
            out.insert(ChannelId(standing.channel), (cursor, 0));
            if standing.number > standing.read {
                behind.push(standing);
            }
        }
    }
    let (conversations, others): (Vec<_>, Vec<_>) = behind.into_iter().partition(|s| s.conversation);
    for (channel, count) in
        mentioned(conn, engine, user, &others).await?.into_iter().chain(unread(conn, engine, user, conversations).await?)
    {
        if let Some(entry) = out.get_mut(&channel) {
            entry.1 = count;
        }
    }
    Ok(out)
}

fn capped(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(0).min(COUNT_CAP)
}

/// One source of mentions: (kind, target, channel, above, author, cap).
const SOURCE: &str = "select number from (select number from mentions \
     where kind = ? and target_id = ? and channel_id = ? and number > ? and author_id <> ? limit ?)";

fn mentioned_text(count: usize) -> String {
    let parts: Vec<String> = (0..count)
        .map(|i| format!("select {i} as place, count(*) as found from ({SOURCE} a union {SOURCE} b union {SOURCE} d) t"))
        .collect();
    parts.join(" union all ")
}

/// Messages that name the person, everybody or the person's role; one that does so twice counts once.
async fn mentioned(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user: UserId,
    list: &[Standing],
) -> Result<Vec<(ChannelId, u32)>> {
    let cap = i64::from(COUNT_CAP);
    let mut out = Vec::with_capacity(list.len());
    for chunk in list.chunks(COUNTED) {
        let width = chunk.len().next_power_of_two();
        let mut sql = Sql::new(engine, &mentioned_text(width));
        for standing in chunk.iter().chain(std::iter::repeat_n(&chunk[0], width - chunk.len())) {
            let broadcast = standing.read.max(standing.joined_number);
            let role = standing.role.map_or(-1, i64::from);
            for (kind, target, above) in [(USER, user.0, standing.read), (EVERYONE, 0, broadcast), (ROLE, role, broadcast)] {
                sql = sql.bind(kind).bind(target).bind(standing.channel).bind(above).bind(user.0).bind(cap);
            }
        }
        for (place, found) in found(conn, sql).await? {
            if let Some(standing) = chunk.get(place) {
                out.push((ChannelId(standing.channel), capped(found)));
            }
        }
    }
    Ok(out)
}

fn unread_text(count: usize) -> String {
    let parts: Vec<String> = (0..count)
        .map(|i| {
            format!(
                "select {i} as place, count(*) as found from (select id from messages where channel_id = ? and number > ? \
                 and number <= ? and kind = 0 and deleted = false and author_id <> ? limit ?) t"
            )
        })
        .collect();
    parts.join(" union all ")
}

/// Visible messages of others. A step looks at a bounded range of numbers; whoever is not done after it (a thousand
/// of one's own) is looked at again from there.
async fn unread(conn: &impl ConnectionTrait, engine: Engine, user: UserId, list: Vec<Standing>) -> Result<Vec<(ChannelId, u32)>> {
    let cap = i64::from(COUNT_CAP);
    let mut out = Vec::with_capacity(list.len());
    let mut left: Vec<(Standing, i64)> = list.into_iter().map(|standing| (standing, 0)).collect();
    while !left.is_empty() {
        let mut again = Vec::new();
        for chunk in left.chunks_mut(COUNTED) {
            let width = chunk.len().next_power_of_two();
            let mut sql = Sql::new(engine, &unread_text(width));
            for (standing, _) in chunk.iter().chain(std::iter::repeat_n(&chunk[0], width - chunk.len())) {
                let upper = standing.read.saturating_add(STEP);
                sql = sql.bind(standing.channel).bind(standing.read).bind(upper).bind(user.0).bind(cap);
            }
            for (place, found) in found(conn, sql).await? {
                if let Some((standing, sum)) = chunk.get_mut(place) {
                    *sum += found;
                    standing.read = standing.read.saturating_add(STEP);
                }
            }
        }
        for (standing, sum) in left {
            if sum < cap && standing.read < standing.number {
                again.push((standing, sum));
            } else {
                out.push((ChannelId(standing.channel), capped(sum)));
            }
        }
        left = again;
    }
    Ok(out)
}

async fn found(conn: &impl ConnectionTrait, sql: Sql) -> Result<Vec<(usize, i64)>> {
    let rows = conn.query_all_raw(sql.build()).await.db()?;
    rows.iter()
        .map(|row| {
            // A literal is 32 bits wide on PostgreSQL and 64 elsewhere.
            let place = row.try_get::<i64>("", "place").or_else(|_| row.try_get::<i32>("", "place").map(i64::from)).db()?;
            Ok((usize::try_from(place).unwrap_or(usize::MAX), row.try_get("", "found").db()?))
        })
        .collect()
}

/// Every raw text of this file, to be prepared by a test.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    vec![
        FOREIGN.to_owned(),
        changed_text().to_owned(),
        standing_text(2),
        mentioned_text(1),
        mentioned_text(2),
        unread_text(1),
        unread_text(2),
    ]
}
