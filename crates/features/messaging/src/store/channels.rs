//! Rows of channels and conversations, and of their overrides.
//!
//! Free functions that decide nothing: who may see or change a channel is settled before they are called. Lists come
//! in pages with a bound; names are compared by their folded form. Names are sealed on their way in and opened on their way
//! out, so that the database cannot compare them: what sorts or searches them does so here, over all channels of a
//! workspace, which are at most [`limits::WORKSPACE_CHANNELS`].

use plexichat_database::{
    DbResultExt, Engine, Sql, Tx,
    entity::{channel, channel_override},
    violation,
};
use plexichat_kernel::{Error, Result};
use plexichat_keys::{Keys, names::NameSealer};
use plexichat_model::{
    ChannelId, ErrorCode, Permissions, Timestamp, UserId, WorkspaceId,
    channel::{ChannelKind, ChannelView, OverrideTarget, PermissionOverride},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, sea_query::Expr,
};

/// As the wire shows it; participants belong to conversations only.
pub(crate) fn view(row: &channel::Model, participants: Vec<UserId>) -> ChannelView {
    debug_assert!(row.sealed.is_none(), "the names of channel {} were not opened", row.id);
    ChannelView {
        id: row.id.into(),
        workspace_id: row.workspace_id.map(WorkspaceId),
        kind: ChannelKind::from_code(row.kind),
        name: row.name.clone(),
        topic: row.topic.clone(),
        archived: row.archived,
        created_by: row.created_by.into(),
        created_at: Timestamp(row.created_ms),
        version: row.version,
        participants,
    }
}

/// One channel, for whoever needs none of its names: they stay sealed.
pub(crate) async fn unnamed(conn: &impl ConnectionTrait, id: ChannelId) -> Result<Option<channel::Model>> {
    channel::Entity::find_by_id(id.0).one(conn).await.db()
}

/// One channel.
pub(crate) async fn by_id(conn: &impl ConnectionTrait, keys: &Keys, id: ChannelId) -> Result<Option<channel::Model>> {
    keys.open_name(unnamed(conn, id).await?).await
}

/// These channels, in no order.
pub(crate) async fn by_ids(conn: &impl ConnectionTrait, keys: &Keys, ids: &[i64]) -> Result<Vec<channel::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = channel::Entity::find().filter(channel::Column::Id.is_in(super::padded(ids))).all(conn).await.db()?;
    keys.open_names(rows).await
}

/// The conversation of exactly these people; it has no name.
pub(crate) async fn by_conversation_key(conn: &impl ConnectionTrait, key: &str) -> Result<Option<channel::Model>> {
    channel::Entity::find().filter(channel::Column::ConversationKey.eq(key)).one(conn).await.db()
}

/// Number of channels of a workspace.
pub(crate) async fn count(conn: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<u64> {
    channel::Entity::find().filter(channel::Column::WorkspaceId.eq(workspace.0)).count(conn).await.db()
}

/// A taken name or an existing conversation, told apart from everything else that may go wrong.
fn refusal(error: DbErr, name: &str) -> Error {
    let Some(violated) = violation(&error) else { return plexichat_database::db_error(error) };
    if violated.is("ux_channels_name", "channels.name_folded") {
        let message = format!(
            "a channel named \"{name}\" exists in this workspace (perhaps a private or archived one); choose another name"
        );
        return Error::conflict(ErrorCode::NameTaken, message).with_field("name");
    }
    Error::conflict(ErrorCode::Conflict, "this conversation was opened at the same moment").with_source(error)
}

/// Writes a new one; a name that is taken is refused with [`ErrorCode::NameTaken`].
pub(crate) async fn insert(tx: &Tx, sealer: &NameSealer, row: channel::Model) -> Result<()> {
    let name = row.name.clone();
    let row = sealer.seal(tx, row).await?;
    channel::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map_err(|e| refusal(e, &name))?;
    Ok(())
}

/// Writes the changed fields; a name that is taken is refused with [`ErrorCode::NameTaken`].
pub(crate) async fn update(tx: &Tx, sealer: &NameSealer, row: channel::Model) -> Result<()> {
    let name = row.name.clone();
    let row = sealer.seal(tx, row).await?;
    channel::Entity::update_many()
        .col_expr(channel::Column::Sealed, Expr::value(row.sealed))
        .col_expr(channel::Column::Name, Expr::value(row.name.as_str()))
        .col_expr(channel::Column::NameFolded, Expr::value(row.name_folded.clone()))
        .col_expr(channel::Column::Topic, Expr::value(row.topic.as_str()))
        .col_expr(channel::Column::Archived, Expr::value(row.archived))
        .col_expr(channel::Column::Version, Expr::value(row.version))
        .col_expr(channel::Column::ListVersion, Expr::value(row.list_version))
        .filter(channel::Column::Id.eq(row.id))
        .exec(tx)
        .await
        .map_err(|e| refusal(e, &name))?;
    Ok(())
}

/// What a page of a workspace's channels holds.
pub(crate) struct ListQuery<'a> {
    /// Workspace.
    pub(crate) workspace: WorkspaceId,
    /// For whom.
    pub(crate) user: UserId,
    /// Whether they find listed channels they have not joined.
    pub(crate) listed: bool,
    /// Folded prefix of the name; empty: all.
    pub(crate) prefix: &'a str,
    /// Only archived or only live ones; `None`: both.
    pub(crate) archived: Option<bool>,
    /// The page starts after this channel in the order of folded names.
    pub(crate) after: Option<ChannelId>,
    /// Most rows.
    pub(crate) limit: usize,
}

