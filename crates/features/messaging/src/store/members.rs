//! Memberships of workspaces and channels, and the cursor a membership begins with.
//!
//! Who has left stays as a row with `removed`, so that others still learn of it. Lists come in pages with a bound. Not
//! here: who may add or remove whom.

use plexichat_auth::accounts::Directory;
use plexichat_database::{
    DbResultExt, Engine, Sql,
    entity::{channel_member, workspace_member},
    placeholders,
};
use plexichat_kernel::Result;
use plexichat_model::{
    ChannelId, Timestamp, UserId, WorkspaceId,
    channel::{ChannelMemberView, NotifyLevel},
    event::{MembershipView, WorkspaceMembershipView},
    permission::Role,
    workspace::WorkspaceMemberView,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};
use std::collections::{HashMap, HashSet};

// ---- views

/// A workspace membership on the workspace journal.
pub(crate) fn workspace_view(row: &workspace_member::Model) -> WorkspaceMemberView {
    WorkspaceMemberView {
        workspace_id: row.workspace_id.into(),
        user_id: row.user_id.into(),
        role: Role::from_code(row.role),
        joined_at: Timestamp(row.joined_ms),
        removed: row.removed,
        version: row.version,
    }
}

/// The same membership on its owner's journal.
pub(crate) fn own_workspace_view(row: &workspace_member::Model) -> WorkspaceMembershipView {
    WorkspaceMembershipView {
        workspace_id: row.workspace_id.into(),
        role: Role::from_code(row.role),
        removed: row.removed,
        version: row.user_version,
    }
}

/// A channel membership on the channel journal.
pub(crate) fn channel_view(row: &channel_member::Model) -> ChannelMemberView {
    ChannelMemberView {
        channel_id: row.channel_id.into(),
        user_id: row.user_id.into(),
        joined_at: Timestamp(row.joined_ms),
        joined_number: row.joined_number,
        removed: row.removed,
        version: row.version,
    }
}

/// The same membership on its owner's journal.
pub(crate) fn own_channel_view(row: &channel_member::Model) -> MembershipView {
    MembershipView {
        channel_id: row.channel_id.into(),
        notify: NotifyLevel::from_code(row.notify),
        removed: row.removed,
        version: row.user_version,
    }
}

// ---- workspace memberships

/// One membership, also an ended one.
pub(crate) async fn in_workspace(
    conn: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<Option<workspace_member::Model>> {
    workspace_member::Entity::find_by_id((workspace.0, user.0)).one(conn).await.db()
}

/// Living memberships of these people.
pub(crate) async fn living_in_workspace(
    conn: &impl ConnectionTrait,
    workspace: WorkspaceId,
    users: &[i64],
) -> Result<Vec<workspace_member::Model>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    workspace_member::Entity::find()
        .filter(workspace_member::Column::WorkspaceId.eq(workspace.0))
        .filter(workspace_member::Column::UserId.is_in(super::padded(users)))
        .filter(workspace_member::Column::Removed.eq(false))
        .all(conn)
        .await
        .db()
}

/// Living memberships of a person, by workspace id.
pub(crate) async fn workspaces_of(conn: &impl ConnectionTrait, user: UserId) -> Result<Vec<workspace_member::Model>> {
    workspace_member::Entity::find()
        .filter(workspace_member::Column::UserId.eq(user.0))
        .filter(workspace_member::Column::Removed.eq(false))
        .order_by_asc(workspace_member::Column::WorkspaceId)
        .all(conn)
        .await
        .db()
}

