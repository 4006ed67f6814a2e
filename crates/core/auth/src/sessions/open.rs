//! A new session.
//!
//! The token leaves the process once, in [`OpenedSession`]; only its hash is stored. The bound on sessions of an account
//! is kept in the same transaction: the one unused for longest makes room. Not here: proving who somebody is (`login`).

use super::{
    revoke::Which,
    store::{self, Grant},
    token, view,
};
use crate::{
    Auth, Proof,
    accounts::{self, account_view},
    names::{Account, Session},
    provider::PasswordProof,
};
use plexichat_audit::Action;
use plexichat_database::{
    Tx,
    entity::{session, user},
};
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::{Caller, Error, Result, random};
use plexichat_keys::names::NameSealer;
use plexichat_model::{
    ErrorCode, Event, JournalKey, SessionId, UserId,
    auth::{SignedIn, TokenTransport},
    user::AccountStatus,
};

/// Longest name of a device.
const DEVICE_CHARS: usize = 120;

/// How a session begins.
#[derive(Clone, Debug, Default)]
pub struct NewSession {
    /// How the token is kept.
    pub transport: TokenTransport,
    /// What the list of sessions shows.
    pub device_name: Option<String>,
}

impl NewSession {
    pub(crate) fn check(&self) -> Result<()> {
        match &self.device_name {
            Some(name) if name.chars().count() > DEVICE_CHARS || name.chars().any(char::is_control) => Err(Error::invalid(
                "device_name",
                format!("the name of a device has at most {DEVICE_CHARS} characters, none of them a control character"),
            )),
            _ => Ok(()),
        }
    }
}

/// A session with its token, which nobody can show again.
#[derive(Clone)]
pub struct OpenedSession {
    /// What the client is answered; holds the token for `bearer` only.
    pub signed_in: SignedIn,
    /// The token; the value of the cookie for `cookie`.
    pub token: String,
    /// How it is kept.
    pub transport: TokenTransport,
}

impl std::fmt::Debug for OpenedSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedSession").field("session", &self.signed_in.session.id).finish_non_exhaustive()
    }
}

impl OpenedSession {
    pub(super) fn new(user: &Account, row: &Session, token: String) -> Self {
        let transport =
            if row.transport == transport_code(TokenTransport::Bearer) { TokenTransport::Bearer } else { TokenTransport::Cookie };
        let signed_in = SignedIn {
            account: account_view(user),
            session: view(row, Some(SessionId(row.id))),
            token: matches!(transport, TokenTransport::Bearer).then(|| token.clone()),
        };
        Self { signed_in, token, transport }
    }
}

const fn transport_code(transport: TokenTransport) -> i16 {
    match transport {
        TokenTransport::Cookie => 0,
        TokenTransport::Bearer => 1,
    }
}

impl Auth {
    /// Begins a session of somebody whose right to it is proven otherwise: by set-up or an accepted invitation.
    pub async fn open_session(&self, caller: &Caller, user_id: UserId, session: NewSession) -> Result<OpenedSession> {
        session.check()?;
        self.open_proven(caller, Proof::of(user_id), session).await
    }

    pub(crate) async fn open_proven(&self, caller: &Caller, proof: Proof, session: NewSession) -> Result<OpenedSession> {
        let options = self.options();
        let millis = |d: std::time::Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        let token = random::token();
        let token_hash = token::hash_of(&token).ok_or_else(|| Error::internal("a token without the form of one"))?;
        let now_ms = self.clock().now_ms();
        let absolute_ms = now_ms.saturating_add(millis(options.session_absolute));
        let live = store::live_count(self.db().reader(), proof.user_id, now_ms).await?;
        let most = u64::from(options.max_sessions.max(1));
        let open = Open {
            row: session::Model {
                id: self.journal().ids().next()?,
                user_id: proof.user_id.0,
                token_hash: token_hash.to_vec(),
                device_name: session.device_name.unwrap_or_else(|| "unknown device".to_owned()),
                transport: transport_code(session.transport),
                created_ms: now_ms,
                last_seen_ms: now_ms,
                expires_ms: now_ms.saturating_add(millis(options.session_sliding)).min(absolute_ms),
                absolute_ms,
                revoked_ms: None,
                version: 0,
                sealed: None,
            },
            sealer: self.names().sealer().await?,
            password: proof.password,
            most,
            // Those above the bound, and this one; never more versions than a page.
            ending: u32::try_from((live + 1).saturating_sub(most).min(200)).unwrap_or(0),
        };
        let record = self.audit().record_as(caller, open.user_id(), Action::SessionOpened).await?;
        let record = record.on("session", open.row.id).sealed("device", open.row.device_name.clone());
        let (user, row, ended) = self.journal().commit(record.along(open)).await?.output;
        self.inner.sessions.remove(&ended);
        tracing::info!(account = user.id, session = row.id, address = ?caller.address(), "session opened");
        let user =
            self.names().account(Some(user)).await?.ok_or_else(|| Error::internal("an account was opened, and is none"))?;
        Ok(OpenedSession::new(&user, &Session::made(row), token))
    }
}

struct Open {
    /// With the name of the device open.
    row: session::Model,
    sealer: NameSealer,
    password: Option<PasswordProof>,
    most: u64,
    ending: u32,
}

impl Open {
    fn user_id(&self) -> UserId {
        UserId(self.row.user_id)
    }
}

#[async_trait::async_trait]
impl Change for Open {
    /// The account sealed, the session open.
    type Output = (user::Model, session::Model, Vec<[u8; 32]>);

    fn touches(&self) -> Vec<Touch> {
        let touch = Touch::many(JournalKey::user(self.user_id()), 1 + self.ending);
        vec![if self.ending > 0 { touch.access() } else { touch }]
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<Self::Output>> {
        let key = JournalKey::user(self.user_id());
        let user = accounts::store::find(tx, self.user_id()).await?.ok_or_else(|| Error::of(ErrorCode::InvalidCredentials))?;
        match AccountStatus::from_code(user.status) {
            AccountStatus::Active => {}
            AccountStatus::Suspended => return Err(Error::of(ErrorCode::AccountSuspended)),
            AccountStatus::Deactivated => {
                return Err(Error::new(ErrorCode::AccountSuspended, "this account was deactivated; ask an administrator"));
            }
        }
        if let Some(proof) = &self.password {
            // The password may have been changed since it was checked: then nothing is proven any more.
            if user.password_hash.as_deref() != Some(proof.stored.as_str()) {
                return Err(Error::of(ErrorCode::InvalidCredentials));
            }
            if let Some(upgrade) = &proof.upgrade {
                store::set_password(tx, self.user_id(), upgrade).await?;
            }
        }
        let mut events = vec![granted.event(key, 0, Event::AccountUpdated {})];
        let mut ended = Vec::new();
        if self.ending > 0 {
            let grant = Grant { granted, key, first: 1, most: self.ending };
            let oldest = Which::OldestBeyond(self.most.saturating_sub(1));
            let result = store::end(tx, self.user_id(), oldest, &grant).await?;
            events.extend(result.events);
            ended = result.tokens;
        }
        let row = session::Model { version: granted.version(key, 0), ..self.row.clone() };
        store::insert(tx, self.sealer.seal(tx, row.clone()).await?).await?;
        Ok(Applied { output: (user, row, ended), events })
    }
}
