//! A certificate chain with its private key, checked before anybody sees it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use plexichat_kernel::{Error, Result, clock};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::protocol;

/// More certificates than this are no chain.
const LONGEST_CHAIN: usize = 16;

/// A certificate chain and its key.
#[derive(Clone)]
pub struct Pair {
    key: Arc<CertifiedKey>,
    facts: Arc<Facts>,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Names and addresses it is for, lower-case; a name may begin with `*.`.
    pub names: Vec<String>,
    /// Who issued it, for people.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// First moment, in milliseconds since 1970.
    pub not_before_ms: i64,
    /// Last moment, in milliseconds since 1970.
    pub not_after_ms: i64,
}

impl Pair {
    /// Reads a chain and a key in PEM. `chain_name` and `key_name` say in errors where they come from.
    pub fn from_pem(chain: &[u8], key: &[u8], (chain_name, key_name): (&str, &str)) -> Result<Self> {
        let certificates = chain_of(chain, chain_name)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
            let text = format!(
                "{key_name} holds no private key in PEM that can be read ({error}); a key with a password must be decrypted first"
            );
            Error::unavailable(text)
        })?;
        let facts = Facts::of(&certificates[0], chain_name)?;
        let key = CertifiedKey::from_der(certificates, key, &protocol::provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                Error::unavailable(format!("the key in {key_name} does not belong to the certificate in {chain_name}"))
            }
            // The cause may describe the key: it goes to the log alone, which leaves out its bytes.
            _ => Error::unavailable(format!("the key in {key_name} cannot be used")).with_source(error),
        })?;
        Ok(Self { key: Arc::new(key), facts: Arc::new(facts) })
    }

    /// What the certificate says.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(crate) fn key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// The certificates of a chain in PEM, at least one.
pub(crate) fn chain_of(pem: &[u8], name: &str) -> Result<Vec<CertificateDer<'static>>> {
    let read: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).take(LONGEST_CHAIN + 1).collect();
    let certificates = read.map_err(|error| Error::unavailable(format!("{name} cannot be read as PEM ({error})")))?;
    match certificates.len() {
        0 => Err(Error::unavailable(format!("{name} holds no certificate (BEGIN CERTIFICATE)"))),
        1..=LONGEST_CHAIN => Ok(certificates),
        _ => Err(Error::unavailable(format!("{name} holds more than {LONGEST_CHAIN} certificates, which is no chain"))),
    }
}

impl Facts {
    /// Reads what a certificate says. `name` says in errors where it comes from.
    pub fn of(certificate: &CertificateDer<'_>, name: &str) -> Result<Self> {
        let unreadable = || Error::unavailable(format!("the first certificate in {name} cannot be read"));
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|error| unreadable().with_source(error.to_string()))?;
        let extension = parsed.subject_alternative_name().map_err(|_| unreadable())?;
        let listed = extension.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
        let ms = |time: x509_parser::time::ASN1Time| time.timestamp().saturating_mul(1_000);
        Ok(Self {
            names: listed.iter().filter_map(name_of).collect(),
            issuer: parsed.issuer().to_string(),
            serial: parsed.raw_serial_as_string().replace(':', ""),
            not_before_ms: ms(parsed.validity().not_before),
            not_after_ms: ms(parsed.validity().not_after),
        })
    }

    /// Whether it is valid at this moment.
    pub fn is_valid_at(&self, now_ms: i64) -> bool {
        (self.not_before_ms..=self.not_after_ms).contains(&now_ms)
    }

    /// Refuses what is not valid at this moment.
    pub fn check_at(&self, now_ms: i64, name: &str) -> Result<()> {
        if now_ms > self.not_after_ms {
            let when = clock::rfc3339(self.not_after_ms);
            return Err(Error::unavailable(format!("the certificate in {name} expired at {when}")));
        }
        if now_ms < self.not_before_ms {
            let when = clock::rfc3339(self.not_before_ms);
            return Err(Error::unavailable(format!("the certificate in {name} is not valid before {when}; is the clock right?")));
        }
        Ok(())
    }

    /// Whether it is for this host (RFC 6125, section 6.4: a `*` stands for one whole label).
    pub fn covers(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(parent) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
            None => *name == host,
        })
    }

    /// Whole days until it expires; negative afterwards.
    pub fn days_left(&self, now_ms: i64) -> i64 {
        (self.not_after_ms - now_ms).div_euclid(86_400_000)
    }
}

fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| IpAddr::from(bytes).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| IpAddr::from(bytes).to_string()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    fn made(names: &[&str]) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).expect("parameters").self_signed(&key).expect("signed");
        (certificate.pem(), key.serialize_pem())
    }

    const NAMES: (&str, &str) = ("cert.pem", "key.pem");

    #[test]
    fn a_pair_says_what_it_is_for() {
        let (chain, key) = made(&["Chat.example.com", "*.example.org", "10.0.0.7", "::1"]);
        let pair = Pair::from_pem(chain.as_bytes(), key.as_bytes(), NAMES).expect("fits");
        let facts = pair.facts();
        for host in ["chat.example.com", "CHAT.example.com", "a.example.org", "10.0.0.7", "::1"] {
            assert!(facts.covers(host), "{host}");
        }
        for host in ["example.com", "example.org", "a.b.example.org", ".example.org", "10.0.0.8", ""] {
            assert!(!facts.covers(host), "{host}");
        }
        let text = format!("{pair:?}");
        assert!(!text.contains("PRIVATE") && text.contains("chat.example.com"), "{text}");
    }

    #[test]
    fn what_does_not_belong_together_is_told_by_its_place() {
        let ((chain, key), (_, other)) = (made(&["a"]), made(&["a"]));
        let refused = |chain: &str, key: &str| {
            Pair::from_pem(chain.as_bytes(), key.as_bytes(), NAMES).expect_err("refused").message().to_owned()
        };
        assert!(refused(&chain, &other).contains("does not belong to the certificate in cert.pem"));
        assert!(refused("", &key).contains("cert.pem holds no certificate"));
        assert!(refused(&chain, &chain).contains("key.pem holds no private key"));
        assert!(refused(&chain, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").contains("key.pem"));
        assert!(refused(&chain.repeat(LONGEST_CHAIN + 1), &key).contains("no chain"));
    }

    #[test]
    fn time_is_told() {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["a".to_owned()]).expect("parameters");
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 1, 31);
        let certificate = params.self_signed(&key).expect("signed");
        let facts = Facts::of(certificate.der(), "cert.pem").expect("reads");
        let at = |text: &str| clock::parse_rfc3339(text).expect("a time");
        assert_eq!(facts.days_left(at("2026-01-01T00:00:00Z")), 30);
        assert!(facts.check_at(at("2026-01-15T00:00:00Z"), "x").is_ok());
        assert!(facts.check_at(at("2026-02-01T00:00:00Z"), "x").expect_err("late").message().contains("expired at 2026-01-31"));
        assert!(facts.check_at(at("2025-12-31T00:00:00Z"), "x").expect_err("early").message().contains("not valid before"));
    }
}