/// Number of living owners.
pub(crate) async fn count_owners(conn: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<u64> {
    workspace_member::Entity::find()
        .filter(workspace_member::Column::WorkspaceId.eq(workspace.0))
        .filter(workspace_member::Column::Role.eq(Role::Owner.code()))
        .filter(workspace_member::Column::Removed.eq(false))
        .count(conn)
        .await
        .db()
}

/// Writes a membership, new or over an earlier one.
pub(crate) async fn put_in_workspace(conn: &impl ConnectionTrait, row: workspace_member::Model) -> Result<()> {
    use workspace_member::Column as C;
    let over = OnConflict::columns([C::WorkspaceId, C::UserId])
        .update_columns([C::Role, C::JoinedMs, C::Removed, C::Version, C::UserVersion])
        .to_owned();
    workspace_member::Entity::insert(row.into_active_model()).on_conflict(over).exec_without_returning(conn).await.db()?;
    Ok(())
}

/// A page of living members in the order of handles.
pub(crate) async fn workspace_page(
    (conn, engine): (&impl ConnectionTrait, Engine),
    workspace: WorkspaceId,
    page: &PageQuery<'_>,
) -> Result<Vec<workspace_member::Model>> {
    let table = Memberships { table: "workspace_members", owner: "workspace_id", id: workspace.0 };
    let ids = page.user_ids((conn, engine), &table).await?;
    let mut rows: HashMap<i64, workspace_member::Model> =
        living_in_workspace(conn, workspace, &ids).await?.into_iter().map(|row| (row.user_id, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

// ---- channel memberships

/// One membership, also an ended one.
pub(crate) async fn in_channel(
    conn: &impl ConnectionTrait,
    channel: ChannelId,
    user: UserId,
) -> Result<Option<channel_member::Model>> {
    channel_member::Entity::find_by_id((channel.0, user.0)).one(conn).await.db()
}

/// Memberships of these people in a channel, also ended ones, by person.
pub(crate) async fn all_in_channel(
    conn: &impl ConnectionTrait,
    channel: ChannelId,
    users: &[i64],
) -> Result<HashMap<i64, channel_member::Model>> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = channel_member::Entity::find()
        .filter(channel_member::Column::ChannelId.eq(channel.0))
        .filter(channel_member::Column::UserId.is_in(super::padded(users)))
        .all(conn)
        .await
        .db()?;
    Ok(rows.into_iter().map(|row| (row.user_id, row)).collect())
}

/// Living members of these channels, in id order, by channel; for conversations, which are small.
pub(crate) async fn participants(conn: &impl ConnectionTrait, channels: &[i64]) -> Result<HashMap<i64, Vec<UserId>>> {
    let mut out: HashMap<i64, Vec<UserId>> = HashMap::new();
    if channels.is_empty() {
        return Ok(out);
    }
    let rows = channel_member::Entity::find()
        .filter(channel_member::Column::ChannelId.is_in(super::padded(channels)))
        .filter(channel_member::Column::Removed.eq(false))
        .order_by_asc(channel_member::Column::ChannelId)
        .order_by_asc(channel_member::Column::UserId)
        .all(conn)
        .await
        .db()?;
    for row in rows {
        out.entry(row.channel_id).or_default().push(row.user_id.into());
    }
    Ok(out)
}

/// Who of these people is in at least so many channels and conversations.
pub(crate) async fn at_bound(conn: &impl ConnectionTrait, engine: Engine, users: &[i64], bound: u64) -> Result<Vec<UserId>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let ids = super::padded(users);
    let text = format!(
        "select user_id from channel_members where user_id in ({}) and removed = ? group by user_id having count(*) >= ?",
        placeholders(ids.len())
    );
    let sql = Sql::new(engine, &text).bind_all(ids).bind(false).bind(i64::try_from(bound).unwrap_or(i64::MAX));
    let rows = conn.query_all_raw(sql.build()).await.db()?;
    rows.iter().map(|row| row.try_get_by_index::<i64>(0).map(UserId).db()).collect()
}

/// Whether a channel has more than so many living members; reads no more rows than that.
pub(crate) async fn more_than(conn: &impl ConnectionTrait, engine: Engine, channel: ChannelId, bound: u64) -> Result<bool> {
    let text = "select count(*) as n from (select 1 as one from channel_members where channel_id = ? and removed = ? limit ?) t";
    let limit = i64::try_from(bound).unwrap_or(i64::MAX - 1) + 1;
    let row = conn.query_one_raw(Sql::new(engine, text).bind(channel.0).bind(false).bind(limit).build()).await.db()?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0)).db()? >= limit)
}

