//! Sealing of what the tables of this crate keep secret. The keys are handed in.
//!
//! Something new is sealed by the newest key; what is there is opened by the key that it names, which may be an older one.

use std::fmt;
use std::sync::Arc;

use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, KeySource, column};

/// Seals and opens columns. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<dyn KeySource>);

impl Vault {
    /// With the keys of this part.
    pub fn new(keys: impl KeySource + 'static) -> Self {
        Self(Arc::new(keys))
    }

    pub(crate) async fn seal(&self, table: &str, column: &str, row: &str, value: &[u8]) -> Result<Vec<u8>> {
        let (key, id) = self.0.newest().await?;
        Ok(column::seal(&key, id, &context(table, column, row), value))
    }

    pub(crate) async fn open(&self, table: &str, column: &str, row: &str, blob: &[u8]) -> Result<Vec<u8>> {
        let unusable = |error: plexichat_sealing::Error| {
            let text = format!("{table}.{column} of {row} cannot be opened: it was sealed with another key, or changed");
            Error::unavailable(text).with_source(error)
        };
        let key = self.0.of(column::key_id(blob).map_err(unusable)?).await?;
        let opened = column::open(&key, &context(table, column, row), blob);
        opened.map(|value| value.to_vec()).map_err(unusable)
    }
}

fn context<'a>(table: &'a str, column: &'a str, row: &'a str) -> Context<'a> {
    Context { table, column, row: plexichat_sealing::Row::Bytes(row.as_bytes()) }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_sealing::{Key, KeyId};
    use std::sync::atomic::{AtomicI64, Ordering};

    /// Keys whose newest one is another each time somebody rotates; the first of them is destroyed.
    struct Rotating(Arc<AtomicI64>);

    fn key(id: i64) -> Key {
        Key::from_bytes(&[u8::try_from(id).expect("small"); 32])
    }

    #[async_trait::async_trait]
    impl KeySource for Rotating {
        async fn newest(&self) -> Result<(Key, KeyId)> {
            let id = self.0.load(Ordering::Relaxed);
            Ok((key(id), KeyId::new(id).expect("positive")))
        }

        async fn of(&self, id: KeyId) -> Result<Key> {
            if id.get() > 1 { Ok(key(id.get())) } else { Err(Error::internal("destroyed")) }
        }
    }

    #[tokio::test]
    async fn what_was_sealed_before_a_rotation_opens_by_the_key_it_names() {
        let newest = Arc::new(AtomicI64::new(1));
        let vault = Vault::new(Rotating(Arc::clone(&newest)));
        let first = vault.seal("certificates", "private_key", "a", b"one").await.expect("seals");
        newest.store(2, Ordering::Relaxed);
        let second = vault.seal("certificates", "private_key", "a", b"two").await.expect("seals");
        newest.store(3, Ordering::Relaxed);
        assert_eq!(vault.open("certificates", "private_key", "a", &second).await.expect("opens"), b"two");
        assert!(vault.open("certificates", "private_key", "a", &first).await.is_err(), "its key is gone");
        let error = vault.open("certificates", "private_key", "b", &second).await.expect_err("another row");
        assert!(error.message().contains("certificates.private_key of b"), "{error}");
        assert!(vault.open("certificates", "private_key", "a", b"").await.is_err());
    }
}
