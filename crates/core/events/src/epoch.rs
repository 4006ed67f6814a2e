//! The journal epoch: a random name of this history.
//!
//! Positions are worth something only within an epoch. A new one begins when the database turns out to be
//! older than what this node had seen committed (a restored snapshot, a failover that lost commits, a crash
//! recovery that lost what was visible): clients reload, indexes reconcile. What a node knows of the history is in
//! [`marks`](crate::marks).

use crate::bus::{Bus, Signal};
use arc_swap::ArcSwap;
use plexichat_database::{Db, DbResultExt, Sql, entity::instance};
use plexichat_kernel::{Clock, Error, Result, random};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// The one row of `instance`.
pub const INSTANCE_ROW: i64 = 1;

/// Epochs of the past that a node remembers.
const PAST: usize = 64;

/// Keeper of the epoch.
#[derive(Clone, Debug)]
pub struct Epoch {
    current: Arc<ArcSwap<Arc<str>>>,
    past: Arc<Mutex<VecDeque<String>>>,
    db: Db,
    bus: Bus,
}

impl Epoch {
    /// Reads the epoch; makes the instance row on a new database. `past`: epochs known to be over.
    pub(crate) async fn load(db: Db, clock: Clock, bus: Bus, past: Vec<String>) -> Result<Self> {
        if instance::Entity::find_by_id(INSTANCE_ROW).one(db.maintenance()).await.db()?.is_none() {
            create_instance(&db, &clock).await?;
        }
        let current = read(&db).await?;
        let current = Arc::new(ArcSwap::from_pointee(Arc::from(current.as_str())));
        Ok(Self { current, past: Arc::new(Mutex::new(past.into())), db, bus })
    }

    /// The epoch now.
    pub fn current(&self) -> Arc<str> {
        Arc::clone(&self.current.load())
    }

    /// Epochs that are over, oldest first; bounded.
    pub(crate) fn past(&self) -> Vec<String> {
        self.past.lock().expect("no panic while held").iter().cloned().collect()
    }

    /// Begins a new epoch, unless another node has done so for what it noticed too.
    pub async fn renew(&self, reason: &'static str) -> Result<()> {
        let found = read(&self.db).await?;
        if *found != *self.current() && !self.past().contains(&found) {
            tracing::warn!(reason, "another node has begun a new journal epoch: clients load everything again");
            self.adopt(&found);
            return Ok(());
        }
        let epoch = random::token();
        let text = "update instance set journal_epoch = ? where id = ? and journal_epoch = ?";
        let statement = Sql::new(self.db.engine(), text).bind(epoch.clone()).bind(INSTANCE_ROW).bind(found).build();
        if self.db.maintenance().execute_raw(statement).await.db()?.rows_affected() == 0 {
            return self.refresh().await;
        }
        tracing::warn!(reason, "a new journal epoch began: clients load everything again");
        self.adopt(&epoch);
        Ok(())
    }

    /// Reads the epoch again: another node may have begun a new one. One that is over has come back with a database of
    /// that time, and its positions are void all the same.
    pub async fn refresh(&self) -> Result<()> {
        let found = read(&self.db).await?;
        if *found == *self.current() {
            return Ok(());
        }
        if self.past().contains(&found) {
            return Box::pin(self.renew("the database is of an epoch that was over")).await;
        }
        self.adopt(&found);
        Ok(())
    }

    fn adopt(&self, epoch: &str) {
        let epoch: Arc<str> = Arc::from(epoch);
        let before = self.current.swap(Arc::new(Arc::clone(&epoch)));
        let mut past = self.past.lock().expect("no panic while held");
        past.push_back(before.to_string());
        if past.len() > PAST {
            past.pop_front();
        }
        drop(past);
        self.bus.send(Signal::Epoch(epoch));
    }
}

async fn read(db: &Db) -> Result<String> {
    let row = instance::Entity::find_by_id(INSTANCE_ROW).one(db.maintenance()).await.db()?;
    row.map(|row| row.journal_epoch).ok_or_else(|| Error::unavailable("the instance row is missing; run `plexichat migrate`"))
}

async fn create_instance(db: &Db, clock: &Clock) -> Result<()> {
    use plexichat_database::entity::journal;
    let row = instance::ActiveModel {
        id: Set(INSTANCE_ROW),
        name: Set("PlexiChat".to_owned()),
        journal_epoch: Set(random::token()),
        set_up: Set(false),
        created_ms: Set(clock.now_ms()),
        version: Set(1),
        sealed: Set(None),
    };
    let inserted = instance::Entity::insert(row).exec_without_returning(db.maintenance()).await;
    // Two nodes may start on a new database at once: the second finds the rows of the first.
    if let Err(e) = &inserted
        && plexichat_database::violation(e).is_none()
    {
        inserted.db()?;
    }
    let head = journal::ActiveModel {
        kind: Set(plexichat_model::JournalKind::Instance.code()),
        id: Set(0),
        version: Set(1),
        number: Set(0),
        main_number: Set(0),
        first_number: Set(1),
        access_version: Set(0),
        resume_floor: Set(0),
    };
    let inserted = journal::Entity::insert(head).exec_without_returning(db.maintenance()).await;
    match inserted {
        Err(e) if plexichat_database::violation(&e).is_none() => Err(e).db(),
        _ => Ok(()),
    }
}
