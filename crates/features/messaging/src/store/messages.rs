//! Rows of messages: the body's format, single rows, edits, tombstones, pages by number.
//!
//! Pages always give both bounds of the number and widen the window until it holds enough: planners that
//! estimate an average channel would otherwise read a big one whole. Appending is in `hot`.

use plexichat_database::{
    DbResultExt, Engine, Sql,
    entity::{channel, message},
};
use plexichat_kernel::{Error, Result};
use plexichat_model::{
    ChannelId, MessageId, Nonce, Timestamp, UserId, WorkspaceId,
    message::{Mention, MessageKind, MessageView},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Bit of `flags`: a thread row may exist.
pub(crate) const HAS_THREAD: i16 = 1;
/// Bit of `flags`: reaction rows may exist.
pub(crate) const HAS_REACTIONS: i16 = 2;
/// `kind` of what the instance itself wrote.
const SYSTEM: i16 = 1;

/// First byte of a body: UTF-8 JSON follows.
const FORMAT_JSON: u8 = 0;

#[derive(Serialize, Deserialize)]
struct Body {
    t: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    m: Vec<Mention>,
}

/// Text and mentions as the body column keeps them.
pub(crate) fn encode(text: &str, mentions: &[Mention]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Borrowed<'a> {
        t: &'a str,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        m: &'a [Mention],
    }
    let mut bytes = Vec::with_capacity(text.len() + 16);
    bytes.push(FORMAT_JSON);
    serde_json::to_writer(&mut bytes, &Borrowed { t: text, m: mentions }).expect("text and mentions are JSON");
    bytes
}

/// Text and mentions of a body column.
pub(crate) fn decode(body: &[u8]) -> Result<(String, Vec<Mention>)> {
    match body.split_first() {
        Some((&FORMAT_JSON, json)) => {
            let body: Body = serde_json::from_slice(json).map_err(Error::internal)?;
            Ok((body.t, body.m))
        }
        Some((format, _)) => Err(Error::internal(format!("a message body has the unknown format {format}"))),
        None => Ok((String::new(), Vec::new())),
    }
}

/// Whether this body is not one that [`encode`] made.
pub(crate) fn is_sealed(body: &[u8]) -> bool {
    body.first() != Some(&FORMAT_JSON)
}

/// As the wire shows it, without reactions and thread. The row is open.
pub(crate) fn view(row: &message::Model) -> Result<MessageView> {
    let (text, mentions) = if row.deleted { (String::new(), Vec::new()) } else { decode(&row.body)? };
    Ok(MessageView {
        id: MessageId(row.id),
        channel_id: ChannelId(row.channel_id),
        number: row.number,
        version: row.version,
        author_id: UserId(row.author_id),
        kind: kind(row.kind),
        text,
        mentions,
        thread_id: row.thread_id.map(MessageId),
        created_at: Timestamp(row.created_ms),
        edited_at: row.edited_ms.map(Timestamp),
        deleted: row.deleted,
        nonce: row.nonce.map(Nonce),
        reactions: None,
        thread: None,
    })
}

fn kind(code: i16) -> MessageKind {
    if code == SYSTEM { MessageKind::System } else { MessageKind::User }
}

/// Number in SQL.
pub(crate) const fn kind_code(kind: MessageKind) -> i16 {
    match kind {
        MessageKind::User => 0,
        MessageKind::System => SYSTEM,
    }
}

/// A message of this channel.
pub(crate) async fn by_id(conn: &impl ConnectionTrait, channel: ChannelId, id: MessageId) -> Result<Option<message::Model>> {
    let row = message::Entity::find_by_id(id.0).one(conn).await.db()?;
    Ok(row.filter(|row| row.channel_id == channel.0))
}

/// Rows read at once while all are looked at.
const PAGE: u64 = 256;

/// Messages by id, from beyond one on, each with the workspace of its channel.
pub(crate) async fn in_order(conn: &impl ConnectionTrait, after: i64) -> Result<Vec<(message::Model, Option<WorkspaceId>)>> {
    let find = message::Entity::find().filter(message::Column::Id.gt(after)).order_by_asc(message::Column::Id).limit(PAGE);
    let rows = find.all(conn).await.db()?;
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.channel_id).collect();
    let of = channel::Entity::find().filter(channel::Column::Id.is_in(ids)).all(conn).await.db()?;
    let of: BTreeMap<i64, Option<i64>> = of.into_iter().map(|row| (row.id, row.workspace_id)).collect();
    let with = |row: message::Model| {
        let workspace = of.get(&row.channel_id).copied().flatten().map(WorkspaceId);
        (row, workspace)
    };
    Ok(rows.into_iter().map(with).collect())
}

