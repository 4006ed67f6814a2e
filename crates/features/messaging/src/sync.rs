//! The snapshot: everything a client needs to draw, with the vector to go on from.
//!
//! Guarantees: heads are read before rows, so what a client holds is at least as new as its position and applying
//! an event twice is harmless; at most 500 channels, unread and mentioned ones first; the number of queries does
//! not grow with the number of quiet channels.

use crate::{
    Messaging,
    store::{
        channels,
        cursors::{self, MentionCount},
        instance, members,
        snapshot::{self, StateRow},
    },
};
use plexichat_auth::access::calculator::{self, Place, Subject};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, ErrorCode, JournalKey, UserId,
    channel::{ChannelKind, ChannelState},
    limits,
    permission::InstanceRole,
    sync::{ChannelStates, Snapshot},
    user::{AccountStatus, UserView},
};
use std::collections::BTreeSet;

/// Profiles a snapshot carries; others are read on demand.
const PROFILES: usize = 500;

impl Messaging {
    /// Everything the caller needs to begin.
    pub async fn snapshot(&self, caller: &Caller) -> Result<Snapshot> {
        let user = caller.account()?;
        let epoch = self.journal.epoch();
        let heads = self.journal.heads(&[JournalKey::INSTANCE, JournalKey::user(user)]).await?;
        let head = |key| heads.get(&key).map_or(0, |head: &plexichat_events::Head| head.version);
        let me = self.auth.me(caller).await?;
        let reader = self.db.reader();
        let row = instance::row(reader, self.keys()).await?.ok_or_else(|| Error::unavailable("the server is still starting"))?;
        let memberships = members::workspaces_of(reader, user).await?;
        let workspaces = self.workspace_states(user, me.instance_role, &memberships).await?;
        let mut rows = snapshot::first(reader, self.db.engine(), self.keys(), user, limits::SNAPSHOT_CHANNELS + 1).await?;
        let more_channels = rows.len() > limits::SNAPSHOT_CHANNELS;
        rows.truncate(limits::SNAPSHOT_CHANNELS);
        let channels = self.states(user, me.instance_role, rows).await?;
        let users = self.named(&me.user, &channels).await?;
        if self.journal.epoch() != epoch {
            return Err(Error::of(ErrorCode::EpochChanged));
        }
        Ok(Snapshot {
            epoch: epoch.to_string(),
            instance: instance::view(&row),
            instance_head: head(JournalKey::INSTANCE),
            me,
            user_head: head(JournalKey::user(user)),
            workspaces,
            channels,
            more_channels,
            users,
        })
    }

    /// Further joined channels, in id order.
    pub async fn channel_states(&self, caller: &Caller, after: Option<ChannelId>, limit: Option<usize>) -> Result<ChannelStates> {
        let page = crate::page::Page::of(limit)?;
        let access = self.auth.admin(caller).await?;
        let user = access.user_id();
        let fetch = usize::try_from(page.fetch()).unwrap_or(limits::PAGE_ITEMS);
        let rows = snapshot::after(self.db.reader(), self.db.engine(), self.keys(), user, after, fetch).await?;
        let (rows, next) = page.cut(rows, |row| row.channel.id.to_string());
        Ok(ChannelStates { channels: self.states(user, access.instance_role(), rows).await?, more: next.is_some() })
    }

    /// One channel as somebody stands to it; they are known to see it.
    pub(crate) async fn channel_state(&self, user: UserId, id: ChannelId) -> Result<ChannelState> {
        let rows = snapshot::given(self.db.reader(), self.db.engine(), self.keys(), user, &[id.0]).await?;
        let role = InstanceRole::Member; // No instance role changes what one may do in a channel.
        self.states(user, role, rows).await?.pop().ok_or_else(|| Error::not_found("channel", id))
    }

    /// Completes rows to states, in their order.
    async fn states(&self, user_id: UserId, instance_role: InstanceRole, rows: Vec<StateRow>) -> Result<Vec<ChannelState>> {
        let reader = self.db.reader();
        let ids =
            |wanted: &dyn Fn(&StateRow) -> bool| rows.iter().filter(|r| wanted(r)).map(|r| r.channel.id).collect::<Vec<i64>>();
        let mut overrides = snapshot::overrides(reader, &ids(&|r| r.channel.overrides_version > 0)).await?;
        let mut participants = members::participants(reader, &ids(&|r| r.channel.workspace_id.is_none())).await?;
        let joined: Vec<ChannelId> = rows.iter().filter(|r| r.member).map(|r| r.channel.id.into()).collect();
        let counts = cursors::counts(reader, self.db.engine(), user_id, &joined).await?;
        let state = |row: StateRow| {
            let id = row.channel.id;
            let head = row.head.channel();
            let uncounted = MentionCount { cursor: row.cursor, count: 0, counted_to: head.version };
            let counted = counts.get(&ChannelId(id)).copied().unwrap_or(uncounted);
            let subject = Subject { user_id, status: AccountStatus::Active, instance_role, workspace_role: row.role };
            let overrides = overrides.remove(&id).unwrap_or_default();
            let place = Place {
                kind: ChannelKind::from_code(row.channel.kind),
                archived: row.channel.archived,
                created_by: row.channel.created_by.into(),
                member: row.member,
                overrides: &overrides,
            };
            ChannelState {
                permissions: calculator::channel_permissions(&subject, &place),
                channel: channels::view(&row.channel, participants.remove(&id).unwrap_or_default()),
                head,
                cursor: counted.cursor,
                notify: row.notify,
                mention_count: counted.count,
                counted_to: counted.counted_to,
                membership_version: row.membership_version,
            }
        };
        Ok(rows.into_iter().map(state).collect())
    }

    /// Profiles of the people in conversations and of the caller.
    async fn named(&self, me: &UserView, channels: &[ChannelState]) -> Result<Vec<UserView>> {
        let mut ids = BTreeSet::from([me.id]);
        for user in channels.iter().flat_map(|state| &state.channel.participants) {
            if ids.len() >= PROFILES {
                break;
            }
            ids.insert(*user);
        }
        self.profiles(&ids.into_iter().collect::<Vec<_>>()).await
    }
}
