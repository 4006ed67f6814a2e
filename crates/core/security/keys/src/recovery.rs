//! The recovery kit: the root key once more, sealed for 24 words on paper or for shares that people keep apart.
//!
//! A kit is an X-Wing identity. Its seed is shown once, as words or as k-of-n shares, and kept nowhere; the database
//! keeps the public half and an envelope that holds the root key, so that a later root key can be sealed for the same kit
//! without asking for it ([`seal_root`]). A kit counts once it was proven: entered again, and found to open the root key that
//! runs. A new kit takes the place of the old one only then.
//!
//! Each row carries a tag under the root key. Whoever can write to the database but has no key cannot put a recipient of
//! his own there, for whom the next root key would be sealed.

mod entered;
mod kit;
mod recover;
mod store;

pub use entered::{Entered, LONGEST_ENTRY};
pub use kit::{Form, Kit, MOST_SHARES, Secret};
pub use recover::{Overview, form, overview, recover};

pub(crate) use recover::with_hint;

use crate::{Keys, root::Roots};
use kit::Row;
use plexichat_database::Tx;
use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use plexichat_sealing::{Identity, Key};
use std::sync::Arc;

/// A kit that was made. Nothing of it is kept before [`KitRow::write`].
#[derive(Debug)]
pub struct NewKit {
    /// What may be known of it.
    pub kit: Kit,
    /// What opens it; to be shown once and forgotten.
    pub secret: Secret,
    /// What is to be written.
    pub row: KitRow,
}

/// The row of a new kit.
#[derive(Clone, Debug)]
pub struct KitRow(Row);

/// A kit that was entered again and opened the root key. It counts after [`ProvenRow::write`].
#[derive(Debug)]
pub struct ProvenKit {
    /// What may be known of it, as it is then.
    pub kit: Kit,
    /// Numbers of shares that were not entered; empty for words.
    pub not_entered: Vec<u8>,
    /// What is to be written.
    pub row: ProvenRow,
}

/// The row of a proven kit.
#[derive(Clone, Debug)]
pub struct ProvenRow(Row);

/// The kits there are: at most one of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kits {
    /// The one that counts.
    pub proven: Option<Kit>,
    /// One that was made and not entered again yet.
    pub waiting: Option<Kit>,
}

impl Kits {
    fn of(kits: impl IntoIterator<Item = Kit>) -> Self {
        let mut found = Self::default();
        for kit in kits {
            let place = if kit.proven_ms.is_some() { &mut found.proven } else { &mut found.waiting };
            *place = Some(kit);
        }
        found
    }
}

impl Keys {
    /// The root key that runs. The only place here that asks for it.
    fn running(&self) -> Arc<Roots> {
        self.roots.load_full()
    }

    /// Makes a kit for the root key that runs.
    pub fn new_kit(&self, form: Form) -> Result<NewKit> {
        let running = self.running();
        let (version, root) = (running.newest().version, running.newest().key());
        let seed = Key::random();
        let (secret, share_set) = Secret::of(&seed, form)?;
        let identity = Identity::from_seed(seed);
        let (id, now_ms) = (self.journal.ids().next()?, self.journal.clock().now_ms());
        let row = kit::new_row(id, form, identity.recipient(), share_set, version, root, now_ms)?;
        Ok(NewKit { kit: Kit::of(&row)?, secret, row: KitRow(row) })
    }

    /// Whether what was entered opens the root key that runs.
    ///
    /// Errors: `invalid` for words or shares of no kit of this server, or wrong ones, which are named; `conflict` when the
    /// root key changed meanwhile.
    pub async fn prove_kit(&self, entered: &Entered) -> Result<ProvenKit> {
        let running = self.running();
        let (version, root) = (running.newest().version, running.newest().key());
        let rows = self.own_rows().await?;
        if rows.is_empty() {
            return Err(Error::conflict(ErrorCode::Conflict, "there is no recovery kit yet; make one first"));
        }
        let opened = entered.open(&rows)?;
        if let Some(wrong) = opened.wrong.first() {
            return Err(kit::refused(&format!("share {wrong} is not what was handed out; the others are right")));
        }
        if opened.row.root_version != version {
            return Err(changed());
        }
        if kit::root_of(&opened.identity, opened.row)? != *root {
            return Err(Error::internal("the envelope of the recovery kit holds another key than the one that runs"));
        }
        let mut row = opened.row.clone();
        row.proven_ms = Some(self.journal.clock().now_ms());
        row.tag = kit::tag(root, &row);
        Ok(ProvenKit { kit: Kit::of(&row)?, not_entered: opened.not_entered, row: ProvenRow(row) })
    }

    /// The kits that this server made.
    pub async fn kits(&self) -> Result<Kits> {
        let kits = self.own_rows().await?.iter().map(Kit::of).collect::<Result<Vec<_>>>()?;
        Ok(Kits::of(kits))
    }

    /// Forgets a kit. What it opened before, in older copies of the database, it opens still.
    pub async fn remove_kit(&self, tx: &Tx, id: i64) -> Result<()> {
        if store::remove(tx, id).await? { Ok(()) } else { Err(Error::not_found("recovery kit", id)) }
    }

    async fn own_rows(&self) -> Result<Vec<Row>> {
        let rows = store::all(self.journal.db().reader()).await?;
        Ok(kit::own(self.running().newest().key(), rows))
    }
}

impl KitRow {
    /// Writes it in the place of another that was never proven.
    pub async fn write(&self, tx: &Tx) -> Result<()> {
        if store::newest_root(tx).await? != Some(self.0.root_version) {
            return Err(changed());
        }
        store::remove_waiting(tx).await?;
        store::insert(tx, self.0.clone()).await
    }
}

impl ProvenRow {
    /// Writes that it is proven, and removes the kits whose place it takes.
    pub async fn write(&self, tx: &Tx) -> Result<()> {
        if !store::put_proven(tx, &self.0).await? {
            return Err(changed());
        }
        store::remove_others(tx, self.0.id).await
    }
}

/// Seals a new root key for the kits of the old one, in the transaction that makes it the root key. Rows that are not this
/// server's own are removed.
pub async fn seal_root(tx: &Tx, old: &Key, version: i32, new: &Key) -> Result<()> {
    let rows = store::all(tx).await?;
    let all: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let own = kit::own(old, rows);
    for id in all.into_iter().filter(|id| own.iter().all(|row| row.id != *id)) {
        store::remove(tx, id).await?;
    }
    for row in own {
        let tag = row.tag.clone();
        if !store::put_sealed(tx, &kit::sealed_again(row, version, new)?, &tag).await? {
            return Err(changed());
        }
    }
    Ok(())
}

fn changed() -> Error {
    Error::conflict(ErrorCode::Conflict, "the root key or the kit was changed meanwhile; make a new recovery kit, or try again")
}
