//! The link with which the instance gets its owner. Never "first visitor is admin".

use super::{Purpose, make, store};
use crate::{Auth, sessions::hash_of};
use plexichat_audit::Action;
use plexichat_database::Tx;
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{ErrorCode, auth::OneTimeLink};

/// A set-up code that could be used when it was looked at. [`consume`](Self::consume) it in the change that sets
/// the instance up.
#[derive(Clone)]
pub struct SetupCode {
    hash: [u8; 32],
}

impl std::fmt::Debug for SetupCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetupCode(…)")
    }
}

impl SetupCode {
    /// Uses the code up and notes that the instance is set up. Refuses when somebody else was first.
    pub async fn consume(&self, tx: &Tx, now_ms: i64) -> Result<()> {
        if !store::set_up(tx).await? {
            return Err(Error::of(ErrorCode::AlreadySetUp));
        }
        if !store::consume(tx, &self.hash, Purpose::Setup, now_ms).await? {
            return Err(Error::of(ErrorCode::SetupLinkInvalid));
        }
        Ok(())
    }
}

impl Auth {
    /// Whether the instance waits for its owner.
    pub async fn setup_needed(&self) -> Result<bool> {
        store::is_set_up(self.db().reader()).await.map(|done| !done)
    }

    /// A new set-up link while the instance waits for its owner; earlier ones go on working until they expire,
    /// because another node may have shown one.
    pub async fn ensure_setup_code(&self) -> Result<Option<OneTimeLink>> {
        if !self.setup_needed().await? {
            return Ok(None);
        }
        let (row, link) = make(Purpose::Setup, 0, self.clock().now_ms(), self.options().setup_link)?;
        let caller = Caller::system("the instance has no owner");
        let record = self.audit().record(&caller, Action::SetupLinkCreated).await?;
        self.journal().commit(record.along(super::password::Store { row, admin: None, withdraw: false })).await?;
        Ok(Some(link))
    }

    /// Makes all set-up links worthless and gives a new one: `plexichat setup --link`.
    pub async fn renew_setup_code(&self) -> Result<Option<OneTimeLink>> {
        if !self.setup_needed().await? {
            return Ok(None);
        }
        self.journal().commit(WithdrawSetup).await?;
        self.ensure_setup_code().await
    }

    /// Looks at a set-up code before anything expensive is done for it.
    pub async fn check_setup_code(&self, code: &str) -> Result<SetupCode> {
        if !self.setup_needed().await? {
            return Err(Error::of(ErrorCode::AlreadySetUp));
        }
        let invalid = || Error::of(ErrorCode::SetupLinkInvalid);
        let hash = hash_of(code).ok_or_else(invalid)?;
        match store::find(self.db().reader(), &hash, Purpose::Setup, self.clock().now_ms()).await? {
            Some(_) => Ok(SetupCode { hash }),
            // Used up between the two looks by who was faster.
            None if !self.setup_needed().await? => Err(Error::of(ErrorCode::AlreadySetUp)),
            None => Err(invalid()),
        }
    }
}

struct WithdrawSetup;

#[async_trait::async_trait]
impl Change for WithdrawSetup {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        Vec::new()
    }

    async fn apply(&mut self, tx: &Tx, _granted: &Granted) -> Result<Applied<()>> {
        store::withdraw(tx, Purpose::Setup, plexichat_model::UserId(0)).await?;
        Ok(Applied { output: (), events: Vec::new() })
    }
}
