//! Where a root key is kept: apart from the database that it opens.
//!
//! A vault never shows its own key; it seals the root key, bound to a label, and opens what it sealed.

mod file;
mod passphrase;

pub use file::FileVault;
pub use passphrase::{PassphraseCost, PassphraseVault};

use plexichat_kernel::Result;
use zeroize::Zeroizing;

/// Keeps a root key.
#[async_trait::async_trait]
pub trait KeyVault: Send + Sync {
    /// Its name in the configuration and in the database.
    fn name(&self) -> &str;

    /// What to do when it cannot open the root key; a sentence.
    fn remedy(&self) -> String;

    /// Gets ready to keep the first root key. A vault that holds something already keeps it.
    async fn prepare(&self) -> Result<()>;

    /// Seals a secret under a label.
    async fn seal(&self, label: &[u8], secret: &[u8]) -> Result<Vec<u8>>;

    /// Opens what was sealed under this label. Errors: `unavailable`, with what to do.
    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>>;
}