/// A page of the channels somebody may find or has joined, by folded name.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    engine: Engine,
    keys: &Keys,
    query: &ListQuery<'_>,
) -> Result<Vec<channel::Model>> {
    let after = match query.after {
        // Whether the caller sees it does not matter: it is a place in the order.
        Some(after) => match by_id(conn, keys, after).await? {
            Some(row) if row.workspace_id == Some(query.workspace.0) => row.name_folded,
            _ => return Ok(Vec::new()),
        },
        None => None,
    };
    let mut rows = keys.open_names(visible(conn, engine, query).await?).await?;
    rows.retain(|row| {
        let folded = row.name_folded.as_deref().unwrap_or_default();
        folded.starts_with(query.prefix) && after.as_deref().is_none_or(|after| folded > after)
    });
    rows.sort_by(|a, b| a.name_folded.cmp(&b.name_folded));
    rows.truncate(query.limit);
    Ok(rows)
}

/// The channels of a workspace that somebody may find or has joined, in no order, their names sealed.
async fn visible(conn: &impl ConnectionTrait, engine: Engine, query: &ListQuery<'_>) -> Result<Vec<channel::Model>> {
    let mine = "exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = ? and m.removed = ?)";
    let mut text = String::from("select c.* from channels c where c.workspace_id = ? and ");
    let seen = if query.listed { ["(c.kind in (0, 2) or ", mine, ")"] } else { ["", mine, ""] };
    text.extend(seen);
    if query.archived.is_some() {
        text.push_str(" and c.archived = ?");
    }
    let mut sql = Sql::new(engine, &text).bind(query.workspace.0).bind(query.user.0).bind(false);
    if let Some(archived) = query.archived {
        sql = sql.bind(archived);
    }
    channel::Entity::find().from_raw_sql(sql.build()).all(conn).await.db()
}

fn bits(bits: i64) -> Permissions {
    Permissions(u64::from_ne_bytes(bits.to_ne_bytes()))
}

fn stored(permissions: Permissions) -> i64 {
    i64::from_ne_bytes(permissions.0.to_ne_bytes())
}

/// Overrides of a channel, roles first.
pub(crate) async fn overrides(conn: &impl ConnectionTrait, channel: ChannelId) -> Result<Vec<PermissionOverride>> {
    let rows = channel_override::Entity::find()
        .filter(channel_override::Column::ChannelId.eq(channel.0))
        .order_by_asc(channel_override::Column::TargetKind)
        .order_by_asc(channel_override::Column::TargetId)
        .all(conn)
        .await
        .db()?;
    Ok(rows.iter().filter_map(override_of).collect())
}

pub(super) fn override_of(row: &channel_override::Model) -> Option<PermissionOverride> {
    let target = OverrideTarget::from_code(row.target_kind, row.target_id)?;
    Some(PermissionOverride { target, allow: bits(row.allow_bits), deny: bits(row.deny_bits) })
}

/// Replaces all overrides of a channel.
pub(crate) async fn replace_overrides(
    conn: &impl ConnectionTrait,
    channel: ChannelId,
    overrides: &[PermissionOverride],
    version: i64,
) -> Result<()> {
    channel_override::Entity::delete_many().filter(channel_override::Column::ChannelId.eq(channel.0)).exec(conn).await.db()?;
    if !overrides.is_empty() {
        let rows = overrides.iter().map(|o| {
            let (target_kind, target_id) = o.target.code();
            let (allow_bits, deny_bits) = (stored(o.allow), stored(o.deny));
            channel_override::Model { channel_id: channel.0, target_kind, target_id, allow_bits, deny_bits }.into_active_model()
        });
        channel_override::Entity::insert_many(rows).exec_without_returning(conn).await.db()?;
    }
    channel::Entity::update_many()
        .col_expr(channel::Column::OverridesVersion, Expr::value(version))
        .filter(channel::Column::Id.eq(channel.0))
        .exec(conn)
        .await
        .db()?;
    Ok(())
}
