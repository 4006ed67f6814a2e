use proptest::prelude::*;
use proptest::sample::Index;

use super::header::{MAC, PREAMBLE};
use super::*;
use crate::error::Error;
use crate::key::Key;
use crate::sign::SIGNATURE_LENGTH;

const STANZA: usize = 1168;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(Key::from_bytes(&[seed; 32]))
}

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_seed(Key::from_bytes(&[seed; 32]))
}

fn body(envelope: &[u8]) -> usize {
    PREAMBLE + usize::from(envelope[10]) * STANZA + MAC
}

#[test]
fn each_recipient_opens_it_and_nobody_else() {
    let (ada, bob, eve) = (identity(1), identity(2), identity(3));
    let envelope = seal("kit", &[ada.recipient(), bob.recipient()], None, b"root").expect("two recipients");
    assert_eq!(envelope.len(), PREAMBLE + 2 * STANZA + MAC + 61 + 4 + 16);
    for one in [&ada, &bob] {
        let (content, opened) = open("kit", one, None, &envelope).expect("for them");
        assert_eq!(content.as_slice(), b"root");
        assert_eq!(opened, Opened { recipients: 2, signed: Signed::No });
    }
    assert_eq!(open("kit", &eve, None, &envelope).err(), Some(Error::NotARecipient));
    assert_eq!(open("export", &ada, None, &envelope).err(), Some(Error::NotARecipient), "another purpose");
}

#[test]
fn recipients_can_be_one_to_sixty_four_and_each_once() {
    let ada = identity(1);
    assert_eq!(seal("kit", &[], None, b"").err(), Some(Error::TooLarge("an envelope has 1 to 64 recipients")));
    assert!(matches!(seal("kit", &[ada.recipient(), ada.recipient()], None, b""), Err(Error::Malformed(_))));
    let many: Vec<Identity> = (0..65).map(|seed| identity(100 + seed)).collect();
    let all: Vec<&Recipient> = many.iter().map(Identity::recipient).collect();
    assert!(matches!(seal("kit", &all, None, b""), Err(Error::TooLarge(_))));
    let envelope = seal("kit", &all[..64], None, b"x").expect("64");
    let (content, opened) = open("kit", &many[63], None, &envelope).expect("the last");
    assert_eq!((content.as_slice(), opened.recipients), (&b"x"[..], 64));
    assert_eq!(open("kit", &many[64], None, &envelope).err(), Some(Error::NotARecipient));
}

#[test]
fn recipients_cannot_be_removed_added_swapped_or_taken_from_another_envelope() {
    let (ada, bob, eve) = (identity(1), identity(2), identity(3));
    let recipients = [ada.recipient(), bob.recipient()];
    let envelope = seal("kit", &recipients, None, b"root").expect("two recipients");
    let stanza = |number: usize| &envelope[PREAMBLE + number * STANZA..PREAMBLE + (number + 1) * STANZA];
    let rest = &envelope[PREAMBLE + 2 * STANZA..];
    let with = |count: u8, stanzas: &[&[u8]]| {
        let mut forged = envelope[..PREAMBLE].to_vec();
        forged[10] = count;
        forged.extend(stanzas.concat());
        forged.extend_from_slice(rest);
        forged
    };
    assert!(open("kit", &ada, None, &with(2, &[stanza(0), stanza(1)])).is_ok(), "the pieces are right");
    let foreign = seal("kit", &[eve.recipient()], None, b"root").expect("one recipient");
    let eves = &foreign[PREAMBLE..PREAMBLE + STANZA];
    let forged = [
        with(1, &[stanza(0)]),
        with(2, &[stanza(1), stanza(0)]),
        with(2, &[stanza(0), stanza(0)]),
        with(2, &[stanza(0), eves]),
        with(3, &[stanza(0), stanza(1), eves]),
    ];
    for (number, forged) in forged.iter().enumerate() {
        assert!(open("kit", &ada, None, forged).is_err(), "number {number}");
    }
    // The payload of one envelope behind the header of another for the same people.
    let twin = seal("kit", &recipients, None, b"toor").expect("two recipients");
    let mixed = [&envelope[..body(&envelope)], &twin[body(&twin)..]].concat();
    assert_eq!(open("kit", &ada, None, &mixed).err(), Some(Error::Refused));
}

