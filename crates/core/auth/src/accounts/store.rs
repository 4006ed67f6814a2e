//! SQL of accounts. Names are sealed here, or blind indexes.

use crate::names::LookUp;
use plexichat_database::{DbResultExt, Tx, db_error, entity::user, violation};
use plexichat_kernel::{Error, Result};
use plexichat_model::{
    ErrorCode, UserId,
    permission::InstanceRole,
    user::{AccountKind, AccountStatus},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::ExprTrait as _,
};

/// Ids in one statement.
const CHUNK: usize = 500;

/// Writes a new account; a taken handle or address is told by its field.
pub(super) async fn insert(tx: &Tx, row: user::Model) -> Result<()> {
    let inserted = user::Entity::insert(row.into_active_model()).exec_without_returning(tx).await;
    inserted.map(drop).map_err(taken)
}

/// Writes changed columns of an account.
pub(crate) async fn update(tx: &Tx, row: user::ActiveModel) -> Result<()> {
    row.update(tx).await.map(drop).map_err(taken)
}

fn taken(error: DbErr) -> Error {
    match violation(&error) {
        Some(v) if v.is("ux_users_handle_folded", "users.handle_folded") => handle_taken().with_source(error),
        Some(v) if v.is("ux_users_email_folded", "users.email_folded") => email_taken().with_source(error),
        _ => db_error(error),
    }
}

fn handle_taken() -> Error {
    Error::conflict(ErrorCode::NameTaken, "this handle is taken").with_field("handle")
}

fn email_taken() -> Error {
    Error::conflict(ErrorCode::NameTaken, "this e-mail address belongs to another account").with_field("email")
}

/// Refuses the index of a handle or address that another account has. The unique indexes have the last word.
pub(super) async fn check_free(
    conn: &impl ConnectionTrait,
    handle: &str,
    email: Option<&str>,
    own: Option<UserId>,
) -> Result<()> {
    let other = |row: Option<user::Model>| row.is_some_and(|row| own.is_none_or(|own| row.id != own.0));
    if other(user::Entity::find().filter(user::Column::HandleFolded.eq(handle)).one(conn).await.db()?) {
        return Err(handle_taken());
    }
    if let Some(email) = email
        && other(user::Entity::find().filter(user::Column::EmailFolded.eq(email)).one(conn).await.db()?)
    {
        return Err(email_taken());
    }
    Ok(())
}

/// An account by id.
pub(crate) async fn find(conn: &impl ConnectionTrait, id: UserId) -> Result<Option<user::Model>> {
    user::Entity::find_by_id(id.0).one(conn).await.db()
}

/// An account by what is typed at sign-in.
pub(crate) async fn find_login(conn: &impl ConnectionTrait, wanted: &LookUp) -> Result<Option<user::Model>> {
    let (column, index) = match wanted {
        LookUp::Handle(index) => (user::Column::HandleFolded, index),
        LookUp::Email(index) => (user::Column::EmailFolded, index),
    };
    user::Entity::find().filter(column.eq(index.as_str())).one(conn).await.db()
}

/// Accounts by id, in id order; missing ones are left out.
pub(crate) async fn find_many(conn: &impl ConnectionTrait, ids: &[UserId]) -> Result<Vec<user::Model>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let query = user::Entity::find().filter(user::Column::Id.is_in(chunk.iter().map(|id| id.0)));
        found.extend(query.all(conn).await.db()?);
    }
    found.sort_unstable_by_key(|row| row.id);
    found.dedup_by_key(|row| row.id);
    Ok(found)
}

/// Which accounts [`page`] reads.
pub(super) struct Wanted<'a> {
    /// Only these.
    pub(super) among: Option<&'a [i64]>,
    /// Only those in this state.
    pub(super) status: Option<AccountStatus>,
    /// Above this id.
    pub(super) after: i64,
    /// At most so many.
    pub(super) limit: usize,
}

/// Accounts of people and programs in id order, for those who administer them.
pub(super) async fn page(conn: &impl ConnectionTrait, wanted: &Wanted<'_>) -> Result<Vec<user::Model>> {
    let mut query =
        user::Entity::find().filter(user::Column::Id.gt(wanted.after)).filter(user::Column::Kind.ne(AccountKind::System.code()));
    if let Some(among) = wanted.among {
        query = query.filter(user::Column::Id.is_in(among.iter().copied()));
    }
    if let Some(status) = wanted.status {
        query = query.filter(user::Column::Status.eq(status.code()));
    }
    query.order_by_asc(user::Column::Id).limit(u64::try_from(wanted.limit).unwrap_or(u64::MAX)).all(conn).await.db()
}

/// Profiles changed in the window `(after, up_to]` of the instance journal, in version order.
pub(super) async fn changed(conn: &impl ConnectionTrait, after: i64, up_to: i64, limit: u64) -> Result<Vec<user::Model>> {
    let query = user::Entity::find().filter(user::Column::Version.gt(after)).filter(user::Column::Version.lte(up_to));
    query.order_by_asc(user::Column::Version).limit(limit).all(conn).await.db()
}

/// Accounts whose last change is above a version, or at it with a higher id, in that order.
pub(super) async fn changed_since(
    conn: &impl ConnectionTrait,
    after: Option<(i64, i64)>,
    limit: u64,
) -> Result<Vec<user::Model>> {
    let mut query = user::Entity::find();
    if let Some((version, id)) = after {
        let behind = user::Column::Version.gt(version).or(user::Column::Id.gt(id));
        query = query.filter(user::Column::Version.gte(version)).filter(behind);
    }
    query.order_by_asc(user::Column::Version).order_by_asc(user::Column::Id).limit(limit).all(conn).await.db()
}

/// Active people who own the instance, besides this one.
pub(super) async fn other_owners(conn: &impl ConnectionTrait, id: UserId) -> Result<u64> {
    let query = user::Entity::find()
        .filter(user::Column::InstanceRole.eq(InstanceRole::Owner.code()))
        .filter(user::Column::Status.eq(AccountStatus::Active.code()))
        .filter(user::Column::Kind.eq(AccountKind::Person.code()))
        .filter(user::Column::Id.ne(id.0));
    query.count(conn).await.db()
}
