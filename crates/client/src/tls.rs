//! Whom to believe: the certificates of the system, and those of an operator's own authority.
//!
//! Not here: the handshake itself (rustls with aws-lc-rs, hybrid post-quantum key exchange first).

use crate::{ClientError, Result};
use reqwest::Certificate;
use rustls::{CertificateError, Error};

/// What a client of `https` believes. A client of `http` reads no certificates at all, so that it works on a system
/// that has none.
pub(crate) fn trust(builder: reqwest::ClientBuilder, is_https: bool, authorities: &[u8]) -> Result<reqwest::ClientBuilder> {
    if !is_https {
        return Ok(builder.tls_certs_only(std::iter::empty()));
    }
    if authorities.is_empty() {
        return Ok(builder);
    }
    let certificates = Certificate::from_pem_bundle(authorities).unwrap_or_default();
    if certificates.is_empty() {
        return Err(ClientError::Authorities);
    }
    Ok(builder.tls_certs_merge(certificates))
}

/// Why a handshake failed, in words for people; `None` when something else failed.
pub(crate) fn why(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(error) = cause.downcast_ref::<Error>() {
            return Some(explain(error));
        }
        // An error of the operating system keeps its reason inside and not below, one in another.
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = inner.map(|inner| -> &(dyn std::error::Error + 'static) { inner }).or_else(|| cause.source());
    }
    None
}

fn explain(error: &Error) -> String {
    let words = match error {
        // A bad signature: an authority of the same name, but another key.
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "its certificate is signed by an authority that this machine does not know"
        }
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired, or the clock of this machine is wrong"
        }
        Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
            "its certificate is not valid yet, or the clock of this machine is wrong"
        }
        Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            "its certificate is for another name"
        }
        Error::InvalidCertificate(reason) => return format!("its certificate is not accepted: {reason}"),
        Error::InvalidMessage(_) => "what answers there does not speak TLS; is it an http:// address?",
        other => return format!("the TLS handshake failed: {other}"),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_below_other_errors() {
        let io = std::io::Error::other(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        let io = std::io::Error::other(io);
        let wrapped = ClientError::Unreachable { address: "x".to_owned(), source: io.into() };
        assert!(why(&wrapped).expect("is found").contains("does not know"));
        assert_eq!(why(&std::io::Error::other("something else")), None);
    }

    #[test]
    fn what_holds_no_certificate_is_refused() {
        let builder = reqwest::Client::builder();
        assert!(matches!(trust(builder, true, b"not a certificate"), Err(ClientError::Authorities)));
        assert!(trust(reqwest::Client::builder(), false, b"not looked at").is_ok());
    }
}