/// Replaces bodies, and nothing else: what they say is the same. `(id, new, old)`; what is not as it was read is left alone.
pub(crate) async fn replace_bodies(tx: &impl ConnectionTrait, bodies: &[(i64, Vec<u8>, Vec<u8>)]) -> Result<()> {
    for (id, new, old) in bodies {
        message::Entity::update_many()
            .col_expr(message::Column::Body, Expr::value(new.clone()))
            .filter(message::Column::Id.eq(*id))
            .filter(message::Column::Body.eq(old.clone()))
            .exec(tx)
            .await
            .db()?;
    }
    Ok(())
}

/// All messages of a channel with numbers above the first and up to the second, in order, replies included.
pub(crate) async fn numbered(conn: &impl ConnectionTrait, channel: ChannelId, bounds: (i64, i64)) -> Result<Vec<message::Model>> {
    use message::Column as C;
    let found = message::Entity::find().filter(C::ChannelId.eq(channel.0)).filter(C::Number.gt(bounds.0));
    found.filter(C::Number.lte(bounds.1)).order_by_asc(C::Number).all(conn).await.db()
}

/// Numbers of these messages.
pub(crate) async fn numbers(conn: &impl ConnectionTrait, ids: &[i64]) -> Result<Vec<i64>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let find = message::Entity::find().select_only().column(message::Column::Number);
    find.filter(message::Column::Id.is_in(super::padded(ids))).into_tuple().all(conn).await.db()
}

/// Replaces body and edit time.
pub(crate) async fn edit(tx: &impl ConnectionTrait, id: i64, body: Vec<u8>, edited_ms: i64, version: i64) -> Result<()> {
    message::Entity::update_many()
        .col_expr(message::Column::Body, Expr::value(body))
        .col_expr(message::Column::EditedMs, Expr::value(edited_ms))
        .col_expr(message::Column::Version, Expr::value(version))
        .filter(message::Column::Id.eq(id))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// Makes a tombstone of it: the text goes; id, number, author, time and nonce stay.
pub(crate) async fn bury(tx: &impl ConnectionTrait, id: i64, flags: i16, version: i64) -> Result<()> {
    message::Entity::update_many()
        .col_expr(message::Column::Body, Expr::value(Vec::<u8>::new()))
        .col_expr(message::Column::Deleted, Expr::value(true))
        .col_expr(message::Column::Flags, Expr::value(flags))
        .col_expr(message::Column::Version, Expr::value(version))
        .filter(message::Column::Id.eq(id))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// Sets bits of `flags`; no version, because a flag only says where to look.
pub(crate) async fn flag(tx: &impl ConnectionTrait, engine: Engine, ids: &[i64], bit: i16) -> Result<()> {
    for id in ids {
        let sql = Sql::new(engine, "update messages set flags = flags | ? where id = ?").bind(bit).bind(*id);
        tx.execute_raw(sql.build()).await.db()?;
    }
    Ok(())
}

/// Which messages of a channel a page is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Timeline {
    /// Those outside of threads.
    Main(ChannelId),
    /// The replies of one thread.
    Thread(MessageId),
    /// Those outside of threads that can be unread.
    Visible(ChannelId),
}

pub(crate) const SELECT: &str = "select id, channel_id, number, version, author_id, nonce, thread_id, kind, flags, body, created_ms, edited_ms, deleted \
     from messages where ";

impl Timeline {
    fn condition(self) -> &'static str {
        match self {
            Self::Main(_) => "channel_id = ? and thread_id is null",
            Self::Thread(_) => "thread_id = ?",
            Self::Visible(_) => "channel_id = ? and thread_id is null and kind = 0 and deleted = false",
        }
    }

    fn id(self) -> i64 {
        match self {
            Self::Main(channel) | Self::Visible(channel) => channel.0,
            Self::Thread(root) => root.0,
        }
    }

    fn text(self, descending: bool) -> String {
        let order = if descending { "number desc" } else { "number" };
        format!("{SELECT}{} and number >= ? and number < ? order by {order} limit ?", self.condition())
    }
}