/// A recipient who knows the file key cannot give the others another content and keep the signature, and a
/// sender cannot give two recipients two file keys: the header fits one.
#[test]
fn one_header_fits_one_file_key() {
    let (ada, bob) = (identity(1), identity(2));
    let recipients = [ada.recipient(), bob.recipient()];
    let preamble_of = |envelope: &[u8]| envelope[..PREAMBLE].to_vec();
    let one = seal("kit", &recipients, None, b"for ada").expect("two recipients");
    // Bob's stanza wraps another key under the same preamble; whatever MAC is there, one of them refuses.
    let (salt, shared) = bob.recipient().encapsulate();
    let other = Key::random();
    let mut forged = one.clone();
    let wrapped = header::wrap_for_test(&shared, "kit", &preamble_of(&one), &salt, bob.recipient(), &other);
    let at = PREAMBLE + STANZA;
    forged[at..at + 1120].copy_from_slice(&salt);
    forged[at + 1120..at + STANZA].copy_from_slice(&wrapped);
    let end = PREAMBLE + 2 * STANZA;
    let mac = header::mac_for_test(&other, "kit", &forged[..end]);
    assert_eq!(open("kit", &ada, None, &forged).err(), Some(Error::Refused));
    assert_eq!(open("kit", &bob, None, &forged).err(), Some(Error::Refused));
    forged[end..end + MAC].copy_from_slice(&mac);
    assert_eq!(open("kit", &ada, None, &forged).err(), Some(Error::Refused));
    assert_eq!(open("kit", &bob, None, &forged).err(), Some(Error::Refused), "the payload is under the first key");
}

#[test]
fn a_signature_is_demanded_or_told() {
    let (ada, bob, sender, other) = (identity(1), identity(2), signer(7), signer(8));
    let recipients = [ada.recipient(), bob.recipient()];
    let envelope = seal("kit", &recipients, Some(&sender), b"root").expect("two recipients");
    let fingerprint = sender.verifying_key().fingerprint();
    let (_, opened) = open("kit", &ada, Some(sender.verifying_key()), &envelope).expect("signed");
    assert_eq!(opened.signed, Signed::By(fingerprint));
    let (_, opened) = open("kit", &ada, None, &envelope).expect("for them");
    assert_eq!(opened.signed, Signed::Unchecked(fingerprint));
    assert_eq!(open("kit", &ada, Some(other.verifying_key()), &envelope).err(), Some(Error::SignedByAnother));
    let unsigned = seal("kit", &recipients, None, b"root").expect("two recipients");
    assert_eq!(open("kit", &ada, Some(sender.verifying_key()), &unsigned).err(), Some(Error::NotSigned));
    // Cutting the signature off, with and without its flag.
    let mut stripped = envelope[..envelope.len() - SIGNATURE_LENGTH].to_vec();
    assert!(open("kit", &ada, None, &stripped).is_err());
    stripped[9] = 0;
    stripped[43..75].fill(0);
    assert!(open("kit", &ada, None, &stripped).is_err());
    // The signature of another envelope, and one of the same bytes for another purpose.
    let twin = seal("kit", &recipients, Some(&sender), b"root").expect("two recipients");
    let body = envelope.len() - SIGNATURE_LENGTH;
    for signature in [&twin[body..], &sender.sign("kit", &envelope[..body])] {
        let forged = [&envelope[..body], signature].concat();
        assert_eq!(open("kit", &ada, Some(sender.verifying_key()), &forged).err(), Some(Error::Refused));
    }
    let again = [&envelope[..body], &sender.sign("envelope kit", &envelope[..body])].concat();
    assert!(open("kit", &ada, Some(sender.verifying_key()), &again).is_ok(), "it is over all bytes before it");
}

