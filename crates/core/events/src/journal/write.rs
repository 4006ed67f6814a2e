//! The SQL of the journal itself: heads and stamps. One statement each where the engine allows.
//!
//! Heads are always locked in (kind, id) order, whatever the engine, so that lanes and nodes never deadlock
//! on them. Texts do not depend on the batch size: PostgreSQL takes arrays, the others one JSON value.

use super::{
    Head,
    gates::Pass,
    plan::{Delta, Plan},
};
use crate::outbox;
use plexichat_database::{Db, DbResultExt, Engine, Sql, Tx};
use plexichat_kernel::{Error, Result};
use plexichat_model::{JournalKey, JournalKind};
use sea_orm::{ConnectionTrait, QueryResult};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
};

const COLUMNS: &str = "j.kind, j.id, j.version, j.number, j.main_number, j.first_number, j.access_version, j.resume_floor";

macro_rules! lite_bump {
    () => {
        "update journals set version = version + t.dv, \
         main_number = case when t.dm > 0 then number + t.dm else main_number end, number = number + t.dn, \
         access_version = case when t.da > 0 then version + t.da else access_version end \
         from (select value->>0 as k, value->>1 as id, value->>2 as dv, value->>3 as dn, value->>4 as dm, value->>5 as da, value->>6 as v from json_each(?)) t \
         where journals.kind = t.k and journals.id = t.id"
    };
}

const LITE_BUMP: &str = lite_bump!();
// Two statements as one text: each text is a hand-over to the driver's thread and back. The versions that were read ahead
// are compared, so that heads of another file or moment cannot be gone on from.
const LITE_BUMP_AND_RECORD: &str = concat!(
    lite_bump!(),
    " and journals.version = t.v; insert into outbox (stream, position, created_ms, payload) values (?, ?, ?, ?)"
);

// The locked rows of `l` are the newest ones, also when this statement waited for another commit; they are the answer.
const PG_BUMP: &str = "with t as materialized (select * from unnest(?::int2[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[]) \
    as t(k, id, dv, dn, dm, da)), \
    l as materialized (select j.* from journals j join t on t.k = j.kind and t.id = j.id order by j.kind, j.id for no key update of j) \
    update journals j set version = l.version + t.dv, \
    main_number = case when t.dm > 0 then l.number + t.dm else l.main_number end, number = l.number + t.dn, \
    access_version = case when t.da > 0 then l.version + t.da else l.access_version end \
    from t join l on l.kind = t.k and l.id = t.id where j.kind = t.k and j.id = t.id \
    returning l.kind, l.id, l.version, l.number, l.main_number, l.first_number, l.access_version, l.resume_floor";

// The index is forced: while the table is small, a scan looks cheaper, and locks the heads of others.
// MySQL assigns from left to right and later expressions see the new values: version and number come last.
const MY_BUMP: &str = "update json_table(?, '$[*]' columns(k smallint path '$[0]', id bigint path '$[1]', dv bigint path '$[2]', \
    dn bigint path '$[3]', dm bigint path '$[4]', da bigint path '$[5]')) t straight_join journals j force index (primary) on j.kind = t.k and j.id = t.id \
    set j.main_number = case when t.dm > 0 then j.number + t.dm else j.main_number end, \
    j.access_version = case when t.da > 0 then j.version + t.da else j.access_version end, \
    j.number = j.number + t.dn, j.version = j.version + t.dv";

