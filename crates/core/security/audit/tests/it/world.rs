//! Nodes over one database.

use plexichat_audit::{Action, Auditor, Log, Mark, Record, Sequencer, checkpoint::Verifier, open};
use plexichat_database::{Db, Sql};
use plexichat_events::{Journal, JournalOptions};
use plexichat_kernel::{Caller, Clock, Error, IdGenerator, Result};
use plexichat_model::{SessionId, UserId, permission::InstanceRole};
use plexichat_sealing::{Key, KeyId, KeySource};
use sea_orm::{ConnectionTrait, Value};

/// Keys of an instance: `newest` seals, the older ones open, those below `oldest` were destroyed.
#[derive(Clone, Copy)]
pub(crate) struct Instance {
    pub(crate) oldest: u8,
    pub(crate) newest: u8,
}

pub(crate) const INSTANCE: Instance = Instance { oldest: 1, newest: 1 };

#[async_trait::async_trait]
impl KeySource for Instance {
    async fn newest(&self) -> Result<(Key, KeyId)> {
        let id = KeyId::new(self.newest.into()).expect("positive");
        Ok((self.of(id).await?, id))
    }

    async fn of(&self, id: KeyId) -> Result<Key> {
        let known = u8::try_from(id.get()).ok().filter(|id| (self.oldest..=self.newest).contains(id));
        known.map(|id| Key::from_bytes(&[id; 32])).ok_or_else(|| Error::internal(format!("the key {id} does not exist")))
    }
}

pub(crate) struct Node {
    pub(crate) db: Db,
    pub(crate) journal: Journal,
    pub(crate) clock: Clock,
    pub(crate) auditor: Auditor,
    pub(crate) sequencer: Sequencer,
}

pub(crate) fn caller(account: i64) -> Caller {
    let address = "192.0.2.7".parse().expect("an address");
    Caller::session(UserId(account), SessionId(account + 1), InstanceRole::Admin).with_request("request-1", Some(address))
}

impl Node {
    pub(crate) async fn new(db: Db, number: u16) -> Self {
        Self::with(db, number, Some(INSTANCE), None).await
    }

    pub(crate) async fn with(db: Db, number: u16, instance: Option<Instance>, mark: Option<Mark>) -> Self {
        let clock = Clock::adjustable();
        let ids = IdGenerator::fixed(clock.clone(), number).expect("a valid node number");
        let journal =
            Journal::start(db.clone(), clock.clone(), ids, JournalOptions::default()).await.expect("the journal starts");
        let auditor = Auditor::new(journal.clone());
        if let Some(instance) = instance {
            auditor.unlock(open(&journal, &instance).await.expect("opens"));
        }
        let sequencer = Sequencer::new(auditor.clone(), mark);
        Self { db, journal, clock, auditor, sequencer }
    }

    pub(crate) fn log(&self) -> Log {
        Log::new(self.db.clone())
    }

    pub(crate) async fn verifier(&self) -> Verifier {
        self.log().verifier().await.expect("there is a log")
    }

    pub(crate) async fn record(&self, account: i64) -> Record {
        let record = self.auditor.record(&caller(account), Action::ChannelArchive).await.expect("a record");
        record.on("channel", 77).in_workspace(5).changed("archived", false, true)
    }

    pub(crate) async fn act(&self, account: i64) {
        self.auditor.write(self.record(account).await).await.expect("written");
    }

    pub(crate) async fn sequence(&self) -> Option<usize> {
        self.sequencer.round().await.expect("a round")
    }

    /// A log of so many entries, numbered in rounds of `round`.
    pub(crate) async fn fill(&self, count: usize, round: usize) {
        for at in 0..count {
            self.act(i64::try_from(at % 7).expect("small") + 100).await;
            if (at + 1) % round == 0 {
                self.sequence().await;
            }
        }
        self.sequence().await;
    }

    /// The seed as it stands in the database.
    pub(crate) async fn seed(&self) -> Vec<u8> {
        let row = self.db.reader().query_one_raw(Sql::new(self.db.engine(), "select sealed_seed from audit_log").build()).await;
        row.expect("reads").expect("a row").try_get_by_index(0).expect("bytes")
    }

    pub(crate) async fn execute(&self, text: &str, values: Vec<Value>) -> u64 {
        let statement = Sql::new(self.db.engine(), text).bind_all(values).build();
        self.db.writer(0).execute_raw(statement).await.expect("executes").rows_affected()
    }
}
