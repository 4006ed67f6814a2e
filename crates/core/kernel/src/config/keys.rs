//! `[keys]`: where the root key is kept that opens what the database holds.
//!
//! Nothing is opened here; which vault it is and what it needs is all this says.

use std::fmt;

use super::problem::Checker;
use super::secret::Secret;
use super::section::{CrossCheck, range, section};
use super::setting::{Word, settings_of_word};

section! {
    /// Where the key is kept that opens what the database holds. Without it nothing can be read, by nobody: keep a copy.
    KeysConfig in "keys" {
        /// What keeps the root key. file: a key in a file of its owner; passphrase: a key made of a passphrase.
        vault: VaultKind = VaultKind::File, restart;
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
    }
}

/// What keeps the root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultKind {
    /// A file.
    File,
    /// A passphrase.
    Passphrase,
}

impl fmt::Display for VaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Passphrase => "passphrase",
        })
    }
}

impl Word for VaultKind {
    const KIND: &'static str = "file or passphrase";
    const KIND_OF_LIST: &'static str = "list of file or passphrase";
    const KIND_OR_NONE: &'static str = "file, passphrase, or empty";
    const EXAMPLE: &'static str = "\"passphrase\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"passphrase\"]";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "file" => Ok(Self::File),
            "passphrase" => Ok(Self::Passphrase),
            _ => Err(format!("is {text:?}")),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

settings_of_word!(VaultKind);

impl CrossCheck for KeysConfig {
    fn cross_check(&self, checker: &mut Checker<'_>) {
        match (self.vault, &self.passphrase) {
            (VaultKind::Passphrase, None) => checker.problem(
                "keys.passphrase",
                "is missing, and keys.vault says passphrase",
                "set it, best as { file = \"…\" }, or set keys.vault to file",
            ),
            (VaultKind::File, Some(_)) => checker.problem(
                "keys.passphrase",
                "is not used: keys.vault says file",
                "remove it, or set keys.vault to passphrase",
            ),
            _ => {}
        }
    }
}
