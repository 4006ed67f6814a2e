//! Published test vectors, against the crates at the versions and with the features that are built in here.
//!
//! Sources are named in `vectors/README.md`. Each test asserts how many vectors it ran, so that none is
//! skipped unseen.

use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, Payload};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use ml_dsa::{MlDsa65, Signature, SigningKey, VerifyingKey};
use ml_kem::kem::{Decapsulate as _, KeyExport as _, TryKeyInit as _};
use ml_kem::{FromSeed as _, MlKem768, ml_kem_768};
use plexichat_sealing::{Key, words};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use x_wing::{DecapsulationKey, Decapsulator as _};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    private_seed: String,
    public_key: Option<serde_json::Value>,
    tests: Vec<Case>,
}

/// One vector. What a file does not have stays empty.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Case {
    #[serde(rename = "tcId")]
    id: usize,
    result: String,
    key: String,
    iv: String,
    aad: String,
    msg: Option<String>,
    ct: String,
    tag: String,
    ikm: String,
    salt: String,
    info: String,
    size: usize,
    okm: String,
    public: String,
    private: String,
    shared: String,
    sig: String,
    ctx: String,
    mu: String,
    rnd: String,
    seed: String,
    ek: String,
    dk: String,
    m: String,
    c: String,
    #[serde(rename = "K")]
    k: String,
}

impl Case {
    fn valid(&self) -> bool {
        assert!(["valid", "invalid", "acceptable"].contains(&self.result.as_str()), "{}", self.id);
        self.result == "valid"
    }

    fn message(&self) -> Vec<u8> {
        hex(self.msg.as_deref().unwrap_or(""))
    }
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal")).collect()
}

fn array<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex(text).try_into().ok()
}

/// Whether `bytes` are what a file says in full or by its hash.
fn is(wanted: &str, bytes: &[u8]) -> bool {
    match wanted.strip_prefix("sha256:") {
        Some(hash) => hex(hash) == Sha256::digest(bytes).as_slice(),
        None => hex(wanted) == bytes,
    }
}

/// Runs `check` on every vector of a file, of which there are `count`.
fn each(file: &str, count: usize, mut check: impl FnMut(&Group, &Case)) {
    let file: File = serde_json::from_str(file).expect("our own file");
    let mut ran = 0;
    for group in &file.test_groups {
        for case in &group.tests {
            check(group, case);
            ran += 1;
        }
    }
    assert_eq!((ran, file.number_of_tests), (count, count));
}

fn aead<A: Aead>(cipher: &A, case: &Case) {
    let nonce = hex(&case.iv);
    let nonce = nonce.as_slice().try_into().expect("the nonce fits");
    let (message, aad, sealed) = (case.message(), hex(&case.aad), [hex(&case.ct), hex(&case.tag)].concat());
    let opened = cipher.decrypt(nonce, Payload { msg: &sealed, aad: &aad });
    if case.valid() {
        assert_eq!(opened.as_deref(), Ok(message.as_slice()), "{}", case.id);
        assert_eq!(cipher.encrypt(nonce, Payload { msg: &message, aad: &aad }), Ok(sealed), "{}", case.id);
    } else {
        assert!(opened.is_err(), "{}", case.id);
    }
}

#[test]
fn aes_256_gcm_siv() {
    each(include_str!("vectors/aes_256_gcm_siv.json"), 103, |_, case| {
        aead(&Aes256GcmSiv::new_from_slice(&hex(&case.key)).expect("32 bytes"), case);
    });
}

#[test]
fn xchacha20_poly1305() {
    each(include_str!("vectors/xchacha20_poly1305.json"), 306, |_, case| {
        aead(&XChaCha20Poly1305::new_from_slice(&hex(&case.key)).expect("32 bytes"), case);
    });
}

