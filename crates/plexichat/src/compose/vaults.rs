//! Which vaults the configuration means.

use plexichat_kernel::{
    Error, Result,
    config::{Config, VaultPlace, VaultUri},
};
use plexichat_keys::vault::{
    FileVault, KeyVault, Member, NodeVault, PassphraseCost, PassphraseVault, Pkcs11Vault, SharedVault, TransitVault,
};
use std::{path::PathBuf, sync::Arc};

/// The key file in the data directory, when no other is configured.
const KEY_FILE: &str = "keys/vault.key";

/// The key of a node that joined, when no other is configured.
const NODE_KEY: &str = "keys/node.key";

/// The vault that keeps the root key.
pub fn vault(config: &Config) -> Result<Arc<dyn KeyVault>> {
    one(config, &config.keys.vault, false)
}

/// Where the key of this node stands, or is to be made.
pub fn node_key(config: &Config) -> PathBuf {
    match config.keys.vault.place() {
        VaultPlace::Node(Some(path)) => path.clone(),
        _ => config.server.data_dir.join(NODE_KEY),
    }
}

fn key_file(config: &Config, path: Option<&PathBuf>) -> PathBuf {
    match path {
        Some(path) => path.clone(),
        None if config.keys.file.is_empty() => config.server.data_dir.join(KEY_FILE),
        None => (&config.keys.file).into(),
    }
}

/// What may open the root key beside [`vault`] while it moves: each vault that is named, and all of them as a set.
pub fn openers(config: &Config) -> Result<Vec<Arc<dyn KeyVault>>> {
    let named = config.keys.vaults.0.iter().chain(&config.keys.previous.0);
    let mut uris: Vec<&VaultUri> = Vec::new();
    for uri in named {
        if uris.iter().all(|other| other.name() != uri.name()) {
            uris.push(uri);
        }
    }
    let mut openers = uris.iter().map(|uri| one(config, uri, false)).collect::<Result<Vec<_>>>()?;
    let can_share = |uri: &VaultUri| !matches!(uri.place(), VaultPlace::Node(_));
    let known: Vec<VaultUri> = uris.into_iter().filter(|uri| can_share(uri)).cloned().collect();
    openers.push(Arc::new(SharedVault::opener(members(config, &known)?)));
    Ok(openers)
}

fn one(config: &Config, uri: &VaultUri, is_member: bool) -> Result<Arc<dyn KeyVault>> {
    let cost = PassphraseCost::default();
    Ok(match uri.place() {
        VaultPlace::File(path) => {
            let file = FileVault::new(key_file(config, path.as_ref()));
            Arc::new(if is_member { file.into_member() } else { file.or_node(node_key(config)) })
        }
        VaultPlace::Passphrase(None) => {
            let missing = || Error::unavailable("keys.passphrase is missing");
            Arc::new(PassphraseVault::new(config.keys.passphrase.clone().ok_or_else(missing)?, cost))
        }
        VaultPlace::Passphrase(Some(source)) if is_member => Arc::new(PassphraseVault::member(source.clone(), cost)),
        VaultPlace::Passphrase(Some(source)) => {
            let secret = source.read().map_err(|why| Error::unavailable(format!("the passphrase of {} {why}", uri.name())))?;
            Arc::new(PassphraseVault::new(secret, cost))
        }
        VaultPlace::Transit(place) => Arc::new(TransitVault::new(place.clone())),
        VaultPlace::Pkcs11(place) => Arc::new(Pkcs11Vault::new(place.clone())),
        VaultPlace::Node(Some(path)) => Arc::new(NodeVault::open(path)?),
        VaultPlace::Node(None) => Arc::new(NodeVault::open(config.server.data_dir.join(NODE_KEY))?),
        VaultPlace::Shared => {
            let threshold = u8::try_from(config.keys.threshold).map_err(Error::internal)?;
            Arc::new(SharedVault::new(threshold, members(config, &config.keys.vaults.0)?)?)
        }
    })
}

fn members(config: &Config, uris: &[VaultUri]) -> Result<Vec<Member>> {
    let member = |uri: &VaultUri| Ok(Member { name: uri.name().to_owned(), vault: one(config, uri, true)? });
    uris.iter().map(member).collect()
}