/// One statement's list of journals: arrays on PostgreSQL, one JSON text elsewhere.
fn keys_statement(engine: Engine, select: &str, tail: &str, keys: &[JournalKey]) -> Sql {
    match engine {
        Engine::Postgres => {
            let text = format!(
                "select {select} from unnest(?::int2[], ?::int8[]) as t(k, id) join journals j on j.kind = t.k and j.id = t.id{tail}"
            );
            Sql::new(engine, &text)
                .bind(keys.iter().map(|k| k.kind.code()).collect::<Vec<i16>>())
                .bind(keys.iter().map(|k| k.id).collect::<Vec<i64>>())
        }
        Engine::Sqlite => {
            let text = format!(
                "select {select} from (select value->>0 as k, value->>1 as id from json_each(?)) t cross join journals j on j.kind = t.k and j.id = t.id"
            );
            Sql::new(engine, &text).bind(keys_json(keys))
        }
        Engine::MariaDb | Engine::MySql => {
            let text = format!(
                "select {select} from json_table(?, '$[*]' columns(k smallint path '$[0]', id bigint path '$[1]')) t straight_join journals j force index (primary) on j.kind = t.k and j.id = t.id{tail}"
            );
            Sql::new(engine, &text).bind(keys_json(keys))
        }
    }
}

fn keys_json(keys: &[JournalKey]) -> String {
    let mut out = String::from("[");
    for (i, key) in keys.iter().enumerate() {
        let _ = write!(out, "{}[{},{}]", if i > 0 { "," } else { "" }, key.kind.code(), key.id);
    }
    out.push(']');
    out
}

fn head_of(row: &QueryResult) -> Result<(JournalKey, Head)> {
    let kind: i16 = row.try_get_by_index(0).db()?;
    let id: i64 = row.try_get_by_index(1).db()?;
    let kind =
        JournalKind::from_code(kind).ok_or_else(|| plexichat_kernel::Error::internal(format!("unknown journal kind {kind}")))?;
    let at = |index: usize| row.try_get_by_index::<i64>(index).db();
    Ok((
        JournalKey { kind, id },
        Head {
            version: at(2)?,
            number: at(3)?,
            main_number: at(4)?,
            first_number: at(5)?,
            access_version: at(6)?,
            resume_floor: at(7)?,
        },
    ))
}

/// Keys up to which the embedded database is asked on the calling thread.
const AT_HAND: usize = 16;
/// The same for a lane, which nobody else's answer waits for on that thread: 2 us a key.
const AHEAD: usize = 256;
const LITE_HEAD: &str = "select version, number, main_number, first_number, access_version, resume_floor \
    from journals where kind = ? and id = ?";

/// Reads heads without locking them.
pub(crate) async fn read_heads(db: &Db, keys: &[JournalKey]) -> Result<HashMap<JournalKey, Head>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    if let Some(heads) = heads_at_hand(db, keys, AT_HAND) {
        return Ok(heads);
    }
    let rows = db.reader().query_all_raw(keys_statement(db.engine(), COLUMNS, "", keys).build()).await.db()?;
    rows.iter().map(head_of).collect()
}

/// The heads that a transaction of the embedded database finds: it holds the only write lock there is and has written
/// nothing yet, so what is committed is what it sees. `None`: they are to be read in the transaction.
pub(super) fn heads_ahead(db: &Db, plan: &Plan, others: &BTreeSet<JournalKey>) -> Option<HashMap<JournalKey, Head>> {
    if plan.heads.is_empty() || plan.heads.values().any(|delta| delta.create) {
        return None;
    }
    let keys: Vec<JournalKey> = plan.heads.keys().chain(others).copied().collect();
    heads_at_hand(db, &keys, AHEAD)
}

/// A few heads of the embedded database, as of one moment.
fn heads_at_hand(db: &Db, keys: &[JournalKey], most: usize) -> Option<HashMap<JournalKey, Head>> {
    let embedded = db.embedded().filter(|_| keys.len() <= most)?;
    embedded.read_together(|connection| {
        let mut statement = connection.prepare_cached(LITE_HEAD)?;
        let mut heads = HashMap::with_capacity(keys.len());
        for key in keys {
            let mut rows = statement.query((key.kind.code(), key.id))?;
            if let Some(row) = rows.next()? {
                let head = Head {
                    version: row.get(0)?,
                    number: row.get(1)?,
                    main_number: row.get(2)?,
                    first_number: row.get(3)?,
                    access_version: row.get(4)?,
                    resume_floor: row.get(5)?,
                };
                heads.insert(*key, head);
            }
        }
        Ok(heads)
    })
}

