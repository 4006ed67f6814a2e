//! How much there is, for administrators.

use plexichat_database::entity::{channel, user, workspace};
use plexichat_database::{Db, DbResultExt as _};
use plexichat_kernel::Result;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

/// Accounts, workspaces, channels.
pub(crate) async fn all(db: &Db) -> Result<(u64, u64, u64)> {
    let users = user::Entity::find().count(db.reader()).await.db()?;
    let workspaces = workspace::Entity::find().count(db.reader()).await.db()?;
    let channels = channel::Entity::find().count(db.reader()).await.db()?;
    Ok((users, workspaces, channels))
}
