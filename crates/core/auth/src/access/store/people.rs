//! SQL of the visibility predicate.

use crate::accounts::{AccountKind, AccountStatus};
use plexichat_database::{
    DbResultExt,
    entity::{channel_member, user, workspace_member},
};
use plexichat_kernel::Result;
use plexichat_model::permission::Role;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

/// Ids in one statement.
pub(crate) const CHUNK: usize = 500;

/// What two people can share.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Share {
    /// A workspace, both as members and not as guests.
    Workspace,
    /// A channel or a conversation.
    Channel,
}

impl Share {
    /// Memberships of others in what `viewer` is in: the joined rows, nothing selected yet.
    fn rows(self, viewer: i64) -> SelectStatement {
        let (mine, theirs) = (Alias::new("mine"), Alias::new("theirs"));
        let (table, place) = match self {
            Self::Workspace => (Alias::new("workspace_members"), Alias::new("workspace_id")),
            Self::Channel => (Alias::new("channel_members"), Alias::new("channel_id")),
        };
        let column = |side: &Alias, name: &str| Expr::col((side.clone(), Alias::new(name)));
        let mut select = Query::select();
        select
            .from_as(table.clone(), mine.clone())
            .join_as(
                sea_orm::JoinType::InnerJoin,
                table,
                theirs.clone(),
                Expr::col((mine.clone(), place.clone())).equals((theirs.clone(), place)),
            )
            .and_where(column(&mine, "user_id").eq(viewer))
            .and_where(column(&mine, "removed").eq(false))
            .and_where(column(&theirs, "removed").eq(false));
        if matches!(self, Self::Workspace) {
            let guest = Role::Guest.code();
            select.and_where(column(&mine, "role").lt(guest)).and_where(column(&theirs, "role").lt(guest));
        }
        select
    }

    /// Whether the account of the surrounding query shares it with `viewer`: asked per candidate, by key, so that
    /// large channels are never listed.
    fn holds(self, viewer: i64) -> Expr {
        let theirs = Expr::col((Alias::new("theirs"), Alias::new("user_id")));
        let mut select = self.rows(viewer);
        select.expr(Expr::val(1)).and_where(theirs.equals((Alias::new("users"), Alias::new("id"))));
        Expr::exists(select)
    }
}

/// Those of `ids` who share it with `viewer`.
pub(crate) async fn sharing(conn: &impl ConnectionTrait, share: Share, viewer: i64, ids: &[i64]) -> Result<Vec<i64>> {
    let mut select = share.rows(viewer);
    select
        .distinct()
        .column((Alias::new("theirs"), Alias::new("user_id")))
        .and_where(Expr::col((Alias::new("theirs"), Alias::new("user_id"))).is_in(ids.iter().copied()));
    let rows = conn.query_all(&select).await.db()?;
    rows.iter().map(|row| row.try_get_by_index::<i64>(0).db()).collect()
}

/// Everybody `viewer` sees above the id `after`, or those of `among`; their names are sealed.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    viewer: i64,
    among: Option<&[i64]>,
    after: i64,
    limit: usize,
) -> Result<Vec<user::Model>> {
    let seen =
        Condition::any().add(user::Column::Id.eq(viewer)).add(Share::Workspace.holds(viewer)).add(Share::Channel.holds(viewer));
    let mut query = user::Entity::find()
        .filter(seen)
        .filter(user::Column::Id.gt(after))
        .filter(user::Column::Kind.ne(AccountKind::System.code()))
        .filter(user::Column::Status.ne(AccountStatus::Deactivated.code()));
    if let Some(among) = among {
        query = query.filter(user::Column::Id.is_in(among.iter().copied()));
    }
    query.order_by_asc(user::Column::Id).limit(u64::try_from(limit).unwrap_or(u64::MAX)).all(conn).await.db()
}

/// Guests of a workspace among `ids`.
pub(crate) async fn guests(conn: &impl ConnectionTrait, workspace: i64, ids: &[i64]) -> Result<Vec<i64>> {
    use workspace_member::{Column, Entity};
    let query = Entity::find().select_only().column(Column::UserId).filter(Column::WorkspaceId.eq(workspace));
    let query = query.filter(Column::UserId.is_in(ids.iter().copied())).filter(Column::Removed.eq(false));
    query.filter(Column::Role.gte(Role::Guest.code())).into_tuple().all(conn).await.db()
}

/// Members of a channel among `ids`.
pub(crate) async fn members(conn: &impl ConnectionTrait, channel: i64, ids: &[i64]) -> Result<Vec<i64>> {
    use channel_member::{Column, Entity};
    let query = Entity::find().select_only().column(Column::UserId).filter(Column::ChannelId.eq(channel));
    let query = query.filter(Column::UserId.is_in(ids.iter().copied())).filter(Column::Removed.eq(false));
    query.into_tuple().all(conn).await.db()
}
