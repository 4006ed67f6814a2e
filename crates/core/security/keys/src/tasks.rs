//! Rotations and shreddings: what may be asked for, and how it stands.
//!
//! A **rotation** replaces keys: of the root, of a workspace, or of what is written in a channel. A **shredding** destroys
//! the keys of a channel, of a month of it or of a workspace, and with them what they seal, in the database and in every
//! copy of it; it waits until it is due, and if the policy says so until a second person approves. Either is a row, taken
//! up by the [keeper](crate::KeyKeeper) of a node. Not here: the work itself (`work`).

use crate::{
    Keys,
    ring::Kind,
    store::{
        Which,
        tasks::{self as store, StoredTask},
    },
};
use plexichat_database::Tx;
use plexichat_kernel::{Error, Result};
use plexichat_model::{
    ChannelId, ErrorCode, KeyTaskId, Timestamp, UserId, WorkspaceId,
    key_tasks::{KeyTaskKind, KeyTaskState, KeyTaskTarget, KeyTaskView},
};

/// Unfinished tasks at a time.
pub const MOST_OPEN: usize = 5_000;
/// Tasks in a list.
const LISTED: u64 = 200;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Replace or destroy.
    pub kind: KeyTaskKind,
    /// Whose keys.
    pub target: KeyTaskTarget,
    /// The workspace of a channel; none for a conversation.
    pub workspace: Option<WorkspaceId>,
    /// Only the keys of this month, `YYYYMM`; all if absent.
    pub month: Option<i32>,
    /// Who asks.
    pub asked_by: UserId,
    /// Not before this time.
    pub due_ms: i64,
    /// Whether a second person has to agree.
    pub needs_approval: bool,
}

/// The keys that a task is about.
pub(crate) fn which(task: &StoredTask) -> Which {
    let kind = if task.level == Kind::Root as i16 {
        Kind::Root
    } else if task.level == Kind::Workspace as i16 {
        Kind::Workspace
    } else {
        Kind::Channel
    };
    Which { kind, scope_id: task.scope_id, period: task.period }
}

/// The names keys that are replaced with those of a workspace or of the instance.
pub(crate) fn names_of(task: &StoredTask) -> Option<Which> {
    (task.level == Kind::Workspace as i16).then_some(Which { kind: Kind::Names, scope_id: task.scope_id, period: 0 })
}

/// `kind` of a task in SQL.
pub(crate) const ROTATE: i16 = 1;
pub(crate) const SHRED: i16 = 2;

pub(crate) fn workspace(task: &StoredTask) -> Option<WorkspaceId> {
    (task.workspace_id != 0).then_some(WorkspaceId(task.workspace_id))
}

impl NewTask {
    fn check(&self) -> Result<()> {
        if self.kind == KeyTaskKind::Shred && matches!(self.target, KeyTaskTarget::Root {} | KeyTaskTarget::Instance {}) {
            let text = "keys of the whole instance cannot be destroyed; name a channel or a workspace";
            return Err(Error::invalid("target", text));
        }
        let Some(month) = self.month else { return Ok(()) };
        if !matches!(self.target, KeyTaskTarget::Channel { .. }) {
            return Err(Error::invalid("month", "only the keys of a channel are of a month"));
        }
        if !(1970..=9999).contains(&(month / 100)) || !(1..=12).contains(&(month % 100)) {
            return Err(Error::invalid("month", "write a month as year and month, such as 2026-11"));
        }
        Ok(())
    }

    pub(crate) fn row(&self, id: i64, now_ms: i64) -> StoredTask {
        let (level, scope_id, workspace_id) = match self.target {
            KeyTaskTarget::Root {} => (Kind::Root, 0, 0),
            KeyTaskTarget::Instance {} => (Kind::Workspace, 0, 0),
            KeyTaskTarget::Workspace { id } => (Kind::Workspace, id.get(), id.get()),
            KeyTaskTarget::Channel { id } => (Kind::Channel, id.get(), self.workspace.map_or(0, WorkspaceId::get)),
        };
        StoredTask {
            id,
            kind: if self.kind == KeyTaskKind::Rotate { ROTATE } else { SHRED },
            level: level as i16,
            scope_id,
            workspace_id,
            period: self.month.unwrap_or(0),
            state: if self.needs_approval { store::UNAPPROVED } else { store::WAITING },
            asked_by: self.asked_by.get(),
            asked_ms: now_ms,
            due_ms: self.due_ms,
            approved_by: 0,
            since_ms: now_ms,
            at_scope: 0,
            at_number: 0,
            done: 0,
            total: 0,
        }
    }
}

