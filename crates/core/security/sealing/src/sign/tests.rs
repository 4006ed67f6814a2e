use proptest::prelude::*;

use super::*;

fn pair(seed: u8) -> SigningKey {
    SigningKey::from_seed(Key::from_bytes(&[seed; 32]))
}

#[test]
fn both_halves_must_verify() {
    let (key, other) = (pair(1), pair(2));
    let signature = key.sign("checkpoint", b"tree");
    assert_eq!(signature.len(), SIGNATURE_LENGTH);
    let public = key.verifying_key();
    assert_eq!(public.verify("checkpoint", b"tree", &signature), Ok(()));
    assert_ne!(signature, key.sign("checkpoint", b"tree"), "hedged");
    // One valid half with the other half of another valid signature, both ways.
    let foreign = other.sign("checkpoint", b"tree");
    let ed_only = [&signature[..=ED_SIGNATURE], &foreign[1 + ED_SIGNATURE..]].concat();
    let ml_only = [&foreign[..=ED_SIGNATURE], &signature[1 + ED_SIGNATURE..]].concat();
    let older = key.sign("checkpoint", b"older");
    let mixed = [&older[..=ED_SIGNATURE], &signature[1 + ED_SIGNATURE..]].concat();
    for forged in [ed_only, ml_only, mixed] {
        assert_eq!(public.verify("checkpoint", b"tree", &forged), Err(Error::Refused));
    }
    for (purpose, message) in [("checkpoint", &b"tre"[..]), ("checkpoin", b"ttree"), ("", b"checkpointtree"), ("export", b"tree")]
    {
        assert_eq!(public.verify(purpose, message, &signature), Err(Error::Refused));
    }
    assert_eq!(other.verifying_key().verify("checkpoint", b"tree", &signature), Err(Error::Refused));
}

/// A public key that joins the halves of two pairs accepts the signatures of neither.
#[test]
fn halves_of_two_keys_do_not_make_a_third() {
    let (one, two) = (pair(1), pair(2));
    let joined = [&one.verifying_key().as_bytes()[..=ED_KEY], &two.verifying_key().as_bytes()[1 + ED_KEY..]].concat();
    let joined = VerifyingKey::from_bytes(&joined).expect("well formed");
    let (first, second) = (one.sign("p", b"m"), two.sign("p", b"m"));
    let signature = [&first[..=ED_SIGNATURE], &second[1 + ED_SIGNATURE..]].concat();
    assert_eq!(joined.verify("p", b"m", &signature), Err(Error::Refused));
}

#[test]
fn keys_are_read_back_from_bytes_and_text() {
    let key = pair(3);
    let public = key.verifying_key();
    assert_eq!(public.as_bytes().len(), VERIFYING_KEY_LENGTH);
    assert_eq!(VerifyingKey::from_bytes(public.as_bytes()).as_ref(), Ok(public));
    assert_eq!(VerifyingKey::from_text(&public.to_text()).as_ref(), Ok(public));
    assert!(public.to_text().starts_with("plexi-verify1"));
    let again = SigningKey::from_text(&key.to_text()).expect("ours");
    assert_eq!(again.verifying_key(), public);
    assert!(SigningKey::from_text(&public.to_text()).is_err());
    assert!(VerifyingKey::from_text(&key.to_text()).is_err());
    assert!(again.verifying_key().verify("p", b"m", &key.sign("p", b"m")).is_ok());
    assert_eq!(format!("{key:?}"), format!("SigningKey({})", public.fingerprint()));
}

#[test]
fn weak_and_foreign_keys_are_refused() {
    let mut bytes = pair(4).verifying_key().as_bytes().to_vec();
    assert!(VerifyingKey::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    bytes[0] = 2;
    assert_eq!(VerifyingKey::from_bytes(&bytes), Err(Error::UnknownFormat(2)));
    bytes[0] = 1;
    // The neutral element: it verifies more than one message with one signature unless it is refused.
    bytes[1..33].copy_from_slice(&[[1].as_slice(), &[0; 31]].concat());
    assert_eq!(VerifyingKey::from_bytes(&bytes), Err(Error::Malformed("the Ed25519 key is one of the weak ones")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_flipped_bit_and_any_cut_is_refused(bit in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let key = pair(5);
        let signature = key.sign("p", b"m");
        let mut flipped = signature.clone();
        let bit = bit.index(signature.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(key.verifying_key().verify("p", b"m", &flipped).is_err());
        prop_assert!(key.verifying_key().verify("p", b"m", &signature[..cut.index(signature.len())]).is_err());
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), long in any::<bool>()) {
        let key = pair(6);
        let filled = |length: usize| {
            let mut filled = bytes.repeat(length / bytes.len().max(1) + 1);
            filled.resize(if long { length } else { bytes.len() }, 0x55);
            if let Some(first) = filled.first_mut() {
                *first = VERSION;
            }
            filled
        };
        prop_assert!(key.verifying_key().verify("p", b"m", &filled(SIGNATURE_LENGTH)).is_err());
        if let Ok(other) = VerifyingKey::from_bytes(&filled(VERIFYING_KEY_LENGTH)) {
            prop_assert!(other.verify("p", b"m", &key.sign("p", b"m")).is_err());
        }
    }
}
