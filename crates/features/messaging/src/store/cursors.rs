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

const NEWEST: &str = "select j.version as version, (select max(number) from messages where channel_id = j.id) as newest \
     from journals j where j.kind = 2 and j.id = ?";

/// Number of a channel's newest row, 0 without one, and the channel's version at that moment.
pub(crate) async fn newest(conn: &impl ConnectionTrait, engine: Engine, channel: ChannelId) -> Result<(i64, i64)> {
    let row = conn.query_one_raw(Sql::new(engine, NEWEST).bind(channel.0).build()).await.db()?;
    let Some(row) = row else { return Ok((0, 0)) };
    Ok((row.try_get::<Option<i64>>("", "newest").db()?.unwrap_or(0), row.try_get("", "version").db()?))
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
    /// The channel's version at that moment.
    version: i64,
    joined_number: i64,
    role: Option<i16>,
    read: i64,
}

fn standing_text(count: usize) -> String {
    format!(
        "select c.id, c.kind, j.number, j.version, m.joined_number, w.role, coalesce(r.last_read_number, 0) as read_number, \
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

/// Position and mention count of a person in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MentionCount {
    pub(crate) cursor: Cursor,
    pub(crate) count: u32,
    /// Version of the channel up to which the count holds: both come from one statement, hence one moment.
    pub(crate) counted_to: i64,
}

/// Position and mention count of a person in each of these channels; channels they are not in are left out.
pub(crate) async fn counts(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user: UserId,
    channels: &[ChannelId],
) -> Result<HashMap<ChannelId, MentionCount>> {
    let mut out: HashMap<ChannelId, MentionCount> = HashMap::new();
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
                version: big("version")?,
                joined_number: big("joined_number")?,
                role: row.try_get("", "role").db()?,
                read: big("read_number")?,
            };
            let cursor = Cursor { last_read_number: standing.read, version: big("read_version")? };
            out.insert(ChannelId(standing.channel), MentionCount { cursor, count: 0, counted_to: standing.version });
            if standing.number > standing.read {
                behind.push(standing);
            }
        }
    }
    let (conversations, others): (Vec<_>, Vec<_>) = behind.into_iter().partition(|s| s.conversation);
    for (channel, found) in
        mentioned(conn, engine, user, &others).await?.into_iter().chain(unread(conn, engine, user, conversations).await?)
    {
        if let Some(entry) = out.get_mut(&channel) {
            (entry.count, entry.counted_to) = (capped(found.count), found.counted_to);
        }
    }
    Ok(out)
}

fn capped(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(0).min(COUNT_CAP)
}

/// What one statement counted in a channel, and the channel's version at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    count: i64,
    counted_to: i64,
}

const AS_OF: &str = "(select version from journals where kind = 2 and id = ?) as counted_to";

/// One source of mentions: (kind, target, channel, above, author, cap).
const SOURCE: &str = "select number from (select number from mentions \
     where kind = ? and target_id = ? and channel_id = ? and number > ? and author_id <> ? limit ?)";

fn mentioned_text(count: usize) -> String {
    let parts: Vec<String> = (0..count)
        .map(|i| format!("select {i} as place, count(*) as found, {AS_OF} from ({SOURCE} a union {SOURCE} b union {SOURCE} d) t"))
        .collect();
    parts.join(" union all ")
}

/// Messages that name the person, everybody or the person's role; one that does so twice counts once.
async fn mentioned(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user: UserId,
    list: &[Standing],
) -> Result<Vec<(ChannelId, Found)>> {
    let cap = i64::from(COUNT_CAP);
    let mut out = Vec::with_capacity(list.len());
    for chunk in list.chunks(COUNTED) {
        let width = chunk.len().next_power_of_two();
        let mut sql = Sql::new(engine, &mentioned_text(width));
        for standing in chunk.iter().chain(std::iter::repeat_n(&chunk[0], width - chunk.len())) {
            let broadcast = standing.read.max(standing.joined_number);
            let role = standing.role.map_or(-1, i64::from);
            sql = sql.bind(standing.channel);
            for (kind, target, above) in [(USER, user.0, standing.read), (EVERYONE, 0, broadcast), (ROLE, role, broadcast)] {
                sql = sql.bind(kind).bind(target).bind(standing.channel).bind(above).bind(user.0).bind(cap);
            }
        }
        for (place, found) in found(conn, sql).await? {
            if let Some(standing) = chunk.get(place) {
                out.push((ChannelId(standing.channel), found));
            }
        }
    }
    Ok(out)
}

