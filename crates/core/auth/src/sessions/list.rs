//! The caller's own sessions, and what changed in them.

use super::{store, view};
use crate::{Auth, accounts};
use plexichat_kernel::{Caller, Result};
use plexichat_model::{Event, SessionId, UserId, page::SessionPage};

impl Auth {
    /// Live sessions of the caller, the last used first. One page: their number is bounded.
    pub async fn sessions(&self, caller: &Caller) -> Result<SessionPage> {
        let rows = store::live(self.db().reader(), caller.account()?, self.clock().now_ms()).await?;
        let rows = self.names().sessions(rows).await?;
        Ok(SessionPage { items: rows.iter().map(|row| view(row, caller.session_id())).collect(), next: None })
    }

    /// What this crate has in the window `(after, up_to]` of a person's journal, in version order: part of what
    /// `changes` of that journal is built from.
    pub async fn own_changes(&self, user: UserId, after: i64, up_to: i64) -> Result<Vec<(i64, Event)>> {
        let mut changes: Vec<(i64, Event)> = store::changed(self.db().reader(), user, after, up_to)
            .await?
            .into_iter()
            .map(|row| match row.revoked_ms {
                Some(_) => (row.version, Event::SessionRevoked { session_id: SessionId(row.id) }),
                None => (row.version, Event::AccountUpdated {}),
            })
            .collect();
        let own = accounts::store::find(self.db().reader(), user).await?.map_or(0, |row| row.account_version);
        if own > after && own <= up_to {
            changes.push((own, Event::AccountUpdated {}));
        }
        changes.sort_by_key(|(version, _)| *version);
        Ok(changes)
    }
}
