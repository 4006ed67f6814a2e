//! Rows of longer works on keys.

use plexichat_database::{DbResultExt, Tx, entity::key_task};
use plexichat_kernel::Result;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect as _, sea_query::Expr,
};

pub(crate) use key_task::Model as StoredTask;
use key_task::{Column as C, Entity as Tasks};

/// States of a task, with their number in SQL.
pub(crate) const UNAPPROVED: i16 = 0;
pub(crate) const WAITING: i16 = 1;
pub(crate) const QUIET: i16 = 2;
pub(crate) const WORKING: i16 = 3;
/// From here on it is over.
pub(crate) const DONE: i16 = 4;
pub(crate) const CANCELLED: i16 = 5;

pub(crate) async fn insert(tx: &Tx, task: StoredTask) -> Result<()> {
    Tasks::insert(task.into_active_model()).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Tasks that are not over, in order.
pub(crate) async fn open(conn: &impl ConnectionTrait) -> Result<Vec<StoredTask>> {
    Tasks::find().filter(C::State.lt(DONE)).order_by_asc(C::Id).all(conn).await.db()
}

/// The newest tasks, those that are over included.
pub(crate) async fn newest(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<StoredTask>> {
    Tasks::find().order_by_desc(C::Id).limit(limit).all(conn).await.db()
}

pub(crate) async fn by_id(conn: &impl ConnectionTrait, id: i64) -> Result<Option<StoredTask>> {
    Tasks::find_by_id(id).one(conn).await.db()
}

/// Shreddings that wait for their time wait for approval again.
pub(crate) async fn unapprove_shreds(tx: &Tx) -> Result<()> {
    let set = Tasks::update_many().col_expr(C::State, Expr::value(UNAPPROVED)).filter(C::Kind.eq(crate::tasks::SHRED));
    set.filter(C::State.eq(WAITING)).exec(tx).await.db()?;
    Ok(())
}

/// Takes a task from the place where it was seen to another. False: it is not there any more.
pub(crate) async fn advance(tx: &Tx, seen: &StoredTask, to: &StoredTask) -> Result<bool> {
    let set = Tasks::update_many()
        .col_expr(C::State, Expr::value(to.state))
        .col_expr(C::ApprovedBy, Expr::value(to.approved_by))
        .col_expr(C::DueMs, Expr::value(to.due_ms))
        .col_expr(C::SinceMs, Expr::value(to.since_ms))
        .col_expr(C::AtScope, Expr::value(to.at_scope))
        .col_expr(C::AtNumber, Expr::value(to.at_number))
        .col_expr(C::Done, Expr::value(to.done))
        .col_expr(C::Total, Expr::value(to.total));
    let seen_there = set
        .filter(C::Id.eq(seen.id))
        .filter(C::State.eq(seen.state))
        .filter(C::AtScope.eq(seen.at_scope))
        .filter(C::AtNumber.eq(seen.at_number));
    Ok(seen_there.exec(tx).await.db()?.rows_affected == 1)
}
