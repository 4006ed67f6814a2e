//! Who may read an event of a journal they follow; the others get `nothing` at its version.
//!
//! Only the instance and workspace journals carry events that not every follower may read: profiles follow the
//! visibility predicate, and guests learn of a workspace's people and channels only what they share.

use super::store::people;
use crate::Auth;
use plexichat_kernel::Result;
use plexichat_model::{ChannelId, Event, JournalEvent, JournalKind, UserId};
use std::collections::HashSet;

impl Auth {
    /// Those of `users`, all followers of the event's journal, who may read it.
    pub async fn who_may_read(&self, event: &JournalEvent, users: &[UserId]) -> Result<HashSet<UserId>> {
        match &event.event {
            Event::UserUpdated { user } => self.seen_with(user.id, users).await,
            Event::WorkspaceMemberUpdated { user, .. } => {
                let (guests, mut readers) = self.guests_apart(event.journal.id, users).await?;
                readers.extend(self.seen_with(user.id, &guests).await?);
                Ok(readers)
            }
            Event::ChannelListed { channel } => {
                let (guests, mut readers) = self.guests_apart(event.journal.id, users).await?;
                readers.extend(self.members_among(channel.id, &guests).await?);
                Ok(readers)
            }
            _ => Ok(users.iter().copied().collect()),
        }
    }

    /// Whether every follower may read the event: no query is needed.
    pub fn is_for_all_followers(event: &JournalEvent) -> bool {
        !matches!(event.journal.kind, JournalKind::Instance | JournalKind::Workspace)
            || !matches!(
                event.event,
                Event::UserUpdated { .. } | Event::WorkspaceMemberUpdated { .. } | Event::ChannelListed { .. }
            )
    }

    async fn guests_apart(&self, workspace: i64, users: &[UserId]) -> Result<(Vec<UserId>, HashSet<UserId>)> {
        let mut guests = HashSet::new();
        for chunk in users.chunks(people::CHUNK) {
            let ids: Vec<i64> = chunk.iter().map(|id| id.0).collect();
            guests.extend(people::guests(self.db().reader(), workspace, &ids).await?.into_iter().map(UserId));
        }
        let others = users.iter().copied().filter(|id| !guests.contains(id)).collect();
        Ok((guests.into_iter().collect(), others))
    }

    async fn members_among(&self, channel: ChannelId, users: &[UserId]) -> Result<Vec<UserId>> {
        let mut members = Vec::new();
        for chunk in users.chunks(people::CHUNK) {
            let ids: Vec<i64> = chunk.iter().map(|id| id.0).collect();
            members.extend(people::members(self.db().reader(), channel.0, &ids).await?.into_iter().map(UserId));
        }
        Ok(members)
    }
}
