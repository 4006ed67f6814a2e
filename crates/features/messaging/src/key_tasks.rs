//! Keys replaced and destroyed on the word of an administrator.
//!
//! Who asked, who approved and who gave it up stands in the audit log, in the transaction that says so. The work itself is
//! the keeper's of `plexichat-keys`.

use crate::{
    Messaging,
    store::{channels, workspaces},
};
use plexichat_audit::{Action, Record};
use plexichat_auth::access::AdminAccess;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_keys::NewTask;
use plexichat_model::{
    KeyTaskId, Permission, WorkspaceId,
    key_tasks::{KeyTaskKind, KeyTaskTarget, KeyTaskView, NewKeyTask},
};
use std::{sync::Arc, time::Duration};

/// What has to come before keys are destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShredPolicy {
    /// How long it can be given up.
    pub grace: Duration,
    /// Whether a second administrator has to approve.
    pub needs_approval: bool,
}

impl Messaging {
    /// Asks for keys to be replaced or destroyed. Errors: `not_found` for what is not there, `conflict` when the same is
    /// under way.
    pub async fn order_key_task(&self, caller: &Caller, new: &NewKeyTask, policy: ShredPolicy) -> Result<KeyTaskView> {
        let access = self.key_access(caller).await?;
        let workspace = self.workspace_of(new.target).await?;
        let is_shred = new.kind == KeyTaskKind::Shred;
        let grace_ms = i64::try_from(policy.grace.as_millis()).unwrap_or(i64::MAX);
        let task = NewTask {
            kind: new.kind,
            target: new.target,
            workspace,
            month: new.month.as_deref().map(month).transpose()?,
            asked_by: access.user_id(),
            due_ms: if is_shred { self.journal.clock().now_ms().saturating_add(grace_ms) } else { 0 },
            needs_approval: is_shred && policy.needs_approval,
        };
        let action = if is_shred { Action::KeysShredOrdered } else { Action::KeysRotationOrdered };
        let record = self.auth.audit().record(caller, action).await?;
        let record = about(record, new.target, workspace).with("month", new.month.clone().unwrap_or_default());
        let (keys, shared) = (self.keys().clone(), Arc::new((access, record, task)));
        let write = self.journal.write(move |tx| {
            let (keys, shared) = (keys.clone(), Arc::clone(&shared));
            Box::pin(async move {
                let (access, record, task) = &*shared;
                access.recheck(tx).await?;
                let view = keys.order(tx, task).await?;
                record.clone().with("task", view.id.to_string()).write(tx).await?;
                Ok(view)
            })
        });
        write.await
    }

    /// Approves what another administrator asked for. Errors: `forbidden` for one's own, `conflict` when nothing waits.
    pub async fn approve_key_task(&self, caller: &Caller, id: KeyTaskId) -> Result<KeyTaskView> {
        self.decide(caller, id, Action::KeysShredApproved).await
    }

    /// Gives up what has not begun. Errors: `conflict` when it has.
    pub async fn cancel_key_task(&self, caller: &Caller, id: KeyTaskId) -> Result<KeyTaskView> {
        self.decide(caller, id, Action::KeysTaskCancelled).await
    }

    async fn decide(&self, caller: &Caller, id: KeyTaskId, action: Action) -> Result<KeyTaskView> {
        let access = self.key_access(caller).await?;
        let record = self.auth.audit().record(caller, action).await?.on("key_task", id);
        let (keys, shared) = (self.keys().clone(), Arc::new((access, record)));
        let write = self.journal.write(move |tx| {
            let (keys, shared) = (keys.clone(), Arc::clone(&shared));
            Box::pin(async move {
                let (access, record) = &*shared;
                access.recheck(tx).await?;
                let view = match action {
                    Action::KeysShredApproved => keys.approve(tx, id, access.user_id()).await?,
                    _ => keys.cancel(tx, id).await?,
                };
                record.write(tx).await?;
                Ok(view)
            })
        });
        write.await
    }

    /// The newest tasks on keys, newest first.
    pub async fn list_key_tasks(&self, caller: &Caller) -> Result<Vec<KeyTaskView>> {
        self.key_access(caller).await?;
        self.keys().tasks().await
    }

    async fn key_access(&self, caller: &Caller) -> Result<AdminAccess> {
        self.auth.admin(caller).await?.require(Permission::ManageInstance)
    }

    /// The workspace whose key seals those of a target. Errors: `not_found`.
    async fn workspace_of(&self, target: KeyTaskTarget) -> Result<Option<WorkspaceId>> {
        match target {
            KeyTaskTarget::Root {} | KeyTaskTarget::Instance {} => Ok(None),
            KeyTaskTarget::Workspace { id } => {
                let row = workspaces::unnamed(self.db.reader(), id).await?;
                row.map(|_| Some(id)).ok_or_else(|| Error::not_found("workspace", id).with_field("target"))
            }
            KeyTaskTarget::Channel { id } => {
                let row = channels::unnamed(self.db.reader(), id).await?;
                let row = row.ok_or_else(|| Error::not_found("channel", id).with_field("target"))?;
                Ok(row.workspace_id.map(WorkspaceId))
            }
        }
    }
}

fn about(record: Record, target: KeyTaskTarget, workspace: Option<WorkspaceId>) -> Record {
    let record = match target {
        KeyTaskTarget::Root {} => record.on("root_key", 0),
        KeyTaskTarget::Instance {} => record.on("instance_key", 0),
        KeyTaskTarget::Workspace { id } => record.on("workspace", id),
        KeyTaskTarget::Channel { id } => record.on("channel", id),
    };
    workspace.map_or(record.clone(), |id| record.in_workspace(id))
}

/// `2026-11` as the number 202611.
fn month(text: &str) -> Result<i32> {
    let parts = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i32>().ok()).flatten();
    let month = parts.and_then(|(year, month)| Some(number(year)? * 100 + number(month)?));
    month.ok_or_else(|| Error::invalid("month", "write a month as year and month, such as 2026-11"))
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn a_month_is_a_year_and_a_month() {
        assert_eq!(month("2026-11").expect("a month"), 202_611);
        for text in ["2026-1", "2026", "202611", "2026-11-01", "+026-11", "2026-+1", "", "２０２６-11"] {
            assert!(month(text).is_err(), "{text}");
        }
    }
}