#[test]
fn keys_are_read_back_from_bytes_and_text() {
    let ada = identity(1);
    let public = ada.recipient();
    assert_eq!(Recipient::from_bytes(public.as_bytes()).as_ref(), Ok(public));
    assert_eq!(Recipient::from_text(&public.to_text()).as_ref(), Ok(public));
    assert!(public.to_text().starts_with("plexi-recipient1"));
    let again = Identity::from_text(&ada.to_text()).expect("ours");
    assert_eq!(again.recipient(), public);
    assert!(Identity::from_text(&public.to_text()).is_err() && Recipient::from_text(&ada.to_text()).is_err());
    assert_eq!(format!("{ada:?}"), format!("Identity({})", public.fingerprint()));
    let mut bytes = public.as_bytes().to_vec();
    bytes[0] = 9;
    assert_eq!(Recipient::from_bytes(&bytes), Err(Error::UnknownFormat(9)));
    // A coefficient that is not reduced (FIPS 203 §7.2).
    bytes[0] = 1;
    bytes[1..3].fill(0xff);
    assert!(matches!(Recipient::from_bytes(&bytes), Err(Error::Malformed(_))));
    assert!(Recipient::from_bytes(&public.as_bytes()[..1216]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_content_comes_back_in_any_pieces(
        length in prop_oneof![Just(0_usize), Just(65_536), Just(131_072), 0_usize..140_000], signed in any::<bool>(), piece in 1_usize..90_000,
    ) {
        let (ada, sender) = (identity(1), signer(7));
        let content: Vec<u8> = (0..=250).cycle().take(length).collect();
        let mut envelope = Vec::new();
        let mut sealer = Sealer::new("kit", &[ada.recipient()], signed.then_some(&sender), &mut envelope).expect("one recipient");
        for piece in content.chunks(piece) {
            sealer.push(piece, &mut envelope).expect("short");
        }
        sealer.finish(&mut envelope).expect("short");
        let mut opener = Opener::new("kit", &ada, signed.then_some(sender.verifying_key()));
        let mut out = Vec::new();
        for piece in envelope.chunks(piece) {
            opener.push(piece, &mut out).expect("ours");
        }
        prop_assert_eq!(opener.finish(&mut out).map(|opened| opened.signed != Signed::No), Ok(signed));
        prop_assert!(out == content);
    }

    #[test]
    fn any_flipped_bit_any_cut_and_any_tail_is_refused(bit in any::<Index>(), early in any::<bool>(), cut in any::<Index>(), signed in any::<bool>()) {
        let (ada, bob, sender) = (identity(1), identity(2), signer(7));
        let envelope = seal("kit", &[ada.recipient(), bob.recipient()], signed.then_some(&sender), b"root").expect("two recipients");
        let wanted = signed.then_some(sender.verifying_key());
        let mut flipped = envelope.clone();
        // Half of the cases in the bytes that are not an encapsulation, which are few.
        let bit = if early { bit.index(PREAMBLE * 8) } else { bit.index(envelope.len() * 8) };
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open("kit", &ada, wanted, &flipped).is_err());
        prop_assert!(open("kit", &ada, wanted, &envelope[..cut.index(envelope.len())]).is_err());
        prop_assert!(open("kit", &ada, wanted, &[envelope, vec![0]].concat()).is_err());
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), repeat in 1_usize..40, ours in any::<bool>()) {
        let ada = identity(1);
        let mut bytes = bytes.repeat(repeat);
        if let (true, Some(start)) = (ours, bytes.first_chunk_mut::<11>()) {
            *start = *b"plexienv\x01\x01\x02";
        }
        prop_assert!(open("kit", &ada, None, &bytes).is_err());
        prop_assert!(Recipient::from_bytes(&bytes).is_err());
    }
}
