//! Outbox consumers: parts that must see every commit once the message path is done with it.

use plexichat_database::{Db, DbResultExt, Sql};
use plexichat_kernel::Result;
use sea_orm::ConnectionTrait;

/// A consumer that keeps up.
pub const STATE_LIVE: i16 = 0;
/// A consumer so far behind that it must rebuild from the tables; it no longer holds the trim.
pub const STATE_REBUILD: i16 = 1;

/// How far every live consumer has read a stream; `None` when nobody reads it.
pub(crate) async fn passed(db: &Db, stream: i64) -> Result<Option<i64>> {
    let text = "select min(position) from consumers where stream = ? and state = ?";
    let row = db.reader().query_one_raw(Sql::new(db.engine(), text).bind(stream).bind(STATE_LIVE).build()).await.db()?;
    Ok(row.and_then(|r| r.try_get_by_index::<Option<i64>>(0).ok().flatten()))
}
