//! The instance's one row.

use plexichat_database::{DbResultExt, entity::instance};
use plexichat_kernel::Result;
use plexichat_model::system::InstanceView;
use sea_orm::{ConnectionTrait, EntityTrait, sea_query::Expr};

/// The row, if the server has started once.
pub(crate) async fn row(conn: &impl ConnectionTrait) -> Result<Option<instance::Model>> {
    instance::Entity::find().one(conn).await.db()
}

/// As the wire shows it.
pub(crate) fn view(row: &instance::Model) -> InstanceView {
    InstanceView { name: row.name.clone(), version: row.version }
}

/// Names the instance.
pub(crate) async fn rename(conn: &impl ConnectionTrait, name: &str, version: i64) -> Result<()> {
    instance::Entity::update_many()
        .col_expr(instance::Column::Name, Expr::value(name))
        .col_expr(instance::Column::Version, Expr::value(version))
        .exec(conn)
        .await
        .db()?;
    Ok(())
}
