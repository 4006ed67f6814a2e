//! Moves the root key from one vault to another, while servers run.
//!
//! The root key stays the same, so nothing else is sealed anew, and nodes that run notice nothing. It is in the memory of
//! this process alone; the database has the old seal until one transaction exchanges it for a new one that was opened
//! again before.

use crate::{
    root,
    store::{self, RootSeal},
    vault::{KeyVault, is_of_node},
};
use futures_util::future::BoxFuture;
use plexichat_database::Tx;
use plexichat_events::Journal;
use plexichat_kernel::{Error, Result};
use std::sync::Arc;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// Whether anything was sealed anew; otherwise the vault had everything already.
    pub is_changed: bool,
    /// Version of the newest root key.
    pub version: i32,
    /// The kind of the vault that keeps it now.
    pub vault: String,
    /// The kinds of the vaults that kept it before.
    pub before: Vec<String>,
}

/// Seals every root key by `target` and removes what other vaults had sealed. `openers` open what `target` does not; they
/// are tried in order. `beside` is done in the same transaction.
///
/// May be cut short anywhere and run again. Errors: `not_found` when there is no root key yet; `sealed` or `unavailable`
/// when no vault opens it or `target` does not keep it; `conflict` when somebody else does the same.
pub async fn reseal<F>(journal: &Journal, target: &dyn KeyVault, openers: &[Arc<dyn KeyVault>], beside: F) -> Result<Resealed>
where
    F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
{
    let mut all = store::root_seals(journal.db().reader()).await?;
    // One that is being replaced goes with its successor.
    all.retain(|seal| seal.vault != store::BY_SUCCESSOR);
    let version = match all.first() {
        Some(newest) => newest.version,
        None => return Err(Error::not_found("root key", 1)),
    };
    if !target.can_seal() {
        target.prepare().await?;
    }
    // What is sealed for nodes that joined stays, and opens too: a node may save what the vault has lost.
    let seals: Vec<RootSeal> = all.iter().filter(|seal| !is_of_node(&seal.vault)).cloned().collect();
    let mut before: Vec<String> = seals.iter().map(|seal| seal.vault.clone()).collect();
    before.sort_unstable();
    before.dedup();
    let mut result = Resealed { is_changed: false, version, vault: target.name().to_owned(), before };
    if is_whole(journal, target, &seals).await {
        return Ok(result);
    }
    target.prepare().await?;
    let mut new: Vec<RootSeal> = Vec::new();
    for seal in &all {
        if new.iter().any(|done| done.version == seal.version) {
            continue;
        }
        let same_version: Vec<&RootSeal> = all.iter().filter(|other| other.version == seal.version).collect();
        let opened = open_any(journal, target, openers, &same_version).await?;
        let sealed = target.seal(&root::label(seal.version), opened.key().expose()).await?;
        let vault = target.name().to_owned();
        let made = RootSeal { version: seal.version, vault, sealed, created_ms: journal.clock().now_ms() };
        // What cannot be opened again must not replace what can.
        root::open_seal(journal.db(), target, &made).await?;
        new.push(made);
    }
    let (old, new, beside) = (Arc::new(seals), Arc::new(new), Arc::new(beside));
    journal
        .write(move |tx| {
            let (old, new, beside) = (Arc::clone(&old), Arc::clone(&new), Arc::clone(&beside));
            Box::pin(async move {
                store::replace_root_seals(tx, &old, &new).await?;
                beside(tx).await
            })
        })
        .await?;
    result.is_changed = true;
    Ok(result)
}

/// Whether the target keeps every root key already, with all its parts, and nothing else does.
async fn is_whole(journal: &Journal, target: &dyn KeyVault, seals: &[RootSeal]) -> bool {
    if seals.is_empty() {
        return false;
    }
    for seal in seals {
        if seal.vault != target.name() || root::open_seal(journal.db(), target, seal).await.is_err() {
            return false;
        }
        let parts = target.examine(&root::label(seal.version), &seal.sealed).await;
        if parts.iter().any(|part| part.problem.is_some()) {
            return false;
        }
    }
    true
}

/// A root key, by whatever opens one of its seals.
async fn open_any(
    journal: &Journal,
    target: &dyn KeyVault,
    openers: &[Arc<dyn KeyVault>],
    seals: &[&RootSeal],
) -> Result<root::Root> {
    let mut last = None;
    for seal in seals {
        let vaults = std::iter::once(target).chain(openers.iter().map(AsRef::as_ref));
        for vault in vaults.filter(|vault| vault.name() == seal.vault) {
            match root::open_seal(journal.db(), vault, seal).await {
                Ok(root) => return Ok(root),
                Err(error) => last = Some(error),
            }
        }
    }
    Err(last.unwrap_or_else(|| {
        let names = seals.iter().map(|seal| seal.vault.as_str()).filter(|name| !is_of_node(name));
        let names: Vec<&str> = names.collect();
        let text = format!(
            "the root key is kept by the vault `{}`, which is not configured any more; name it in keys.previous",
            names.join("`, `")
        );
        Error::unavailable(text)
    }))
}
