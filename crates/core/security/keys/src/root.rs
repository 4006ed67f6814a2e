//! The root key: opened at the start by a vault, proven by a known text, made once.
//!
//! While it is replaced there are two: the newer one is held by the vault, and the older one is sealed by the newer.
//! Not here: vaults, moving from one to another (`reseal`), replacing it (`work`).

use crate::{
    ring::{Kind, Scope, id_of, place},
    store::{self, NewKey, RootSeal},
    vault::{KeyVault, Part, is_of_node, is_out_of_reach},
};
use plexichat_database::{Db, Tx};
use plexichat_events::Journal;
use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, Key, KeyId, column, unwrap_key, wrap};
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
        journal.write(move |tx| Box::pin(store::set_state(tx, id, store::OPEN_ROWS, store::IN_USE))).await?;
        self.has_open_rows.store(false, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn status(&self) -> RootStatus {
        RootStatus { version: self.version, vault: self.vault.clone() }
    }
}

/// The root key, and while it is replaced the one before it.
#[derive(Debug)]
pub(crate) struct Roots {
    /// Never empty; the newest first.
    all: Vec<Root>,
}

impl Roots {
    pub(crate) fn of(root: Root) -> Self {
        Self { all: vec![root] }
    }

    pub(crate) fn newest(&self) -> &Root {
        &self.all[0]
    }

    pub(crate) fn has(&self, id: KeyId) -> bool {
        self.by_id(id).is_some()
    }

    pub(crate) fn by_id(&self, id: KeyId) -> Option<&Root> {
        self.all.iter().find(|root| root.id == id)
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root").field("version", &self.version).finish_non_exhaustive()
    }
}

/// What binds a root key to its version while a vault holds it.
pub(crate) fn label(version: i32) -> Vec<u8> {
    format!("plexichat root key {version}").into_bytes()
}

/// Opens the root key, or makes the first one.
pub(crate) async fn open(journal: &Journal, vault: &dyn KeyVault) -> Result<Roots> {
    let reader = journal.db().reader();
    if let Some(roots) = all(journal.db(), vault).await? {
        return Ok(roots);
    }
    if store::has_keys(reader).await? {
        let text = "the database has sealed keys, but not the root key that opens them; restore table root_seals from a backup";
        return Err(Error::unavailable(text));
    }
    match make(journal, vault).await {
        Ok(root) => Ok(Roots::of(root)),
        // Another node has made it in this moment; this one opens it, or says that it cannot.
        Err(error) => match all(journal.db(), vault).await? {
            Some(roots) => Ok(roots),
            None => Err(error),
        },
    }
}

/// Opens the root keys that there are; `None` before the first start.
pub(crate) async fn all(db: &Db, vault: &dyn KeyVault) -> Result<Option<Roots>> {
    let seals = store::root_seals(db.reader()).await?;
    let mut versions: Vec<i32> = seals.iter().map(|seal| seal.version).collect();
    versions.dedup();
    let mut all: Vec<Root> = Vec::with_capacity(versions.len());
    for version in versions {
        let by_successor = seals.iter().find(|seal| seal.version == version && seal.vault == store::BY_SUCCESSOR);
        let root = match (by_successor, all.last()) {
            (Some(seal), Some(successor)) => open_under(db, successor, seal).await?,
            _ => open_version(db, vault, version, &seals).await?,
        };
        all.push(root);
    }
    Ok(if all.is_empty() { None } else { Some(Roots { all }) })
}

/// Opens the newest root key; `None` before the first start.
pub(crate) async fn find(db: &Db, vault: &dyn KeyVault) -> Result<Option<Root>> {
    let seals = store::root_seals(db.reader()).await?;
    let Some(newest) = seals.first() else { return Ok(None) };
    open_version(db, vault, newest.version, &seals).await.map(Some)
}

/// The place of a root key under its successor.
fn under(version: i32) -> Context<'static> {
    Context::row("root_seals", "sealed", i64::from(version))
}

/// A root key sealed by the one that replaces it: whoever has the new one, by whatever vault or kit, has the old one too
/// for as long as keys stand under it.
pub(crate) fn seal_under(successor: &Root, old: &Root) -> Vec<u8> {
    wrap(&successor.key, successor.id, &under(old.version), &old.key)
}

async fn open_under(db: &Db, successor: &Root, seal: &RootSeal) -> Result<Root> {
    let damaged = |_| Error::unavailable("the root key that is being replaced was changed; restore table root_seals");
    let key = unwrap_key(&successor.key, &under(seal.version), &seal.sealed).map_err(damaged)?;
    let proof = store::newest(db.reader(), Scope { kind: Kind::Root, id: 0, period: seal.version }).await?;
    let proof = proof.ok_or_else(|| Error::unavailable("the proof of the root key is missing; restore table sealing_keys"))?;
    let has_open_rows = AtomicBool::new(false);
    Ok(Root { version: seal.version, vault: successor.vault.clone(), has_open_rows, id: id_of(proof.id)?, key })
}

