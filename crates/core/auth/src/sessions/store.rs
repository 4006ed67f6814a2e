//! SQL of sessions.
//!
//! Free functions that decide nothing. What is ended stays as a row until it is swept, so that devices which were away
//! still learn of it. Tokens are known here by their hash alone.

use super::{Ended, Which, cache::TokenHash};
use crate::passwords::PasswordHash;
use plexichat_database::{
    DbResultExt, Engine, Sql, Tx,
    entity::{session, user},
};
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::{Error, Result};
use plexichat_model::{ErrorCode, Event, JournalKey, SessionId, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr,
};
use session::{Column, Entity};

const AUTHENTICATE: &str = "select s.id, s.user_id, s.expires_ms, s.absolute_ms, s.last_seen_ms, s.revoked_ms, \
    u.status, u.kind, u.instance_role, j.access_version \
    from sessions s join users u on u.id = s.user_id join journals j on j.kind = 3 and j.id = u.id where s.token_hash = ?";

/// Rows of a person that are ever looked at together; above what the configuration allows.
const MOST: u64 = 2_000;

/// A session with what its owner's account says.
#[derive(Debug, FromQueryResult)]
pub(super) struct Authenticated {
    pub(super) id: i64,
    pub(super) user_id: i64,
    pub(super) expires_ms: i64,
    pub(super) absolute_ms: i64,
    pub(super) last_seen_ms: i64,
    pub(super) revoked_ms: Option<i64>,
    pub(super) status: i16,
    pub(super) kind: i16,
    pub(super) instance_role: i16,
    pub(super) access_version: i64,
}

/// The session of a token and the access version it stands under, in one statement.
pub(super) async fn authenticate(conn: &impl ConnectionTrait, engine: Engine, hash: &TokenHash) -> Result<Option<Authenticated>> {
    let statement = Sql::new(engine, AUTHENTICATE).bind(hash.to_vec()).build();
    Authenticated::find_by_statement(statement).one(conn).await.db()
}

/// A session by id.
pub(super) async fn find(conn: &impl ConnectionTrait, id: SessionId) -> Result<Option<session::Model>> {
    Entity::find_by_id(id.0).one(conn).await.db()
}

fn live_of(user: UserId, now_ms: i64) -> Select<Entity> {
    Entity::find().filter(Column::UserId.eq(user.0)).filter(Column::RevokedMs.is_null()).filter(Column::ExpiresMs.gt(now_ms))
}

/// Live sessions of a person, the last used first.
pub(super) async fn live(conn: &impl ConnectionTrait, user: UserId, now_ms: i64) -> Result<Vec<session::Model>> {
    let query = live_of(user, now_ms).order_by_desc(Column::LastSeenMs).order_by_desc(Column::Id);
    query.limit(MOST).all(conn).await.db()
}

/// Number of live sessions of a person.
pub(super) async fn live_count(conn: &impl ConnectionTrait, user: UserId, now_ms: i64) -> Result<u64> {
    live_of(user, now_ms).count(conn).await.db()
}

/// Sessions whose last change is in the window `(after, up_to]`, in version order.
pub(super) async fn changed(conn: &impl ConnectionTrait, user: UserId, after: i64, up_to: i64) -> Result<Vec<session::Model>> {
    let query = Entity::find().filter(Column::UserId.eq(user.0)).filter(Column::Version.gt(after));
    query.filter(Column::Version.lte(up_to)).order_by_asc(Column::Version).limit(MOST).all(conn).await.db()
}

/// Writes a new session.
pub(super) async fn insert(tx: &Tx, row: session::Model) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(drop)
}

/// Writes the new token of a session.
pub(super) async fn rotate(tx: &Tx, row: &session::Model) -> Result<()> {
    let change = session::ActiveModel {
        id: Set(row.id),
        token_hash: Set(row.token_hash.clone()),
        last_seen_ms: Set(row.last_seen_ms),
        expires_ms: Set(row.expires_ms),
        version: Set(row.version),
        ..Default::default()
    };
    change.update(tx).await.db().map(drop)
}

/// Writes a person's password hash.
pub(crate) async fn set_password(tx: &Tx, user: UserId, hash: &PasswordHash) -> Result<()> {
    let change = user::ActiveModel { id: Set(user.0), password_hash: Set(Some(hash.as_str().to_owned())), ..Default::default() };
    change.update(tx).await.db().map(drop)
}

