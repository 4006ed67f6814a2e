use proptest::prelude::*;

use super::*;
use crate::context::Row;

fn id(number: i64) -> KeyId {
    KeyId::new(number).expect("positive")
}

const PLACE: Context<'static> = Context::row("messages", "text", 7);

#[test]
fn a_value_opens_in_its_place_and_says_its_key() {
    let key = Key::random();
    let blob = seal(&key, id(42), &PLACE, "Grüße".as_bytes());
    assert_eq!(blob.len(), "Grüße".len() + OVERHEAD);
    assert_eq!(key_id(&blob), Ok(id(42)));
    assert_eq!(open(&key, &PLACE, &blob).as_deref(), Ok(&"Grüße".as_bytes().to_vec()));
    assert_ne!(blob, seal(&key, id(42), &PLACE, "Grüße".as_bytes()), "nonces are random");
}

#[test]
fn nothing_opens_elsewhere() {
    let key = Key::random();
    let blob = seal(&key, id(1), &PLACE, b"secret");
    let seven = 7_i64.to_be_bytes();
    let others = [
        Context::row("messages", "text", 8),
        Context::row("messages", "tex", 7),
        Context::row("message", "stext", 7),
        Context::row("drafts", "text", 7),
        Context::row("text", "messages", 7),
        Context { row: Row::Bytes(&seven), ..PLACE },
        Context { row: Row::Bytes(b""), ..PLACE },
    ];
    for other in others {
        assert_eq!(open(&key, &other, &blob), Err(Error::Refused), "{other:?}");
    }
    assert_eq!(open(&Key::random(), &PLACE, &blob), Err(Error::Refused));
    assert!(open(&key, &PLACE, &blob).is_ok());
}

#[test]
fn a_key_wraps_and_is_no_value() {
    let (kek, key) = (Key::random(), Key::random());
    let blob = wrap(&kek, id(3), &PLACE, &key);
    assert_eq!(unwrap_key(&kek, &PLACE, &blob), Ok(Key::from_bytes(key.expose())));
    assert_eq!(key_id(&blob), Ok(id(3)));
    assert!(matches!(open(&kek, &PLACE, &blob), Err(Error::Malformed(_))));
    let value = seal(&kek, id(3), &PLACE, key.expose());
    assert!(matches!(unwrap_key(&kek, &PLACE, &value), Err(Error::Malformed(_))));
    // Rewriting the format byte does not help: it is bound.
    let mut forged = value;
    forged[0] = WRAPPED_KEY;
    assert_eq!(unwrap_key(&kek, &PLACE, &forged), Err(Error::Refused));
    assert!(unwrap_key(&kek, &PLACE, &blob[..blob.len() - 1]).is_err());
}

#[test]
fn formats_of_the_future_are_named() {
    assert_eq!(key_id(&[9; 64]), Err(Error::UnknownFormat(9)));
    assert_eq!(key_id(&[]), Err(Error::Malformed("it is empty")));
    assert_eq!(key_id(&[1; OVERHEAD - 1]), Err(Error::Malformed("it is cut off")));
}

#[test]
fn long_names_and_rows_bind_as_well() {
    let (key, table, row) = (Key::random(), "t".repeat(300), [5; 400]);
    let place = Context { table: &table, column: "c", row: Row::Bytes(&row) };
    let blob = seal(&key, id(1), &place, b"x");
    assert!(open(&key, &place, &blob).is_ok());
    assert_eq!(open(&key, &Context { row: Row::Bytes(&row[..399]), ..place }, &blob), Err(Error::Refused));
}

proptest! {
    #[test]
    fn any_value_comes_back_and_any_change_is_refused(
        plaintext in prop::collection::vec(any::<u8>(), 0..300), bit in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(),
    ) {
        let key = Key::from_bytes(&[9; 32]);
        let blob = seal(&key, id(5), &PLACE, &plaintext);
        let opened = open(&key, &PLACE, &blob);
        prop_assert_eq!(opened.as_deref(), Ok(&plaintext));
        let mut flipped = blob.clone();
        let bit = bit.index(blob.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open(&key, &PLACE, &flipped).is_err());
        prop_assert!(open(&key, &PLACE, &blob[..cut.index(blob.len())]).is_err());
        let mut longer = blob;
        longer.push(0);
        prop_assert!(open(&key, &PLACE, &longer).is_err());
    }

    #[test]
    fn places_are_encoded_injectively(
        one in ("[ab]{0,3}", "[ab]{0,3}", prop::collection::vec(any::<u8>(), 0..10), any::<bool>()),
        two in ("[ab]{0,3}", "[ab]{0,3}", prop::collection::vec(any::<u8>(), 0..10), any::<bool>()),
    ) {
        type Place = (String, String, Vec<u8>, bool);
        fn context((table, column, bytes, numeric): &Place) -> Context<'_> {
            let row = if *numeric { Row::Id(i64::try_from(bytes.len()).expect("small")) } else { Row::Bytes(bytes) };
            Context { table, column, row }
        }
        fn same(one: &Place, two: &Place) -> bool {
            let rows = if one.3 { one.2.len() == two.2.len() } else { one.2 == two.2 };
            (&one.0, &one.1, one.3) == (&two.0, &two.1, two.3) && rows
        }
        let encoded = |place: &Place| associated_data(VALUE, id(1), &context(place));
        prop_assert_eq!(encoded(&one) == encoded(&two), same(&one, &two));
    }

    #[test]
    fn random_bytes_never_panic(blob in prop::collection::vec(any::<u8>(), 0..120), format in 0_u8..4) {
        let key = Key::from_bytes(&[1; 32]);
        let mut blob = blob;
        if let Some(first) = blob.first_mut() {
            *first = format;
        }
        prop_assert!(open(&key, &PLACE, &blob).is_err());
        prop_assert!(unwrap_key(&key, &PLACE, &blob).is_err());
        let _ = key_id(&blob);
    }
}
