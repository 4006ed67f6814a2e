//! Changing one's own profile.

use super::{account_view, check, folded, store, view};
use crate::{
    AdminAccess, Auth,
    names::{Account, Names},
};
use plexichat_audit::{Action, Record};
use plexichat_database::{Tx, entity::user};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_keys::names::NameSealer;
use plexichat_model::{
    ErrorCode, Event, JournalKey,
    user::{AccountPatch, AccountView},
};
use sea_orm::ActiveValue::Set;

impl Auth {
    /// Changes the caller's own account. `if_match` is the profile's version the change is based on.
    pub async fn update_me(&self, caller: &Caller, patch: AccountPatch, if_match: Option<i64>) -> Result<AccountView> {
        let access = self.admin(caller).await?;
        let handle = patch.handle.as_deref().map(check::handle).transpose()?;
        let display_name = patch.display_name.as_deref().map(check::display_name).transpose()?;
        let email = match patch.email.as_deref().map(check::email).transpose()? {
            None => Email::Stays,
            Some(None) => Email::Removed,
            Some(Some(address)) => Email::Is(address),
        };
        let record = self.audit().record(caller, Action::AccountUpdated).await?.on("account", access.user_id());
        let (names, sealer) = (self.names().clone(), self.names().sealer().await?);
        let change = Update { record, access, names, sealer, handle, display_name, email, if_match };
        Ok(self.journal().commit(change).await?.output)
    }
}

/// What becomes of the address.
enum Email {
    Stays,
    Removed,
    Is(String),
}

/// A checked patch of the account of `access`.
struct Update {
    record: Record,
    access: AdminAccess,
    names: Names,
    sealer: NameSealer,
    handle: Option<String>,
    display_name: Option<String>,
    email: Email,
    if_match: Option<i64>,
}

#[async_trait::async_trait]
impl Change for Update {
    type Output = AccountView;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::INSTANCE), Touch::one(JournalKey::user(self.access.user_id()))]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<AccountView>> {
        let id = self.access.user_id();
        let own = JournalKey::user(id);
        let before = self.names.account(store::find(tx, id).await?).await?;
        let before = before.ok_or_else(|| Error::of(ErrorCode::SessionExpired))?.into_row();
        Error::check_version(self.if_match, before.version)?;
        let mut row = before.clone();
        if let Some(handle) = &self.handle {
            row.handle_folded = folded(handle);
            row.handle.clone_from(handle);
        }
        if let Some(name) = &self.display_name {
            row.display_folded = folded(name);
            row.display_name.clone_from(name);
        }
        match &self.email {
            Email::Stays => {}
            Email::Removed => (row.email, row.email_folded) = (None, None),
            Email::Is(address) => (row.email, row.email_folded) = (Some(address.clone()), Some(folded(address))),
        }
        row.version = granted.version(JournalKey::INSTANCE, 0);
        row.account_version = granted.version(own, 0);
        let sealed = self.sealer.seal(tx, row.clone()).await?;
        store::check_free(tx, &sealed.handle_folded, sealed.email_folded.as_deref(), Some(id)).await?;
        store::update(tx, changed(sealed)).await?;
        let row = Account::made(row);
        let record = self.record.clone().sealed_change("handle", before.handle, row.handle.clone());
        let record = record.sealed_change("display_name", before.display_name, row.display_name.clone());
        record.sealed_change("email", before.email, row.email.clone()).write(tx).await?;
        let events = vec![
            granted.event(JournalKey::INSTANCE, 0, Event::UserUpdated { user: view(&row) }),
            granted.event(own, 0, Event::AccountUpdated {}),
        ];
        Ok(Applied { output: account_view(&row), events })
    }
}

/// The columns of a row whose names are sealed.
fn changed(row: user::Model) -> user::ActiveModel {
    user::ActiveModel {
        id: Set(row.id),
        handle: Set(row.handle),
        handle_folded: Set(row.handle_folded),
        display_name: Set(row.display_name),
        display_folded: Set(row.display_folded),
        email: Set(row.email),
        email_folded: Set(row.email_folded),
        sealed: Set(row.sealed),
        version: Set(row.version),
        account_version: Set(row.account_version),
        ..Default::default()
    }
}
