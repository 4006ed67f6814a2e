//! A vault that is lost: the root key comes from the kit and is given to the configured vault again.

use super::{
    Entered, Form, Kit, Kits,
    kit::{self, Row},
    store,
};
use crate::{
    RootStatus,
    nodes::{self, Node},
    ring::{Kind, Scope, id_of, place},
    root,
    store::{newest, root_seals},
    vault::{KeyVault, is_of_node},
};
use plexichat_database::{Db, DbResultExt, entity::root_seal};
use plexichat_kernel::{Clock, Error, Result};
use plexichat_model::ErrorCode;
use plexichat_sealing::{Key, column};
use sea_orm::{ConnectionTrait, TransactionTrait};

/// How keys and kits stand, for people.
#[derive(Debug)]
pub struct Overview {
    /// Version of the newest root key.
    pub version: i32,
    /// Vaults that hold it.
    pub vaults: Vec<String>,
    /// Whether the configured vault opens it; if not, why.
    pub opened: Result<RootStatus>,
    /// Nodes that joined and open it by keys of their own, as the database says.
    pub nodes: Vec<Node>,
    /// The kits; those that this server made, if the root key is there to tell.
    pub kits: Kits,
    /// How many keys stand below the root.
    pub keys: u64,
}

/// How keys and kits of a database stand; `None`: there is no root key yet. Changes nothing.
pub async fn overview(db: &Db, vault: &dyn KeyVault) -> Result<Option<Overview>> {
    let reader = db.reader();
    let seals = root_seals(reader).await?;
    let Some(version) = seals.first().map(|seal| seal.version) else { return Ok(None) };
    let rows = store::all(reader).await?;
    let (opened, rows) = match root::find(db, vault).await {
        Ok(Some(root)) => (Ok(root.status()), kit::own(root.key(), rows)),
        Ok(None) => return Ok(None),
        Err(error) => (Err(with_hint(db, vault, error).await), rows),
    };
    let kits = Kits::of(rows.iter().map(Kit::of).collect::<Result<Vec<_>>>()?);
    let vaults = seals.into_iter().map(|seal| seal.vault).filter(|name| !is_of_node(name)).collect();
    let nodes = nodes::nodes(reader).await?;
    Ok(Some(Overview { version, vaults, opened, nodes, kits, keys: store::keys(reader, Kind::Root as i16).await? }))
}

/// Opens the root key with a kit and seals it by the vault, which gets a new key if its own is lost. For a database that no
/// node works on.
///
/// Errors: `conflict` when the vault opens the root key already; `invalid` for words or shares that do not fit;
/// `unavailable` when there is no kit, or the vault cannot take the key.
pub async fn recover(db: &Db, clock: &Clock, vault: &dyn KeyVault, entered: &Entered) -> Result<RootStatus> {
    if let Ok(Some(root)) = root::find(db, vault).await {
        let name = root.status().vault;
        let message = format!("the vault `{name}` opens this database; there is nothing to recover");
        return Err(Error::conflict(ErrorCode::Conflict, message));
    }
    if !vault.can_seal() {
        vault.prepare().await?;
    }
    let rows = usable(db).await?;
    let opened = entered.open(&rows)?;
    let (version, key) = (opened.row.root_version, kit::root_of(&opened.identity, opened.row)?);
    if !is_root(db.reader(), version, &key).await? {
        let message =
            "the recovery kit opens, but the key in it is not this database's; its rows were changed or mixed with another's";
        return Err(Error::unavailable(message));
    }
    vault.prepare().await?;
    let sealed = vault.seal(&root::label(version), key.expose()).await?;
    let row = root_seal::Model { version, vault: vault.name().to_owned(), sealed, created_ms: clock.now_ms() };
    let tx = db.maintenance().begin().await.db()?;
    store::replace_root_seal(&tx, row).await?;
    tx.commit().await.db()?;
    let root = root::find(db, vault).await?;
    root.map(|root| root.status()).ok_or_else(|| Error::internal("the root key that was sealed again is not there"))
}

/// In which form the kit of a database is kept, for whoever asks for it; `None`: there is none.
pub async fn form(db: &Db) -> Result<Option<Form>> {
    store::all(db.reader()).await?.last().map(|row| Kit::of(row).map(|kit| kit.form)).transpose()
}

/// The kits of the newest root key.
async fn usable(db: &Db) -> Result<Vec<Row>> {
    let rows = store::all(db.reader()).await?;
    // The seals themselves may be what was lost.
    let newest = store::newest_root(db.reader()).await?;
    let version = newest.or_else(|| rows.iter().map(|row| row.root_version).max());
    let rows: Vec<Row> = rows.into_iter().filter(|row| Some(row.root_version) == version).collect();
    if rows.is_empty() {
        let message = "this database has no recovery kit; without a copy of what the vault held, what is sealed stays sealed";
        return Err(Error::unavailable(message));
    }
    Ok(rows)
}

async fn is_root(conn: &impl ConnectionTrait, version: i32, key: &Key) -> Result<bool> {
    let proof = newest(conn, Scope { kind: Kind::Root, id: 0, period: version }).await?;
    let proof = proof.ok_or_else(|| Error::unavailable("the proof of the root key is missing; restore table sealing_keys"))?;
    let opened = column::open(key, &place(id_of(proof.id)?), &proof.sealed);
    Ok(opened.is_ok_and(|text| text[..] == *root::PROOF))
}

/// Tells whoever cannot open the root key of the kit, if there is one.
pub(crate) async fn with_hint(db: &Db, vault: &dyn KeyVault, error: Error) -> Error {
    // One that cannot take it joins again.
    let has_kit = vault.can_seal()
        && error.code() == ErrorCode::Unavailable
        && store::all(db.reader()).await.is_ok_and(|rows| !rows.is_empty());
    if !has_kit {
        return error;
    }
    let message = format!("{}. If it is lost for good: plexichat keys recover, with the recovery kit", error.message());
    Error::new(error.code(), message).with_source(error)
}
