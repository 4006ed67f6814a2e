//! What accounts and devices are called, between the database and whoever shows it.
//!
//! Stores read and write rows whose names are sealed (`plexichat_keys::names`). They are opened here and nowhere else: an
//! [`Account`] and a [`Session`] are rows with their names open, and everything that shows one asks for that. What is
//! typed to find somebody is turned into a blind index here. Not here: keys, and what a name may look like (`accounts`).

use crate::accounts;
use arc_swap::ArcSwapOption;
use plexichat_database::entity::{session, user};
use plexichat_kernel::{Error, Result};
use plexichat_keys::{Keys, names::NameSealer};
use std::{ops::Deref, sync::Arc};

/// An account with its names open.
#[derive(Clone, Debug)]
pub(crate) struct Account(user::Model);

impl Account {
    /// A row whose names are open: made here, or opened here and changed.
    pub(crate) fn made(row: user::Model) -> Self {
        Self(row)
    }

    pub(crate) fn into_row(self) -> user::Model {
        self.0
    }
}

impl Deref for Account {
    type Target = user::Model;

    fn deref(&self) -> &user::Model {
        &self.0
    }
}

/// A session with the name of its device open.
#[derive(Clone, Debug)]
pub(crate) struct Session(session::Model);

impl Session {
    /// A row that was made here and is not sealed yet.
    pub(crate) fn made(row: session::Model) -> Self {
        Self(row)
    }
}

impl Deref for Session {
    type Target = session::Model;

    fn deref(&self) -> &session::Model {
        &self.0
    }
}

/// By what an account is looked up: blind indexes.
#[derive(Clone, Debug)]
pub(crate) enum LookUp {
    Handle(String),
    Email(String),
}

/// Opens and seals. Cheap to clone; locked until the keys are handed in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    keys: Arc<ArcSwapOption<Keys>>,
}

impl Names {
    /// Hands the keys in.
    pub(crate) fn unlock(&self, keys: Keys) {
        self.keys.store(Some(Arc::new(keys)));
    }

    fn keys(&self) -> Result<Arc<Keys>> {
        let missing = || Error::unavailable("the names of people are sealed, and this process was given no keys to open them");
        self.keys.load_full().ok_or_else(missing)
    }

    /// What seals the names of people. Not asked for while something is committed.
    pub(crate) async fn sealer(&self) -> Result<NameSealer> {
        self.keys()?.name_sealer(None).await
    }

    pub(crate) async fn accounts(&self, rows: Vec<user::Model>) -> Result<Vec<Account>> {
        Ok(self.keys()?.open_names(rows).await?.into_iter().map(Account).collect())
    }

    pub(crate) async fn account(&self, row: Option<user::Model>) -> Result<Option<Account>> {
        Ok(self.keys()?.open_name(row).await?.map(Account))
    }

    pub(crate) async fn sessions(&self, rows: Vec<session::Model>) -> Result<Vec<Session>> {
        Ok(self.keys()?.open_names(rows).await?.into_iter().map(Session).collect())
    }

    pub(crate) async fn session(&self, row: session::Model) -> Result<Session> {
        let opened = self.sessions(vec![row]).await?.pop();
        opened.ok_or_else(|| Error::internal("one row was given, and none came back"))
    }

    /// The blind index of a folded handle.
    pub(crate) async fn handle_index(&self, folded: &str) -> Result<String> {
        self.keys()?.blind_index().await?.of("users", "handle_folded", 0, folded)
    }

    /// The blind index of an address.
    pub(crate) async fn email_index(&self, address: &str) -> Result<String> {
        self.keys()?.blind_index().await?.of("users", "email_folded", 0, &accounts::folded(address))
    }

    /// What is typed at sign-in: an address when there is an `@` in it, a handle otherwise.
    pub(crate) async fn login(&self, folded: &str) -> Result<LookUp> {
        if folded.contains('@') {
            return self.email_index(folded).await.map(LookUp::Email);
        }
        self.handle_index(folded).await.map(LookUp::Handle)
    }

    /// What stands for somebody among the counters of failed attempts, so that nobody can try out addresses on these.
    pub(crate) async fn attempt(&self, folded: &str) -> Result<String> {
        self.keys()?.blind_index().await?.of("login_attempts", "attempt_key", 0, folded)
    }
}
