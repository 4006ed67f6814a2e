//! What is spoken: TLS 1.3 and 1.2, AEAD suites with forward secrecy, a post-quantum group first.
//!
//! X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem) keeps traffic that is recorded today closed to a quantum computer.
//! Certificates stay classical: no public authority issues others. Suites of TLS 1.2 are those of RFC 9325,
//! section 4.2: ECDHE with AES-GCM or ChaCha20-Poly1305. There is no CBC, no RSA key exchange, no renegotiation, no
//! compression, no early data (which could be replayed).

use std::sync::Arc;

use plexichat_kernel::{Error, Result};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::server::{ProducesTickets, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, SupportedCipherSuite};

/// The protocol inside: the server speaks HTTP/1.1, on which the gateway's WebSocket stands.
pub const HTTP: &[u8] = b"http/1.1";
/// RFC 8737.
pub(crate) const ACME_TLS: &[u8] = b"acme-tls/1";

const SUITES: [SupportedCipherSuite; 9] = [
    aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384,
    aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256,
    aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

const GROUPS: [&dyn SupportedKxGroup; 4] = [
    aws_lc_rs::kx_group::X25519MLKEM768,
    aws_lc_rs::kx_group::X25519,
    aws_lc_rs::kx_group::SECP256R1,
    aws_lc_rs::kx_group::SECP384R1,
];

/// The cryptography of every TLS connection of the server, written out so that a release of the library cannot widen it.
pub fn provider() -> Arc<CryptoProvider> {
    let defaults = aws_lc_rs::default_provider();
    Arc::new(CryptoProvider { cipher_suites: SUITES.to_vec(), kx_groups: GROUPS.to_vec(), ..defaults })
}

/// Resumes sessions of clients that come back, by tickets under a key that lives in memory alone and is replaced every
/// six hours. In TLS 1.3 a resumed session makes a fresh key exchange all the same.
pub(crate) fn ticketer() -> Result<Arc<dyn ProducesTickets>> {
    aws_lc_rs::Ticketer::new().map_err(Error::internal)
}

/// What a server says to browsers and clients.
pub(crate) fn server(certificates: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(provider());
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]).map_err(Error::internal)?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(certificates);
    config.alpn_protocols = vec![HTTP.to_vec()];
    config.ticketer = ticketer()?;
    // Tickets carry everything; a second memory of sessions would only grow.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    Ok(config)
}

/// What answers a TLS-ALPN-01 challenge, and nothing else.
pub(crate) fn challenge(key: Arc<CertifiedKey>) -> Result<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(provider());
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]).map_err(Error::internal)?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    config.alpn_protocols = vec![ACME_TLS.to_vec()];
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{CipherSuite, NamedGroup};

    #[test]
    fn only_strong_suites_are_offered_and_the_hybrid_group_comes_first() {
        let provider = provider();
        assert_eq!(provider.kx_groups[0].name(), NamedGroup::X25519MLKEM768);
        for suite in &provider.cipher_suites {
            let name = format!("{:?}", suite.suite());
            let aead = name.contains("_GCM_") || name.contains("_POLY1305_");
            let forward_secret = name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_");
            assert!(aead && forward_secret, "{name}");
        }
        assert!(!provider.cipher_suites.iter().any(|suite| suite.suite() == CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256));
    }
}
