//! Rows of invitations and nodes, and the seals of nodes beside those of vaults.

use crate::vault::seal_name;
use plexichat_database::{
    DbResultExt, Tx,
    entity::{key_node, node_invitation, root_seal},
};
use plexichat_kernel::Result;
use plexichat_sealing::Recipient;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait as _, QueryFilter, QueryOrder, QuerySelect as _,
    sea_query::Expr,
};

pub(super) use key_node::Model as NodeRow;
pub(super) use node_invitation::Model as InvitationRow;

/// `state` of a node that asks to join.
pub(super) const ASKED: i16 = 0;
/// `state` of a node that has joined.
pub(super) const JOINED: i16 = 1;
/// `state` of a node that was refused.
pub(super) const REFUSED: i16 = 2;

/// Rows read at once; there are never that many of the server's own.
const MOST: u64 = 1_000;
/// Requests answered in one round.
const AT_ONCE: u64 = 16;

use key_node::{Column as N, Entity as Nodes};
use node_invitation::{Column as I, Entity as Invitations};

pub(super) async fn insert_invitation(tx: &Tx, row: InvitationRow) -> Result<()> {
    Invitations::insert(row.into_active_model()).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Invitations that nobody has used and whose time is not over, the oldest first.
pub(super) async fn open_invitations(conn: &impl ConnectionTrait, now_ms: i64) -> Result<Vec<InvitationRow>> {
    let open = Invitations::find().filter(I::UsedBy.eq(0)).filter(I::ExpiresMs.gt(now_ms));
    open.order_by_asc(I::Id).limit(MOST).all(conn).await.db()
}

pub(super) async fn invitation(conn: &impl ConnectionTrait, id: i64) -> Result<Option<InvitationRow>> {
    Invitations::find_by_id(id).one(conn).await.db()
}

/// The invitation of a token.
pub(super) async fn invitation_of(conn: &impl ConnectionTrait, lookup: &[u8]) -> Result<Option<InvitationRow>> {
    Invitations::find().filter(I::Lookup.eq(lookup)).one(conn).await.db()
}

/// Whether it was there and unused.
pub(super) async fn remove_invitation(tx: &Tx, id: i64) -> Result<bool> {
    let unused = Invitations::delete_many().filter(I::Id.eq(id)).filter(I::UsedBy.eq(0));
    Ok(unused.exec(tx).await.db()?.rows_affected > 0)
}

/// Uses an invitation up. False: another node has.
pub(super) async fn use_invitation(tx: &Tx, id: i64, node: i64) -> Result<bool> {
    let set = Invitations::update_many().col_expr(I::UsedBy, Expr::value(node));
    let set = set.col_expr(I::Sealed, Expr::value(Vec::<u8>::new()));
    Ok(set.filter(I::Id.eq(id)).filter(I::UsedBy.eq(0)).exec(tx).await.db()?.rows_affected > 0)
}

/// Writes a request, in the place of older ones of the same node.
pub(super) async fn insert_request(tx: &Tx, row: NodeRow) -> Result<()> {
    let older = Nodes::delete_many().filter(N::Name.eq(row.name.as_str())).filter(N::State.ne(JOINED));
    older.exec(tx).await.db()?;
    Nodes::insert(row.into_active_model()).exec_without_returning(tx).await.db()?;
    Ok(())
}

pub(super) async fn node(conn: &impl ConnectionTrait, id: i64) -> Result<Option<NodeRow>> {
    Nodes::find_by_id(id).one(conn).await.db()
}

/// Rows of one node, the newest first.
pub(super) async fn of_name(conn: &impl ConnectionTrait, name: &str) -> Result<Vec<NodeRow>> {
    Nodes::find().filter(N::Name.eq(name)).order_by_desc(N::Id).limit(AT_ONCE).all(conn).await.db()
}

/// Nodes that ask, in the order in which they do.
pub(super) async fn requests(conn: &impl ConnectionTrait) -> Result<Vec<NodeRow>> {
    Nodes::find().filter(N::State.eq(ASKED)).order_by_asc(N::Id).limit(AT_ONCE).all(conn).await.db()
}

/// Nodes that have joined, in that order.
pub(super) async fn joined(conn: &impl ConnectionTrait) -> Result<Vec<NodeRow>> {
    Nodes::find().filter(N::State.eq(JOINED)).order_by_asc(N::Id).limit(MOST).all(conn).await.db()
}

/// Their ids.
pub(super) async fn joined_ids(conn: &impl ConnectionTrait) -> Result<Vec<i64>> {
    let ids = Nodes::find().select_only().column(N::Id).filter(N::State.eq(JOINED)).order_by_asc(N::Id);
    ids.limit(MOST).into_tuple().all(conn).await.db()
}

/// How many have joined.
pub(super) async fn count_joined(conn: &impl ConnectionTrait) -> Result<u64> {
    Nodes::find().filter(N::State.eq(JOINED)).count(conn).await.db()
}

/// Lets a node join. False: its request was answered, or is gone.
pub(super) async fn join(tx: &Tx, id: i64, secret: Vec<u8>, now_ms: i64) -> Result<bool> {
    let set = Nodes::update_many().col_expr(N::State, Expr::value(JOINED)).col_expr(N::Secret, Expr::value(secret));
    let set = set.col_expr(N::JoinedMs, Expr::value(now_ms));
    Ok(set.filter(N::Id.eq(id)).filter(N::State.eq(ASKED)).exec(tx).await.db()?.rows_affected > 0)
}

/// Refuses a request. False: it was answered, or is gone.
pub(super) async fn refuse(tx: &Tx, id: i64, reason: i16) -> Result<bool> {
    let set = Nodes::update_many().col_expr(N::State, Expr::value(REFUSED)).col_expr(N::Reason, Expr::value(reason));
    Ok(set.filter(N::Id.eq(id)).filter(N::State.eq(ASKED)).exec(tx).await.db()?.rows_affected > 0)
}

/// Forgets nodes of a name that have joined, and what is sealed for them. For one that joins again.
pub(super) async fn forget_name(tx: &Tx, name: &str) -> Result<()> {
    Nodes::delete_many().filter(N::Name.eq(name)).filter(N::State.eq(JOINED)).exec(tx).await.db()?;
    root_seal::Entity::delete_many().filter(root_seal::Column::Vault.eq(name)).exec(tx).await.db()?;
    Ok(())
}

/// Forgets a node and what is sealed for it. The row, if it was there.
pub(super) async fn remove(tx: &Tx, id: i64) -> Result<Option<NodeRow>> {
    let Some(row) = node(tx, id).await?.filter(|row| row.state == JOINED) else { return Ok(None) };
    Nodes::delete_by_id(id).exec(tx).await.db()?;
    // By its key and not by its name: that may have been changed to spare it.
    let mut names = vec![row.name.clone()];
    names.extend(Recipient::from_bytes(&row.recipient).ok().map(|recipient| seal_name(&recipient)));
    root_seal::Entity::delete_many().filter(root_seal::Column::Vault.is_in(names)).exec(tx).await.db()?;
    Ok(Some(row))
}

/// The version of the newest root key.
pub(super) async fn newest_root(conn: &impl ConnectionTrait) -> Result<Option<i32>> {
    let newest = root_seal::Entity::find().order_by_desc(root_seal::Column::Version).one(conn).await.db()?;
    Ok(newest.map(|row| row.version))
}

/// Forgets what nobody waits for any more: requests that were made before a time and did not lead to a node, and
/// invitations that ended before it.
pub(super) async fn sweep(tx: &Tx, before_ms: i64) -> Result<()> {
    Nodes::delete_many().filter(N::State.ne(JOINED)).filter(N::CreatedMs.lt(before_ms)).exec(tx).await.db()?;
    Invitations::delete_many().filter(I::ExpiresMs.lt(before_ms)).exec(tx).await.db()?;
    Ok(())
}
