//! Where a root key is kept: apart from the database that it opens.
//!
//! A vault never shows its own key; it seals the root key, bound to a label, and opens what it sealed. It says apart
//! whether it is out of reach, which passes, or holds something else, which does not.

mod file;
mod node;
mod passphrase;
mod pkcs11;
mod shared;
mod transit;

pub use file::FileVault;
pub use node::NodeVault;
pub(crate) use node::{NodeSeal, is_of_node, seal_name};
pub use passphrase::{PassphraseCost, PassphraseVault};
pub use pkcs11::Pkcs11Vault;
pub use shared::{Member, SharedVault};
pub use transit::TransitVault;

use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use std::time::Duration;
use zeroize::Zeroizing;

/// Keeps a root key.
#[async_trait::async_trait]
pub trait KeyVault: Send + Sync {
    /// Its kind in the configuration and in the database.
    fn name(&self) -> &str;

    /// What to do when it cannot open the root key; a sentence.
    fn remedy(&self) -> String;

    /// Gets ready to keep the first root key. A vault that holds something already keeps it.
    async fn prepare(&self) -> Result<()>;

    /// Seals a secret under a label.
    async fn seal(&self, label: &[u8], secret: &[u8]) -> Result<Vec<u8>>;

    /// Opens what was sealed under this label. Errors, with what to do: `sealed` when the vault is out of reach now,
    /// `unavailable` when trying again does not help.
    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>>;

    /// What each part of a vault of several says to this seal. A vault of one piece has no parts.
    async fn examine(&self, _label: &[u8], _sealed: &[u8]) -> Vec<Part> {
        Vec::new()
    }

    /// Whether it can take a new root key. One that only opens what others sealed for it cannot.
    fn can_seal(&self) -> bool {
        true
    }

    /// What to say when the database has no seal of this vault, if it knows better than that it is another's.
    fn unknown(&self) -> Option<Error> {
        None
    }

    /// Whether it can be out of reach while this machine is well.
    fn can_be_out_of_reach(&self) -> bool {
        false
    }

    /// Keeps what it needs alive, a token for instance; when to do so again.
    async fn tend(&self) -> Result<Option<Duration>> {
        Ok(None)
    }
}

/// A part of a vault of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What is wrong with it; none: it opens its share.
    pub problem: Option<String>,
}

/// The vault may be back later.
pub(crate) fn out_of_reach(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::Sealed, text)
}

/// Whether the same may succeed later, when a vault is back.
pub fn is_out_of_reach(error: &Error) -> bool {
    error.code() == ErrorCode::Sealed
}