/// Reads heads on a given connection, without locking them.
pub(super) async fn heads_on(
    conn: &impl ConnectionTrait,
    engine: Engine,
    keys: &[JournalKey],
) -> Result<HashMap<JournalKey, Head>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    conn.query_all_raw(keys_statement(engine, COLUMNS, "", keys).build()).await.db()?.iter().map(head_of).collect()
}

/// Locks existing heads in order and reads them.
pub(super) async fn lock_heads(tx: &Tx, engine: Engine, keys: &[JournalKey]) -> Result<BTreeMap<JournalKey, Head>> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    // SQLite: the transaction began immediate, it holds the only write lock there is.
    let tail = match engine {
        Engine::Sqlite => "",
        Engine::Postgres => " order by j.kind, j.id for no key update of j",
        Engine::MariaDb | Engine::MySql => " for update",
    };
    let rows = tx.query_all_raw(keys_statement(engine, COLUMNS, tail, keys).build()).await.db()?;
    rows.iter().map(head_of).collect()
}

/// Access versions of journals that the batch does not touch.
pub(super) async fn access_versions(tx: &Tx, engine: Engine, keys: &[JournalKey]) -> Result<HashMap<JournalKey, i64>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = tx.query_all_raw(keys_statement(engine, COLUMNS, "", keys).build()).await.db()?;
    rows.iter().map(|row| head_of(row).map(|(key, head)| (key, head.access_version))).collect()
}

/// Advances the heads of a plan that [`heads_ahead`] has read, and writes the outbox row of the commit.
pub(super) async fn advance_and_record(
    tx: &Tx,
    plan: &Plan,
    before: &BTreeMap<JournalKey, Head>,
    row: outbox::NewRow<'_>,
) -> Result<()> {
    let statement = Sql::new(Engine::Sqlite, LITE_BUMP_AND_RECORD).bind(deltas_json(plan.heads.iter(), before));
    let statement = statement.bind(row.stream).bind(row.position).bind(row.created_ms).bind(outbox::encode(row.entries));
    let written = tx.execute_raw(statement.build()).await.db()?.rows_affected();
    let expected = u64::try_from(plan.heads.len() + 1).unwrap_or(u64::MAX);
    if written == expected {
        return Ok(());
    }
    Err(Error::internal(format!("{written} rows were advanced instead of {expected}: the heads were read from elsewhere")))
}

/// Advances the heads of a plan under their locks, after passing the gates; answers the heads as they were before. A
/// journal missing in the answer does not exist.
pub(super) async fn advance(tx: &Tx, engine: Engine, plan: &Plan, pass: Option<&Pass>) -> Result<BTreeMap<JournalKey, Head>> {
    let existing: Vec<(JournalKey, Delta)> = plan.heads.iter().filter(|(_, d)| !d.create).map(|(k, d)| (*k, *d)).collect();
    let mut before = match pass {
        Some(pass) if engine == Engine::Postgres && !existing.is_empty() => bump(tx, &existing, Some(pass)).await?,
        _ => {
            if let Some(pass) = pass {
                pass.go(tx, engine).await?;
            }
            advance_existing(tx, engine, &existing).await?
        }
    };
    let created: Vec<(JournalKey, Delta)> = plan.heads.iter().filter(|(_, d)| d.create).map(|(k, d)| (*k, *d)).collect();
    create(tx, &created).await?;
    before.extend(created.iter().map(|(key, _)| (*key, Head { first_number: 1, ..Head::default() })));
    Ok(before)
}

