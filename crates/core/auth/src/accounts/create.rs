//! New accounts, inside whatever change needs one.

use super::{AccountKind, AccountStatus, check, directory, folded, store, view};
use crate::{Auth, names::Account};
use plexichat_database::{Tx, entity::user};
use plexichat_events::Touch;
use plexichat_kernel::Result;
use plexichat_keys::names::NameSealer;
use plexichat_model::{
    JournalKey, UserId,
    auth::NewAccount,
    permission::InstanceRole,
    user::{NewUser, UserView},
};

/// A checked account with its password hashed, ready to be written by [`insert`].
#[derive(Clone, Debug)]
pub struct PreparedAccount {
    pub(super) id: UserId,
    pub(super) handle: String,
    pub(super) display_name: String,
    pub(super) email: Option<String>,
    pub(super) kind: AccountKind,
    pub(super) instance_role: InstanceRole,
    pub(super) password_hash: Option<crate::passwords::PasswordHash>,
    pub(super) sealer: NameSealer,
}

impl PreparedAccount {
    /// Id it will have.
    pub fn user_id(&self) -> UserId {
        self.id
    }

    /// Handle it will have.
    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// Name it will have.
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// The same with a role on the instance; the owner's at set-up.
    #[must_use]
    pub fn with_instance_role(mut self, role: InstanceRole) -> Self {
        self.instance_role = role;
        self
    }

    /// The journals its creation advances: one version of the instance's, the first one of its own. A change that
    /// takes more versions of the person's journal lists the journal once, with `create()` and the sum.
    pub fn touches(&self) -> [Touch; 2] {
        [Touch::one(JournalKey::INSTANCE), Touch::one(JournalKey::user(self.id)).access().create()]
    }
}

/// Writes the account. `version` is of the instance journal, for `Event::UserUpdated`; `account_version` of the
/// person's own, for `Event::AccountUpdated`. [`NameTaken`](plexichat_model::ErrorCode::NameTaken) names the field.
pub async fn insert(tx: &Tx, account: &PreparedAccount, version: i64, account_version: i64, now_ms: i64) -> Result<UserView> {
    let row = user::Model {
        id: account.id.0,
        handle_folded: folded(&account.handle),
        handle: account.handle.clone(),
        display_folded: folded(&account.display_name),
        display_name: account.display_name.clone(),
        email_folded: account.email.as_deref().map(folded),
        email: account.email.clone(),
        kind: account.kind.code(),
        status: AccountStatus::Active.code(),
        instance_role: account.instance_role.code(),
        password_hash: account.password_hash.as_ref().map(|hash| hash.as_str().to_owned()),
        created_ms: now_ms,
        version,
        account_version,
        sealed: None,
    };
    let row = Account::made(row);
    let view = view(&row);
    store::insert(tx, account.sealer.seal(tx, row.into_row()).await?).await?;
    Ok(view)
}

impl Auth {
    /// Checks a new account and hashes its password, off the async threads and before any transaction.
    /// Check the code or the invitation that permits it first: hashing is expensive.
    pub async fn prepare_account(&self, account: &NewAccount) -> Result<PreparedAccount> {
        let mut prepared =
            self.checked(&account.handle, &account.display_name, account.email.as_deref(), AccountKind::Person).await?;
        self.check_free(&prepared).await?;
        let names = [prepared.handle.as_str(), &prepared.display_name, prepared.email.as_deref().unwrap_or_default()];
        prepared.password_hash = Some(self.hash_new_password(&account.password, &names).await?);
        Ok(prepared)
    }

    /// Checks a new account that gets its password by a link.
    pub(super) async fn prepare_user(&self, user: &NewUser) -> Result<PreparedAccount> {
        let prepared = self.checked(&user.handle, &user.display_name, user.email.as_deref(), AccountKind::Person).await?;
        self.check_free(&prepared).await?;
        Ok(prepared.with_instance_role(user.instance_role.unwrap_or(InstanceRole::Member)))
    }

    /// Refuses a name that is taken, and an account too many.
    async fn check_free(&self, account: &PreparedAccount) -> Result<()> {
        directory::check_room(self.directory().await?.len())?;
        let handle = self.names().handle_index(&account.handle).await?;
        let email = match &account.email {
            Some(address) => Some(self.names().email_index(address).await?),
            None => None,
        };
        store::check_free(self.db().reader(), &handle, email.as_deref(), None).await
    }

    async fn checked(&self, handle: &str, display_name: &str, email: Option<&str>, kind: AccountKind) -> Result<PreparedAccount> {
        Ok(PreparedAccount {
            id: UserId(self.journal().ids().next()?),
            handle: check::handle(handle)?,
            display_name: check::display_name(display_name)?,
            email: check::email(email.unwrap_or_default())?,
            kind,
            instance_role: InstanceRole::Member,
            password_hash: None,
            sealer: self.names().sealer().await?,
        })
    }
}
