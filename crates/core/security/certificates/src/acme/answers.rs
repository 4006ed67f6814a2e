//! Answers to challenges, from the database, so that any node gives them.

use std::sync::Arc;

use async_trait::async_trait;
use plexichat_kernel::{Error, Result};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;

use super::{Acme, Inner};
use crate::accept::Answers;
use crate::{protocol, store};

/// Strangers that may make us look into the database at the same time.
pub(super) const LOOKUPS: usize = 4;

pub(super) fn http_id(token: &str) -> String {
    format!("http:{token}")
}

pub(super) fn alpn_id(name: &str) -> String {
    format!("alpn:{}", name.to_ascii_lowercase())
}

impl Inner {
    async fn answer(&self, id: String) -> Option<Vec<u8>> {
        let _turn = self.lookups.acquire().await.ok()?;
        let opened = async {
            let sealed = store::challenge(self.journal.db(), &id, self.journal.clock().now_ms()).await?;
            let Some(sealed) = sealed else { return Ok(None) };
            self.vault.open("acme_challenges", "answer", &id, &sealed).await.map(Some)
        };
        opened.await.inspect_err(|error: &Error| tracing::warn!(%error, "a challenge could not be answered")).ok().flatten()
    }
}

#[async_trait]
impl Answers for Acme {
    async fn http(&self, token: &str) -> Option<String> {
        String::from_utf8(self.0.answer(http_id(token)).await?).ok()
    }

    async fn alpn(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        if !self.0.options.names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return None;
        }
        let digest = self.0.answer(alpn_id(name)).await?;
        proof(name, &digest).inspect_err(|error| tracing::warn!(%error, "a challenge could not be answered")).ok()
    }
}

/// The certificate of RFC 8737, section 3: the name alone, and the digest of the key authorization.
fn proof(name: &str, digest: &[u8]) -> Result<Arc<CertifiedKey>> {
    let key = KeyPair::generate().map_err(Error::internal)?;
    let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(Error::internal)?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key).map_err(Error::internal)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(Error::internal)?;
    let key = protocol::provider().key_provider.load_private_key(key).map_err(Error::internal)?;
    // Not checked for consistency: that check refuses the critical extension, which is the point of this certificate.
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_made_for_the_name() {
        let key = proof("chat.example.test", &[7; 32]).expect("made");
        let facts = crate::pair::Facts::of(&key.cert[0], "the proof").expect("reads");
        assert_eq!(facts.names, ["chat.example.test"]);
    }
}
