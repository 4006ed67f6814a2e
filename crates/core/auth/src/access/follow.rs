//! Who may follow a journal. The hub asks at subscription, and again after every event that changes access.

use super::{
    calculator::{self, Place},
    store,
};
use crate::Auth;
use plexichat_kernel::Result;
use plexichat_model::{
    ChannelId, JournalKey, JournalKind, SessionId, UserId, WorkspaceId, channel::ChannelKind, permission::Permission,
    user::AccountStatus,
};
use std::collections::HashSet;

/// People in one statement.
const CHUNK: usize = 500;

impl Auth {
    /// Whether this session of this person may follow the journal now.
    pub async fn may_follow(&self, user: UserId, session: SessionId, key: JournalKey) -> Result<bool> {
        Ok(self.session_is_live(user, session).await? && self.who_may_follow(key, &[user]).await?.contains(&user))
    }

    /// Those of `users` who may follow the journal now. The instance: every active account; a workspace: its
    /// members, guests too (what they may not see reaches them as `nothing`, see [`Auth::who_may_read`]);
    /// a channel: who may view it; a person's journal: that person.
    pub async fn who_may_follow(&self, key: JournalKey, users: &[UserId]) -> Result<HashSet<UserId>> {
        let mut allowed = HashSet::new();
        for chunk in users.chunks(CHUNK) {
            match key.kind {
                JournalKind::Instance => self.active(chunk, &mut allowed).await?,
                JournalKind::User => {
                    let own: Vec<UserId> = chunk.iter().copied().filter(|id| id.0 == key.id).collect();
                    self.active(&own, &mut allowed).await?;
                }
                JournalKind::Workspace => self.workspace_followers(WorkspaceId(key.id), chunk, &mut allowed).await?,
                JournalKind::Channel => self.channel_followers(ChannelId(key.id), chunk, &mut allowed).await?,
            }
        }
        Ok(allowed)
    }

    async fn active(&self, users: &[UserId], allowed: &mut HashSet<UserId>) -> Result<()> {
        if users.is_empty() {
            return Ok(());
        }
        let subjects = store::subjects(self.db().reader(), None, None, users).await?;
        allowed.extend(subjects.iter().filter(|(s, _)| s.status == AccountStatus::Active).map(|(s, _)| s.user_id));
        Ok(())
    }

    async fn workspace_followers(&self, id: WorkspaceId, users: &[UserId], allowed: &mut HashSet<UserId>) -> Result<()> {
        let subjects = store::subjects(self.db().reader(), Some(id), None, users).await?;
        let member = |s: &calculator::Subject| s.status == AccountStatus::Active && s.workspace_role.is_some();
        allowed.extend(subjects.iter().filter(|(s, _)| member(s)).map(|(s, _)| s.user_id));
        Ok(())
    }

    async fn channel_followers(&self, id: ChannelId, users: &[UserId], allowed: &mut HashSet<UserId>) -> Result<()> {
        let Some((row, overrides)) = store::place(self.db().reader(), id).await? else { return Ok(()) };
        let subjects = store::subjects(self.db().reader(), row.workspace_id.map(WorkspaceId), Some(id), users).await?;
        for (subject, member) in subjects {
            let place = Place {
                kind: ChannelKind::from_code(row.kind),
                archived: row.archived,
                created_by: UserId(row.created_by),
                member,
                overrides: &overrides,
            };
            if calculator::channel_permissions(&subject, &place).has(Permission::ViewChannel) {
                allowed.insert(subject.user_id);
            }
        }
        Ok(())
    }
}
