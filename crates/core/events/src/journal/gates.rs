//! Gates: a change of access waits for the commits that still rely on the old one.
//!
//! A commit compares its stamps with the access versions it finds. Of a journal that it touches the head is locked; of
//! any other nothing would keep the version from moving between the comparison and the commit, on another lane or
//! node, and a message could be committed after its author had left. So a commit passes the gates of those other
//! journals first, side by side with all who do the same, and whoever changes access has the gates of what it changes
//! to itself until it is committed. The lock of the head would not do: read positions advance it all the time without
//! changing access, and every sender would wait for them.
//!
//! All gates are passed in order and before any head is locked, so they take part in no deadlock. They are few, and
//! journals share them: a collision is a short wait. SQLite has one writer and needs none.

use super::lane::Pending;
use plexichat_database::{Db, DbResultExt, Engine, Sql, Tx, entity::gate};
use plexichat_kernel::Result;
use plexichat_model::JournalKey;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, sea_query::OnConflict};
use std::collections::BTreeSet;

/// A transaction holds at most so many locks for them, whatever its size.
const GATES: u32 = 64;
/// First half of the keys of PostgreSQL's advisory locks; an arbitrary constant, the same in every release.
const CLASS: i32 = 0x706c_6761;

// The index is forced: a scan of so small a table looks cheaper, and would lock all gates.
const MY_SELECT: &str = "select g.id from json_table(?, '$[*]' columns(id smallint path '$')) t \
    straight_join gates g force index (primary) on g.id = t.id";

/// The gate of a journal. Ids differ in their upper bits: time.
fn gate_of(key: JournalKey) -> i32 {
    let mixed = (key.id.cast_unsigned() ^ u64::from(key.kind.code().unsigned_abs())).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    i32::try_from(mixed >> (64 - GATES.ilog2())).unwrap_or(0)
}

/// The gates of a batch.
#[derive(Debug)]
pub(super) struct Pass {
    /// In order.
    gates: BTreeSet<i32>,
    /// Whether nobody else may pass meanwhile.
    alone: bool,
}

impl Pass {
    /// What a batch has to pass; `None` when it is nothing.
    pub(super) fn of(engine: Engine, batch: &[Pending]) -> Option<Self> {
        if engine == Engine::Sqlite {
            return None;
        }
        let touched: BTreeSet<JournalKey> = batch.iter().flat_map(|p| p.touches.iter().map(|t| t.key)).collect();
        let proven = batch.iter().flat_map(|p| p.stamps.iter().map(|s| s.key)).filter(|key| !touched.contains(key));
        // Nobody can have a stamp of what does not exist yet.
        let changed = batch.iter().flat_map(|p| p.touches.iter().filter(|t| t.access && !t.create).map(|t| t.key));
        let changed: BTreeSet<i32> = changed.map(gate_of).collect();
        let alone = !changed.is_empty();
        let gates: BTreeSet<i32> = proven.map(gate_of).chain(changed).collect();
        (!gates.is_empty()).then_some(Self { gates, alone })
    }

    /// On PostgreSQL: passing as an expression with two values to [bind](Self::bind), to be evaluated before any row is
    /// locked. In a statement that locks heads it costs no round trip of its own.
    pub(super) fn expression(&self) -> &'static str {
        if self.alone {
            "select count(pg_advisory_xact_lock(?, b)) as n from unnest(?::int4[]) as b"
        } else {
            "select count(pg_advisory_xact_lock_shared(?, b)) as n from unnest(?::int4[]) as b"
        }
    }

    /// The values of [`Self::expression`].
    pub(super) fn bind(&self, statement: Sql) -> Sql {
        statement.bind(CLASS).bind(self.gates.iter().copied().collect::<Vec<i32>>())
    }

    /// Passes them; they are held until the transaction ends.
    pub(super) async fn go(&self, tx: &Tx, engine: Engine) -> Result<()> {
        let statement = if engine == Engine::Postgres {
            self.bind(Sql::new(engine, self.expression()))
        } else {
            let mode = if self.alone { " for update" } else { " lock in share mode" };
            let list = plexichat_database::json_ids(self.gates.iter().copied().map(i64::from));
            Sql::new(engine, &format!("{MY_SELECT}{mode}")).bind(list)
        };
        tx.query_all_raw(statement.build()).await.db()?;
        Ok(())
    }
}

/// Makes the rows of the gates where gates are rows.
pub(super) async fn prepare(db: &Db) -> Result<()> {
    if !matches!(db.engine(), Engine::MariaDb | Engine::MySql) {
        return Ok(());
    }
    let rows = (0..GATES).filter_map(|id| Some(gate::ActiveModel { id: Set(i16::try_from(id).ok()?) }));
    let known = OnConflict::column(gate::Column::Id).update_column(gate::Column::Id).to_owned();
    gate::Entity::insert_many(rows).on_conflict(known).exec_without_returning(db.maintenance()).await.db()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::UserId;

    #[test]
    fn journals_spread_over_all_gates() {
        // Ids made in different milliseconds by one node: the lower 22 bits are alike.
        let gates: BTreeSet<i32> =
            (1..2_000).map(|ms| gate_of(JournalKey::user(UserId((60_000_000_000 + ms * 7) << 22)))).collect();
        assert_eq!(gates, (0..i32::try_from(GATES).expect("few")).collect());
    }
}