/// As people see it.
fn view(row: &StoredTask) -> KeyTaskView {
    let target = match (row.level, row.scope_id) {
        (level, _) if level == Kind::Root as i16 => KeyTaskTarget::Root {},
        (level, 0) if level == Kind::Workspace as i16 => KeyTaskTarget::Instance {},
        (level, id) if level == Kind::Workspace as i16 => KeyTaskTarget::Workspace { id: WorkspaceId(id) },
        (_, id) => KeyTaskTarget::Channel { id: ChannelId(id) },
    };
    let state = match row.state {
        store::UNAPPROVED => KeyTaskState::Unapproved,
        store::WAITING => KeyTaskState::Waiting,
        store::QUIET => KeyTaskState::Settling,
        store::WORKING => KeyTaskState::Working,
        store::CANCELLED => KeyTaskState::Cancelled,
        _ => KeyTaskState::Done,
    };
    let is_at_names = row.level == Kind::Workspace as i16 && row.kind == ROTATE && row.at_scope > 0;
    KeyTaskView {
        id: KeyTaskId(row.id),
        kind: if row.kind == ROTATE { KeyTaskKind::Rotate } else { KeyTaskKind::Shred },
        target,
        month: (row.period != 0).then(|| format!("{:04}-{:02}", row.period / 100, row.period % 100)),
        state,
        asked_by: UserId(row.asked_by),
        asked_at: Timestamp(row.asked_ms),
        due_at: Timestamp(row.due_ms),
        approved_by: (row.approved_by != 0).then_some(UserId(row.approved_by)),
        changed: row.done,
        // Names have no numbers.
        at: if is_at_names { row.done } else { row.at_number },
        of: if is_at_names { row.total.max(row.done) } else { row.total },
        since: Timestamp(row.since_ms),
    }
}

impl Keys {
    /// Writes down what is asked for; a keeper takes it up. Errors: `invalid_input`, and `conflict` when the same is
    /// under way already or too much is.
    pub async fn order(&self, tx: &Tx, new: &NewTask) -> Result<KeyTaskView> {
        new.check()?;
        let row = new.row(self.journal.ids().next()?, self.journal.clock().now_ms());
        let open = store::open(tx).await?;
        let same = |task: &&StoredTask| {
            let months = task.period == row.period || task.period == 0 || row.period == 0;
            let overlap = task.kind == SHRED
                && row.kind == SHRED
                && row.workspace_id != 0
                && task.workspace_id == row.workspace_id
                && task.level != row.level;
            overlap || ((task.kind, task.level, task.scope_id) == (row.kind, row.level, row.scope_id) && months)
        };
        if let Some(task) = open.iter().find(same) {
            let text = format!("the same, or what it is part of, is under way already, as task {}", task.id);
            return Err(Error::conflict(ErrorCode::Conflict, text));
        }
        if open.len() >= MOST_OPEN {
            return Err(Error::conflict(
                ErrorCode::Conflict,
                format!("{MOST_OPEN} tasks are under way; wait for some to end, or give some up"),
            ));
        }
        store::insert(tx, row.clone()).await?;
        Ok(view(&row))
    }

    /// A second person agrees. Errors: `not_found`; `conflict` when nothing is to be approved; `forbidden` for who asked.
    pub async fn approve(&self, tx: &Tx, id: KeyTaskId, by: UserId) -> Result<KeyTaskView> {
        let row = found(tx, id).await?;
        if row.state != store::UNAPPROVED {
            return Err(Error::conflict(ErrorCode::Conflict, "this task waits for nobody's approval"));
        }
        if row.asked_by == by.get() {
            return Err(Error::forbidden("a second person has to approve this, not the one who asked for it"));
        }
        let now_ms = self.journal.clock().now_ms();
        let next = StoredTask { state: store::WAITING, approved_by: by.get(), since_ms: now_ms, ..row.clone() };
        moved(store::advance(tx, &row, &next).await?)?;
        Ok(view(&next))
    }

    /// Gives up what has not begun. Errors: `not_found`; `conflict` when it has.
    pub async fn cancel(&self, tx: &Tx, id: KeyTaskId) -> Result<KeyTaskView> {
        let row = found(tx, id).await?;
        if !matches!(row.state, store::UNAPPROVED | store::WAITING) {
            return Err(Error::conflict(ErrorCode::Conflict, "this task has begun, and cannot be given up any more"));
        }
        let next = StoredTask { state: store::CANCELLED, since_ms: self.journal.clock().now_ms(), ..row.clone() };
        moved(store::advance(tx, &row, &next).await?)?;
        Ok(view(&next))
    }

    /// The newest tasks, newest first.
    pub async fn tasks(&self) -> Result<Vec<KeyTaskView>> {
        let rows = store::newest(self.journal.db().reader(), LISTED).await?;
        Ok(rows.iter().map(view).collect())
    }
}

async fn found(tx: &Tx, id: KeyTaskId) -> Result<StoredTask> {
    store::by_id(tx, id.get()).await?.ok_or_else(|| Error::not_found("key task", id))
}

fn moved(there: bool) -> Result<()> {
    if there { Ok(()) } else { Err(Error::conflict(ErrorCode::Conflict, "this task has changed meanwhile; look again")) }
}
