//! The secret of the audit log: where it is, and what becomes of a node without it.

use plexichat_audit::{AuditKeys, Log, begin, load_seed, make_seed};
use plexichat_auth::Auth;
use plexichat_events::Journal;
use plexichat_kernel::Result;
use std::path::Path;

/// Hands the secret of this data directory to the audit log, making one for a database that has no log yet. A new secret
/// is never made beside a log that another one signs: such a node writes entries but numbers none, and says so.
pub(super) async fn unlock(data_dir: &Path, journal: &Journal, auth: &Auth) -> Result<()> {
    let is_begun = Log::new(journal.db().clone()).exists().await?;
    let seed = match load_seed(data_dir)? {
        Some(seed) => seed,
        None if !is_begun && data_dir.is_dir() => make_seed(data_dir)?,
        None => return Ok(()),
    };
    let keys = AuditKeys::from_seed(&seed);
    begin(journal, &keys).await?;
    let log = Log::new(journal.db().clone()).verifier().await?;
    if log == keys.signer.verifier(log.name())? {
        auth.audit().unlock(keys);
    } else {
        tracing::warn!(
            "audit.key in the data directory is not the secret of this database's audit log; nothing is sealed with it"
        );
    }
    Ok(())
}
