//! Rows of thread summaries: one a root message, kept beside the messages in the same transaction.
//!
//! A summary is counted on with each reply and counted anew when one goes; what it says is always what the rows say.
//!
//! A summary can always be computed again from the messages. Pages have a bound. Not here: who follows a thread.

use plexichat_database::{DbResultExt, Engine, Sql, entity::thread, placeholders};
use plexichat_kernel::Result;
use plexichat_model::{ChannelId, MessageId, Timestamp, UserId, message::ThreadView};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict};
use std::collections::HashMap;

/// Authors named in a summary.
pub(crate) const PARTICIPANTS: usize = 5;
/// Replies read to find the last distinct authors.
const LAST_REPLIES: i64 = 50;

/// As the wire shows it.
pub(crate) fn view(row: &thread::Model) -> ThreadView {
    ThreadView {
        root_id: MessageId(row.root_id),
        channel_id: ChannelId(row.channel_id),
        reply_count: u32::try_from(row.reply_count).unwrap_or(0),
        last_number: row.last_number,
        last_reply_at: (row.last_number > 0).then_some(Timestamp(row.last_reply_ms)),
        participants: participants(row),
        version: row.version,
    }
}

/// The last distinct authors, newest first.
pub(crate) fn participants(row: &thread::Model) -> Vec<UserId> {
    row.participants.split(',').filter_map(|id| id.parse().ok()).map(UserId).take(PARTICIPANTS).collect()
}

/// The column of such a list.
pub(crate) fn participants_column(users: &[UserId]) -> String {
    let mut text = String::new();
    for user in users.iter().take(PARTICIPANTS) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&user.to_string());
    }
    text
}

/// Summaries of these roots.
pub(crate) async fn by_roots(conn: &impl ConnectionTrait, roots: &[i64]) -> Result<HashMap<i64, thread::Model>> {
    if roots.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = thread::Entity::find().filter(thread::Column::RootId.is_in(super::padded(roots))).all(conn).await.db()?;
    Ok(rows.into_iter().map(|row| (row.root_id, row)).collect())
}

/// Writes summaries, new or over earlier ones.
pub(crate) async fn put(tx: &impl ConnectionTrait, rows: Vec<thread::Model>) -> Result<()> {
    use thread::Column as C;
    for row in rows {
        let over = OnConflict::column(C::RootId)
            .update_columns([C::ReplyCount, C::LastNumber, C::LastReplyMs, C::Participants, C::Version])
            .to_owned();
        thread::Entity::insert(row.into_active_model()).on_conflict(over).exec_without_returning(tx).await.db()?;
    }
    Ok(())
}

const LAST: &str = "select number, author_id, created_ms from messages \
     where thread_id = ? and number > ? and deleted = false order by number desc limit ?";

/// What the newest visible replies say of a thread: number and time of the last, the last distinct authors.
pub(crate) async fn summarise(
    conn: &impl ConnectionTrait,
    engine: Engine,
    root: MessageId,
    root_number: i64,
) -> Result<(i64, i64, Vec<UserId>)> {
    let sql = Sql::new(engine, LAST).bind(root.0).bind(root_number).bind(LAST_REPLIES);
    let rows = conn.query_all_raw(sql.build()).await.db()?;
    let (mut last, mut users) = ((0, 0), Vec::new());
    for (index, row) in rows.iter().enumerate() {
        let (number, author, created): (i64, i64, i64) =
            (row.try_get("", "number").db()?, row.try_get("", "author_id").db()?, row.try_get("", "created_ms").db()?);
        if index == 0 {
            last = (number, created);
        }
        if users.len() < PARTICIPANTS && !users.contains(&UserId(author)) {
            users.push(UserId(author));
        }
    }
    Ok((last.0, last.1, users))
}

const COLUMNS: &str = "root_id, channel_id, title, reply_count, last_number, last_reply_ms, participants, version";

fn page_text() -> String {
    format!(
        "select {COLUMNS} from threads where channel_id = ? and last_number >= ? and last_number < ? order by last_number desc limit ?"
    )
}

/// Up to `want` threads with visible replies and `last_number < below`, newest activity first.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: ChannelId,
    below: i64,
    want: usize,
) -> Result<Vec<thread::Model>> {
    let text = page_text();
    let (mut rows, mut upper, mut width) = (Vec::new(), below, 1_024_i64);
    while rows.len() < want && upper > 1 {
        let lower = upper.saturating_sub(width).max(1);
        let left = i64::try_from(want - rows.len()).unwrap_or(i64::MAX);
        let sql = Sql::new(engine, &text).bind(channel.0).bind(lower).bind(upper).bind(left);
        rows.extend(thread::Entity::find().from_raw_sql(sql.build()).all(conn).await.db()?);
        (upper, width) = (lower, width.saturating_mul(8));
    }
    Ok(rows)
}

fn changed_text() -> String {
    format!("select {COLUMNS} from threads where channel_id = ? and version > ? and version <= ? order by version")
}

/// Rows changed in a window of versions, in version order.
pub(crate) async fn changed(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: ChannelId,
    (after, up_to): (i64, i64),
) -> Result<Vec<thread::Model>> {
    let sql = Sql::new(engine, &changed_text()).bind(channel.0).bind(after).bind(up_to);
    thread::Entity::find().from_raw_sql(sql.build()).all(conn).await.db()
}

fn followed_text(count: usize) -> String {
    format!("select user_id from read_cursors where channel_id = ? and thread_id = ? and user_id in ({})", placeholders(count))
}

/// Who of these people has a position of their own in a thread: they follow it.
pub(crate) async fn followers(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: ChannelId,
    root: MessageId,
    users: &[i64],
) -> Result<Vec<i64>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let users = super::padded(users);
    let sql = Sql::new(engine, &followed_text(users.len())).bind(channel.0).bind(root.0).bind_all(users);
    conn.query_all_raw(sql.build()).await.db()?.iter().map(|row| row.try_get("", "user_id").db()).collect()
}

/// Every raw text of this file, to be prepared by a test.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    vec![LAST.to_owned(), page_text(), changed_text(), followed_text(2)]
}
