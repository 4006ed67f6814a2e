//! Rows of workspaces. Names are sealed on their way in and opened on their way out.

use plexichat_database::{
    DbResultExt, Tx,
    entity::{message, workspace},
};
use plexichat_kernel::Result;
use plexichat_keys::{Keys, names::NameSealer};
use plexichat_model::{Timestamp, WorkspaceId, workspace::WorkspaceView};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

/// As the wire shows it.
pub(crate) fn view(row: &workspace::Model) -> WorkspaceView {
    debug_assert!(row.sealed.is_none(), "the names of workspace {} were not opened", row.id);
    WorkspaceView {
        id: row.id.into(),
        name: row.name.clone(),
        description: row.description.clone(),
        default_channel_id: row.default_channel_id.into(),
        created_at: Timestamp(row.created_ms),
        version: row.version,
    }
}

/// One workspace, for whoever needs none of its names: they stay sealed.
pub(crate) async fn unnamed(conn: &impl ConnectionTrait, id: WorkspaceId) -> Result<Option<workspace::Model>> {
    workspace::Entity::find_by_id(id.0).one(conn).await.db()
}

/// One workspace.
pub(crate) async fn by_id(conn: &impl ConnectionTrait, keys: &Keys, id: WorkspaceId) -> Result<Option<workspace::Model>> {
    keys.open_name(unnamed(conn, id).await?).await
}

/// These workspaces, in no order.
pub(crate) async fn by_ids(conn: &impl ConnectionTrait, keys: &Keys, ids: &[i64]) -> Result<Vec<workspace::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = workspace::Entity::find().filter(workspace::Column::Id.is_in(super::padded(ids))).all(conn).await.db()?;
    keys.open_names(rows).await
}

/// Writes a new one.
pub(crate) async fn insert(tx: &Tx, sealer: &NameSealer, row: workspace::Model) -> Result<()> {
    let row = sealer.seal(tx, row).await?;
    workspace::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Writes the changed fields.
pub(crate) async fn update(tx: &Tx, sealer: &NameSealer, row: workspace::Model) -> Result<()> {
    let row = sealer.seal(tx, row).await?;
    workspace::Entity::update_many()
        .col_expr(workspace::Column::Sealed, Expr::value(row.sealed))
        .col_expr(workspace::Column::Name, Expr::value(row.name.as_str()))
        .col_expr(workspace::Column::Description, Expr::value(row.description.as_str()))
        .col_expr(workspace::Column::Version, Expr::value(row.version))
        .filter(workspace::Column::Id.eq(row.id))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// Writes the messages a default channel begins with.
pub(crate) async fn first_messages(conn: &impl ConnectionTrait, rows: Vec<message::Model>) -> Result<()> {
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    message::Entity::insert_many(rows).exec_without_returning(conn).await.db()?;
    Ok(())
}
