//! What administrators do with accounts: create, suspend, deactivate, name admins and owners.
//!
//! Suspending and deactivating end all sessions in the same commit; messages and memberships stay. The last
//! active owner of the instance can be neither demoted nor locked out. Only owners act on owners.

use super::{AccountKind, AccountStatus, PreparedAccount, insert, store, view};
use crate::{
    AdminAccess, Auth,
    names::{Account, Names},
    sessions::{self, Which, store::Grant},
};
use plexichat_audit::{Action, Record, Subject};
use plexichat_database::{Tx, entity::user};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result, caller::SYSTEM_ACCOUNT};
use plexichat_keys::Keys;
use plexichat_model::{
    ErrorCode, Event, JournalKey, Permission, UserId,
    auth::OneTimeLink,
    permission::InstanceRole,
    user::{NewUser, UserPatch, UserView},
};
use sea_orm::ActiveValue::Set;

impl Auth {
    /// Creates an account without a password, and the link with which its owner chooses one.
    pub async fn create_user(&self, caller: &Caller, user: NewUser) -> Result<(UserView, OneTimeLink)> {
        let admin = self.admin(caller).await?.require(Permission::ManageAccounts)?;
        if !admin.may_name(user.instance_role.unwrap_or(InstanceRole::Member)) {
            return Err(Error::forbidden("only an owner of the instance may name an owner"));
        }
        let account = self.prepare_user(&user).await?;
        let id = account.user_id();
        let record = self.creation_record(caller, &account).await?;
        let created = self.journal().commit(record.along(Create { admin: Some(admin.clone()), account })).await?.output;
        tracing::info!(target: "audit", by = %admin.user_id(), account = %id, "account created");
        let link = self.password_link(caller, Some(admin), id).await?;
        Ok((created, link))
    }

    /// Changes status or role of an account. `if_match` is the profile's version the change is based on.
    pub async fn update_user(&self, caller: &Caller, id: UserId, patch: UserPatch, if_match: Option<i64>) -> Result<UserView> {
        let admin = self.admin(caller).await?.require(Permission::ManageAccounts)?;
        if id == SYSTEM_ACCOUNT {
            return Err(Error::forbidden("the instance's own account cannot be changed"));
        }
        if store::find(self.db().reader(), id).await?.is_none() {
            return Err(Error::not_found("account", id));
        }
        let ends = patch.status.is_some_and(|status| status != AccountStatus::Active);
        let record = self.audit().record(caller, Action::AccountAdministered).await?.on("account", id);
        let update = |ending: u32| {
            let ending = if ends { ending } else { 0 };
            let record = record.clone().with("sessions_ended", ending);
            let names = self.names().clone();
            Some(Update { record, names, admin: admin.clone(), id, patch: patch.clone(), if_match, ends, ending })
        };
        let changed = self.with_session_count(id, Which::All, update).await?;
        let (user, ended) = changed.ok_or_else(|| Error::not_found("account", id))?;
        self.inner.sessions.remove(&ended);
        // Sessions that go on carry the role in their caller: they are read again.
        let kept = sessions::store::tokens(self.db().reader(), id, self.clock().now_ms()).await?;
        self.inner.sessions.remove(&kept);
        tracing::info!(target: "audit", by = %admin.user_id(), account = %id, ?patch, "account changed by an administrator");
        Ok(user)
    }

    /// The entry of a new account: what is personal is sealed under the new person's own key.
    pub async fn creation_record(&self, caller: &Caller, account: &PreparedAccount) -> Result<Record> {
        let id = account.user_id();
        let actor = caller.account_if_any().unwrap_or(id);
        let record = self.audit().record_as(caller, actor, Action::AccountCreated).await?.on("account", id);
        let person: Subject = self.audit().subject(id).await?;
        let record = record.with("instance_role", serde_json::to_value(account.instance_role).unwrap_or_default());
        let record = record.personal(&person, "handle", account.handle.clone());
        let record = record.personal(&person, "display_name", account.display_name.clone());
        Ok(record.personal(&person, "email", account.email.clone()))
    }

