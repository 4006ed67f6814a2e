//! Writing entries: a [`Record`] is made where somebody acts and written in the transaction of the act.
//!
//! A record has everything it needs before the transaction begins, also the keys it seals with, so that writing it is one
//! insert that waits for nobody. Numbers come later (`sequencer`).

use crate::{
    Action,
    canonical::canonical,
    entry::{Actor, Entry, Outcome, Sealed, Target, VERSION},
    keys::{AuditKeys, open_fields, seal_fields},
    store::{self, subjects},
};
use arc_swap::ArcSwapOption;
use futures_util::future::BoxFuture;
use moka::sync::Cache;
use plexichat_database::Tx;
use plexichat_events::Journal;
use plexichat_kernel::{Caller, Error, Result, caller::CallerKind};
use plexichat_model::UserId;
use plexichat_sealing::Key;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Keys of people that are kept open.
const KEYS: u64 = 10_000;
/// How long: a node that did not erase somebody forgets the key by then.
const KEPT: Duration = Duration::from_mins(10);
/// The subject of what nobody who is signed in did.
const NOBODY: i64 = 0;

/// Writes entries. Cheap to clone.
#[derive(Clone)]
pub struct Auditor {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Journal,
    keys: ArcSwapOption<AuditKeys>,
    subjects: Cache<i64, Option<Arc<Key>>>,
    telemetry: crate::telemetry::Telemetry,
}

impl std::fmt::Debug for Auditor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auditor").finish_non_exhaustive()
    }
}

/// Whom personal fields are about, with the key they are sealed under.
#[derive(Clone, Debug)]
pub struct Subject {
    id: i64,
    key: Option<Arc<Key>>,
}

impl Auditor {
    /// Over a started journal. Until it gets keys, personal fields are left out of entries.
    pub fn new(journal: Journal) -> Self {
        let subjects = Cache::builder().max_capacity(KEYS).time_to_live(KEPT).build();
        let telemetry = crate::telemetry::Telemetry::default();
        Self { inner: Arc::new(Inner { journal, keys: ArcSwapOption::empty(), subjects, telemetry }) }
    }

    /// Hands the keys in.
    pub fn unlock(&self, keys: AuditKeys) {
        self.inner.keys.store(Some(Arc::new(keys)));
        self.inner.subjects.invalidate_all();
    }

    /// The keys, if this node has them.
    pub fn keys(&self) -> Option<Arc<AuditKeys>> {
        self.inner.keys.load_full()
    }

    /// The journal it stands on.
    pub fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    /// Counts of what comes in floods.
    pub fn telemetry(&self) -> &crate::telemetry::Telemetry {
        &self.inner.telemetry
    }

    /// Whom personal fields are about. Makes their key when they have none yet.
    pub async fn subject(&self, user: UserId) -> Result<Subject> {
        self.subject_of(user.0).await
    }

    async fn subject_of(&self, id: i64) -> Result<Subject> {
        let Some(keys) = self.keys() else { return Ok(Subject { id, key: None }) };
        if let Some(key) = self.inner.subjects.get(&id) {
            return Ok(Subject { id, key });
        }
        let key = subjects::key_of(&self.inner.journal, &keys.subjects, id).await?.map(Arc::new);
        self.inner.subjects.insert(id, key.clone());
        Ok(Subject { id, key })
    }

    /// Begins an entry about what the caller does.
    pub async fn record(&self, caller: &Caller, action: Action) -> Result<Record> {
        self.record_by(caller, caller.account_if_any(), action).await
    }

    /// The same where who acts is known otherwise than by a session: whoever signs in, or shows a link.
    pub async fn record_as(&self, caller: &Caller, account: UserId, action: Action) -> Result<Record> {
        self.record_by(caller, Some(account), action).await
    }

    async fn record_by(&self, caller: &Caller, account: Option<UserId>, action: Action) -> Result<Record> {
        let journal = &self.inner.journal;
        let kind = match caller.kind() {
            CallerKind::Anonymous => "anonymous",
            CallerKind::Session { .. } => "session",
            CallerKind::Bot { .. } => "bot",
            CallerKind::System { .. } => "system",
        };
        let actor = Actor {
            account: account.map(|id| id.to_string()),
            kind: kind.to_owned(),
            role: caller.account_if_any().map(|_| role_name(caller)),
            session: caller.session_id().map(|id| id.to_string()),
            reason: caller.system_reason().map(str::to_owned),
        };
        let request = Some(caller.request_id().to_owned()).filter(|id| !id.is_empty());
        let mut record = Record {
            entry: Entry {
                v: VERSION,
                id: journal.ids().next()?.to_string(),
                time_ms: journal.clock().now_ms(),
                action: action.as_str().to_owned(),
                outcome: Outcome::Done,
                actor,
                target: None,
                workspace: None,
                request,
                before: Map::new(),
                after: Map::new(),
                sealed: Vec::new(),
            },
            personal: BTreeMap::new(),
            actor: self.subject_of(account.map_or(NOBODY, |id| id.0)).await?,
            journal: journal.clone(),
        };
        if let Some(address) = caller.address() {
            record = record.sealed("address", address.to_string());
        }
        Ok(record)
    }

    /// Writes an entry that belongs to no other transaction.
    pub async fn write(&self, record: Record) -> Result<()> {
        self.inner
            .journal
            .write(move |tx| {
                let record = record.clone();
                Box::pin(async move { record.write(tx).await })
            })
            .await
    }

