//! From a token to who acts.

use super::{
    cache::{CHECK_EVERY, Cached, TokenHash},
    store, token,
};
use crate::Auth;
use plexichat_events::RelaxedKey;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ErrorCode, JournalKey, SessionId, UserId,
    permission::InstanceRole,
    user::{AccountKind, AccountStatus},
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

/// Last use is written down to the minute.
const SEEN_EVERY_MS: i64 = 60_000;

impl Auth {
    /// Who shows this token. The same answer for a token that never was, has ended or was revoked.
    pub async fn authenticate(&self, token: &str) -> Result<Caller> {
        let hash = token::hash_of(token).ok_or_else(ended)?;
        let session = match self.inner.sessions.get(&hash) {
            Some(session) if self.is_still_valid(&session).await? => session,
            _ => self.load_session(hash).await?,
        };
        let now_ms = self.clock().now_ms();
        if session.expires_ms.load(Ordering::Relaxed) <= now_ms {
            self.inner.sessions.remove([&hash]);
            return Err(ended());
        }
        self.note_use(&session, now_ms);
        Ok(session.caller.clone())
    }

    /// Whether this session of this person has not ended; fresh from the database.
    pub async fn session_is_live(&self, user: UserId, session: SessionId) -> Result<bool> {
        let row = store::find(self.db().reader(), session).await?;
        let now_ms = self.clock().now_ms();
        Ok(row.is_some_and(|row| row.user_id == user.0 && row.revoked_ms.is_none() && row.expires_ms > now_ms))
    }

    async fn is_still_valid(&self, session: &Cached) -> Result<bool> {
        let now = self.monotonic_ms();
        let checked = session.checked_ms.load(Ordering::Acquire);
        let every = u64::try_from(CHECK_EVERY.as_millis()).unwrap_or(0);
        if now.saturating_sub(checked) < every {
            return Ok(true);
        }
        let head = self.journal().head(JournalKey::user(session.user_id)).await?;
        let valid = head.is_some_and(|head| head.access_version == session.access_version);
        if valid {
            session.checked_ms.fetch_max(now, Ordering::AcqRel);
        }
        Ok(valid)
    }

    async fn load_session(&self, hash: TokenHash) -> Result<Arc<Cached>> {
        let (ticket, checked) = (self.inner.sessions.ticket(), self.monotonic_ms());
        let row = store::authenticate(self.db().reader(), self.db().engine(), &hash).await?.ok_or_else(ended)?;
        let live = row.revoked_ms.is_none() && row.expires_ms > self.clock().now_ms();
        if !live || AccountStatus::from_code(row.status) != AccountStatus::Active {
            return Err(ended());
        }
        let (user_id, session_id) = (UserId(row.user_id), SessionId(row.id));
        let role = InstanceRole::from_code(row.instance_role);
        let caller = match AccountKind::from_code(row.kind) {
            AccountKind::Person => Caller::session(user_id, session_id, role),
            AccountKind::Bot => Caller::bot(user_id, session_id, role),
            AccountKind::System => return Err(ended()),
        };
        let session = Arc::new(Cached {
            caller,
            user_id,
            access_version: row.access_version,
            absolute_ms: row.absolute_ms,
            expires_ms: AtomicI64::new(row.expires_ms),
            last_seen_ms: AtomicI64::new(row.last_seen_ms),
            checked_ms: AtomicU64::new(checked),
        });
        self.inner.sessions.put(ticket, hash, session.clone());
        Ok(session)
    }

    /// Writes last use and the renewed end down, once a minute, relaxed.
    fn note_use(&self, session: &Cached, now_ms: i64) {
        let seen = session.last_seen_ms.load(Ordering::Relaxed);
        if now_ms.saturating_sub(seen) < SEEN_EVERY_MS {
            return;
        }
        if session.last_seen_ms.compare_exchange(seen, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let Some(id) = session.caller.session_id() else { return };
        let sliding_ms = i64::try_from(self.options().session_sliding.as_millis()).unwrap_or(i64::MAX);
        let expires_ms = now_ms.saturating_add(sliding_ms).min(session.absolute_ms);
        session.expires_ms.store(expires_ms, Ordering::Relaxed);
        let key = RelaxedKey { kind: "session_seen", a: id.0, b: 0 };
        self.journal().relaxed_change(key, store::Seen { id, last_seen_ms: now_ms, expires_ms });
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.clock().monotonic().as_millis()).unwrap_or(u64::MAX)
    }
}

fn ended() -> Error {
    Error::of(ErrorCode::SessionExpired)
}