fn unread_text(count: usize) -> String {
    let parts: Vec<String> = (0..count)
        .map(|i| {
            format!(
                "select {i} as place, count(*) as found, {AS_OF} from (select id from messages where channel_id = ? and number > ? \
                 and number <= ? and kind = 0 and deleted = false and author_id <> ? limit ?) t"
            )
        })
        .collect();
    parts.join(" union all ")
}

/// Times a count over several steps begins again because something was written between them.
const BEGINNINGS: u32 = 4;

/// A conversation whose messages are being counted.
struct Counting {
    standing: Standing,
    /// Everything up to here is counted.
    up_to: i64,
    sum: i64,
    counted_to: Option<i64>,
    begun: u32,
}

impl Counting {
    /// Takes a step's count. A version other than that of the step before: both are not of one moment, begin again.
    fn take(&mut self, found: Found) {
        let torn = self.counted_to.is_some_and(|version| version != found.counted_to);
        if torn && self.begun < BEGINNINGS {
            (self.up_to, self.sum, self.counted_to, self.begun) = (self.standing.read, 0, None, self.begun + 1);
            return;
        }
        self.counted_to.get_or_insert(found.counted_to);
        self.sum += found.count;
        self.up_to = self.up_to.saturating_add(STEP);
    }
}

/// Visible messages of others. A step looks at a bounded range of numbers; whoever is not done after it (a thousand
/// of one's own) is looked at again from there.
async fn unread(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user: UserId,
    list: Vec<Standing>,
) -> Result<Vec<(ChannelId, Found)>> {
    let cap = i64::from(COUNT_CAP);
    let mut out = Vec::with_capacity(list.len());
    let begin = |standing: Standing| Counting { up_to: standing.read, standing, sum: 0, counted_to: None, begun: 1 };
    let mut left: Vec<Counting> = list.into_iter().map(begin).collect();
    while !left.is_empty() {
        for chunk in left.chunks_mut(COUNTED) {
            let width = chunk.len().next_power_of_two();
            let mut sql = Sql::new(engine, &unread_text(width));
            for counting in chunk.iter().chain(std::iter::repeat_n(&chunk[0], width - chunk.len())) {
                let (channel, from) = (counting.standing.channel, counting.up_to);
                sql = sql.bind(channel).bind(channel).bind(from).bind(from.saturating_add(STEP)).bind(user.0).bind(cap);
            }
            for (place, found) in found(conn, sql).await? {
                if let Some(counting) = chunk.get_mut(place) {
                    counting.take(found);
                }
            }
        }
        let (again, done): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|c| c.counted_to.is_none() || (c.sum < cap && c.up_to < c.standing.number));
        out.extend(done.into_iter().map(|c| {
            let found = Found { count: c.sum, counted_to: c.counted_to.unwrap_or(c.standing.version) };
            (ChannelId(c.standing.channel), found)
        }));
        left = again;
    }
    Ok(out)
}

async fn found(conn: &impl ConnectionTrait, sql: Sql) -> Result<Vec<(usize, Found)>> {
    let rows = conn.query_all_raw(sql.build()).await.db()?;
    rows.iter()
        .map(|row| {
            // A literal is 32 bits wide on PostgreSQL and 64 elsewhere.
            let place = row.try_get::<i64>("", "place").or_else(|_| row.try_get::<i32>("", "place").map(i64::from)).db()?;
            let found = Found { count: row.try_get("", "found").db()?, counted_to: row.try_get("", "counted_to").db()? };
            Ok((usize::try_from(place).unwrap_or(usize::MAX), found))
        })
        .collect()
}

/// Every raw text of this file, to be prepared by a test.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    vec![
        NEWEST.to_owned(),
        FOREIGN.to_owned(),
        changed_text().to_owned(),
        standing_text(2),
        mentioned_text(1),
        mentioned_text(2),
        unread_text(1),
        unread_text(2),
    ]
}
