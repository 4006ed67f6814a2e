//! Appending messages: many rows in few statements, measured (research: the journal).
//!
//! PostgreSQL takes arrays (one text, whatever the number); the others take multi-row `VALUES` in chunks of
//! powers of two, so that at most nine texts a statement are prepared. Also finds messages by their nonces.

use super::messages::SELECT;
use plexichat_database::{DbResultExt, Engine, Sql, driver_error, entity::message, violation};
use plexichat_kernel::{Error, Result};
use sea_orm::{ConnectionTrait, EntityTrait, Value};

/// Most rows of one statement.
const CHUNK: usize = 256;
/// Most bytes of text in one statement: servers refuse packets above a bound of their own (16 MiB by default).
const CHUNK_BYTES: usize = 2 * 1024 * 1024;

/// A message to append.
#[derive(Debug)]
pub(crate) struct NewRow {
    pub(crate) id: i64,
    pub(crate) channel_id: i64,
    pub(crate) number: i64,
    pub(crate) version: i64,
    pub(crate) author_id: i64,
    pub(crate) nonce: i64,
    /// Root message; 0: main timeline.
    pub(crate) thread_id: i64,
    pub(crate) created_ms: i64,
    pub(crate) body: Vec<u8>,
}

/// A mention to append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MentionRow {
    pub(crate) channel_id: i64,
    pub(crate) number: i64,
    pub(crate) kind: i16,
    pub(crate) target_id: i64,
    pub(crate) message_id: i64,
    pub(crate) author_id: i64,
}

/// Splits a count into powers of two, largest first: 300 → 256, 32, 8, 4.
fn chunks(mut count: usize) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let chunk = (1 << count.checked_ilog2()?).min(CHUNK);
        count -= chunk;
        Some(chunk)
    })
}

/// The same for rows of these sizes, none of the chunks larger than [`CHUNK_BYTES`] unless it is a single row.
fn chunks_within(sizes: &[usize]) -> Vec<usize> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(mut chunk) = chunks(sizes.len() - at).next() {
        while chunk > 1 && sizes[at..at + chunk].iter().sum::<usize>() > CHUNK_BYTES {
            chunk /= 2;
        }
        out.push(chunk);
        at += chunk;
    }
    out
}

fn values(head: &str, row: &str, count: usize) -> String {
    let mut text = String::with_capacity(head.len() + (row.len() + 1) * count);
    text.push_str(head);
    for index in 0..count {
        if index > 0 {
            text.push(',');
        }
        text.push_str(row);
    }
    text
}

const MESSAGES: &str = "insert into messages (id, channel_id, number, version, author_id, nonce, thread_id, created_ms, body, kind, flags, deleted) ";
const MESSAGES_ROW: &str = "(?,?,?,?,?,?,?,?,?,0,0,false)";
const MESSAGES_UNNEST: &str = "select x.id, x.channel_id, x.number, x.version, x.author_id, x.nonce, nullif(x.thread_id, 0), x.created_ms, \
     x.body, 0, 0, false \
     from unnest(?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::bytea[]) \
     as x(id, channel_id, number, version, author_id, nonce, thread_id, created_ms, body)";