/// Up to `want` rows with `floor <= number < below`, newest first.
pub(crate) async fn before(
    conn: &impl ConnectionTrait,
    engine: Engine,
    timeline: Timeline,
    (floor, below): (i64, i64),
    want: usize,
) -> Result<Vec<message::Model>> {
    let text = timeline.text(true);
    let (mut rows, mut upper, mut width) = (Vec::new(), below, first_width(want));
    while rows.len() < want && upper > floor {
        let lower = upper.saturating_sub(width).max(floor);
        rows.extend(window(conn, engine, &text, timeline, (lower, upper), want - rows.len()).await?);
        (upper, width) = (lower, width.saturating_mul(4));
    }
    Ok(rows)
}

/// Up to `want` rows with `from <= number < ceiling`, oldest first.
pub(crate) async fn after(
    conn: &impl ConnectionTrait,
    engine: Engine,
    timeline: Timeline,
    (from, ceiling): (i64, i64),
    want: usize,
) -> Result<Vec<message::Model>> {
    let text = timeline.text(false);
    let (mut rows, mut lower, mut width) = (Vec::new(), from, first_width(want));
    while rows.len() < want && lower < ceiling {
        let upper = lower.saturating_add(width).min(ceiling);
        rows.extend(window(conn, engine, &text, timeline, (lower, upper), want - rows.len()).await?);
        (lower, width) = (upper, width.saturating_mul(4));
    }
    Ok(rows)
}

/// Numbers are gapless: in a channel without threads the first window already holds what is wanted.
fn first_width(want: usize) -> i64 {
    i64::try_from(want).unwrap_or(i64::MAX).max(16)
}

async fn window(
    conn: &impl ConnectionTrait,
    engine: Engine,
    text: &str,
    timeline: Timeline,
    (from, below): (i64, i64),
    want: usize,
) -> Result<Vec<message::Model>> {
    let want = i64::try_from(want).unwrap_or(i64::MAX);
    let sql = Sql::new(engine, text).bind(timeline.id()).bind(from).bind(below).bind(want);
    message::Entity::find().from_raw_sql(sql.build()).all(conn).await.db()
}

const NEWEST: &str = "select coalesce(max(number), 0) as newest from messages where channel_id = ?";

/// Number of a channel's newest row; 0 without one.
pub(crate) async fn newest_number(conn: &impl ConnectionTrait, engine: Engine, channel: ChannelId) -> Result<i64> {
    let row = conn.query_one_raw(Sql::new(engine, NEWEST).bind(channel.0).build()).await.db()?;
    row.map_or(Ok(0), |row| row.try_get("", "newest")).db()
}

/// Rows changed in a window of versions, in version order.
pub(crate) async fn changed(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: ChannelId,
    (after, up_to): (i64, i64),
) -> Result<Vec<message::Model>> {
    let text = format!("{SELECT}channel_id = ? and version > ? and version <= ? order by version");
    let sql = Sql::new(engine, &text).bind(channel.0).bind(after).bind(up_to);
    message::Entity::find().from_raw_sql(sql.build()).all(conn).await.db()
}

/// Every raw text of this file, to be prepared by a test.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    let id = MessageId(1);
    let channel = ChannelId(1);
    let mut texts: Vec<String> = [Timeline::Main(channel), Timeline::Visible(channel), Timeline::Thread(id)]
        .into_iter()
        .flat_map(|t| [t.text(true), t.text(false)])
        .collect();
    texts.push(NEWEST.to_owned());
    texts.push("update messages set flags = flags | ? where id = ?".to_owned());
    texts.push(format!("{SELECT}channel_id = ? and version > ? and version <= ? order by version"));
    texts
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use plexichat_model::{UserId, message::Mention, permission::Role};

    #[test]
    fn bodies_come_back_as_they_went() {
        for (text, mentions) in [
            ("", vec![]),
            ("a \"quote\"\n\u{1f600} \\", vec![Mention::User(UserId(7)), Mention::Everyone, Mention::Role(Role::Admin)]),
        ] {
            let body = encode(text, &mentions);
            assert_eq!(body[0], 0);
            assert_eq!(decode(&body).expect("decodes"), (text.to_owned(), mentions));
        }
        assert_eq!(decode(&[]).expect("an empty body is an empty text"), (String::new(), vec![]));
        assert!(decode(&[9, b'x']).is_err());
        assert!(decode(&[0, b'{']).is_err());
    }
}