/// Which of these channels have more than so many living members.
pub(crate) async fn above(conn: &impl ConnectionTrait, engine: Engine, channels: &[i64], bound: u64) -> Result<Vec<ChannelId>> {
    if channels.is_empty() {
        return Ok(Vec::new());
    }
    let ids = super::padded(channels);
    let text = format!(
        "select channel_id from channel_members where channel_id in ({}) and removed = ? group by channel_id having count(*) > ?",
        placeholders(ids.len())
    );
    let sql = Sql::new(engine, &text).bind_all(ids).bind(false).bind(i64::try_from(bound).unwrap_or(i64::MAX));
    let rows = conn.query_all_raw(sql.build()).await.db()?;
    rows.iter().map(|row| row.try_get_by_index::<i64>(0).map(ChannelId).db()).collect()
}

/// Channels of a workspace that a person is still a member of, at most so many.
pub(crate) async fn remaining_in_workspace(
    conn: &impl ConnectionTrait,
    engine: Engine,
    workspace: WorkspaceId,
    user: UserId,
    limit: usize,
) -> Result<Vec<ChannelId>> {
    let text = "select m.channel_id from channel_members m join channels c on c.id = m.channel_id \
        where m.user_id = ? and m.removed = ? and c.workspace_id = ? order by m.channel_id limit ?";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = Sql::new(engine, text).bind(user.0).bind(false).bind(workspace.0).bind(limit);
    let rows = conn.query_all_raw(sql.build()).await.db()?;
    rows.iter().map(|row| row.try_get_by_index::<i64>(0).map(ChannelId).db()).collect()
}

/// Writes memberships, new or over earlier ones; an earlier one keeps its notification level.
pub(crate) async fn put_in_channel(conn: &impl ConnectionTrait, rows: &[channel_member::Model]) -> Result<()> {
    use channel_member::Column as C;
    if rows.is_empty() {
        return Ok(());
    }
    let over = OnConflict::columns([C::ChannelId, C::UserId])
        .update_columns([C::JoinedMs, C::JoinedNumber, C::Removed, C::Version, C::UserVersion])
        .to_owned();
    channel_member::Entity::insert_many(rows.iter().cloned().map(IntoActiveModel::into_active_model))
        .on_conflict(over)
        .exec_without_returning(conn)
        .await
        .db()?;
    Ok(())
}

/// Writes what notifies a member.
pub(crate) async fn set_notify(conn: &impl ConnectionTrait, row: &channel_member::Model) -> Result<()> {
    channel_member::Entity::update_many()
        .col_expr(channel_member::Column::Notify, Expr::value(row.notify))
        .col_expr(channel_member::Column::UserVersion, Expr::value(row.user_version))
        .filter(channel_member::Column::ChannelId.eq(row.channel_id))
        .filter(channel_member::Column::UserId.eq(row.user_id))
        .exec(conn)
        .await
        .db()?;
    Ok(())
}

/// Main-timeline cursors that start where members joined: what was said before is read. A higher position that
/// is held already stays.
pub(crate) async fn begin_reading(
    conn: &impl ConnectionTrait,
    engine: Engine,
    joined: &[channel_member::Model],
    main_number: i64,
) -> Result<()> {
    if joined.is_empty() || main_number == 0 {
        return Ok(());
    }
    let mut text = String::from("insert into read_cursors (user_id, channel_id, thread_id, last_read_number, version) values ");
    for i in 0..joined.len() {
        text.push_str(if i > 0 { ",(?,?,0,?,?)" } else { "(?,?,0,?,?)" });
    }
    text.push_str(match engine {
        Engine::MariaDb | Engine::MySql => {
            " on duplicate key update version = case when values(last_read_number) > last_read_number then values(version) else version end, \
             last_read_number = greatest(last_read_number, values(last_read_number))"
        }
        Engine::Sqlite | Engine::Postgres => {
            " on conflict (user_id, channel_id, thread_id) do update set last_read_number = excluded.last_read_number, version = excluded.version \
             where read_cursors.last_read_number < excluded.last_read_number"
        }
    });
    let mut sql = Sql::new(engine, &text);
    for member in joined {
        sql = sql.bind(member.user_id).bind(member.channel_id).bind(main_number).bind(member.user_version);
    }
    conn.execute_raw(sql.build()).await.db()?;
    Ok(())
}

