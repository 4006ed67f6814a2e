//! Nodes over one database.

use plexichat_audit::{Action, AuditKeys, Auditor, Log, Mark, Record, Sequencer, begin, note::Verifier};
use plexichat_database::{Db, Sql};
use plexichat_events::{Journal, JournalOptions};
use plexichat_kernel::{Caller, Clock, IdGenerator};
use plexichat_model::{SessionId, UserId, permission::InstanceRole};
use sea_orm::{ConnectionTrait, Value};

pub(crate) const SEED: [u8; 32] = [42; 32];

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
        Self::with(db, number, Some(SEED), None).await
    }

    pub(crate) async fn with(db: Db, number: u16, seed: Option<[u8; 32]>, mark: Option<Mark>) -> Self {
        let clock = Clock::adjustable();
        let ids = IdGenerator::fixed(clock.clone(), number).expect("a valid node number");
        let journal =
            Journal::start(db.clone(), clock.clone(), ids, JournalOptions::default()).await.expect("the journal starts");
        let auditor = Auditor::new(journal.clone());
        if let Some(seed) = seed {
            let keys = AuditKeys::from_seed(&seed);
            begin(&journal, &keys).await.expect("begins");
            auditor.unlock(keys);
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

    pub(crate) async fn execute(&self, text: &str, values: Vec<Value>) -> u64 {
        let statement = Sql::new(self.db.engine(), text).bind_all(values).build();
        self.db.writer(0).execute_raw(statement).await.expect("executes").rows_affected()
    }
}