    /// Does something and writes the entry about it, in one transaction.
    pub async fn write_along<F>(&self, record: Record, work: F) -> Result<()>
    where
        F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
    {
        let work = Arc::new(work);
        self.inner
            .journal
            .write(move |tx| {
                let (record, work) = (record.clone(), Arc::clone(&work));
                Box::pin(async move {
                    work(tx).await?;
                    record.write(tx).await
                })
            })
            .await
    }

    /// What is sealed in an entry, for those who may see it: field → value. Erased subjects' fields are not among them.
    pub async fn reveal(&self, entry: &Entry) -> Result<Map<String, Value>> {
        let mut found = Map::new();
        for sealed in &entry.sealed {
            let (Ok(id), Some(data), Some(keys)) = (sealed.subject.parse::<i64>(), &sealed.data, self.keys()) else { continue };
            // Read afresh: what was erased on another node is gone at once.
            let Some(key) = subjects::existing(&self.inner.journal, &keys.subjects, id).await? else { continue };
            let Some(fields) = open_fields(&key, &entry.id, id, data) else { continue };
            if let Ok(Value::Object(fields)) = serde_json::from_str(&fields) {
                found.extend(fields);
            }
        }
        Ok(found)
    }

    /// Destroys the key under which somebody's personal fields are sealed, and records that. Every proof stays valid.
    pub async fn erase(&self, caller: &Caller, user: UserId) -> Result<()> {
        let record = self.record(caller, Action::AuditErased).await?.on("account", user.0);
        let now_ms = self.inner.journal.clock().now_ms();
        self.inner
            .journal
            .write(move |tx| {
                let record = record.clone();
                Box::pin(async move {
                    subjects::erase(tx, user.0, now_ms).await?;
                    record.write(tx).await
                })
            })
            .await?;
        self.inner.subjects.invalidate(&user.0);
        Ok(())
    }
}

fn role_name(caller: &Caller) -> String {
    match serde_json::to_value(caller.instance_role()) {
        Ok(Value::String(name)) => name,
        _ => "member".to_owned(),
    }
}

/// Fields about a person, with the key that seals them; none if it was erased.
type Personal = (Option<Arc<Key>>, Map<String, Value>);

/// An entry that is not written yet.
#[derive(Clone)]
pub struct Record {
    entry: Entry,
    personal: BTreeMap<i64, Personal>,
    actor: Subject,
    journal: Journal,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("entry", &self.entry).finish_non_exhaustive()
    }
}

impl Record {
    /// Says what was acted on.
    #[must_use]
    pub fn on(mut self, kind: &str, id: impl Into<i64>) -> Self {
        self.entry.target = Some(Target { kind: kind.to_owned(), id: id.into().to_string() });
        self
    }

    /// Says in which workspace.
    #[must_use]
    pub fn in_workspace(mut self, id: impl Into<i64>) -> Self {
        self.entry.workspace = Some(id.into().to_string());
        self
    }

    /// It was refused.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.entry.outcome = Outcome::Refused;
        self
    }

    /// It is another action, as turned out while it was done.
    #[must_use]
    pub fn with_action(mut self, action: Action) -> Self {
        action.as_str().clone_into(&mut self.entry.action);
        self
    }

    /// What a field was and is, if it changed. Nothing personal, nothing secret.
    #[must_use]
    pub fn changed(mut self, field: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.entry.before.insert(field.to_owned(), before);
            self.entry.after.insert(field.to_owned(), after);
        }
        self
    }

    /// What a field is now. Nothing personal, nothing secret.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.entry.after.insert(field.to_owned(), value.into());
        self
    }

    /// A field that nobody may read in the database, such as a name: sealed with what is personal of who acts.
    #[must_use]
    pub fn sealed(self, field: &str, value: impl Into<Value>) -> Self {
        let actor = self.actor.clone();
        self.personal(&actor, field, value)
    }

    /// What such a field was and is, if it changed.
    #[must_use]
    pub fn sealed_change(self, field: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let actor = self.actor.clone();
        self.personal_change(&actor, field, before, after)
    }

    /// A personal field, which is sealed.
    #[must_use]
    pub fn personal(mut self, subject: &Subject, field: &str, value: impl Into<Value>) -> Self {
        let (_, fields) = self.personal.entry(subject.id).or_insert_with(|| (subject.key.clone(), Map::new()));
        fields.insert(field.to_owned(), value.into());
        self
    }

    /// What a personal field was and is, if it changed.
    #[must_use]
    pub fn personal_change(self, subject: &Subject, field: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (before.into(), after.into());
        if before == after {
            return self;
        }
        self.personal(subject, &format!("before.{field}"), before).personal(subject, &format!("after.{field}"), after)
    }

    fn entry(&self) -> Result<Entry> {
        let mut entry = self.entry.clone();
        for (subject, (key, fields)) in &self.personal {
            let fields = canonical(&Value::Object(fields.clone()))
                .ok_or_else(|| Error::internal("a personal field of an audit entry is not a text or a small integer"))?;
            let data = key.as_ref().map(|key| seal_fields(key, &entry.id, *subject, &fields));
            entry.sealed.push(Sealed { subject: subject.to_string(), data });
        }
        Ok(entry)
    }

    /// Writes it, in the transaction of the act.
    pub async fn write(&self, tx: &Tx) -> Result<()> {
        let entry = self.entry()?;
        let id = entry.id.parse().map_err(|_| Error::internal("the id of an audit entry is a number"))?;
        store::append(tx, self.journal.db().engine(), id, entry.body()?).await
    }
}