    /// Takes the keys of names, and makes what must exist before anything else: the instance's own account. Called at every
    /// start.
    pub async fn start(&self, keys: &Keys) -> Result<()> {
        self.names().unlock(keys.clone());
        if store::find(self.db().reader(), SYSTEM_ACCOUNT).await?.is_some() {
            return Ok(());
        }
        let account = PreparedAccount {
            id: SYSTEM_ACCOUNT,
            handle: "plexichat".to_owned(),
            display_name: "PlexiChat".to_owned(),
            email: None,
            kind: AccountKind::System,
            instance_role: InstanceRole::Member,
            password_hash: None,
            sealer: self.names().sealer().await?,
        };
        match self.journal().commit(Create { admin: None, account }).await {
            // Another node was first.
            Err(_) if store::find(self.db().reader(), SYSTEM_ACCOUNT).await?.is_some() => Ok(()),
            other => other.map(drop),
        }
    }
}

struct Create {
    /// `None`: the instance itself, at its start.
    admin: Option<AdminAccess>,
    account: PreparedAccount,
}

#[async_trait::async_trait]
impl Change for Create {
    type Output = UserView;

    fn touches(&self) -> Vec<Touch> {
        self.account.touches().to_vec()
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

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<UserView>> {
        let own = JournalKey::user(self.account.id);
        let (version, account_version) = (granted.version(JournalKey::INSTANCE, 0), granted.version(own, 0));
        let user = insert(tx, &self.account, version, account_version, granted.now_ms).await?;
        let events = vec![
            granted.event(JournalKey::INSTANCE, 0, Event::UserUpdated { user: user.clone() }),
            granted.event(own, 0, Event::AccountUpdated {}),
        ];
        Ok(Applied { output: user, events })
    }
}

struct Update {
    record: Record,
    names: Names,
    admin: AdminAccess,
    id: UserId,
    patch: UserPatch,
    if_match: Option<i64>,
    /// Whether the sessions end.
    ends: bool,
    /// How many do.
    ending: u32,
}

impl Update {
    async fn permit(&self, tx: &Tx, row: &user::Model) -> Result<()> {
        let role = InstanceRole::from_code(row.instance_role);
        if !self.admin.may_name(role) || !self.patch.instance_role.is_none_or(|role| self.admin.may_name(role)) {
            return Err(Error::forbidden("only an owner of the instance may name owners or act on one"));
        }
        if row.kind == AccountKind::System.code() {
            return Err(Error::forbidden("the instance's own account cannot be changed"));
        }
        Error::check_version(self.if_match, row.version)?;
        let leaves = self.ends || self.patch.instance_role.is_some_and(|role| role != InstanceRole::Owner);
        let owns = role == InstanceRole::Owner && row.status == AccountStatus::Active.code();
        if leaves && owns && store::other_owners(tx, self.id).await? == 0 {
            return Err(Error::conflict(ErrorCode::LastOwner, "the instance needs at least one owner; name another first"));
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Change for Update {
    type Output = (UserView, Vec<[u8; 32]>);

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::INSTANCE), Touch::many(JournalKey::user(self.id), 1 + self.ending).access()]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.admin.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.admin.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<Self::Output>> {
        let row = self.names.account(store::find(tx, self.id).await?).await?;
        let mut row = row.ok_or_else(|| Error::not_found("account", self.id))?.into_row();
        self.permit(tx, &row).await?;
        let own = JournalKey::user(self.id);
        let (status, role) = (row.status, row.instance_role);
        if let Some(status) = self.patch.status {
            row.status = status.code();
        }
        if let Some(role) = self.patch.instance_role {
            row.instance_role = role.code();
        }
        row.version = granted.version(JournalKey::INSTANCE, 0);
        row.account_version = granted.version(own, 0);
        let change = user::ActiveModel {
            id: Set(row.id),
            status: Set(row.status),
            instance_role: Set(row.instance_role),
            version: Set(row.version),
            account_version: Set(row.account_version),
            ..Default::default()
        };
        store::update(tx, change).await?;
        let word = |code| serde_json::to_value(AccountStatus::from_code(code)).unwrap_or_default();
        let record = self.record.clone().changed("status", word(status), word(row.status));
        let word = |code| serde_json::to_value(InstanceRole::from_code(code)).unwrap_or_default();
        record.changed("instance_role", word(role), word(row.instance_role)).write(tx).await?;
        let row = Account::made(row);
        let mut events = vec![
            granted.event(JournalKey::INSTANCE, 0, Event::UserUpdated { user: view(&row) }),
            granted.event(own, 0, Event::AccountUpdated {}),
        ];
        let mut tokens = Vec::new();
        if self.ends {
            let grant = Grant { granted, key: own, first: 1, most: self.ending };
            let ended = sessions::store::end(tx, self.id, Which::All, &grant).await?;
            events.extend(ended.events);
            tokens = ended.tokens;
        }
        Ok(Applied { output: (view(&row), tokens), events })
    }
}