/// Under which condition rows are appended, with its values.
pub(crate) type Guard = (&'static str, [Value; 2]);

/// Appends messages. A nonce that is taken violates `ux_messages_nonce`. False: the condition did not hold, and nothing was
/// written.
pub(crate) async fn insert_messages(
    tx: &impl ConnectionTrait,
    engine: Engine,
    rows: Vec<NewRow>,
    mut guard: Option<Guard>,
) -> Result<bool> {
    if engine == Engine::Postgres {
        let column = |get: fn(&NewRow) -> i64| -> Value { rows.iter().map(get).collect::<Vec<i64>>().into() };
        let sql = Sql::new(engine, &unnested(guard.as_ref()))
            .bind(column(|r| r.id))
            .bind(column(|r| r.channel_id))
            .bind(column(|r| r.number))
            .bind(column(|r| r.version))
            .bind(column(|r| r.author_id))
            .bind(column(|r| r.nonce))
            .bind(column(|r| r.thread_id))
            .bind(column(|r| r.created_ms));
        let bodies: Vec<Vec<u8>> = rows.into_iter().map(|r| r.body).collect();
        let done = tx.execute_raw(sql.bind(bodies).bind_all(values_of(guard)).build()).await.db()?;
        return Ok(done.rows_affected() > 0);
    }
    let sizes: Vec<usize> = rows.iter().map(|row| row.body.len()).collect();
    let mut left = rows.into_iter();
    for chunk in chunks_within(&sizes) {
        // What held for the first rows holds until the transaction has ended.
        let guard = guard.take();
        let mut sql = Sql::new(engine, &listed(guard.as_ref(), chunk));
        for row in left.by_ref().take(chunk) {
            let thread = (row.thread_id != 0).then_some(row.thread_id);
            sql = sql.bind(row.id).bind(row.channel_id).bind(row.number).bind(row.version).bind(row.author_id);
            sql = sql.bind(row.nonce).bind(thread).bind(row.created_ms).bind(row.body);
        }
        if tx.execute_raw(sql.bind_all(values_of(guard)).build()).await.db()?.rows_affected() == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn values_of(guard: Option<Guard>) -> impl Iterator<Item = Value> {
    guard.into_iter().flat_map(|(_, values)| values)
}

fn unnested(guard: Option<&Guard>) -> String {
    guard.map_or_else(
        || format!("{MESSAGES}{MESSAGES_UNNEST}"),
        |(condition, _)| format!("{MESSAGES}{MESSAGES_UNNEST} where {condition}"),
    )
}

fn listed(guard: Option<&Guard>, count: usize) -> String {
    let Some((condition, _)) = guard else { return values(&format!("{MESSAGES}values "), MESSAGES_ROW, count) };
    let mut text = values(&format!("{MESSAGES}select * from (values "), MESSAGES_ROW, count);
    text.push_str(") where ");
    text.push_str(condition);
    text
}

const MENTIONS: &str = "insert into mentions (channel_id, number, kind, target_id, message_id, author_id) ";
const MENTIONS_UNNEST: &str = "select * from unnest(?::int8[], ?::int8[], ?::int2[], ?::int8[], ?::int8[], ?::int8[])";

/// Appends mentions.
pub(crate) async fn insert_mentions(tx: &impl ConnectionTrait, engine: Engine, rows: &[MentionRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    if engine == Engine::Postgres {
        let column = |get: fn(&MentionRow) -> i64| -> Value { rows.iter().map(get).collect::<Vec<i64>>().into() };
        let sql = Sql::new(engine, &format!("{MENTIONS}{MENTIONS_UNNEST}"))
            .bind(column(|r| r.channel_id))
            .bind(column(|r| r.number))
            .bind(rows.iter().map(|r| r.kind).collect::<Vec<i16>>())
            .bind(column(|r| r.target_id))
            .bind(column(|r| r.message_id))
            .bind(column(|r| r.author_id));
        tx.execute_raw(sql.build()).await.db()?;
        return Ok(());
    }
    let mut left = rows.iter();
    for chunk in chunks(left.len()) {
        let mut sql = Sql::new(engine, &values(&format!("{MENTIONS}values "), "(?,?,?,?,?,?)", chunk));
        for row in left.by_ref().take(chunk) {
            sql = sql.bind(row.channel_id).bind(row.number).bind(row.kind).bind(row.target_id);
            sql = sql.bind(row.message_id).bind(row.author_id);
        }
        tx.execute_raw(sql.build()).await.db()?;
    }
    Ok(())
}

/// Whether a failed append met a nonce that is taken.
pub(crate) fn is_nonce_violation(error: &Error) -> bool {
    driver_error(error)
        .and_then(violation)
        .is_some_and(|v| v.is("ux_messages_nonce", "messages.channel_id, messages.author_id, messages.nonce"))
}

fn nonce_text(count: usize) -> String {
    let mut text = String::from(SELECT);
    for index in 0..count {
        text.push_str(if index == 0 {
            "(channel_id = ? and author_id = ? and nonce = ?)"
        } else {
            " or (channel_id = ? and author_id = ? and nonce = ?)"
        });
    }
    text
}

/// The messages with these (channel, author, nonce).
pub(crate) async fn by_nonces(
    conn: &impl ConnectionTrait,
    engine: Engine,
    keys: &[(i64, i64, i64)],
) -> Result<Vec<message::Model>> {
    let mut found = Vec::new();
    let mut left = keys.iter();
    for chunk in chunks(keys.len()) {
        let mut sql = Sql::new(engine, &nonce_text(chunk));
        for (channel, author, nonce) in left.by_ref().take(chunk) {
            sql = sql.bind(*channel).bind(*author).bind(*nonce);
        }
        found.extend(message::Entity::find().from_raw_sql(sql.build()).all(conn).await.db()?);
    }
    Ok(found)
}

/// Every raw text of this file, to be prepared by a test.
#[cfg(test)]
pub(crate) fn statements(engine: Engine) -> Vec<String> {
    let mut texts = vec![nonce_text(1), nonce_text(64)];
    let guard = plexichat_keys::Keys::may_seal_guard(engine, &[]);
    if engine == Engine::Postgres {
        texts.push(unnested(guard.as_ref()));
        texts.push(format!("{MENTIONS}{MENTIONS_UNNEST}"));
    } else {
        for count in [1, 2, CHUNK] {
            texts.push(listed(None, count));
            texts.push(listed(guard.as_ref(), count));
            texts.push(values(&format!("{MENTIONS}values "), "(?,?,?,?,?,?)", count));
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::{CHUNK_BYTES, chunks, chunks_within};

    #[test]
    fn chunks_keep_below_the_packet_of_a_server() {
        assert_eq!(chunks_within(&[10; 300]), [256, 32, 8, 4]);
        assert_eq!(chunks_within(&[CHUNK_BYTES; 3]), [1, 1, 1]);
        assert_eq!(chunks_within(&[CHUNK_BYTES / 2; 5]), [2, 2, 1]);
        assert!(chunks_within(&[]).is_empty());
    }

    #[test]
    fn chunks_are_powers_of_two() {
        for count in 0..2_000 {
            let parts: Vec<usize> = chunks(count).collect();
            assert_eq!(parts.iter().sum::<usize>(), count);
            assert!(parts.iter().all(|p| p.is_power_of_two() && *p <= 256));
        }
        assert_eq!(chunks(300).collect::<Vec<_>>(), [256, 32, 8, 4]);
    }
}