async fn advance_existing(tx: &Tx, engine: Engine, deltas: &[(JournalKey, Delta)]) -> Result<BTreeMap<JournalKey, Head>> {
    if deltas.is_empty() {
        return Ok(BTreeMap::new());
    }
    if engine == Engine::Postgres {
        return bump(tx, deltas, None).await;
    }
    let keys: Vec<JournalKey> = deltas.iter().map(|(k, _)| *k).collect();
    let before = lock_heads(tx, engine, &keys).await?;
    let text = if engine == Engine::Sqlite { LITE_BUMP } else { MY_BUMP };
    tx.execute_raw(Sql::new(engine, text).bind(deltas_json(deltas.iter().map(|(key, delta)| (key, delta)), &before)).build())
        .await
        .db()?;
    Ok(before)
}

/// PostgreSQL: locks and advances in one statement. The gates are a filter without rows, which is evaluated once and
/// before the first row is read, let alone locked.
async fn bump(tx: &Tx, deltas: &[(JournalKey, Delta)], pass: Option<&Pass>) -> Result<BTreeMap<JournalKey, Head>> {
    let statement = match pass {
        Some(pass) => {
            let text = PG_BUMP.replacen("with ", &format!("with g as materialized ({}), ", pass.expression()), 1);
            pass.bind(Sql::new(Engine::Postgres, &text.replacen(" order by", " where (select n from g) >= 0 order by", 1)))
        }
        None => Sql::new(Engine::Postgres, PG_BUMP),
    };
    let statement = statement
        .bind(deltas.iter().map(|(k, _)| k.kind.code()).collect::<Vec<i16>>())
        .bind(deltas.iter().map(|(k, _)| k.id).collect::<Vec<i64>>())
        .bind(deltas.iter().map(|(_, d)| d.versions).collect::<Vec<i64>>())
        .bind(deltas.iter().map(|(_, d)| d.numbers).collect::<Vec<i64>>())
        .bind(deltas.iter().map(|(_, d)| d.main).collect::<Vec<i64>>())
        .bind(deltas.iter().map(|(_, d)| d.access).collect::<Vec<i64>>());
    tx.query_all_raw(statement.build()).await.db()?.iter().map(head_of).collect()
}

fn deltas_json<'a>(deltas: impl Iterator<Item = (&'a JournalKey, &'a Delta)>, before: &BTreeMap<JournalKey, Head>) -> String {
    let mut out = String::from("[");
    for (i, (key, d)) in deltas.enumerate() {
        let (comma, version) = (if i > 0 { "," } else { "" }, before.get(key).map_or(0, |head| head.version));
        let (kind, id) = (key.kind.code(), key.id);
        let _ = write!(out, "{comma}[{kind},{id},{},{},{},{},{version}]", d.versions, d.numbers, d.main, d.access);
    }
    out.push(']');
    out
}

async fn create(tx: &Tx, created: &[(JournalKey, Delta)]) -> Result<()> {
    use plexichat_database::entity::journal;
    use sea_orm::{ActiveValue::Set, EntityTrait};
    if created.is_empty() {
        return Ok(());
    }
    let rows = created.iter().map(|(key, delta)| {
        let after = delta.after(Head { first_number: 1, ..Head::default() });
        journal::ActiveModel {
            kind: Set(key.kind.code()),
            id: Set(key.id),
            version: Set(after.version),
            number: Set(after.number),
            main_number: Set(after.main_number),
            first_number: Set(after.first_number),
            access_version: Set(after.access_version),
            resume_floor: Set(0),
        }
    });
    journal::Entity::insert_many(rows).exec_without_returning(tx).await.db()?;
    Ok(())
}

/// Sets recomputed `main_number`s.
pub(super) async fn set_main_numbers(tx: &Tx, engine: Engine, numbers: &BTreeMap<JournalKey, i64>) -> Result<()> {
    for (key, number) in numbers {
        let text = "update journals set main_number = ? where kind = ? and id = ?";
        tx.execute_raw(Sql::new(engine, text).bind(*number).bind(key.kind.code()).bind(key.id).build()).await.db()?;
    }
    Ok(())
}
