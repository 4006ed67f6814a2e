//! Rows of all tables of a journal whose last change lies in a window of versions, in version order.
//!
//! The window bounds the rows: a journal gives each version to few rows. Messages, threads, reactions and
//! positions have theirs in their own files.

use plexichat_database::{
    DbResultExt,
    entity::{channel, channel_member, workspace, workspace_member},
};
use plexichat_kernel::Result;
use plexichat_keys::Keys;
use plexichat_model::{ChannelId, UserId, WorkspaceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{ExprTrait as _, SimpleExpr},
};

/// Versions `(after, up_to]`.
pub(crate) type Window = (i64, i64);

fn within(column: impl ColumnTrait, (after, up_to): Window) -> SimpleExpr {
    column.gt(after).and(column.lte(up_to))
}

/// Memberships of a channel.
pub(crate) async fn channel_members(
    conn: &impl ConnectionTrait,
    id: ChannelId,
    window: Window,
) -> Result<Vec<channel_member::Model>> {
    use channel_member::Column as C;
    channel_member::Entity::find()
        .filter(C::ChannelId.eq(id.0))
        .filter(within(C::Version, window))
        .order_by_asc(C::Version)
        .all(conn)
        .await
        .db()
}

/// The workspace's own row.
pub(crate) async fn workspace(
    conn: &impl ConnectionTrait,
    keys: &Keys,
    id: WorkspaceId,
    window: Window,
) -> Result<Option<workspace::Model>> {
    let row = workspace::Entity::find_by_id(id.0).filter(within(workspace::Column::Version, window)).one(conn).await.db()?;
    keys.open_name(row).await
}

/// Memberships of a workspace.
pub(crate) async fn workspace_members(
    conn: &impl ConnectionTrait,
    id: WorkspaceId,
    window: Window,
) -> Result<Vec<workspace_member::Model>> {
    use workspace_member::Column as C;
    workspace_member::Entity::find()
        .filter(C::WorkspaceId.eq(id.0))
        .filter(within(C::Version, window))
        .order_by_asc(C::Version)
        .all(conn)
        .await
        .db()
}

/// Channels of a workspace's list.
pub(crate) async fn listed(
    conn: &impl ConnectionTrait,
    keys: &Keys,
    id: WorkspaceId,
    window: Window,
) -> Result<Vec<channel::Model>> {
    use channel::Column as C;
    let found = channel::Entity::find().filter(C::WorkspaceId.eq(id.0)).filter(within(C::ListVersion, window));
    keys.open_names(found.order_by_asc(C::ListVersion).all(conn).await.db()?).await
}

/// The person's channel memberships.
pub(crate) async fn own_channels(conn: &impl ConnectionTrait, id: UserId, window: Window) -> Result<Vec<channel_member::Model>> {
    use channel_member::Column as C;
    channel_member::Entity::find()
        .filter(C::UserId.eq(id.0))
        .filter(within(C::UserVersion, window))
        .order_by_asc(C::UserVersion)
        .all(conn)
        .await
        .db()
}

/// The person's workspace memberships.
pub(crate) async fn own_workspaces(
    conn: &impl ConnectionTrait,
    id: UserId,
    window: Window,
) -> Result<Vec<workspace_member::Model>> {
    use workspace_member::Column as C;
    workspace_member::Entity::find()
        .filter(C::UserId.eq(id.0))
        .filter(within(C::UserVersion, window))
        .order_by_asc(C::UserVersion)
        .all(conn)
        .await
        .db()
}
