//! A new token for the same session.

use super::{OpenedSession, store, token};
use crate::{Auth, accounts};
use plexichat_audit::Action;
use plexichat_database::{
    Tx,
    entity::{session, user},
};
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::{Caller, Error, Result, random};
use plexichat_model::{ErrorCode, Event, JournalKey, SessionId, UserId};

impl Auth {
    /// Replaces the token of the session that asks, and renews its sliding end. The old token stops working.
    pub async fn refresh_session(&self, caller: &Caller) -> Result<OpenedSession> {
        let session_id = caller.session_id().ok_or_else(|| Error::of(ErrorCode::Unauthenticated))?;
        let token = random::token();
        let token_hash = token::hash_of(&token).ok_or_else(|| Error::internal("a token without the form of one"))?;
        let sliding_ms = i64::try_from(self.options().session_sliding.as_millis()).unwrap_or(i64::MAX);
        let refresh = Refresh { user_id: caller.account()?, session_id, token_hash, sliding_ms };
        let record = self.audit().record(caller, Action::SessionRefreshed).await?.on("session", session_id);
        let (user, row, old) = self.journal().commit(record.along(refresh)).await?.output;
        self.inner.sessions.remove(old.as_slice().try_into().ok());
        let user = self.names().account(Some(user)).await?.ok_or_else(|| Error::of(ErrorCode::SessionExpired))?;
        Ok(OpenedSession::new(&user, &self.names().session(row).await?, token))
    }
}

struct Refresh {
    user_id: UserId,
    session_id: SessionId,
    token_hash: [u8; 32],
    sliding_ms: i64,
}

#[async_trait::async_trait]
impl Change for Refresh {
    /// Account and session are sealed.
    type Output = (user::Model, session::Model, Vec<u8>);

    fn touches(&self) -> Vec<Touch> {
        // Access: other nodes must stop taking the old token.
        vec![Touch::one(JournalKey::user(self.user_id)).access()]
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<Self::Output>> {
        let key = JournalKey::user(self.user_id);
        let ended = || Error::of(ErrorCode::SessionExpired);
        let user = accounts::store::find(tx, self.user_id).await?.ok_or_else(ended)?;
        let row = store::find(tx, self.session_id).await?.filter(|row| row.user_id == self.user_id.0);
        let mut row = row.filter(|row| row.revoked_ms.is_none() && row.expires_ms > granted.now_ms).ok_or_else(ended)?;
        let old = std::mem::replace(&mut row.token_hash, self.token_hash.to_vec());
        row.last_seen_ms = granted.now_ms;
        row.expires_ms = granted.now_ms.saturating_add(self.sliding_ms).min(row.absolute_ms);
        row.version = granted.version(key, 0);
        store::rotate(tx, &row).await?;
        Ok(Applied { output: (user, row, old), events: vec![granted.event(key, 0, Event::AccountUpdated {})] })
    }
}
