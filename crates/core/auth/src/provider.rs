//! Ways to prove who one is.
//!
//! A provider looks at [`Credentials`] and either proves an account ([`Proof`]) or not; it never says why not.
//! Passwords are the first; single sign-on, passkeys and hardware keys join here. What happens around it
//! (throttling, status of the account, the session) is `login.rs` and the same for all.

use crate::{
    accounts,
    names::Names,
    passwords::{PasswordHash, Passwords},
};
use plexichat_database::Db;
use plexichat_kernel::Result;
use plexichat_model::{UserId, user::AccountKind};

/// What somebody shows.
#[derive(Clone)]
pub enum Credentials {
    /// A handle or an e-mail address, folded, and a password.
    Password {
        /// Handle or address.
        login: String,
        /// Password, at most 1024 bytes.
        password: String,
    },
    /// A statement of somebody else, for instance an identity provider's, in the form that provider reads.
    Assertion {
        /// Name of the provider it is for.
        provider: String,
        /// The statement.
        statement: String,
    },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Password { .. } => f.write_str("Credentials::Password"),
            Self::Assertion { provider, .. } => write!(f, "Credentials::Assertion({provider})"),
        }
    }
}

/// Proof of an account.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Whose.
    pub user_id: UserId,
    /// What must still hold when the session begins.
    pub(crate) password: Option<PasswordProof>,
}

impl Proof {
    /// Proof of this account by other means than a password.
    pub fn of(user_id: UserId) -> Self {
        Self { user_id, password: None }
    }
}

/// The password hash a proof rests on, and its replacement when it is of an outdated cost.
#[derive(Clone, Debug)]
pub(crate) struct PasswordProof {
    pub(crate) stored: String,
    pub(crate) upgrade: Option<PasswordHash>,
}

/// One way to prove who one is.
#[async_trait::async_trait]
pub trait AuthenticationProvider: Send + Sync + 'static {
    /// Name in logs and settings.
    fn name(&self) -> &'static str;

    /// The account these credentials prove, if any. Must take as long for an unknown account as for a wrong secret.
    async fn authenticate(&self, credentials: &Credentials) -> Result<Option<Proof>>;
}

/// Passwords of accounts.
#[derive(Debug)]
pub struct PasswordProvider {
    db: Db,
    names: Names,
    passwords: Passwords,
}

impl PasswordProvider {
    /// Over the accounts of this database.
    pub(crate) fn new(db: Db, names: Names, passwords: Passwords) -> Self {
        Self { db, names, passwords }
    }
}

#[async_trait::async_trait]
impl AuthenticationProvider for PasswordProvider {
    fn name(&self) -> &'static str {
        "password"
    }

    async fn authenticate(&self, credentials: &Credentials) -> Result<Option<Proof>> {
        let Credentials::Password { login, password } = credentials else { return Ok(None) };
        // No name is opened before a password is proven, so an account takes as long as none.
        let wanted = self.names.login(login).await?;
        let account = accounts::store::find_login(self.db.reader(), &wanted).await?;
        let account = account.filter(|row| row.kind == AccountKind::Person.code());
        let stored = account.as_ref().and_then(|row| row.password_hash.as_deref());
        let verdict = self.passwords.verify(password, stored).await?;
        let (Some(account), true) = (account, verdict.matches) else { return Ok(None) };
        let upgrade = if verdict.outdated { Some(self.passwords.hash(password).await?) } else { None };
        let password = account.password_hash.map(|stored| PasswordProof { stored, upgrade });
        Ok(Some(Proof { user_id: UserId(account.id), password }))
    }
}