/// Opens one root key.
async fn open_version(db: &Db, vault: &dyn KeyVault, version: i32, seals: &[RootSeal]) -> Result<Root> {
    let seals: Vec<&RootSeal> = seals.iter().filter(|seal| seal.version == version).collect();
    let Some(seal) = seals.iter().find(|seal| seal.vault == vault.name()) else {
        if let Some(error) = vault.unknown() {
            return Err(error);
        }
        let names = seals.iter().map(|seal| seal.vault.as_str()).filter(|name| !is_of_node(name));
        let names: Vec<&str> = names.collect();
        let text = format!(
            "the root key of this database is kept by the vault `{}`, and keys.vault says `{}`; set it back, or move the root key \
             by `plexichat keys reseal`",
            names.join("`, `"),
            vault.name()
        );
        return Err(Error::unavailable(text));
    };
    open_seal(db, vault, seal).await
}

/// Opens a root key by a vault that sealed it, whatever it is called in the configuration, and proves it.
pub(crate) async fn open_seal(db: &Db, vault: &dyn KeyVault, seal: &RootSeal) -> Result<Root> {
    let version = seal.version;
    let opened = vault.open(&label(version), &seal.sealed).await?;
    let key = Key::try_from(opened.as_slice()).map_err(|_| wrong(vault, "what it holds is no root key"))?;
    let proof = store::newest(db.reader(), Scope { kind: Kind::Root, id: 0, period: version }).await?;
    let proof = proof.ok_or_else(|| Error::unavailable("the proof of the root key is missing; restore table sealing_keys"))?;
    let id = id_of(proof.id)?;
    match column::open(&key, &place(id), &proof.sealed) {
        Ok(text) if text[..] == *PROOF => {
            let has_open_rows = AtomicBool::new(proof.state == store::OPEN_ROWS);
            Ok(Root { version, vault: seal.vault.clone(), has_open_rows, id, key })
        }
        _ => Err(wrong(vault, "it holds the root key of another instance")),
    }
}

/// A new root key and what proves it, to be written together with what the vault made of it.
pub(crate) struct Fresh {
    pub(crate) root: Root,
    pub(crate) proof: NewKey,
    pub(crate) sealed: Vec<u8>,
}

/// Makes a root key of this version, held by the vault. Nothing is written.
pub(crate) async fn fresh(journal: &Journal, vault: &dyn KeyVault, version: i32, state: i16) -> Result<Fresh> {
    let key = Key::random();
    let sealed = vault.seal(&label(version), key.expose()).await?;
    let id = id_of(journal.ids().next()?)?;
    let proof = NewKey {
        id: id.get(),
        scope: Scope { kind: Kind::Root, id: 0, period: version },
        version: 1,
        parent_id: 0,
        state,
        sealed: column::seal(&key, id, &place(id), PROOF),
        created_ms: journal.clock().now_ms(),
    };
    let has_open_rows = AtomicBool::new(state == store::OPEN_ROWS);
    Ok(Fresh { root: Root { version, vault: vault.name().to_owned(), has_open_rows, id, key }, proof, sealed })
}

/// Writes a root key.
pub(crate) async fn put(tx: &Tx, proof: NewKey, vault: String, sealed: Vec<u8>) -> Result<()> {
    let (version, created_ms) = (proof.scope.period, proof.created_ms);
    store::insert(tx, proof).await?;
    store::insert_root_seal(tx, version, vault, sealed, created_ms).await
}

/// What the parts of a vault of several say to the seal of the newest root key; empty: it has no parts, or no seal yet.
pub(crate) async fn examine(db: &Db, vault: &dyn KeyVault) -> Result<Vec<Part>> {
    let seals = store::root_seals(db.reader()).await?;
    match seals.iter().find(|seal| seal.vault == vault.name()) {
        Some(seal) => Ok(vault.examine(&label(seal.version), &seal.sealed).await),
        None => Ok(Vec::new()),
    }
}

/// Asks a vault whether it is there: to open what it sealed, or to get ready where nothing was ever sealed.
pub(crate) async fn reach(db: &Db, vault: &dyn KeyVault) -> Result<()> {
    let reached = async {
        if find(db, vault).await?.is_none() && !store::has_keys(db.reader()).await? {
            vault.prepare().await?;
        }
        Ok(())
    };
    let outcome = reached.await;
    let is_sealed = outcome.as_ref().is_err_and(is_out_of_reach);
    metrics::gauge!("plexichat_keys_sealed").set(if is_sealed { 1.0 } else { 0.0 });
    outcome
}

fn wrong(vault: &dyn KeyVault, why: &str) -> Error {
    Error::unavailable(format!("the vault `{}` does not open this database: {why}. {}", vault.name(), vault.remedy()))
}

async fn make(journal: &Journal, vault: &dyn KeyVault) -> Result<Root> {
    vault.prepare().await?;
    let Fresh { root, proof, sealed } = fresh(journal, vault, 1, store::OPEN_ROWS).await?;
    let name = root.vault.clone();
    journal
        .write({
            let name = name.clone();
            move |tx| {
                let (proof, name, sealed) = (proof.clone(), name.clone(), sealed.clone());
                Box::pin(async move { put(tx, proof, name, sealed).await })
            }
        })
        .await?;
    tracing::info!(vault = name, "a root key was made; keep a copy of what its vault holds apart from the database");
    Ok(root)
}
