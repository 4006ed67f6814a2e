//! Ending sessions before their time.

use super::{
    cache::TokenHash,
    store::{self, Grant},
};
use crate::{AdminAccess, Auth};
use plexichat_audit::{Action, Record};
use plexichat_database::Tx;
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{ErrorCode, JournalEvent, JournalKey, Permission, SessionId, UserId};

/// Plans that were overtaken by a new session before it is given up.
const ATTEMPTS: usize = 5;

/// Which sessions of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
    /// All.
    All,
    /// Those beyond this many, the ones unused for longest.
    OldestBeyond(u64),
}

/// What was ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    /// One `SessionRevoked` each.
    pub(crate) events: Vec<JournalEvent>,
    /// Hashes of the tokens, to be dropped from the cache after the commit.
    pub(crate) tokens: Vec<TokenHash>,
}

impl Auth {
    /// Ends the session that asks.
    pub async fn logout(&self, caller: &Caller) -> Result<()> {
        let session = caller.session_id().ok_or_else(|| Error::of(ErrorCode::Unauthenticated))?;
        let record = self.audit().record(caller, Action::SessionClosed).await?.on("session", session);
        match self.end_sessions(record, caller.account()?, Which::One(session)).await? {
            0 => Err(Error::of(ErrorCode::SessionExpired)),
            _ => Ok(()),
        }
    }

    /// Ends one session of the caller. `NotFound` for others' sessions and ended ones.
    pub async fn revoke_session(&self, caller: &Caller, id: SessionId) -> Result<()> {
        let record = self.audit().record(caller, Action::SessionRevoked).await?.on("session", id);
        match self.end_sessions(record, caller.account()?, Which::One(id)).await? {
            0 => Err(Error::not_found("session", id)),
            _ => Ok(()),
        }
    }

    /// Ends all sessions of the caller but the one that asks.
    pub async fn revoke_other_sessions(&self, caller: &Caller) -> Result<()> {
        let own = caller.session_id().ok_or_else(|| Error::of(ErrorCode::Unauthenticated))?;
        let account = caller.account()?;
        let record =
            self.audit().record(caller, Action::SessionRevoked).await?.on("account", account).with("kept", own.to_string());
        self.end_sessions(record, account, Which::AllBut(own)).await.map(drop)
    }

    /// Ends all sessions of somebody, by who administers accounts.
    pub async fn revoke_all_sessions(&self, caller: &Caller, admin: &AdminAccess, user_id: UserId) -> Result<()> {
        let admin = admin.clone().require(Permission::ManageAccounts)?;
        let target = crate::accounts::store::find(self.db().reader(), user_id).await?;
        let target = target.ok_or_else(|| Error::not_found("account", user_id))?;
        if !admin.may_name(plexichat_model::permission::InstanceRole::from_code(target.instance_role)) {
            return Err(Error::forbidden("only an owner of the instance may act on an owner"));
        }
        tracing::info!(target: "audit", by = %admin.user_id(), account = %user_id, "all sessions ended by an administrator");
        let record = self.audit().record(caller, Action::SessionRevoked).await?.on("account", user_id);
        self.end_sessions(record, user_id, Which::All).await.map(drop)
    }

    async fn end_sessions(&self, record: Record, user_id: UserId, which: Which) -> Result<usize> {
        let ended = self
            .with_session_count(user_id, which, |count| {
                let record = record.clone().with("sessions", count);
                (count > 0).then(|| record.along(End { user_id, which, count }))
            })
            .await?
            .unwrap_or_default();
        self.inner.sessions.remove(&ended);
        tracing::info!(account = %user_id, count = ended.len(), "sessions ended");
        Ok(ended.len())
    }

    /// Commits the change made for the number of sessions it will end, again when one began meanwhile: each ended
    /// session takes a version, and a change says beforehand how many it takes. `None`: there is nothing to change.
    pub(crate) async fn with_session_count<C: Change>(
        &self,
        user_id: UserId,
        which: Which,
        make: impl Fn(u32) -> Option<C> + Send + Sync,
    ) -> Result<Option<C::Output>> {
        for _ in 1..ATTEMPTS {
            let now_ms = self.clock().now_ms();
            let count = store::count(self.db().reader(), user_id, which, now_ms).await?;
            let Some(change) = make(count) else { return Ok(None) };
            match self.journal().commit(change).await {
                Err(error) if store::is_overtaken(&error) => {}
                other => return other.map(|committed| Some(committed.output)),
            }
        }
        Err(Error::unavailable("sessions of this account keep changing; try again"))
    }
}

struct End {
    user_id: UserId,
    which: Which,
    count: u32,
}

#[async_trait::async_trait]
impl Change for End {
    type Output = Vec<TokenHash>;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::many(JournalKey::user(self.user_id), self.count).access()]
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<Self::Output>> {
        let grant = Grant { granted, key: JournalKey::user(self.user_id), first: 0, most: self.count };
        let ended = store::end(tx, self.user_id, self.which, &grant).await?;
        Ok(Applied { output: ended.tokens, events: ended.events })
    }
}