#[test]
fn hkdf_sha256() {
    each(include_str!("vectors/hkdf_sha256.json"), 44, |_, case| {
        let mut okm = vec![0; case.size];
        let derived = Hkdf::<Sha256>::new(Some(&hex(&case.salt)), &hex(&case.ikm)).expand(&hex(&case.info), &mut okm);
        assert_eq!(derived.is_ok(), case.valid(), "{}", case.id);
        assert!(!case.valid() || okm == hex(&case.okm), "{}", case.id);
    });
    let lines: Vec<&str> = include_str!("vectors/rfc5869.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 3);
    for line in lines {
        let fields: Vec<Vec<u8>> = line.split(' ').map(|field| hex(field.trim_matches('-'))).collect();
        let mut okm = vec![0; fields[3].len()];
        Hkdf::<Sha256>::new(Some(&fields[1]), &fields[0]).expand(&fields[2], &mut okm).expect("short");
        assert_eq!(okm, fields[3]);
    }
}

#[test]
fn hmac_sha256() {
    each(include_str!("vectors/hmac_sha256.json"), 87, |_, case| {
        let mac = Hmac::<Sha256>::new_from_slice(&hex(&case.key)).expect("any length").chain_update(case.message());
        assert_eq!(mac.verify_slice(&hex(&case.tag)).is_ok(), case.valid(), "{}", case.id);
    });
}

/// "Acceptable" are public keys that an implementation may refuse; this one computes with them, and says
/// which add nothing.
#[test]
fn x25519() {
    each(include_str!("vectors/x25519.json"), 518, |_, case| {
        let secret = x25519_dalek::StaticSecret::from(array::<32>(&case.private).expect("32 bytes"));
        let shared = secret.diffie_hellman(&array::<32>(&case.public).expect("32 bytes").into());
        assert!(case.valid() || case.result == "acceptable");
        assert_eq!(shared.as_bytes().as_slice(), hex(&case.shared), "{}", case.id);
        assert_eq!(shared.was_contributory(), hex(&case.shared) != [0; 32], "{}", case.id);
    });
}

#[test]
fn ed25519() {
    each(include_str!("vectors/ed25519.json"), 151, |group, case| {
        let key = group.public_key.as_ref().and_then(|key| key["pk"].as_str()).expect("a key");
        let key = ed25519_dalek::VerifyingKey::from_bytes(&array(key).expect("32 bytes")).expect("a point");
        let verified =
            ed25519_dalek::Signature::from_slice(&hex(&case.sig)).and_then(|sig| key.verify_strict(&case.message(), &sig));
        assert_eq!(verified.is_ok(), case.valid(), "{}", case.id);
    });
}

#[test]
fn ml_kem_768() {
    each(include_str!("vectors/mlkem_768.json"), 25, |_, case| {
        let (seed, ciphertext) = (array::<64>(&case.seed), array::<1088>(&case.c));
        let (Some(seed), Some(ciphertext)) = (seed, ciphertext) else { return assert!(!case.valid(), "{}", case.id) };
        assert!(case.valid(), "{}", case.id);
        let (dk, ek) = MlKem768::from_seed(&seed.into());
        assert!(is(&case.ek, &ek.to_bytes()), "{}", case.id);
        assert_eq!(dk.decapsulate(&ciphertext.into()).as_slice(), hex(&case.k), "{}", case.id);
    });
}

#[test]
#[expect(deprecated, reason = "the vectors compare expanded keys, which we never store")]
fn ml_kem_768_keygen() {
    use ml_kem::ExpandedKeyEncoding as _;
    each(include_str!("vectors/mlkem_768_keygen_seed.json"), 100, |_, case| {
        let (dk, ek) = MlKem768::from_seed(&array::<64>(&case.seed).expect("64 bytes").into());
        assert!(case.valid() && is(&case.ek, &ek.to_bytes()) && is(&case.dk, &dk.to_expanded_bytes()), "{}", case.id);
    });
}

#[test]
fn ml_kem_768_encaps() {
    each(include_str!("vectors/mlkem_768_encaps.json"), 36, |_, case| {
        let key = ml_kem_768::EncapsulationKey::new_from_slice(&hex(&case.ek));
        assert_eq!(key.is_ok(), case.valid(), "{}", case.id);
        if let Ok(key) = key {
            let (ciphertext, shared) = key.encapsulate_deterministic(&array::<32>(&case.m).expect("32 bytes").into());
            assert!(is(&case.c, &ciphertext) && is(&case.k, &shared), "{}", case.id);
        }
    });
}

#[test]
#[expect(deprecated, reason = "the vectors come as expanded keys, which we never read")]
fn ml_kem_768_decaps() {
    each(include_str!("vectors/mlkem_768_decaps.json"), 9, |_, case| {
        let key = array::<2400>(&case.dk).and_then(|key| ml_kem_768::DecapsulationKey::from_expanded(&key.into()).ok());
        let (Some(key), Some(ciphertext)) = (key, array::<1088>(&case.c)) else { return assert!(!case.valid(), "{}", case.id) };
        assert!(case.valid(), "{}", case.id);
        assert_eq!(key.decapsulate(&ciphertext.into()).as_slice(), hex(&case.k), "{}", case.id);
    });
}

#[test]
fn ml_dsa_65_sign() {
    each(include_str!("vectors/mldsa_65_sign_seed.json"), 105, |group, case| {
        let Some(seed) = array::<32>(&group.private_seed) else { return assert!(!case.valid(), "{}", case.id) };
        let key = SigningKey::<MlDsa65>::from_seed(&seed.into());
        let context = hex(&case.ctx);
        let signature = if let Some(randomness) = array::<32>(&case.rnd) {
            // FIPS 204 Algorithm 2: 0 ‖ length of the context ‖ context ‖ message.
            let start = [0, u8::try_from(context.len()).expect("short")];
            Ok(key.expanded_key().sign_internal(&[&start, &context, &case.message()], &randomness.into()))
        } else if case.msg.is_some() {
            key.expanded_key().sign_deterministic(&case.message(), &context)
        } else {
            Ok(key.expanded_key().sign_mu_deterministic(&array::<64>(&case.mu).expect("64 bytes").into()))
        };
        assert_eq!(signature.is_ok(), case.valid(), "{}", case.id);
        assert!(signature.map_or(true, |signature| is(&case.sig, &signature.encode())), "{}", case.id);
    });
}

#[test]
fn ml_dsa_65_verify() {
    each(include_str!("vectors/mldsa_65_verify.json"), 50, |group, case| {
        let key = group.public_key.as_ref().and_then(|key| key.as_str()).expect("a key");
        let verified = VerifyingKey::<MlDsa65>::new_from_slice(&hex(key)).is_ok_and(|key| {
            let signature = array::<3309>(&case.sig).and_then(|bytes| Signature::<MlDsa65>::decode(&bytes.into()));
            signature.is_some_and(|signature| key.verify_with_context(&case.message(), &hex(&case.ctx), &signature))
        });
        assert_eq!(verified, case.valid(), "{}", case.id);
    });
}

#[test]
fn x_wing_draft() {
    #[derive(Deserialize)]
    struct Vector {
        eseed: String,
        ss: String,
        sk: String,
        pk: String,
        ct: String,
    }
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors/x_wing.json")).expect("our own file");
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let key = DecapsulationKey::from(array::<32>(&vector.sk).expect("32 bytes"));
        let public = key.encapsulation_key();
        assert_eq!(public.to_bytes().as_slice(), hex(&vector.pk));
        let (ciphertext, shared) = public.encapsulate_deterministic(&array::<64>(&vector.eseed).expect("64 bytes").into());
        assert_eq!(ciphertext.as_slice(), hex(&vector.ct));
        assert_eq!(shared.as_slice(), hex(&vector.ss));
        assert_eq!(key.decapsulate(&ciphertext).as_slice(), hex(&vector.ss));
    }
}

#[test]
fn bip_39() {
    let lines: Vec<&str> = include_str!("vectors/bip39.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 8);
    for line in lines {
        let (entropy, text) = line.split_once(' ').expect("both");
        let key = Key::try_from(hex(entropy).as_slice()).expect("32 bytes");
        assert_eq!(*words::encode(&key), text);
        assert_eq!(words::decode(text), Ok(key));
    }
}
