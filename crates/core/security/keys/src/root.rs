//! The root key: opened at the start by a vault, proven by a known text, made once.

use crate::{
    ring::{Kind, Scope, id_of, place},
    store::{self, NewKey},
    vault::KeyVault,
};
use plexichat_database::Db;
use plexichat_events::Journal;
use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Key, KeyId, column};
use std::sync::atomic::{AtomicBool, Ordering};

/// What the proof of a root key seals.
pub(crate) const PROOF: &[u8] = b"plexichat root key";

/// The opened root key.
pub(crate) struct Root {
    pub(crate) version: i32,
    vault: String,
    /// What was stored before there were keys may still be open.
    has_open_rows: AtomicBool,
    id: KeyId,
    key: Key,
}

/// How the root key stands, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootStatus {
    /// Its version; it rises with each rotation.
    pub version: i32,
    /// The vault that opened it.
    pub vault: String,
}

impl Root {
    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn has_open_rows(&self) -> bool {
        self.has_open_rows.load(Ordering::Relaxed)
    }

    pub(crate) async fn all_is_sealed(&self, journal: &Journal) -> Result<()> {
        let id = self.id.get();
        journal.write(move |tx| Box::pin(store::set_state(tx, id, store::IN_USE))).await?;
        self.has_open_rows.store(false, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn status(&self) -> RootStatus {
        RootStatus { version: self.version, vault: self.vault.clone() }
    }
}

/// What binds a root key to its version while a vault holds it.
pub(crate) fn label(version: i32) -> Vec<u8> {
    format!("plexichat root key {version}").into_bytes()
}

/// Opens the root key, or makes the first one.
pub(crate) async fn open(journal: &Journal, vault: &dyn KeyVault) -> Result<Root> {
    let reader = journal.db().reader();
    if let Some(root) = find(journal.db(), vault).await? {
        return Ok(root);
    }
    if store::has_keys(reader).await? {
        let text = "the database has sealed keys, but not the root key that opens them; restore table root_seals from a backup";
        return Err(Error::unavailable(text));
    }
    match make(journal, vault).await {
        Ok(root) => Ok(root),
        // Another node has made it in this moment; this one opens it, or says that it cannot.
        Err(error) => match find(journal.db(), vault).await? {
            Some(root) => Ok(root),
            None => Err(error),
        },
    }
}

/// Opens the root key that there is; `None` before the first start.
pub(crate) async fn find(db: &Db, vault: &dyn KeyVault) -> Result<Option<Root>> {
    let reader = db.reader();
    let seals = store::root_seals(reader).await?;
    let Some(newest) = seals.first() else { return Ok(None) };
    let version = newest.version;
    let Some(seal) = seals.iter().find(|seal| seal.vault == vault.name()) else {
        let names: Vec<&str> = seals.iter().map(|seal| seal.vault.as_str()).collect();
        let text = format!(
            "the root key of this database is kept by the vault `{}`, and keys.vault says `{}`; set it back",
            names.join("`, `"),
            vault.name()
        );
        return Err(Error::unavailable(text));
    };
    let opened = vault.open(&label(version), &seal.sealed).await?;
    let key = Key::try_from(opened.as_slice()).map_err(|_| wrong(vault, "what it holds is no root key"))?;
    let proof = store::newest(reader, Scope { kind: Kind::Root, id: 0, period: version }).await?;
    let proof = proof.ok_or_else(|| Error::unavailable("the proof of the root key is missing; restore table sealing_keys"))?;
    let id = id_of(proof.id)?;
    match column::open(&key, &place(id), &proof.sealed) {
        Ok(text) if text[..] == *PROOF => {
            let has_open_rows = AtomicBool::new(proof.state == store::OPEN_ROWS);
            Ok(Some(Root { version, vault: seal.vault.clone(), has_open_rows, id, key }))
        }
        _ => Err(wrong(vault, "it holds the root key of another instance")),
    }
}

fn wrong(vault: &dyn KeyVault, why: &str) -> Error {
    Error::unavailable(format!("the vault `{}` does not open this database: {why}. {}", vault.name(), vault.remedy()))
}

async fn make(journal: &Journal, vault: &dyn KeyVault) -> Result<Root> {
    let (version, now_ms) = (1, journal.clock().now_ms());
    vault.prepare().await?;
    let key = Key::random();
    let sealed = vault.seal(&label(version), key.expose()).await?;
    let id = id_of(journal.ids().next()?)?;
    let scope = Scope { kind: Kind::Root, id: 0, period: version };
    let proof = NewKey {
        id: id.get(),
        scope,
        version: 1,
        parent_id: 0,
        state: store::OPEN_ROWS,
        sealed: column::seal(&key, id, &place(id), PROOF),
        created_ms: now_ms,
    };
    let name = vault.name().to_owned();
    journal
        .write({
            let name = name.clone();
            move |tx| {
                let (proof, name, sealed) = (proof.clone(), name.clone(), sealed.clone());
                Box::pin(async move {
                    store::insert(tx, proof).await?;
                    store::insert_root_seal(tx, version, name, sealed, now_ms).await
                })
            }
        })
        .await?;
    tracing::info!(vault = name, "a root key was made; keep a copy of what its vault holds apart from the database");
    Ok(Root { version, vault: name, has_open_rows: AtomicBool::new(true), id, key })
}
