//! The instance's one row. Its name is sealed on its way in and opened on its way out.

use plexichat_database::{DbResultExt, Tx, entity::instance};
use plexichat_kernel::Result;
use plexichat_keys::{Keys, names::NameSealer};
use plexichat_model::system::InstanceView;
use sea_orm::{ConnectionTrait, EntityTrait, sea_query::Expr};

/// The row, if the server has started once.
pub(crate) async fn row(conn: &impl ConnectionTrait, keys: &Keys) -> Result<Option<instance::Model>> {
    keys.open_name(instance::Entity::find().one(conn).await.db()?).await
}

/// As the wire shows it.
pub(crate) fn view(row: &instance::Model) -> InstanceView {
    debug_assert!(row.sealed.is_none(), "the instance's name was not opened");
    InstanceView { name: row.name.clone(), version: row.version }
}

/// Names the instance.
pub(crate) async fn rename(tx: &Tx, sealer: &NameSealer, name: &str, version: i64) -> Result<()> {
    let Some(row) = instance::Entity::find().one(tx).await.db()? else { return Ok(()) };
    // Whatever it was called before.
    let row = sealer.seal(tx, instance::Model { name: name.to_owned(), sealed: None, ..row }).await?;
    instance::Entity::update_many()
        .col_expr(instance::Column::Sealed, Expr::value(row.sealed))
        .col_expr(instance::Column::Name, Expr::value(row.name))
        .col_expr(instance::Column::Version, Expr::value(version))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}
