//! Changing a password: with the present one, or with a link an administrator hands over.
//!
//! Either way the new password and the end of the other sessions are one change: there is no moment in which the old
//! ones still work. A link is stored hashed and works once. Not here: how strong a password must be (`passwords`).

use super::{Purpose, make, store};
use crate::{
    AdminAccess, Auth, accounts,
    passwords::PasswordHash,
    sessions::{self, Ended, Which, hash_of, store::Grant},
    throttle::{Attempt, Kind},
};
use plexichat_audit::{Action, Record};
use plexichat_database::Tx;
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ErrorCode, Event, JournalKey, Permission, UserId,
    auth::{OneTimeLink, PasswordChange, PasswordReset},
    permission::InstanceRole,
    user::{AccountKind, AccountStatus},
};

impl Auth {
    /// A link with which somebody chooses a new password; earlier ones of theirs stop working.
    pub async fn create_password_link(&self, caller: &Caller, user_id: UserId) -> Result<OneTimeLink> {
        let admin = self.admin(caller).await?.require(Permission::ManageAccounts)?;
        let target = accounts::store::find(self.db().reader(), user_id).await?;
        let target = target.ok_or_else(|| Error::not_found("account", user_id))?;
        if target.kind != AccountKind::Person.code() {
            return Err(Error::forbidden("only people have passwords"));
        }
        if !admin.may_name(InstanceRole::from_code(target.instance_role)) {
            return Err(Error::forbidden("only an owner of the instance may make a password link for an owner"));
        }
        self.password_link(caller, Some(admin), user_id).await
    }

    /// The link of an account made in this moment, or one asked for on the server's own command line.
    pub(crate) async fn password_link(
        &self,
        caller: &Caller,
        admin: Option<AdminAccess>,
        user_id: UserId,
    ) -> Result<OneTimeLink> {
        let (row, link) = make(Purpose::Password, user_id.0, self.clock().now_ms(), self.options().reset_link)?;
        let by = admin.as_ref().map(|admin| admin.user_id().0);
        let record = self.audit().record(caller, Action::PasswordLinkCreated).await?.on("account", user_id);
        self.journal().commit(record.along(Store { row, admin, withdraw: true })).await?;
        tracing::info!(target: "audit", ?by, account = %user_id, "password link made");
        Ok(link)
    }

    /// Changes the caller's own password and ends all their other sessions.
    pub async fn change_password(&self, caller: &Caller, input: PasswordChange) -> Result<()> {
        let user_id = caller.account()?;
        let own = caller.session_id().ok_or_else(|| Error::of(ErrorCode::Unauthenticated))?;
        let row = self.account(user_id).await?.ok_or_else(|| Error::of(ErrorCode::SessionExpired))?;
        let attempt = Attempt::new(Kind::PasswordChange, &user_id.to_string(), caller.address());
        self.admit(&attempt).await?;
        let verdict = self.inner.passwords.verify(&input.current, row.password_hash.as_deref()).await;
        if !verdict.map_err(|e| e.with_field("current"))?.matches {
            self.audit().count("password.refused", caller);
            self.failed(attempt).await?;
            return Err(Error::new(ErrorCode::InvalidCredentials, "the present password is wrong").with_field("current"));
        }
        self.succeeded(attempt).await?;
        if input.new == input.current {
            return Err(Error::new(ErrorCode::PasswordTooWeak, "the new password is the present one").with_field("new"));
        }
        let names = [row.handle.as_str(), &row.display_name, row.email.as_deref().unwrap_or_default()];
        let hash = self.hash_new_password(&input.new, &names).await.map_err(|e| relocate(e, "new"))?;
        let record = self.audit().record(caller, Action::PasswordChanged).await?.on("account", user_id);
        self.replace_password(record, user_id, hash, Which::AllBut(own), Right::Present(row.into_row().password_hash)).await
    }

