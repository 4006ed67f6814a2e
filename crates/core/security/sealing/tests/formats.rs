//! What was sealed at version 1 of each format opens for ever: frozen bytes, not a round trip.

use std::collections::HashMap;

use plexichat_sealing::envelope::Signed;
use plexichat_sealing::{BlindIndex, Context, Identity, Key, Row, SigningKey, envelope, key_id, open, stream, unwrap_key};

const PLACE: Context<'static> = Context::row("messages", "text", 7);
const CONTENT: &[u8] = b"sealed in 2026";

fn frozen() -> HashMap<&'static str, Vec<u8>> {
    let lines = include_str!("vectors/formats.txt").lines().filter(|line| !line.starts_with('#'));
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal");
    let parsed = lines.map(|line| line.split_once(' ').expect("name and bytes"));
    parsed.map(|(name, hex)| (name, hex.as_bytes().chunks(2).map(byte).collect())).collect()
}

fn key() -> Key {
    Key::from_bytes(&std::array::from_fn(|index| u8::try_from(index).expect("small")))
}

#[test]
fn values_and_wrapped_keys_open() {
    let frozen = frozen();
    assert_eq!(key_id(&frozen["value"]).map(plexichat_sealing::KeyId::get), Ok(42));
    assert_eq!(open(&key(), &PLACE, &frozen["value"]).expect("frozen").as_slice(), CONTENT);
    let place = Context { table: "keys", column: "key", row: Row::Bytes(b"month") };
    assert_eq!(unwrap_key(&key(), &place, &frozen["wrapped"]), Ok(Key::from_bytes(&[9; 32])));
    assert_eq!(BlindIndex::new(&key(), "accounts.email").full(b"ada@example.org").as_slice(), frozen["index"]);
}

#[test]
fn streams_open() {
    let frozen = frozen();
    let (header, body) = frozen["stream"].split_first_chunk().expect("a header");
    let header = stream::Header::parse(header).expect("frozen");
    let mut opener = stream::Opener::new(&key(), &PLACE, &header).expect("frozen");
    let mut content = Vec::new();
    opener.push(body, &mut content).expect("frozen");
    opener.finish(&mut content).expect("frozen");
    assert_eq!(content, [b'x'; 1100]);
}

#[test]
fn envelopes_open_and_signatures_verify() {
    let frozen = frozen();
    let (identity, signer) = (Identity::from_seed(key()), SigningKey::from_seed(key()));
    assert_eq!(identity.recipient().fingerprint().0.as_slice(), frozen["recipient"]);
    assert_eq!(signer.verifying_key().fingerprint().0.as_slice(), frozen["verifier"]);
    assert_eq!(signer.verifying_key().verify("test", CONTENT, &frozen["signature"]), Ok(()));
    let opened = envelope::open("test", &identity, Some(signer.verifying_key()), &frozen["envelope"]);
    let (content, opened) = opened.expect("frozen");
    assert_eq!(content.as_slice(), CONTENT);
    assert_eq!(opened.signed, Signed::By(signer.verifying_key().fingerprint()));
}
