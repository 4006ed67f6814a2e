//! Rows of invitations.

use plexichat_database::{DbResultExt, Engine, Sql, entity::invitation};
use plexichat_kernel::Result;
use plexichat_model::{ChannelId, InvitationId, Timestamp, WorkspaceId, auth::InvitationView, permission::Role};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _},
};

/// As its makers see it.
pub(crate) fn view(row: &invitation::Model) -> InvitationView {
    InvitationView {
        id: row.id.into(),
        workspace_id: row.workspace_id.into(),
        role: Role::from_code(row.role),
        created_by: row.created_by.into(),
        created_at: Timestamp(row.created_ms),
        expires_at: Timestamp(row.expires_ms),
        max_uses: u32::try_from(row.max_uses).unwrap_or(0),
        uses: u32::try_from(row.uses).unwrap_or(0),
        revoked: row.revoked,
    }
}

/// Channels joined besides the default one.
pub(crate) fn channels(row: &invitation::Model) -> Vec<ChannelId> {
    row.channel_ids.split(',').filter_map(|id| id.parse().ok()).collect()
}

/// The stored form of a list of channels.
pub(crate) fn channel_list(channels: &[ChannelId]) -> String {
    channels.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Writes a new one.
pub(crate) async fn insert(conn: &impl ConnectionTrait, row: invitation::Model) -> Result<()> {
    invitation::Entity::insert(row.into_active_model()).exec_without_returning(conn).await.db()?;
    Ok(())
}

/// The invitation of a code.
pub(crate) async fn by_code_hash(conn: &impl ConnectionTrait, hash: &[u8; 32]) -> Result<Option<invitation::Model>> {
    invitation::Entity::find().filter(invitation::Column::CodeHash.eq(hash.to_vec())).one(conn).await.db()
}

/// One invitation.
pub(crate) async fn by_id(conn: &impl ConnectionTrait, id: InvitationId) -> Result<Option<invitation::Model>> {
    invitation::Entity::find_by_id(id.0).one(conn).await.db()
}

/// Invitations of a workspace, newest first.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    workspace: WorkspaceId,
    created_by: Option<i64>,
    before: Option<InvitationId>,
    limit: u64,
) -> Result<Vec<invitation::Model>> {
    let mut query = invitation::Entity::find().filter(invitation::Column::WorkspaceId.eq(workspace.0));
    if let Some(maker) = created_by {
        query = query.filter(invitation::Column::CreatedBy.eq(maker));
    }
    if let Some(before) = before {
        query = query.filter(invitation::Column::Id.lt(before.0));
    }
    query.order_by_desc(invitation::Column::Id).limit(limit).all(conn).await.db()
}

/// Number of invitations that can still be used.
pub(crate) async fn count_live(conn: &impl ConnectionTrait, workspace: WorkspaceId, now_ms: i64) -> Result<u64> {
    invitation::Entity::find()
        .filter(invitation::Column::WorkspaceId.eq(workspace.0))
        .filter(invitation::Column::Revoked.eq(false))
        .filter(invitation::Column::ExpiresMs.gt(now_ms))
        .filter(Expr::col(invitation::Column::Uses).lt(Expr::col(invitation::Column::MaxUses)))
        .count(conn)
        .await
        .db()
}

/// Ends one; false when there is no such invitation in the workspace.
pub(crate) async fn revoke(conn: &impl ConnectionTrait, workspace: WorkspaceId, id: InvitationId) -> Result<bool> {
    // MentionCount by a read: MySQL may report an unchanged row as not affected.
    let Some(row) = by_id(conn, id).await?.filter(|row| row.workspace_id == workspace.0) else { return Ok(false) };
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Revoked, Expr::value(true))
        .filter(invitation::Column::Id.eq(row.id))
        .exec(conn)
        .await
        .db()?;
    Ok(true)
}

/// Takes one use; false when it is used up, revoked or over. The statement itself holds the condition, so
/// that two who come at once never share the last use.
pub(crate) async fn spend(conn: &impl ConnectionTrait, engine: Engine, id: InvitationId, now_ms: i64) -> Result<bool> {
    let text = "update invitations set uses = uses + 1 where id = ? and uses < max_uses and revoked = ? and expires_ms > ?";
    let done = conn.execute_raw(Sql::new(engine, text).bind(id.0).bind(false).bind(now_ms).build()).await.db()?;
    Ok(done.rows_affected() == 1)
}