    /// Chooses a new password with the code of a link, and ends all sessions of the account.
    pub async fn reset_password(&self, caller: &Caller, input: PasswordReset) -> Result<()> {
        let invalid = || Error::of(ErrorCode::ResetLinkInvalid);
        let code = hash_of(&input.code).ok_or_else(invalid)?;
        let now_ms = self.clock().now_ms();
        let found = store::find(self.db().reader(), &code, Purpose::Password, now_ms).await?;
        if found.is_none() {
            self.audit().count("password_link.refused", caller);
        }
        let row = found.ok_or_else(invalid)?;
        let user_id = UserId(row.user_id);
        let account = self.account(user_id).await?.ok_or_else(invalid)?;
        let names = [account.handle.as_str(), &account.display_name, account.email.as_deref().unwrap_or_default()];
        let hash = self.hash_new_password(&input.password, &names).await?;
        let record = self.audit().record_as(caller, user_id, Action::PasswordReset).await?.on("account", user_id);
        self.replace_password(record, user_id, hash, Which::All, Right::Code(code)).await?;
        // Who owns the account again starts with a clean slate from where they are.
        let login = self.names().attempt(&account.handle_folded).await?;
        self.succeeded(Attempt::new(Kind::Login, &login, caller.address())).await
    }

    async fn replace_password(
        &self,
        record: Record,
        user_id: UserId,
        hash: PasswordHash,
        which: Which,
        right: Right,
    ) -> Result<()> {
        let ended = self
            .with_session_count(user_id, which, |ending| {
                let record = record.clone().with("sessions_ended", ending);
                Some(record.along(Replace { user_id, hash: hash.clone(), which, right: right.clone(), ending }))
            })
            .await?
            .unwrap_or_default();
        self.inner.sessions.remove(&ended);
        tracing::info!(target: "audit", account = %user_id, ended = ended.len(), "password changed");
        Ok(())
    }
}

/// A refusal of the password at the field where this request has it.
fn relocate(error: Error, field: &str) -> Error {
    if error.field() == Some("password") { error.with_field(field) } else { error }
}

/// By what right a password is replaced.
#[derive(Clone, Debug)]
enum Right {
    /// The present one was shown; this is its hash.
    Present(Option<String>),
    /// A code was shown; this is its hash.
    Code([u8; 32]),
}

struct Replace {
    user_id: UserId,
    hash: PasswordHash,
    which: Which,
    right: Right,
    ending: u32,
}

#[async_trait::async_trait]
impl Change for Replace {
    type Output = Vec<[u8; 32]>;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::many(JournalKey::user(self.user_id), 1 + self.ending).access()]
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<Self::Output>> {
        let account = accounts::store::find(tx, self.user_id).await?.ok_or_else(|| Error::of(ErrorCode::SessionExpired))?;
        match &self.right {
            Right::Present(stored) if account.password_hash != *stored => {
                return Err(Error::of(ErrorCode::InvalidCredentials));
            }
            Right::Code(code) if !store::consume(tx, code, Purpose::Password, granted.now_ms).await? => {
                return Err(Error::of(ErrorCode::ResetLinkInvalid));
            }
            _ => {}
        }
        if AccountStatus::from_code(account.status) != AccountStatus::Active {
            return Err(Error::of(ErrorCode::AccountSuspended));
        }
        store::withdraw(tx, Purpose::Password, self.user_id).await?;
        sessions::store::set_password(tx, self.user_id, &self.hash).await?;
        let key = JournalKey::user(self.user_id);
        let grant = Grant { granted, key, first: 1, most: self.ending };
        let Ended { mut events, tokens } = sessions::store::end(tx, self.user_id, self.which, &grant).await?;
        events.insert(0, granted.event(key, 0, Event::AccountUpdated {}));
        Ok(Applied { output: tokens, events })
    }
}

/// Stores a code.
pub(super) struct Store {
    pub(super) row: store::Row,
    pub(super) admin: Option<AdminAccess>,
    /// Whether earlier codes of the same purpose and person stop working.
    pub(super) withdraw: bool,
}

#[async_trait::async_trait]
impl Change for Store {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.admin.as_ref().map(AdminAccess::stamps).unwrap_or_default()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        match &self.admin {
            Some(admin) => admin.recheck(tx).await,
            None => Ok(()),
        }
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        if self.withdraw {
            store::withdraw(tx, Purpose::Password, UserId(self.row.user_id)).await?;
        }
        store::insert(tx, self.row.clone()).await?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}
