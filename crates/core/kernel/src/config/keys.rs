//! `[keys]`: where the root key is kept that opens what the database holds.
//!
//! Nothing is opened here; which vaults there are and what they need is all this says.

use super::problem::Checker;
use super::secret::Secret;
use super::section::{CrossCheck, range, section};
use super::vault_uri::{MOST_VAULTS, VaultPlace, VaultUri, VaultUris};

section! {
    /// Where the key is kept that opens what the database holds. Without it nothing can be read, by nobody: keep a copy.
    KeysConfig in "keys" {
        /// What keeps the root key. file: a key in a file of its owner; passphrase: a key made of a passphrase; shared: the
        /// set in `keys.vaults`; node: on a node that joined by `plexichat keys join`; or the address of one vault as in that
        /// list. After a change run `plexichat keys reseal`.
        vault: VaultUri = VaultUri::file(), restart;
        /// The file of the vault `file`, made by the first start. Empty: keys/vault.key in the data directory. Nodes of
        /// one instance need the same file.
        file: String = String::new(), restart;
        /// The passphrase of the vault `passphrase`, 12 characters or more. Best a reference:
        /// `{ file = "/run/secrets/passphrase" }` or `{ env = "PASSPHRASE" }`.
        passphrase: Option<Secret> = None, restart;
        /// The list of keys that were destroyed, by which every start destroys them again in a database that was restored.
        /// Empty: keys/shredded in the data directory. Keep it out of backups of the data: it must never go back.
        shred_ledger: String = String::new(), restart;
        /// How long a key still opens what it sealed after somebody has asked for it to be destroyed; until then they
        /// may think better of it.
        shred_grace_hours: u32 = 72, live, range(0, 8_760);
        /// Whether a second administrator has to approve before keys are destroyed.
        shred_needs_approval: bool = false, live;
        /// How long a key that was replaced is kept before anything follows from it: more than any request takes, so that
        /// no node seals by it any more.
        settle_seconds: u32 = 120, restart, range(20, 3_600);
        /// The vaults that share the root key when `keys.vault` says shared, 2 to 16 of any kind: `file:PATH`,
        /// `passphrase:NAME?file=PATH` (or `?env=NAME`), `transit:https://HOST:PORT/MOUNT/keys/NAME?token-file=PATH`,
        /// `pkcs11:token=LABEL;object=LABEL?module-path=PATH&pin-source=PATH`.
        vaults: VaultUris = VaultUris::default(), restart;
        /// How many of them open the root key together. 1: any of them does alone.
        threshold: u32 = 0, restart, range(0, 16);
        /// Vaults that kept the root key until now and are to be left: `plexichat keys reseal` opens it by them too. Empty
        /// it afterwards.
        previous: VaultUris = VaultUris::default(), restart;
    }
}

impl KeysConfig {
    /// Every vault that is named.
    fn named(&self) -> impl Iterator<Item = &VaultUri> {
        std::iter::once(&self.vault).chain(&self.vaults.0).chain(&self.previous.0)
    }

    fn check_set(&self, checker: &mut Checker<'_>) {
        let (vaults, is_shared) = (&self.vaults.0, *self.vault.place() == VaultPlace::Shared);
        if !is_shared {
            for (path, is_set) in [("keys.vaults", !vaults.is_empty()), ("keys.threshold", self.threshold != 0)] {
                if is_set {
                    checker.problem(
                        path,
                        "is not used: keys.vault does not say shared",
                        "remove it, or set keys.vault to shared",
                    );
                }
            }
            return;
        }
        if vaults.len() < 2 {
            checker.problem(
                "keys.vaults",
                "names fewer than 2 vaults",
                format!("name 2 to {MOST_VAULTS} that share the root key"),
            );
        } else if self.threshold == 0 || usize::try_from(self.threshold).is_ok_and(|threshold| threshold > vaults.len()) {
            let remedy = format!("say how many of the {} vaults open the root key together", vaults.len());
            checker.problem("keys.threshold", format!("is {}", self.threshold), remedy);
        }
    }
}

impl CrossCheck for KeysConfig {
    fn cross_check(&self, checker: &mut Checker<'_>) {
        self.check_set(checker);
        for (path, list) in [("keys.vaults", &self.vaults.0), ("keys.previous", &self.previous.0)] {
            for (index, vault) in list.iter().enumerate() {
                // In keys.previous it may stand: a node that joined saves what the vault has lost.
                if path == "keys.vaults" && matches!(vault.place(), VaultPlace::Node(_)) {
                    let remedy = "name vaults that can keep a share; a node that joined cannot";
                    checker.problem(path, format!("has node as entry [{index}]"), remedy);
                }
                if *vault.place() == VaultPlace::Shared {
                    checker.problem(path, format!("has shared as entry [{index}]"), "name the vaults of the set themselves");
                }
                if list[..index].iter().any(|other| other.name() == vault.name()) {
                    let remedy = "name each vault once: two shares in one vault are lost and stolen together";
                    checker.problem(path, format!("names {} twice", vault.name()), remedy);
                }
            }
        }
        let by_passphrase = self.named().any(|vault| *vault.place() == VaultPlace::Passphrase(None));
        match (by_passphrase, &self.passphrase) {
            (true, None) => checker.problem(
                "keys.passphrase",
                "is missing, and a vault is passphrase",
                "set it, best as { file = \"…\" }, or use another vault",
            ),
            (false, Some(_)) => checker.problem(
                "keys.passphrase",
                "is not used: no vault is passphrase",
                "remove it, or set keys.vault to passphrase",
            ),
            _ => {}
        }
    }
}
