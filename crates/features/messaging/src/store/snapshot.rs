//! What a person holds of their channels, in one statement: row, head, cursor, membership, role.
//!
//! One statement sees one moment on every engine, so a state's counters and row agree. The number of
//! statements does not depend on the number of channels.

use plexichat_database::{
    DbResultExt, Engine, Sql,
    entity::{channel, channel_override},
    placeholders,
};
use plexichat_events::Head;
use plexichat_kernel::Result;
use plexichat_keys::{
    Keys,
    names::{Named, NamedTable, Parts},
};
use plexichat_model::{
    ChannelId, UserId,
    channel::{Cursor, NotifyLevel, PermissionOverride},
    permission::Role,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryResult};
use std::collections::HashMap;

/// A channel as one person stands to it.
#[derive(Clone, Debug)]
pub(crate) struct StateRow {
    /// The row.
    pub(crate) channel: channel::Model,
    /// Its head at the same moment.
    pub(crate) head: Head,
    /// The person's position.
    pub(crate) cursor: Cursor,
    /// Their setting; the default when they are no member.
    pub(crate) notify: NotifyLevel,
    /// Version of the setting; 0 when they never were a member.
    pub(crate) membership_version: i64,
    /// Whether they are a member now.
    pub(crate) member: bool,
    /// Their role in its workspace, while they are in it.
    pub(crate) role: Option<Role>,
}

impl Named for StateRow {
    const TABLE: &'static NamedTable = channel::Model::TABLE;

    fn parts(&mut self) -> Parts<'_> {
        self.channel.parts()
    }
}

const COLUMNS: &str = "select c.*, j.version as head_version, j.number as head_number, j.main_number as head_main, \
    j.first_number as head_first, j.access_version as head_access, j.resume_floor as head_floor, \
    coalesce(r.last_read_number, 0) as read_number, coalesce(r.version, 0) as read_version, \
    m.notify as member_notify, m.user_version as member_version, w.role as member_role from ";

const BESIDE: &str = " join journals j on j.kind = 2 and j.id = c.id \
    left join read_cursors r on r.user_id = ? and r.channel_id = c.id and r.thread_id = 0 \
    left join workspace_members w on w.workspace_id = c.workspace_id and w.user_id = ? and w.removed = ?";

const MINE: &str = "channel_members m join channels c on c.id = m.channel_id";
const GIVEN: &str = "channels c left join channel_members m on m.channel_id = c.id and m.user_id = ? and m.removed = ?";
const JOINED: &str = " where m.user_id = ? and m.removed = ? and (c.workspace_id is null or w.user_id is not null)";

fn state_of(row: &QueryResult) -> Result<StateRow> {
    let big = |name: &str| row.try_get::<i64>("", name).db();
    let small = |name: &str| row.try_get::<Option<i16>>("", name).db();
    let notify = small("member_notify")?;
    Ok(StateRow {
        channel: channel::Model::from_query_result(row, "").db()?,
        head: Head {
            version: big("head_version")?,
            number: big("head_number")?,
            main_number: big("head_main")?,
            first_number: big("head_first")?,
            access_version: big("head_access")?,
            resume_floor: big("head_floor")?,
        },
        cursor: Cursor { last_read_number: big("read_number")?, version: big("read_version")? },
        notify: notify.map_or_else(NotifyLevel::default, NotifyLevel::from_code),
        membership_version: row.try_get::<Option<i64>>("", "member_version").db()?.unwrap_or(0),
        member: notify.is_some(),
        role: small("member_role")?.map(Role::from_code),
    })
}

async fn rows(conn: &impl ConnectionTrait, keys: &Keys, sql: Sql) -> Result<Vec<StateRow>> {
    let rows = conn.query_all_raw(sql.build()).await.db()?.iter().map(state_of).collect::<Result<_>>()?;
    keys.open_names(rows).await
}

/// The joined channels and conversations of a person that a first screen needs: with something unread in the main
/// timeline first, then with something unread in a thread, then the rest, newest channels first.
pub(crate) async fn first(
    conn: &impl ConnectionTrait,
    engine: Engine,
    keys: &Keys,
    user: UserId,
    limit: usize,
) -> Result<Vec<StateRow>> {
    let text = format!(
        "{COLUMNS}{MINE}{BESIDE}{JOINED} order by case when j.main_number > coalesce(r.last_read_number, 0) then 0 \
         when j.number > coalesce(r.last_read_number, 0) then 1 else 2 end, c.id desc limit ?"
    );
    let sql = Sql::new(engine, &text).bind(user.0).bind(user.0).bind(false).bind(user.0).bind(false);
    rows(conn, keys, sql.bind(i64::try_from(limit).unwrap_or(i64::MAX))).await
}

/// The joined channels and conversations of a person after one of them, in id order.
pub(crate) async fn after(
    conn: &impl ConnectionTrait,
    engine: Engine,
    keys: &Keys,
    user: UserId,
    after: Option<ChannelId>,
    limit: usize,
) -> Result<Vec<StateRow>> {
    let text = format!("{COLUMNS}{MINE}{BESIDE}{JOINED} and m.channel_id > ? order by m.channel_id limit ?");
    let sql = Sql::new(engine, &text).bind(user.0).bind(user.0).bind(false).bind(user.0).bind(false);
    rows(conn, keys, sql.bind(after.map_or(0, ChannelId::get)).bind(i64::try_from(limit).unwrap_or(i64::MAX))).await
}

/// These channels as a person stands to them, joined or not.
pub(crate) async fn given(
    conn: &impl ConnectionTrait,
    engine: Engine,
    keys: &Keys,
    user: UserId,
    ids: &[i64],
) -> Result<Vec<StateRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = super::padded(ids);
    let text = format!("{COLUMNS}{GIVEN}{BESIDE} where c.id in ({})", placeholders(ids.len()));
    let sql = Sql::new(engine, &text).bind(user.0).bind(false).bind(user.0).bind(user.0).bind(false);
    rows(conn, keys, sql.bind_all(ids)).await
}

/// Overrides of these channels, by channel.
pub(crate) async fn overrides(conn: &impl ConnectionTrait, ids: &[i64]) -> Result<HashMap<i64, Vec<PermissionOverride>>> {
    let mut out: HashMap<i64, Vec<PermissionOverride>> = HashMap::new();
    if ids.is_empty() {
        return Ok(out);
    }
    let found = channel_override::Entity::find()
        .filter(channel_override::Column::ChannelId.is_in(super::padded(ids)))
        .all(conn)
        .await
        .db()?;
    for row in found {
        out.entry(row.channel_id).or_default().extend(super::channels::override_of(&row));
    }
    Ok(out)
}