async fn chosen(conn: &impl ConnectionTrait, user: UserId, which: Which, now_ms: i64) -> Result<Vec<session::Model>> {
    let mut rows = live(conn, user, now_ms).await?;
    match which {
        Which::All => {}
        Which::One(id) => rows.retain(|row| row.id == id.0),
        Which::AllBut(id) => rows.retain(|row| row.id != id.0),
        Which::OldestBeyond(kept) => drop(rows.drain(..rows.len().min(usize::try_from(kept).unwrap_or(usize::MAX)))),
    }
    Ok(rows)
}

/// How many sessions that would end.
pub(super) async fn count(conn: &impl ConnectionTrait, user: UserId, which: Which, now_ms: i64) -> Result<u32> {
    let rows = chosen(conn, user, which, now_ms).await?;
    Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
}

/// Versions that ended sessions take.
pub(crate) struct Grant<'a> {
    pub(crate) granted: &'a Granted,
    pub(crate) key: JournalKey,
    /// The first version they may take.
    pub(crate) first: u32,
    /// How many.
    pub(crate) most: u32,
}

/// Ends sessions, each with a version and an event of its own. More than were planned: the plan was overtaken,
/// except where only a bound is kept, which the next session does as well.
pub(crate) async fn end(tx: &Tx, user: UserId, which: Which, grant: &Grant<'_>) -> Result<Ended> {
    let now_ms = grant.granted.now_ms;
    let mut rows = chosen(tx, user, which, now_ms).await?;
    let most = usize::try_from(grant.most).unwrap_or(usize::MAX);
    if rows.len() > most && !matches!(which, Which::OldestBeyond(_)) {
        return Err(Error::conflict(ErrorCode::Conflict, OVERTAKEN));
    }
    rows.truncate(most);
    let mut ended = Ended::default();
    for (nth, row) in (grant.first..).zip(&rows) {
        let change = session::ActiveModel {
            id: Set(row.id),
            revoked_ms: Set(Some(now_ms)),
            expires_ms: Set(now_ms),
            version: Set(grant.granted.version(grant.key, nth)),
            ..Default::default()
        };
        change.update(tx).await.db()?;
        ended.events.push(grant.granted.event(grant.key, nth, Event::SessionRevoked { session_id: SessionId(row.id) }));
        ended.tokens.extend(TokenHash::try_from(row.token_hash.as_slice()));
    }
    Ok(ended)
}

const OVERTAKEN: &str = "a session began meanwhile; try again";

/// Whether this is the refusal of [`end`] to leave a session out.
pub(super) fn is_overtaken(error: &Error) -> bool {
    error.code() == ErrorCode::Conflict && error.message() == OVERTAKEN
}

/// Hashes of the tokens of a person's live sessions.
pub(crate) async fn tokens(conn: &impl ConnectionTrait, user: UserId, now_ms: i64) -> Result<Vec<TokenHash>> {
    let rows = live(conn, user, now_ms).await?;
    Ok(rows.iter().filter_map(|row| TokenHash::try_from(row.token_hash.as_slice()).ok()).collect())
}

/// Sessions that ended before a time.
pub(super) async fn ended_before(conn: &impl ConnectionTrait, before_ms: i64, limit: u64) -> Result<Vec<i64>> {
    let query = Entity::find().select_only().column(Column::Id).filter(Column::ExpiresMs.lt(before_ms));
    query.limit(limit).into_tuple().all(conn).await.db()
}

/// Removes ended sessions.
pub(super) struct Delete {
    pub(super) ids: Vec<i64>,
    pub(super) before_ms: i64,
}

#[async_trait::async_trait]
impl Change for Delete {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        let query = Entity::delete_many().filter(Column::Id.is_in(self.ids.iter().copied()));
        query.filter(Column::ExpiresMs.lt(self.before_ms)).exec(tx).await.db()?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}

/// Writes down that a session was used.
pub(super) struct Seen {
    pub(super) id: SessionId,
    pub(super) last_seen_ms: i64,
    pub(super) expires_ms: i64,
}

#[async_trait::async_trait]
impl Change for Seen {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        Entity::update_many()
            .col_expr(Column::LastSeenMs, Expr::value(self.last_seen_ms))
            .col_expr(Column::ExpiresMs, Expr::value(self.expires_ms))
            .filter(Column::Id.eq(self.id.0))
            .filter(Column::RevokedMs.is_null())
            .filter(Column::LastSeenMs.lt(self.last_seen_ms))
            .exec(tx)
            .await
            .db()?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}