/// A page of living members in the order of handles.
pub(crate) async fn channel_page(
    (conn, engine): (&impl ConnectionTrait, Engine),
    channel: ChannelId,
    page: &PageQuery<'_>,
) -> Result<Vec<channel_member::Model>> {
    let table = Memberships { table: "channel_members", owner: "channel_id", id: channel.0 };
    let ids = page.user_ids((conn, engine), &table).await?;
    let mut rows = all_in_channel(conn, channel, &ids).await?;
    Ok(ids.iter().filter_map(|id| rows.remove(id).filter(|row| !row.removed)).collect())
}

// ---- both

/// People asked for in one statement.
const CHUNK: usize = 500;
/// Memberships of one workspace or channel that are read whole, rather than asked for person by person.
const WHOLE: usize = 2_000;

/// Memberships of one workspace or one channel.
struct Memberships {
    table: &'static str,
    owner: &'static str,
    id: i64,
}

impl Memberships {
    /// Living members, at most so many, in no order that means anything.
    async fn some(&self, (conn, engine): (&impl ConnectionTrait, Engine), most: usize) -> Result<Vec<i64>> {
        let Self { table, owner, id } = self;
        let text = format!("select user_id from {table} where {owner} = ? and removed = ? limit ?");
        let sql = Sql::new(engine, &text).bind(*id).bind(false).bind(i64::try_from(most).unwrap_or(i64::MAX));
        let rows = conn.query_all_raw(sql.build()).await.db()?;
        rows.iter().map(|row| row.try_get_by_index::<i64>(0).db()).collect()
    }

    /// Living members among these people, in their order.
    async fn among(&self, (conn, engine): (&impl ConnectionTrait, Engine), users: &[i64]) -> Result<Vec<i64>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let (Self { table, owner, id }, asked) = (self, super::padded(users));
        let marks = placeholders(asked.len());
        let text = format!("select user_id from {table} where {owner} = ? and removed = ? and user_id in ({marks})");
        let rows = conn.query_all_raw(Sql::new(engine, &text).bind(*id).bind(false).bind_all(asked).build()).await.db()?;
        let living: HashSet<i64> = rows.iter().map(|row| row.try_get_by_index::<i64>(0).db()).collect::<Result<_>>()?;
        Ok(users.iter().copied().filter(|user| living.contains(user)).collect())
    }
}

/// A page of people.
pub(crate) struct PageQuery<'a> {
    /// Everybody by name, as of now.
    pub(crate) directory: &'a Directory,
    /// Folded prefix of handle or display name; empty: all.
    pub(crate) prefix: &'a str,
    /// The page starts after this person in the order of handles.
    pub(crate) after: Option<UserId>,
    /// Most rows.
    pub(crate) limit: u64,
}

impl PageQuery<'_> {
    /// Names are sealed, so the database cannot sort people: their order comes from the directory, and the database is
    /// asked who of them is a member.
    async fn user_ids(&self, db: (&impl ConnectionTrait, Engine), of: &Memberships) -> Result<Vec<i64>> {
        let Self { directory, prefix, after, limit } = *self;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut chunk = directory.by_handle(prefix, after, CHUNK + 1);
        let mut ids = if chunk.len() <= CHUNK {
            of.among(db, &chunk).await?
        } else {
            let whole = of.some(db, WHOLE + 1).await?;
            if whole.len() <= WHOLE {
                directory.sorted(&whole, prefix, after)
            } else {
                // Many members among many people: a few steps find a page of them.
                let mut found = Vec::new();
                while !chunk.is_empty() && found.len() < limit {
                    found.extend(of.among(db, &chunk).await?);
                    chunk = directory.by_handle(prefix, chunk.last().copied().map(UserId), CHUNK);
                }
                found
            }
        };
        ids.truncate(limit);
        Ok(ids)
    }
}
